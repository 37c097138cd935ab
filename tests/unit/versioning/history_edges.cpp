// History: what was purged between two pages, and what no prune wrote.

#include <holdfast/versioning/history.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <string>

namespace history_edges_test {

using namespace holdfast;
using holdfast_tests::PlainText;
using std::chrono::seconds;

TEST_CASE("history: a key that was purged between two pages has lost nothing", "[history]") {
    testing::TestEnvironment env;
    BasicStateStore<std::string, MemoryStorage, NoLock, History<>, PlainText> store(MemoryStorage(),
                                                                                    StoreOptions{seconds(60), &env});
    for (int i = 0; i < 6; ++i)
        REQUIRE(store.update("k", [&](std::optional<std::string>) { return std::to_string(i); }));
    auto const first = store.history("k", {.limit = 2});
    REQUIRE(first);
    REQUIRE(first->versions.size() == 2);
    REQUIRE(!first->next.empty());
    auto const last = store.get("k");
    REQUIRE((last && *last));
    REQUIRE(store.remove(**last));
    REQUIRE(store.purge("k", Duration::zero()));
    auto const second = store.history("k", {.cursor = first->next, .limit = 2});
    REQUIRE(second);
    CHECK(second->versions.empty());
    CHECK(second->next.empty());
}

TEST_CASE("history: states that a prune saw stand in their order, or the record is damaged", "[history]") {
    detail::RetentionState state;
    state.floor = 3;
    state.lineage = WriteId{1, 2};
    testing::TestEnvironment env;
    state.look(env, 5);
    env.advance(seconds(10));
    state.look(env, 6);
    env.advance(seconds(10));
    state.look(env, 7);
    std::string const good(detail::to_retention_text(state).view());
    REQUIRE(detail::from_retention_text(good));
    std::size_t const one = good.find(",\"state "), two = good.find(",\"state ", one + 1);
    REQUIRE((one < two && two < good.size()));
    std::size_t end = good.find("\",\"", two + 8);
    end = good.find_first_of(",}", good.find(":\"", two) + 2);
    std::string const swapped =
        good.substr(0, one) + good.substr(two, end - two) + good.substr(one, two - one) + good.substr(end);
    CAPTURE(good, swapped);
    auto const refused = detail::from_retention_text(swapped);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::malformed);
}

}  // namespace history_edges_test
