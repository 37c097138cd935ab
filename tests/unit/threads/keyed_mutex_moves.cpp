// KeyedMutex: whose a lock is that was assigned, and what is told of one that nobody holds.

#include <holdfast/threads/keyed_mutex.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace keyed_mutex_moves_test {

using namespace holdfast;
using Mutex = detail::KeyedMutex<int>;

Context brief() { return Context(Environment::system(), Duration::zero()); }

TEST_CASE("keyed mutex: a lock that another thread assigned to its own is that thread's", "[keyed-mutex]") {
    auto const mutex = std::make_shared<Mutex>();
    auto first = Mutex::acquire(mutex, brief(), "a");
    REQUIRE(first);
    std::thread([&] {
        auto mine = Mutex::acquire(mutex, brief(), "b");
        if (!mine) return;
        *mine = *std::move(first);
        auto const again = Mutex::acquire(mutex, brief(), "a");
        CHECK((!again && again.error() == Errc::already_held));
        auto const freed = Mutex::acquire(mutex, brief(), "b");
        CHECK(freed);
    }).join();
    CHECK(Mutex::acquire(mutex, brief(), "a"));
}

TEST_CASE("keyed mutex: nothing is told of a name that nobody holds any more", "[keyed-mutex]") {
    auto const mutex = std::make_shared<Mutex>();
    {
        auto const held = Mutex::acquire(mutex, brief(), "a", [](int& data) { data = 7; });
        REQUIRE(held);
        CHECK(mutex->look("a") == 7);
    }
    CHECK(mutex->look("a") == std::nullopt);
}

}  // namespace keyed_mutex_moves_test
