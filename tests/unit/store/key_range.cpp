#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace key_range_test {

using namespace holdfast;
using namespace std::chrono_literals;

/// Pages of two keys; each takes a second, and has as many odd entries as are told. The page `failing` fails.
struct Slow {
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true, attributed = true, late_writes = false;

    Result<RecordPtr> read(Context const&, RecordId const&) { return RecordPtr(); }
    Result<WriteOutcome> write(Context const&, RecordId const&, RecordPtr const&, Precondition const&) {
        return WriteOutcome::conflict();
    }
    Result<WriteOutcome> remove(Context const&, RecordId const&, Precondition const&) {
        return WriteOutcome::conflict();
    }
    Result<ListPage> list(Context const& context, ListRequest const& request) const {
        int const page = request.cursor.empty() ? 0 : std::stoi(std::string(request.cursor));
        if (page == failing) return Error(Errc::unavailable, "the storage is away");
        if (auto waited = context.wait(1s); !waited) return std::move(waited).error();
        ListPage result;
        for (char const end : {'a', 'b'})
            result.records.push_back({Key::parse(std::to_string(page) + end).value(), {}});
        for (int i = 0; i < odd; ++i)
            result.unreadable.push_back(Error(Errc::malformed, "odd").on(std::to_string(page)));
        if (page < 9) result.next = std::to_string(page + 1);
        return result;
    }

    int failing = -1;
    int odd = 0;
};

using Store = StateStore<std::string, Slow, RawBytes>;

TEST_CASE("keys: the time that the caller takes between two keys is the caller's") {
    testing::TestEnvironment world;
    Store store(Slow{}, StoreOptions{.timeout = 2s, .environment = &world});
    std::string seen;
    for (Result<Key> const& key : store.keys()) {
        world.sleep(3s);
        seen += key ? key->str() : key.error().describe();
    }
    CHECK(seen == "0a0b1a1b2a2b3a3b4a4b5a5b6a6b7a7b8a8b9a9b");
}

TEST_CASE("keys: the storage has the time limit for each page") {
    testing::TestEnvironment world;
    Store store(Slow{}, StoreOptions{.timeout = 500ms, .environment = &world});
    auto keys = store.keys();
    auto at = keys.begin();
    REQUIRE_FALSE(*at);
    CHECK(at->error() == Errc::timed_out);
    CHECK(++at == keys.end());
    CHECK_FALSE(keys.complete());
}

TEST_CASE("keys: errors of single entries come after all keys") {
    testing::TestEnvironment world;
    Store store(Slow{.failing = -1, .odd = 1}, StoreOptions{.environment = &world});
    auto keys = store.keys();
    std::vector<std::string> order;
    for (Result<Key> const& key : keys) {
        order.push_back(key ? key->str() : "odd " + std::string(key.error().subject()));
        CHECK((key || keys.complete()));
    }
    REQUIRE(order.size() == 30);
    for (std::size_t i = 0; i < 30; ++i) CHECK(order[i].starts_with("odd") == (i >= 20));
    CHECK(keys.complete());

    Store many(Slow{.failing = -1, .odd = 50}, StoreOptions{.environment = &world});
    std::size_t errors = 0;
    Error last(Errc::conflict);
    for (Result<Key> const& key : many.keys())
        if (!key) ++errors, last = key.error();
    CHECK(errors == 101);
    CHECK(last.message().starts_with("400 more "));
}

TEST_CASE("keys: a storage that fails is the last element") {
    testing::TestEnvironment world;
    Store store(Slow{.failing = 3, .odd = 1}, StoreOptions{.environment = &world});
    auto keys = store.keys();
    std::vector<std::string> order;
    for (Result<Key> const& key : keys) order.push_back(key ? key->str() : std::string(name(key.error().code())));
    REQUIRE(order.size() == 7);
    CHECK(order.back() == "unavailable");
    CHECK_FALSE(keys.complete());
}

}  // namespace key_range_test
