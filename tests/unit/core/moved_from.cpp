#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/locking/file_lock.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace moved_from {

using namespace holdfast;

template <class T>
void move_away(T& value) {
    T gone = std::move(value);
    (void)gone;
}

template <class R>
void refused(R const& result) {
    REQUIRE(!result);
    CHECK(result.error() == Errc::invalid_argument);
    CHECK(result.error().message().find("moved from") != std::string_view::npos);
    CHECK(!result.error().operation().empty());
}

TEST_CASE("moved from: values are empty") {
    Key key = Key::parse("a key that is too long for a small string").value();
    move_away(key);
    CHECK(key.view().empty());
    key = Key("again");
    CHECK(key.view() == "again");
    Key other("other");
    other = std::move(key);
    CHECK((other.view() == "again" && key.view().empty()));
    Key& same = other;
    other = std::move(same);
    CHECK(other.view() == "again");

    Buffer buffer;
    buffer.append("text");
    Buffer full = std::move(buffer);
    CHECK((buffer.size() == 0 && buffer.capacity() == 0 && buffer.view().empty()));
    buffer.append("more");  // into memory of its own
    CHECK((buffer.view() == "more" && full.view() == "text"));
    full = std::move(buffer);
    CHECK((buffer.view().empty() && full.view() == "more"));

    Bytes bytes = Bytes::copy("payload");
    Bytes kept = std::move(bytes);
    CHECK((bytes.empty() && bytes.view().empty() && bytes.footprint() == 0 && bytes == Bytes()));
    CHECK(kept.view() == "payload");
    kept = std::move(bytes);
    CHECK(kept.view().empty());

    Entry<std::string> entry("value", std::make_shared<Record>(Record{Key("k"), kept, {}, {{"a", "b"}}, {}}));
    move_away(entry);
    CHECK((entry.key().empty() && entry.record() == nullptr && entry.sequence() == 0));
    CHECK((entry.who().empty() && entry.attributes().empty() && entry.revision().empty()));
    CHECK(entry.when() == Timestamp());
    CHECK(entry->empty());
    Entry<Bytes> viewed(std::make_shared<Record>(Record{Key("k"), Bytes::copy("x"), {}, {}, {}}));
    move_away(viewed);
    CHECK(viewed.value().empty());

    Error error(Errc::busy, "why");
    move_away(error);
    CHECK((error == Errc::busy && error.message().empty() && error.describe() == "busy"));
    Result<std::string> result = error;
    move_away(result);
    CHECK((!result && result.error() == Errc::busy));
    Outcome<int> outcome = error;
    move_away(outcome);
    CHECK((!outcome && outcome.error() == Errc::busy && outcome.unknown() == nullptr));
    WriteOutcome wrote = WriteOutcome::unknown(error);
    move_away(wrote);
    CHECK((wrote.kind() == WriteOutcome::Kind::unknown && wrote.why() == Errc::busy));
    Revision revision(WriteId{1, 2});
    move_away(revision);
    CHECK(revision.write_id() == WriteId{1, 2});
}

TEST_CASE("moved from: a result into which moving failed is an error") {
    struct Throwing {
        Throwing() = default;
        Throwing(Throwing const& other) : bad(other.bad) {}
        Throwing(Throwing&& other) : bad(other.bad) {
            if (bad) throw 7;
        }
        std::string text = "a text that is too long for a small string";
        bool bad = false;
    };
    Result<Throwing> into(std::in_place), from(std::in_place);
    from->bad = true;
    CHECK_THROWS_AS(into = Result<Throwing>(from), int);
    CHECK(!into);
    CHECK(into.error() == Errc{});
    into = Result<Throwing>(std::in_place);
    CHECK(into->text.size() == 42);
}

using Plain = StateStore<std::string, RawBytes>;

template <class Store>
void refuses_keys(Store& store) {
    REQUIRE(store.create("k", "v"));
    Key none("k");
    move_away(none);
    refused(store.get(none));
    refused(store.create(none, "x"));
    refused(store.update(none, [](std::string&) {}));
    refused(store.wait_for_change(none, std::nullopt));
    refused(store.lock(none));
    refused(store.try_lock(none));
    refused(store.purge(none));
    auto entry = **store.get("k");
    move_away(entry);
    refused(store.replace(entry, "x"));
    refused(store.remove(entry));
    refused(store.wait_for_change("k", entry));
    refused(store.resolve(UnknownWrite{none, Slot::current, {}, {}, {}}));
    refused(store.seal(UnknownWrite{none, Slot::current, {}, {}, {}}));
    if constexpr (Store::batched) refused(store.transaction({"k", none}, [](auto) {}));

    auto locked = store.lock("k").value();
    auto held = std::move(locked);
    CHECK((locked.key().empty() && locked.epoch() == 0));
    refused(locked.get());
    refused(locked.update([](std::string&) {}));
    refused(locked.create("x"));
    refused(locked.replace(**held.get(), "x"));
    refused(locked.remove(**held.get()));
    refused(locked.renew());
    refused(locked.confirm());
    refused(locked.release());
    CHECK(held.update([](std::string& text) { text = "held"; }));
    CHECK(held.release());
    CHECK(**store.get("k").value() == "held");
    for (Result<Key> const& key : store.keys()) CHECK(key->view() == "k");
}

TEST_CASE("moved from: keys, entries and locks are refused by every store") {
    SECTION("memory") {
        Plain store;
        refuses_keys(store);
    }
    SECTION("leases") {
        StateStore<std::string, RawBytes, LeaseLock<>> store;
        refuses_keys(store);
    }
    SECTION("leases in a slot of their own") {
        StateStore<std::string, RawBytes, LeaseLock<OwnSlot>> store;
        refuses_keys(store);
    }
    SECTION("files") {
        file_test::Directory directory;
        StateStore<std::string, RawBytes, FileStorage<>, FileLock> store(FileStorage<>::open(directory.path()).value());
        refuses_keys(store);
    }
    SECTION("history") {
        StateStore<std::string, RawBytes, MutexLock, History<>> store;
        refuses_keys(store);
        Key none("k");
        move_away(none);
        auto pin = store.pin("k").value();
        auto const version = store.version("k", 2).value();
        refused(store.history(none));
        refused(store.version(none, 1));
        refused(store.get(none, version));
        refused(store.rollback(none, version));
        refused(store.pin(none));
        refused(store.pin(none, version));
        refused(store.pins(none));
        refused(store.prune(none));
        move_away(pin);
        refused(store.get(pin));
        refused(store.renew(pin));
        refused(store.unpin(pin));
    }
    SECTION("last writer wins") {
        StateStore<std::string, RawBytes, LastWriterWins> store;
        Key none("k");
        move_away(none);
        refused(store.put(none, "x"));
        refused(store.remove(none));
    }
}

TEST_CASE("moved from: a store refuses everything, and the new one goes on") {
    StateStore<std::string, RawBytes, MutexLock, History<>> store;
    REQUIRE(store.create("k", "v"));
    auto const entry = **store.get("k");
    auto moved = std::move(store);
    refused(store.get("k"));
    refused(store.create("k", "x"));
    refused(store.update("k", [](std::string&) {}));
    refused(store.replace(entry, "x"));
    refused(store.remove(entry));
    refused(store.lock("k"));
    refused(store.try_lock("k"));
    refused(store.holder("k"));
    refused(store.history("k"));
    refused(store.pin("k"));
    refused(store.pins("k"));
    refused(store.prune("k"));
    refused(store.purge("k"));
    refused(store.wait_for_change("k", std::nullopt));
    unsigned shown = 0;
    for (auto const& key : store.keys()) {
        refused(key);
        ++shown;
    }
    CHECK(shown == 1);
    CHECK(**moved.get("k").value() == "v");
    store = moved;
    CHECK(**store.get("k").value() == "v");
    Plain plain;
    move_away(plain);
    refused(plain.transaction({"k"}, [](auto) {}));
}

TEST_CASE("moved from: handles go on sharing") {
    {
        MemoryStorage memory;
        Cached<Retrying<MemoryStorage>> layers{Retrying<MemoryStorage>(memory)};
        move_away(memory);
        move_away(layers);
        StateStore<std::string, RawBytes, Cached<Retrying<MemoryStorage>>> a(layers);
        Plain b(memory);
        REQUIRE(a.create("k", "v"));
        CHECK(**b.get("k").value() == "v");
    }
    file_test::Directory directory;
    auto files = FileStorage<>::open(directory.path()).value();
    move_away(files);
    StateStore<std::string, RawBytes, FileStorage<>> store(files);
    CHECK(store.create("k", "v"));
}

// What a temporary gives may be kept.
static_assert(std::is_same_v<decltype(std::declval<Plain&>().get("k").value()), std::optional<Entry<std::string>>>);
static_assert(std::is_same_v<decltype(*std::declval<Plain&>().get("k")), std::optional<Entry<std::string>>>);
static_assert(std::is_same_v<decltype(std::declval<Plain&>().create("k", "v").value()), Entry<std::string>>);
static_assert(std::is_same_v<decltype(*std::declval<Plain&>().create("k", "v")), Entry<std::string>>);
static_assert(std::is_same_v<decltype(*std::declval<Entry<std::string>>()), std::string>);
static_assert(std::is_same_v<decltype(std::declval<Result<int>>().error()), Error>);
static_assert(std::is_same_v<decltype(std::declval<Outcome<int>>().error()), Error>);
static_assert(std::is_same_v<decltype(std::declval<Result<int>&>().value()), int&>);

TEST_CASE("temporary results: what they give lives on") {
    StateStore<std::string, RawBytes, History<>> store;
    std::string const text = "a text that is too long for a small string";
    REQUIRE(store.create("k", text));
    REQUIRE(store.update("k", [](std::string& state) { state += "."; }));
    auto const& entry = store.get("k").value();
    auto const& same = *store.get("k");
    auto const& value = **store.get("k").value();
    CHECK((**entry == text + "." && **same == text + "." && value == text + "."));
    unsigned seen = 0;
    for (auto const& version : store.history("k").value().versions) seen += version.id.sequence > 0 ? 1 : 0;
    for (auto const& version : (*store.history("k")).versions) seen += version.id.sequence > 0 ? 1 : 0;
    CHECK(seen == 4);
    auto const& error = store.create("k", "x").error();
    CHECK(error == Errc::conflict);
    CHECK(error.describe() != "");
    CHECK(store.get("k").value()->value() == text + ".");
    CHECK((*store.get("k").value())->size() == text.size() + 1);
}

}  // namespace moved_from
