// Records in an object store where something is odd: marks, names, records of others, lines that are bad at the wrong time.

#include <holdfast/layer/cached.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/storage/file_fixture.hpp>
#include <unit/support/counting_objects.hpp>
#include <unit/support/exact_layout.hpp>

#include <set>
#include <string>
#include <vector>

namespace object_edges_test {

using namespace holdfast;
using file_test::context;
using holdfast_tests::CountingObjects;
using testing::Delivery;
using Counted = ObjectStorage<CountingObjects<>>;
using Late = testing::LateObjects<MemoryObjects>;
template <class Storage>
using Store = StateStore<std::string, Storage, RawBytes>;

TEST_CASE("object storage: keys that begin with a text, and none that only look so", "[object]") {
    Store<Counted> store(Counted::open(CountingObjects<>()).value());
    for (KeyView const key : {KeyView("a"), KeyView("a."), KeyView("a.b"), KeyView("ab"), KeyView("a/b"), KeyView("A.")})
        REQUIRE(store.create(key, "1"));
    auto const keys = [&](std::string_view prefix) {
        std::set<std::string> all;
        for (auto const& key : store.keys(prefix)) all.insert(key->str());
        return all;
    };
    using Keys = std::set<std::string>;
    CHECK(keys("a.") == Keys{"a.", "a.b"});
    CHECK(keys("a") == Keys{"a", "a.", "a.b", "ab", "a/b"});
    CHECK(keys("A") == Keys{"A."});
    CHECK(keys("a/") == Keys{"a/b"});
}

TEST_CASE("object storage: a record is of the key that its name is of, and has the id of its write", "[object]") {
    MemoryObjects objects;
    auto storage = ObjectStorage<MemoryObjects>::open(objects).value();
    auto const record = file_test::next(nullptr, "k", "1");
    CHECK(storage.write(context(), RecordId("other"), record, Precondition::absent()).error() == Errc::invalid_argument);
    auto const unnamed = std::make_shared<Record>(*record);
    unnamed->stamp.ids = {};
    CHECK(storage.write(context(), RecordId("k"), unnamed, Precondition::absent()).error() == Errc::invalid_argument);
    CHECK(objects.list(context(), {.prefix = "states/"}).value().objects.empty());
    // Under the cut name of one key stands the record of another.
    Key const mine = Key::parse(std::string(900, 'M')).value(), theirs = Key::parse(std::string(900, 'T')).value();
    REQUIRE(file_test::applied(storage.write(context(), RecordId(mine), file_test::next(nullptr, mine, "mine"), Precondition::absent())));
    auto const body = objects.get(context(), {.name = SlotFirst::name(RecordId(mine))}).value().body;
    std::string_view const part = body.view();
    REQUIRE(objects.put(context(), SlotFirst::name(RecordId(theirs)), {&part, 1}, Precondition::none()));
    CHECK(storage.read(context(), RecordId(theirs)).error() == Errc::malformed);
    auto const page = storage.list(context(), {}).value();
    REQUIRE(page.records.size() == 1);
    CHECK(page.records[0].key == mine);
    REQUIRE(page.unreadable.size() == 1);
    CHECK(page.unreadable[0] == Errc::malformed);
}

TEST_CASE("object storage: the mark is looked for by the first listing, and never again", "[object]") {
    CountingObjects<> objects;
    { REQUIRE(Store<Counted>(Counted::open(objects).value()).create("k", "1")); }
    Store<Counted> store(Counted::open(objects).value());
    auto const gets = [&] {
        objects.requests().clear();
        for (auto const& key : store.keys()) REQUIRE(key);
        return objects.requests().gets.load();
    };
    CHECK(gets() == 1);
    CHECK(gets() == 0);
}

/// The text of a mark of this program.
std::string mark() { return detail::LayoutMark::text(SlotFirst::layout_name); }
std::string mark_in(MemoryObjects const& objects) {
    auto const got = objects.get(context(), {.name = "holdfast.json"}).value();
    return got.kind == Fetched::Kind::absent ? "" : std::string(got.body.view());
}

TEST_CASE("object storage: somebody else makes the mark between the look and the put", "[object]") {
    for (bool const same : {true, false}) {
        Late objects{MemoryObjects()};
        Store<ObjectStorage<Late>> store(ObjectStorage<Late>::open(objects).value());
        std::string const other = detail::LayoutMark::text("of_others");
        objects.on_write() = [&](unsigned nth) {
            std::string const text = same ? mark() : other;
            std::string_view const part = text;
            if (nth == 0) (void)objects.objects().put(context(), "holdfast.json", {&part, 1}, Precondition::none());
            return Delivery::intact();
        };
        auto const done = store.create("k", "1");
        CHECK(static_cast<bool>(done) == same);
        if (!same) {
            CHECK(done.error() == Errc::incompatible);
            CHECK(done.error().subject() == "holdfast.json");
        }
        CHECK(mark_in(objects.objects()) == (same ? mark() : other));
    }
}

TEST_CASE("object storage: a mark whose reply was lost is looked for, and nothing is written without one", "[object]") {
    for (bool const arrives : {true, false}) {
        Late objects{MemoryObjects()};
        Store<ObjectStorage<Late>> store(ObjectStorage<Late>::open(objects).value());
        objects.on_write() = [&](unsigned nth) { return nth > 0 ? Delivery::intact() : arrives ? Delivery::reply_lost() : Delivery::lost(); };
        auto const done = store.create("k", "1");
        CHECK(static_cast<bool>(done) == arrives);
        CHECK(mark_in(objects.objects()) == (arrives ? mark() : ""));
        if (!arrives) CHECK(store.get("k").value() == std::nullopt);
        REQUIRE((done || store.create("k", "1")));
        CHECK(mark_in(objects.objects()) == mark());
    }
}

TEST_CASE("object storage: a mark of a newer format is refused by whoever lists or creates, and left", "[object]") {
    MemoryObjects objects;
    std::string const newer = "{\"holdfast\":\"3\",\"layout\":\"slot_first\"}\n";
    std::string_view const part = newer;
    REQUIRE(objects.put(context(), "holdfast.json", {&part, 1}, Precondition::none()));
    Store<ObjectStorage<MemoryObjects>> store(ObjectStorage<MemoryObjects>::open(objects).value());
    auto const is_refused = [](Error const& error) {
        CHECK(error == Errc::incompatible);
        CHECK(error.subject() == "holdfast.json");
        CHECK(error.message().find("format version 3, this program knows version 2") != std::string_view::npos);
    };
    is_refused(store.create("k", "1").error());
    int keys = 0;
    for (auto const& key : store.keys()) ++keys, is_refused(key.error());
    CHECK(keys == 1);
    CHECK(mark_in(objects) == newer);
    CHECK(objects.list(context(), {}).value().objects.size() == 1);
}

/// A store that looks at no condition of a put, such as an old service.
struct Careless : CountingObjects<> {
    using CountingObjects<>::CountingObjects;
    static constexpr bool conditional_put = false;

    Result<WriteOutcome> put(Context const& ctx, std::string_view name, BodyParts body, Precondition const& when) {
        CHECK(when.kind() == Precondition::Kind::none);
        return CountingObjects<>::put(ctx, name, body, when);
    }
};

TEST_CASE("object storage: over a store without conditions a mark is made once, and that of others is left", "[object]") {
    using Storage = ObjectStorage<Careless>;
    StateStore<std::string, Storage, LastWriterWins, RawBytes> store(Storage::open(Careless()).value());
    auto& objects = store.storage().objects();
    REQUIRE(store.put("k", "1"));
    CHECK(mark_in(objects) == mark());
    objects.requests().clear();
    REQUIRE(store.put("l", "1"));
    CHECK(objects.requests().puts == 1);
    std::string const other = detail::LayoutMark::text("of_others");
    std::string_view const part = other;
    Careless theirs;
    REQUIRE(theirs.CountingObjects<>::put(context(), "holdfast.json", {&part, 1}, Precondition::none()));
    StateStore<std::string, Storage, LastWriterWins, RawBytes> stranger(Storage::open(theirs).value());
    CHECK(stranger.put("k", "1").error() == Errc::incompatible);
    CHECK(mark_in(theirs) == other);
}

TEST_CASE("object storage: files of other programs have no removed states, and no states that records could not have", "[object]") {
    using Exact = ObjectStorage<MemoryObjects, holdfast_tests::ExactLayout>;
    MemoryObjects objects;
    auto storage = Exact::open(objects).value();
    REQUIRE(file_test::applied(storage.write(context(), RecordId("k"), file_test::next(nullptr, "k", "1"), Precondition::absent())));
    REQUIRE(file_test::applied(storage.write(context(), RecordId("k"), file_test::next(nullptr, "k", "", true), Precondition::none())));
    CHECK(objects.list(context(), {}).value().objects.empty());
    std::string const large((std::size_t{64} << 20) + 1, 'l');
    CHECK(storage.write(context(), RecordId("k"), file_test::next(nullptr, "k", large), Precondition::absent()).error() == Errc::too_large);
}

TEST_CASE("object storage: what is removed by a write is not removed blindly", "[object]") {
    struct Blind : CountingObjects<> {
        bool removes_conditionally() const { return false; }
    };
    Blind service;
    auto storage = ObjectStorage<Blind, holdfast_tests::ExactLayout>::open(service).value();
    REQUIRE(file_test::applied(storage.write(context(), RecordId("k"), file_test::next(nullptr, "k", "1"), Precondition::absent())));
    auto const record = storage.read(context(), RecordId("k")).value();
    auto const removed = file_test::next(nullptr, "k", "", true);
    CHECK(storage.write(context(), RecordId("k"), removed, Precondition::matches(record->revision)).error() == Errc::not_supported);
    CHECK(storage.read(context(), RecordId("k")).value() != nullptr);
}

TEST_CASE("cached: many reads give what one would, also of other slots and of what the caller has", "[object][cache]") {
    CountingObjects<> objects;
    auto storage = Cached(Counted::open(objects).value());
    StateStore<std::string, Cached<Counted>, History<>, RawBytes> store{storage};
    for (int i = 0; i < 3; ++i) REQUIRE(store.update("k", [](std::string& text) { text += "+"; }));
    auto const first = store.version("k", 1).value();
    auto const known = storage.read(context(), RecordId("k")).value();
    KnownRecord const reads[] = {{RecordId("k"), known}, {RecordId("k", Slot::version, first), nullptr}, {RecordId("none"), nullptr}};
    auto const all = storage.read_many(context(), reads);
    REQUIRE(all.size() == 3);
    CHECK(all[0].value() == known);  // the very object
    CHECK(all[1].value()->payload.view() == "+");
    CHECK(all[2].value() == nullptr);
}

}  // namespace object_edges_test
