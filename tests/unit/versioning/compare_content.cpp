// Files of a program that knows nothing of us, exact to the byte: updates among ours lose nothing, and what takes stamps
// is refused by type.

#include <holdfast/layer/cached.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/object/directory_objects.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/testing/laws/storage.hpp>
#include <holdfast/versioning/compare_content.hpp>
#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/counting_objects.hpp>
#include <unit/support/exact_layout.hpp>
#include <unit/storage/file_fixture.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace compare_content_test {

using namespace holdfast;
using file_test::context;
using holdfast_tests::ExactLayout;
using testing::Delivery;
using testing::LateObjects;
using Files = DirectoryObjects<Durability::none>;
template <class Objects>
using Exact = ObjectStorage<Objects, ExactLayout>;
template <class Objects>
using Store = StateStore<std::string, Exact<Objects>, CompareContent, RawBytes>;

constexpr auto count = [](std::string& text) { text = std::to_string(text.empty() ? 1 : std::stoi(text) + 1); };

TEST_CASE("exact layout: it obeys the laws of storages that keep no stamps", "[object]") {
    for (auto const kind : {RevisionKind::counter, RevisionKind::content}) {
        auto storage = Exact<MemoryObjects>::open(MemoryObjects(kind)).value();
        CHECK(testing::check_storage(storage).text() == "");
    }
    file_test::Directory const directory;
    auto storage = Exact<Files>::open(Files::open(directory).value()).value();
    CHECK(testing::check_storage(storage).text() == "");
}

TEST_CASE("exact layout: the file is the state and no byte more, and no other file is made beside it", "[object]") {
    file_test::Directory const directory;
    Store<Files> store(Exact<Files>::open(Files::open(directory).value()).value());
    REQUIRE(store.create("pipeline", "{\"a\":1}"));
    CHECK(file_test::contents(directory.path() + "/pipeline/state.json") == "{\"a\":1}");
    file_test::put(directory.path() + "/pipeline/state.json", "theirs");
    CHECK(store.get("pipeline").value()->value() == "theirs");
    REQUIRE(store.update("pipeline", [](std::string& text) { text += "+ours"; }));
    CHECK(file_test::contents(directory.path() + "/pipeline/state.json") == "theirs+ours");
    REQUIRE(store.remove(**store.get("pipeline")));
    CHECK(file_test::count_files(directory, "pipeline") == 0);
    CHECK(file_test::count_files(directory, "holdfast.json") == 0);
    CHECK(store.create("a/b", "x").error() == Errc::invalid_argument);
    Attributes const attributes{{"team", "data"}};
    CHECK(store.create("k", "y", {.attributes = &attributes}).error() == Errc::not_supported);
}

TEST_CASE("exact layout: nothing is decided on what a cache remembers", "[object]") {
    for (auto const kind : {RevisionKind::counter, RevisionKind::content}) {
        MemoryObjects objects(kind);
        using Storage = Cached<Exact<MemoryObjects>>;
        StateStore<std::string, Storage, CompareContent, RawBytes> cached{Storage(Exact<MemoryObjects>::open(objects).value())};
        Store<MemoryObjects> other(Exact<MemoryObjects>::open(objects).value());
        REQUIRE(cached.create("k", "A"));
        REQUIRE(cached.get("k").value());  // a read is what a cache remembers of records without stamps
        REQUIRE(other.update("k", [](std::string& text) { text = "B"; }));
        // It would leave "A" as it is; but there is "B" now.
        auto const same = cached.update("k", [](std::string& text) { text = "A"; });
        REQUIRE(same);
        CHECK(same->value() == "A");
        CHECK(other.get("k").value()->value() == "A");
        REQUIRE(cached.get("k").value());
        REQUIRE(other.update("k", [](std::string& text) { text = "5"; }));
        auto const more = cached.update("k", [](std::string& text) {
            if (text != "A") text = "6";
        });
        REQUIRE(more);
        CHECK(more->value() == "6");
        CHECK(other.get("k").value()->value() == "6");
    }
    // Nobody compares what a write without a condition was decided on: it is read.
    holdfast_tests::CountingObjects<> counting;
    using Counted = Exact<holdfast_tests::CountingObjects<>>;
    StateStore<std::string, Cached<Counted>, LastWriterWins, RawBytes> blind{Cached(Counted::open(counting).value())};
    REQUIRE(blind.put("k", "1"));
    REQUIRE(blind.get("k"));
    counting.requests().clear();
    REQUIRE(blind.put("k", "2"));
    CHECK(counting.requests().gets == 1);
    CHECK(counting.requests().puts == 1);
}

TEST_CASE("exact layout: no update among ours is lost, beside a writer who does not look", "[object]") {
    file_test::Directory const directory;
    auto const objects = Files::open(directory).value();
    std::atomic<bool> done{false};
    std::atomic<unsigned> counted{0};
    Store<Files> const shared(Exact<Files>::open(objects).value());
    REQUIRE(Store<Files>(shared).create("other", "0"));
    std::thread blind([&] {  // writes in place what it has read, and what it likes
        while (!done) file_test::put(directory.path() + "/other/state.json", "0");
    });
    std::vector<std::thread> ours;
    for (int i = 0; i < 4; ++i)
        ours.emplace_back([&] {
            Store<Files> store(shared);
            for (int n = 0; n < 150; ++n) {
                if (store.update("mine", count)) ++counted;
                (void)store.update("other", [](std::string& text) { text = "1"; });
            }
        });
    for (auto& thread : ours) thread.join();
    done = true;
    blind.join();
    CHECK(counted == 600);
    CHECK(Store<Files>(shared).get("mine").value()->value() == "600");
}

TEST_CASE("exact layout: a first conflict is a conflict, whatever stands there", "[object]") {
    // A and B both go from 5 to 6, and B wins: what A finds is what it wanted to write, and is not its own.
    LateObjects objects{MemoryObjects(RevisionKind::content)};
    Store<LateObjects<MemoryObjects>> a(Exact<LateObjects<MemoryObjects>>::open(objects).value());
    Store<MemoryObjects> b(Exact<MemoryObjects>::open(objects.objects()).value());
    REQUIRE(b.create("k", "5"));
    bool once = true;
    objects.on_write() = [&](unsigned) {
        if (std::exchange(once, false)) REQUIRE(b.update("k", count));
        return Delivery::intact();
    };
    REQUIRE(a.update("k", count));
    CHECK(b.get("k").value()->value() == "7");
}

TEST_CASE("exact layout: after a lost reply equal content is success, and nothing else is guessed", "[object]") {
    for (auto const kind : {RevisionKind::counter, RevisionKind::content}) {
        LateObjects objects{MemoryObjects(kind)};
        Store<LateObjects<MemoryObjects>> store(Exact<LateObjects<MemoryObjects>>::open(objects).value(),
                                                StoreOptions{std::chrono::seconds(2)});
        Store<MemoryObjects> other(Exact<MemoryObjects>::open(objects.objects()).value());
        REQUIRE(other.create("k", "5"));
        unsigned nth = 0;
        // It arrived, and its reply was lost: the second copy finds its own content.
        objects.on_write() = [&](unsigned) { return nth++ == 0 ? Delivery::reply_lost() : Delivery::intact(); };
        REQUIRE(store.update("k", count));
        CHECK(other.get("k").value()->value() == "6");
        // The same, and somebody has replaced it since: nobody can tell.
        nth = 0;
        objects.on_write() = [&](unsigned) {
            if (nth == 1) REQUIRE(other.update("k", [](std::string& text) { text = "theirs"; }));
            return nth++ == 0 ? Delivery::reply_lost() : Delivery::intact();
        };
        auto const outcome = store.update("k", [](std::string& text) { text = "mine"; });
        CHECK(outcome.unknown() != nullptr);
        CHECK(other.get("k").value()->value() == "theirs");
        // It never arrives: the second copy does.
        nth = 0;
        objects.on_write() = [&](unsigned) { return nth++ == 0 ? Delivery::lost() : Delivery::intact(); };
        REQUIRE(store.update("k", [](std::string& text) { text = "once more"; }));
        CHECK(other.get("k").value()->value() == "once more");
        // The same of a removal.
        nth = 0;
        objects.on_write() = [&](unsigned) { return nth++ == 0 ? Delivery::reply_lost() : Delivery::intact(); };
        REQUIRE(store.remove(**store.get("k")));
        CHECK_FALSE(other.get("k").value());
    }
}

template <class S>
concept Resolves = requires(S& s, UnknownWrite const& write) { s.resolve(write); };
template <class S>
concept Seals = requires(S& s, UnknownWrite const& write) { s.seal(write); };
template <class S>
concept Purges = requires(S& s) { s.purge("k"); };

// What takes stamps is not there, and what does not is.
using Plain = Exact<MemoryObjects>;
static_assert(VersioningPolicy<CompareContent, Plain> && VersioningPolicy<LastWriterWins, Plain>);
static_assert(!VersioningPolicy<CompareAndSwap, Plain> && !VersioningPolicy<History<>, Plain>);
static_assert(!VersioningPolicy<CompareContent, MemoryStorage>);
static_assert(!LockingPolicy<LeaseLock<>, Plain> && !LockingPolicy<LeaseLock<OwnSlot>, Plain>);
static_assert(!Resolves<Store<MemoryObjects>> && !Seals<Store<MemoryObjects>> && !Purges<Store<MemoryObjects>>);
using LastWriters = StateStore<std::string, Plain, LastWriterWins, RawBytes>;
static_assert(!Resolves<LastWriters> && !Seals<LastWriters>);
using Framed = StateStore<std::string, ObjectStorage<MemoryObjects>, RawBytes>;
static_assert(Resolves<Framed> && Seals<Framed> && Purges<Framed>);

}  // namespace compare_content_test
