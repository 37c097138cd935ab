#include <holdfast/core/key_order.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace key_order_test {

using namespace holdfast;

std::vector<Key> keys_of(std::size_t n, std::size_t step) {
    std::vector<Key> keys;
    keys.reserve(n);
    for (std::size_t i = 0; i < n; ++i) keys.push_back(Key::parse("k" + std::to_string(i * step % n)).value());
    return keys;
}

TEST_CASE("keys are taken in one order, whatever the order in which they are given", "[store]") {
    for (std::size_t const n : {0u, 1u, 2u, 3u, 7u, 8u, 100u, 1009u}) {
        for (std::size_t const step : {1u, 2u, 1008u}) {
            auto const keys = keys_of(n, step);
            std::vector<KeyView> const views(keys.begin(), keys.end());
            auto const order = detail::order_of(views);
            REQUIRE(order.size() == n);
            std::vector<bool> seen(n, false);
            for (std::size_t i = 0; i < n; ++i) {
                CHECK_FALSE(seen[order[i]]);
                seen[order[i]] = true;
                if (i > 0) CHECK_FALSE(views[order[i]] < views[order[i - 1]]);
            }
        }
    }
}

// 200,000 keys in reverse: what costs the square of that does not end within minutes.
TEST_CASE("a transaction over many keys locks them all", "[store]") {
    constexpr std::size_t n = 200'000;
    auto const keys = keys_of(n, n - 1);
    std::vector<KeyView> const views(keys.begin(), keys.end());
    CHECK(detail::order_of(views).size() == n);
    std::span<KeyView const> const some(views.data(), 5000);
    StateStore<std::string, MutexLock, RawBytes> store;
    auto const all = [](std::span<std::optional<std::string>> states) {
        for (auto& state : states) state = state.value_or("") + "+";
    };
    REQUIRE(store.transaction(some, all));
    CHECK(**store.get(some[4999]).value() == "+");
}

TEST_CASE("transactions over the same keys in any order do not wait for each other for ever", "[store]") {
    StateStore<std::string, MutexLock, RawBytes> locked;
    StateStore<std::string, RawBytes> turns;
    auto const run = [](auto& store) {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&store, t] {
                KeyView const keys[] = {"a", "b", "c"};
                KeyView const mine[] = {keys[t % 3], keys[(t + 1 + t / 3) % 3]};
                for (int i = 0; i < 100; ++i)
                    (void)store.transaction(mine, [](std::span<std::optional<std::string>> states) {
                        for (auto& state : states) state = state.value_or("") + "+";
                    });
            });
        for (auto& thread : threads) thread.join();
        std::size_t sum = 0;
        for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c")})
            if (auto const now = store.get(key).value()) sum += (*now)->size();
        return sum;
    };
    CHECK(run(locked) == 800);
    CHECK(run(turns) == 800);
}

}  // namespace key_order_test
