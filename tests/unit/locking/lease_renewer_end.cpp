// A holder ends his lease at the very moment at which it is renewed beside him: no loss. And a renewer that sleeps.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_renewer.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace lease_renewer_end_test {

using namespace holdfast;
using namespace holdfast::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration ttl = seconds(30);

/// Calls `on_sleep` in place of the first sleep.
class Watched final : public Environment {
public:
    Instant monotonic() override { return inner.monotonic(); }
    Timestamp wall() override { return inner.wall(); }
    void sleep(Duration duration) override {
        if (on_sleep) return std::exchange(on_sleep, nullptr)();
        inner.sleep(duration);
    }
    void random(void* out, std::size_t size) override { inner.random(out, size); }
    Writer who() override { return inner.who(); }

    TestEnvironment inner;
    std::function<void()> on_sleep;
};

/// What happens between the effect of an operation and its reply.
class Afterwards : public Layer<Afterwards, MemoryStorage, 1> {
public:
    explicit Afterwards(std::function<void(Operation const&)>& after)
        : Layer<Afterwards, MemoryStorage, 1>(MemoryStorage()), after_(&after) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        R done = call();
        if (*after_) (*after_)(operation);
        return done;
    }

private:
    std::function<void(Operation const&)>* after_;
};

/// For 10 s at most.
void wait_for(std::atomic<bool> const& flag) {
    for (int i = 0; i < 10'000 && !flag; ++i) Environment::system().sleep(milliseconds(1));
}

TEMPLATE_TEST_CASE("leases: a renewal that meets the end of the lease is told of no loss", "[lease]", Embedded,
                   OwnSlot) {
    for (bool const under_way : {false, true}) {
        INFO("the renewal is under way already: " << under_way);
        Watched env;
        std::function<void(Operation const&)> after;
        using Lock = LeaseLock<TestType>;
        BasicStateStore<std::string, Afterwards, Lock, CompareAndSwap, holdfast_tests::PlainText> store(
            Afterwards(after), Lock({.ttl = ttl}), StoreOptions{seconds(600), &env});
        REQUIRE(store.create("k", "1"));
        auto held = store.lock("k").value();
        auto const handle = held.guard().handle();
        env.inner.advance(ttl / 3);  // a renewal is due

        std::atomic<bool> ended = false, told = false, released = false;
        std::thread holder;
        auto const here = std::this_thread::get_id();
        auto const end_it = [&] {
            holder = std::thread([&] { released = held.release().has_value(); });
            wait_for(ended);
        };
        auto const tell = [&] {
            told = true;
            if (holder.joinable()) holder.join();
        };
        bool begun = false;
        after = [&](Operation const& operation) {
            if (std::this_thread::get_id() != here && operation.writes_something()) {
                ended = true;  // it is over, and he does not know yet
                wait_for(told);
            } else if (under_way && !std::exchange(begun, true)) {
                end_it();
            }
        };
        env.on_sleep = tell;
        if (!under_way) end_it();
        auto const kept = keep_alive(handle);
        tell();
        CHECK(kept);
        CHECK(released);
        after = nullptr;
    }
}

TEST_CASE("leases: that time is over shows at once, though the renewer has not had its turn since", "[lease]") {
    Watched env;
    std::function<void(Operation const&)> nothing;
    BasicStateStore<std::string, Afterwards, LeaseLock<>, CompareAndSwap, holdfast_tests::PlainText> store(
        Afterwards(nothing), LeaseLock<>({.ttl = ttl}), StoreOptions{seconds(600), &env});
    auto held = store.lock("k").value();
    std::atomic<bool> asleep = false, told = false;
    env.on_sleep = [&] {
        asleep = true;
        wait_for(told);
    };
    LeaseRenewer const renewer(held.guard());
    wait_for(asleep);
    env.inner.advance(seconds(24) - Duration(1));
    CHECK_FALSE(renewer.lost());
    env.inner.advance(Duration(1));
    CHECK(renewer.lost());
    told = true;
}

}  // namespace lease_renewer_end_test
