// Details of the storage in memory that are easy to get wrong.

#include <holdfast/storage/memory.hpp>
#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace memory_details_test {

using namespace holdfast;
using file_test::applied;
using file_test::conflicts;
using file_test::context;
using file_test::get;
using file_test::next;
using file_test::set;

TEST_CASE("memory: every write looks at its precondition", "[memory]") {
    MemoryStorage storage;
    RecordId const id("k"), other("other");
    REQUIRE(applied(set(storage, id, "v")));
    RecordPtr const base = storage.read(context(), id).value(), record = next(base, "k", "w");
    auto const stale = Precondition::matches(record->revision.empty() ? Revision(WriteId{1, 2}) : record->revision);
    for (auto const& when : {Precondition::absent(), stale}) {
        CHECK(conflicts(storage.write(context(), id, record, when)));
        CHECK(conflicts(storage.remove(context(), id, when)));
        for (RecordPtr const& change : {record, RecordPtr()}) {
            std::vector<Write> const batch{{other, next(nullptr, "other", "v"), Precondition::none()},
                                           {id, change, when}};
            CHECK(conflicts(storage.write_all(context(), batch)));
        }
    }
    CHECK(conflicts(storage.remove(context(), other, stale)));
    CHECK(get(storage, id) == "v");
    CHECK(get(storage, other) == "absent");
}

TEST_CASE("memory: what no storage takes it does not take", "[memory]") {
    MemoryStorage storage;
    Record large = *next(nullptr, "k", "v");
    large.attributes = {{"name", std::string(17'000, 'x')}};
    auto const record = std::make_shared<Record const>(large);
    CHECK(storage.write(context(), RecordId("k"), record, Precondition::none()).error() == Errc::too_large);
    std::vector<Write> const batch{{RecordId("l"), next(nullptr, "l", "v"), Precondition::none()},
                                   {RecordId("k"), record, Precondition::none()}};
    CHECK(storage.write_all(context(), batch).error() == Errc::too_large);
    CHECK(get(storage, RecordId("l")) == "absent");
}

TEST_CASE("memory: what was removed is not listed, by whatever way it went", "[memory]") {
    MemoryStorage storage;
    RecordId const tombstone("tombstone"), removed("removed"), in_batch("in-batch"), there("there");
    for (RecordId const& id : {tombstone, removed, in_batch, there}) REQUIRE(applied(set(storage, id, "v")));
    RecordPtr const base = storage.read(context(), tombstone).value();
    REQUIRE(applied(storage.write(context(), tombstone, next(base, "tombstone", "", true), Precondition::none())));
    REQUIRE(applied(storage.remove(context(), removed, Precondition::none())));
    std::vector<Write> const batch{{in_batch, nullptr, Precondition::none()}};
    REQUIRE(applied(storage.write_all(context(), batch)));
    std::vector<std::string> found;
    for (std::string cursor; found.size() < 10;) {
        auto const page = storage.list(context(), {.cursor = cursor}).value();
        for (auto const& one : page.records) found.push_back(one.key.str());
        cursor = page.next;
        if (cursor.empty()) break;
    }
    CHECK(found == std::vector<std::string>{"there"});
    CHECK(applied(storage.write(context(), in_batch, next(nullptr, "in-batch", "w"), Precondition::absent())));
}

TEST_CASE("memory: the revision is of the write that was made, whatever the record said", "[memory]") {
    MemoryStorage storage;
    Record record = *next(nullptr, "k", "v");
    record.revision = Revision(WriteId{1, 2});
    auto const outcome =
        storage.write(context(), RecordId("k"), std::make_shared<Record const>(record), Precondition::none()).value();
    Revision const made(record.stamp.ids.newest());
    CHECK(outcome.revision() == made);
    CHECK(storage.read(context(), RecordId("k")).value()->revision == made);
}

TEST_CASE("memory: a locator names neither host nor path", "[memory]") {
    Locator locator;
    locator.scheme = "memory";
    CHECK(MemoryStorage::open(locator));
    locator.path = "/path";
    CHECK(MemoryStorage::open(locator).error() == Errc::invalid_argument);
    locator.path.clear();
    locator.host = "host";
    CHECK(MemoryStorage::open(locator).error() == Errc::invalid_argument);
}

TEST_CASE("memory: who finds a turn taken waits for it, of this record only", "[memory]") {
    MemoryStorage storage;
    RecordId const id("k"), other("other");
    auto held = std::make_unique<Turn>(storage.turn(context(), id, true).value());
    REQUIRE(*held);
    Context const brief = context(std::chrono::milliseconds(20));
    std::thread elsewhere([&] {
        CHECK_FALSE(storage.turn(brief, id, false));
        auto const free = storage.turn(brief, other, false);
        CHECK((free && !*free));
    });
    elsewhere.join();
    held.reset();
    std::thread afterwards([&] {
        auto const free = storage.turn(brief, id, false);
        CHECK((free && !*free));
    });
    afterwards.join();
}

}  // namespace memory_details_test
