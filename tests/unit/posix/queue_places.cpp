// Who leaves a queue takes nobody with him, and a guard belongs to whoever moved it.

#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/threads/wait_queue.hpp>

#include <catch2/catch_test_macros.hpp>

#include <thread>
#include <utility>

namespace queue_places_test {

using namespace holdfast;
using holdfast::testing::TestEnvironment;

TEST_CASE("wait queue: who gives up in the middle leaves the others in their order") {
    TestEnvironment env;
    holdfast::detail::WaitQueue queue;
    holdfast::detail::WaitQueue::Waiter first(env), second(env), third(env);
    for (auto* const waiter : {&first, &second, &third}) queue.join(*waiter);
    queue.leave(second);
    CHECK(queue.next());
    CHECK((first.has_it() && !third.has_it()));
    CHECK(queue.next());
    CHECK(third.has_it());
    CHECK_FALSE(queue.next());
    CHECK_FALSE(second.has_it());
}

TEST_CASE("MutexLock: the thread that moves a guard is its holder", "[lock]") {
    TestEnvironment env;
    Context const at_once(env, Duration::zero());
    MemoryStorage storage;
    MutexLock lock;
    auto guard = lock.acquire(storage, at_once, "k", "").value();
    Errc told{};
    std::thread([&] {
        auto mine = std::move(guard);
        told = lock.acquire(storage, at_once, "k", "").error().code();
        CHECK(mine.confirm(at_once));
    }).join();
    CHECK(told == Errc::already_held);
}

}  // namespace queue_places_test
