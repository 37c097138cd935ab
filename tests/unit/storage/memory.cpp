#include <holdfast/storage/memory.hpp>

#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/listing.hpp>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <thread>

namespace memory_storage_test {

using namespace holdfast;
using holdfast::testing::LateStorage;
using holdfast::testing::law::in_threads;
using holdfast::testing::law::make_record;

Context const ctx(Environment::system());

template <class S>
void put(S& storage, RecordId const& id, std::string_view payload = "x") {
    REQUIRE(storage.write(ctx, id, make_record(id.key, payload), Precondition::none()));
}

/// All that a listing says, page by page; the sizes of its pages too.
template <class S>
std::vector<std::string> walk(S& storage, ListRequest request, std::vector<std::size_t>* sizes = nullptr) {
    std::vector<std::string> all;
    std::string cursor;
    do {
        request.cursor = cursor;
        auto page = storage.list(ctx, request);
        REQUIRE(page);
        if (sizes != nullptr) sizes->push_back(page->records.size());
        for (auto const& one : page->records)
            all.push_back(one.key.str() + (request.slot == Slot::version ? " " + to_string(one.version) : ""));
        REQUIRE((page->next.empty() || cursor != page->next));  // or it would never end
        cursor = page->next;
    } while (!cursor.empty());
    std::sort(all.begin(), all.end());
    return all;
}

using Names = std::vector<std::string>;

TEST_CASE("memory: pages keep their limit, and 0 is 1", "[memory]") {
    MemoryStorage storage;
    Names keys;
    for (int i = 0; i < 300; ++i) keys.push_back("key-" + std::to_string(i));
    for (auto const& key : keys) put(storage, RecordId(*Key::parse(key)));
    std::sort(keys.begin(), keys.end());
    for (std::size_t const limit : {0u, 1u, 2u, 7u, 1000u}) {
        std::vector<std::size_t> sizes;
        INFO(limit);
        CHECK(walk(storage, {.limit = limit}, &sizes) == keys);
        for (std::size_t const size : sizes) CHECK(size <= std::max<std::size_t>(limit, 1));
    }
    LateStorage far;
    for (auto const& key : keys) put(far, RecordId(*Key::parse(key)));
    CHECK(walk(far, {.limit = 0}) == keys);
}

TEST_CASE("memory: prefixes, and keys that begin with each other", "[memory]") {
    MemoryStorage storage;
    for (char const* const key : {"a", "aa", "aaa", "a/b", "ab", "b", "\xc3\xa9"})
        put(storage, RecordId(*Key::parse(key)));
    CHECK(walk(storage, {.prefix = "a"}) == Names{"a", "a/b", "aa", "aaa", "ab"});
    CHECK(walk(storage, {.prefix = "aa"}) == Names{"aa", "aaa"});
    CHECK(walk(storage, {.prefix = "aa", .whole_key = true}) == Names{"aa"});
    CHECK(walk(storage, {.prefix = "aaaa"}).empty());
    CHECK(walk(storage, {.prefix = "\xc3"}) == Names{"\xc3\xa9"});  // bytes, not characters
    CHECK(walk(storage, {}).size() == 7);
}

template <class S>
void lists_versions_by_their_ids() {
    S storage;
    Names expected, of_a;
    for (char const* const text : {"a", "ab"}) {
        Key const key = *Key::parse(text);
        put(storage, RecordId(key));
        put(storage, RecordId(key, Slot::lock));
        put(storage, RecordId(key, Slot::retention));
        for (std::uint64_t i = 1; i <= 40; ++i) {  // what the record itself says is another thing
            VersionId const version{i / 10, WriteId{i * 0x9e3779b97f4a7c15u, i}};
            put(storage, RecordId(key, Slot::version, version));
            expected.push_back(key.str() + " " + to_string(version));
            if (key == KeyView("a")) of_a.push_back(expected.back());
        }
    }
    std::sort(expected.begin(), expected.end());
    std::sort(of_a.begin(), of_a.end());
    for (std::size_t const limit : {1u, 7u, 1000u}) {
        CHECK(walk(storage, {.slot = Slot::version, .prefix = "a", .limit = limit}) == expected);
        CHECK(walk(storage, {.slot = Slot::version, .prefix = "a", .whole_key = true, .limit = limit}) == of_a);
    }
    CHECK(walk(storage, {.slot = Slot::version, .prefix = "b"}).empty());
    for (Slot const slot : {Slot::current, Slot::lock, Slot::retention})
        CHECK(walk(storage, {.slot = slot, .limit = 1}) == Names{"a", "ab"});
}

TEST_CASE("memory: slots are listed apart, versions by their ids", "[memory]") {
    lists_versions_by_their_ids<MemoryStorage>();
    lists_versions_by_their_ids<LateStorage>();
    CHECK(!parse_version("0000000000000001-short"));
    VersionId const version{0x0123456789abcdefu, WriteId{7, 8}};
    CHECK(to_string(version).substr(0, 17) == "0123456789abcdef-");
    CHECK(parse_version(to_string(version)) == version);
    CHECK(!parse_version(to_string(version) + "x"));
}

TEST_CASE("memory: 200,000 keys in pages, while others come and go", "[memory]") {
    MemoryStorage storage;
    Record record = *make_record("k", "x");
    for (int i = 0; i < 200'000; ++i) {
        record.key = *Key::parse("stays-" + std::to_string(i));
        (void)*storage.write(ctx, RecordId(record.key), std::make_shared<Record const>(record), Precondition::none());
    }
    std::atomic<bool> done{false};
    std::vector<unsigned char> times(200'000);
    std::size_t largest = 0;
    bool failed = false;
    in_threads(2, [&](unsigned me) {
        for (int i = 0; me == 1 && !done; i = (i + 1) % 500) {
            std::this_thread::yield();
            Key const guest = *Key::parse("guest-" + std::to_string(i));
            if (i % 2) (void)*storage.write(ctx, RecordId(guest), make_record(guest, "y"), Precondition::none());
            else
                (void)*storage.remove(ctx, RecordId(*Key::parse("guest-" + std::to_string(499 - i))),
                                      Precondition::none());
        }
        if (me == 1) return;
        for (std::string cursor;;) {
            auto page = storage.list(ctx, {.cursor = cursor, .limit = 1000});
            failed = failed || !page;
            if (!page) break;
            largest = std::max(largest, page->records.size());
            for (auto const& one : page->records)
                if (one.key.view().starts_with("stays-")) ++times[std::stoul(one.key.str().substr(6))];
            cursor = page->next;
            if (cursor.empty()) break;
        }
        done = true;
    });
    CHECK(!failed);
    CHECK(std::count(times.begin(), times.end(), 1) == 200'000);  // each once
    CHECK(largest <= 1000);
}

TEST_CASE("memory: a batch moves between keys and its readers lose nothing", "[memory]") {
    MemoryStorage storage;
    Key const from("from"), to("to");
    put(storage, RecordId(from), "0");
    put(storage, RecordId(to), "0");
    auto const number = [&](Key const& key) {
        return std::stoi(std::string((*storage.read(ctx, RecordId(key)))->payload.view()));
    };
    std::atomic<bool> done{false};
    std::atomic<unsigned> wrong{0};
    in_threads(3, [&](unsigned me) {
        for (int i = 1; me == 0 && i <= 3000; ++i) {  // both are the same number after each batch
            std::string const text = std::to_string(i);
            Write const both[] = {{RecordId(from), make_record(from, text), Precondition::none()},
                                  {RecordId(to), make_record(to, text), Precondition::none()}};
            if (!storage.write_all(ctx, both)) ++wrong;
        }
        if (me == 0) done = true;
        while (me != 0 && !done) {  // what is read later is not older
            int const first = number(from), second = number(to), again = number(from);
            if (second < first || again < second) ++wrong;
        }
    });
    CHECK(wrong == 0);
    CHECK(number(to) == 3000);
}

TEST_CASE("memory: copies share the records, and reads share the record", "[memory]") {
    MemoryStorage storage;
    MemoryStorage copy = storage;
    put(copy, KeyView("k"), "1");
    auto const here = storage.read(ctx, KeyView("k")), there = copy.read(ctx, KeyView("k"));
    REQUIRE(*here);
    CHECK(*here == *there);
    CHECK(*MemoryStorage().read(ctx, KeyView("k")) == nullptr);
}

}  // namespace memory_storage_test
