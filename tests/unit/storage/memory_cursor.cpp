// A cursor that is not one of the storage is refused, and never taken for the end of the listing.

#include <unit/storage/file_fixture.hpp>

#include <holdfast/storage/memory.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

namespace memory_cursor_test {

using namespace holdfast;
using file_test::context;

TEST_CASE("memory storage: a cursor that is garbage is refused", "[memory]") {
    MemoryStorage storage;
    for (std::string const cursor : {":", "x", "1", "64:", "99:k", "-1:", "+1:", "1 :", "001:", "a:b", " :",
                                     "4294967296:", "18446744073709551616:k", "k:1"}) {
        CAPTURE(cursor);
        auto const page = storage.list(context(), {.cursor = cursor});
        REQUIRE_FALSE(page);
        CHECK(page.error() == Errc::invalid_argument);
    }
}

TEST_CASE("memory storage: its own cursors go on, whatever is in the keys", "[memory]") {
    MemoryStorage storage;
    std::set<std::string> expected;
    for (int i = 0; i < 100; ++i) {
        std::string const name = std::to_string(i) + ":" + std::to_string(i % 7) + ":";
        expected.insert(name);
        REQUIRE(file_test::applied(file_test::set(storage, RecordId(Key::parse(name).value()), "v")));
    }
    std::set<std::string> found;
    ListRequest request{.limit = 1};
    for (int pages = 0; pages < 1000; ++pages) {
        auto const page = storage.list(context(), request).value();
        for (auto const& record : page.records) CHECK(found.insert(record.key.str()).second);
        if (page.next.empty()) break;
        request.cursor = page.next;
    }
    CHECK(found == expected);
}

}  // namespace memory_cursor_test
