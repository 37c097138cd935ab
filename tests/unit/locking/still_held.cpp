// "Am I still the holder?" is part of every guard, also of a user's, and the store asks before each write: who was
// released, moved from, forked, fenced or whose time is over writes nothing.

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/laws/locking.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/storage/file_fixture.hpp>
#include <unit/support/plain_text.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace still_held_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::PlainText;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Files = FileStorage<SlotFirst, Durability::none>;

constexpr auto add = [](std::string& text) { text += "+"; };

template <class R>
Errc code(R const& result) {
    return result ? Errc{} : result.error().code();
}

/// A lock as a user writes one: it lives in some service that forgets it after a second, and is asked there.
class ServiceLock {
public:
    static constexpr Family family = Family::locking;

    struct Service {
        unsigned holder = 0, asked = 0;
        Epoch epochs = 0;
    };

    class Guard {
    public:
        Guard(Service& service, Environment& env, unsigned me, Epoch epoch)
            : service_(&service), env_(&env), me_(me), epoch_(epoch), until_(env.monotonic() + seconds(1)) {}
        Epoch epoch() const noexcept { return epoch_; }
        Instant reliable_until() const noexcept { return holding_ ? until_ : Instant::min(); }
        Result<void> confirm(Context const& ctx) {
            if (auto held = holding_.confirm(); !held || env_->monotonic() < until_) return held;
            return renew(ctx);
        }
        Result<void> renew(Context const&) {
            if (auto held = holding_.confirm(); !held) return held;
            ++service_->asked;
            if (service_->holder != me_) return Error(Errc::lost, "the service gave the lock to somebody else");
            until_ = env_->monotonic() + seconds(1);
            return {};
        }
        Result<void> release(Context const&) {
            if (holding_ && service_->holder == me_) service_->holder = 0;
            holding_.end();
            return {};
        }

    private:
        Service* service_;
        Environment* env_;
        unsigned me_;
        Epoch epoch_;
        Instant until_;
        Holding holding_{};
    };

    explicit ServiceLock(Service& service, bool fences = false) : service_(&service), fences_(fences) {}

    template <class S>
    Result<Guard> acquire(S&, Context const& ctx, KeyView, std::string_view) {
        static unsigned last = 0;
        service_->holder = ++last;  // whoever held it before has lost it
        return Guard(*service_, ctx.env, last, fences_ ? ++service_->epochs : 0);
    }

private:
    Service* service_;
    bool fences_;
};
static_assert(LockingPolicy<ServiceLock, MemoryStorage>);

/// Nothing can be written or read through it, and the state is what it was.
template <class Store, class Guard>
void is_dead(Store& store, Locked<Store, Guard>& held, Entry<std::string> const& entry, Errc why) {
    int calls = 0;
    auto const count = [&](std::string& text) { ++calls, text += "!"; };
    CHECK(code(held.update(count)) == why);
    CHECK(code(held.update([&](std::string&) { ++calls; })) == why);
    CHECK(calls == 0);
    CHECK(code(held.create("!")) == why);
    CHECK(code(held.replace(entry, "!")) == why);
    CHECK(code(held.remove(entry)) == why);
    CHECK(code(held.get()) == why);
    CHECK(code(held.confirm()) == why);
    CHECK(held.reliable_until() == Instant::min());
    CHECK((*store.get("k"))->value() == entry.value());
}

TEMPLATE_TEST_CASE("still held: what was released or moved from writes nothing", "[lock]", NoLock, MutexLock, FileLock,
                   LeaseLock<Embedded>, LeaseLock<OwnSlot>) {
    file_test::Directory const directory;
    using Store = BasicStateStore<std::string, Files, TestType, CompareAndSwap, PlainText>;
    Store store(Files::open(directory).value());
    auto const entry = store.create("k", "1").value();
    auto held = store.lock("k").value();
    CHECK(held.reliable_until() > Environment::system().monotonic());
    CHECK(held.confirm());
    auto const now = **held.get();
    SECTION("released") {
        REQUIRE(held.release());
        is_dead(store, held, now, Errc::lost);
        REQUIRE(held.release());
        CHECK(store.try_lock("k").value());
    }
    SECTION("moved from") {
        auto moved = std::move(held);
        CHECK(code(held.update(add)) == Errc::invalid_argument);
        CHECK(code(held.confirm()) == Errc::invalid_argument);
        CHECK(code(held.get()) == Errc::invalid_argument);
        CHECK(held.reliable_until() == Instant::min());
        CHECK(code(held.release()) == Errc::invalid_argument);
        CHECK(moved.update(add));
        CHECK((*store.get("k"))->value() == "1+");
    }
    SECTION("released by what it decides") {
        auto const done = held.update([&](std::string& text) {
            text += "!";
            REQUIRE(held.release());
        });
        CHECK(code(done) == Errc::lost);
        CHECK((*store.get("k"))->value() == "1");
        auto again = store.lock("k").value();
        CHECK(code(again.update([&](std::string&) { REQUIRE(again.release()); })) == Errc::lost);
    }
    SECTION("in a child, also one that is forked by what it decides") {
        if constexpr (std::is_same_v<TestType, NoLock>) return;  // excludes nobody: a copy may go on
        auto const lost_in_child = [&](auto&& body) {
            pid_t const child = ::fork();
            if (child == 0) ::_exit(body() ? 0 : 1);
            int status = -1;
            REQUIRE(::waitpid(child, &status, 0) == child);
            CHECK(status == 0);
        };
        lost_in_child([&] {
            return code(held.update(add)) == Errc::lost && code(held.replace(now, "!")) == Errc::lost &&
                   held.reliable_until() == Instant::min();
        });
        pid_t child = -1;
        auto const done = held.update([&](std::string& text) {
            text += "+";
            child = ::fork();
        });
        if (child == 0) ::_exit(code(done) == Errc::lost ? 0 : 1);
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
        CHECK(done);
        CHECK((*store.get("k"))->value() == "1+");
        REQUIRE(held.release());
    }
    SECTION("handed to another thread it works there, and its holder is told there") {
        std::thread([&] {
            auto mine = std::move(held);
            CHECK(mine.update(add));
            if constexpr (requires { mine.guard().id(); }) CHECK(code(store.lock("k")) == Errc::already_held);
            held = std::move(mine);
        }).join();
        CHECK(held.update(add));
        CHECK((*store.get("k"))->value() == "1++");
    }
    (void)entry;
}

TEST_CASE("still held: a thread that ended does not make a later one the holder", "[lock]") {
    using Store = BasicStateStore<std::string, MemoryStorage, LeaseLock<>, CompareAndSwap, PlainText>;
    Store store;
    using Held = std::remove_cvref_t<decltype(store.lock("k").value())>;
    std::optional<Held> job;
    std::thread([&] { job.emplace(store.lock("k").value()); }).join();
    for (int i = 0; i < 3; ++i)
        std::thread([&] {
            CHECK(code(store.lock("k", {.timeout = Duration::zero()})) == Errc::busy);
            CHECK_FALSE(store.try_lock("k").value());
        }).join();
    CHECK(job->update(add));
    CHECK(code(store.lock("k")) == Errc::already_held);  // this thread has it by now
}

TEST_CASE("still held: a user's lock that expired is asked before each write", "[lock]") {
    ServiceLock::Service service;
    TestEnvironment env;
    StoreOptions const options{seconds(60), &env};
    using Store = BasicStateStore<std::string, MemoryStorage, ServiceLock, CompareAndSwap, PlainText>;
    MemoryStorage const memory;
    for (bool const fences : {false, true}) {
        Store store(memory, ServiceLock(service, fences), options),
            other(memory, ServiceLock(service, fences), options);
        REQUIRE(store.update("k", [](std::string& text) { text = "1"; }));
        auto held = store.lock("k").value();
        auto const entry = **held.get();
        service.asked = 0;
        CHECK(held.update([](std::string&) {}));
        CHECK(service.asked == 0);  // it may be relied on
        env.advance(seconds(2));
        CHECK(held.update([](std::string&) {}));
        CHECK(service.asked == 1);
        SECTION("what it decides may last longer than the lock") {
            auto const slow = held.update([&](std::string& text) {
                text += "!";
                env.advance(seconds(5));
                service.holder = 0;
            });
            CHECK(code(slow) == Errc::lost);
            CHECK((*store.get("k"))->value() == "1");
        }
        SECTION("nothing is decided under a lock that is over") {
            env.advance(seconds(2));
            auto const theirs = other.lock("k").value();
            int calls = 0;
            CHECK(code(held.update([&](std::string&) { ++calls; })) == Errc::lost);
            CHECK(calls == 0);
            CHECK(code(held.replace(entry, "!")) == Errc::lost);
            CHECK(code(held.create("!")) == Errc::lost);
            CHECK((*store.get("k"))->value() == "1");
        }
    }
}

TEST_CASE("still held: a user's lock that fences keeps former holders from a key that was purged", "[lock]") {
    ServiceLock::Service service;
    TestEnvironment env;
    StoreOptions const options{seconds(60), &env};
    using Store = BasicStateStore<std::string, MemoryStorage, ServiceLock, CompareAndSwap, PlainText>;
    MemoryStorage const memory;
    Store store(memory, ServiceLock(service, true), options), other(memory, ServiceLock(service, true), options);
    auto held = store.lock("k").value();
    REQUIRE(held.update(add));
    {
        auto theirs = other.lock("k").value();
        REQUIRE(theirs.update(add));
        REQUIRE(theirs.remove(**theirs.get()));
    }
    REQUIRE(other.purge("k", Duration::zero()));
    // It believes that it may be relied on; the write over nothing asks all the same.
    CHECK(held.reliable_until() > env.monotonic());
    CHECK(code(held.update(add)) == Errc::lost);
    CHECK_FALSE(store.get("k").value());
}

TEST_CASE("still held: states of the last writer, too", "[lock]") {
    using Store = BasicStateStore<std::string, MemoryStorage, MutexLock, LastWriterWins, PlainText>;
    Store store;
    auto held = store.lock("k").value();
    REQUIRE(held.put("1"));
    REQUIRE(held.release());
    CHECK(code(held.put("2")) == Errc::lost);
    CHECK(code(held.remove()) == Errc::lost);
    CHECK((*store.get("k"))->value() == "1");
}

TEST_CASE("still held: the laws hold for every lock", "[laws]") {
    file_test::Directory const directory;
    auto files = Files::open(directory).value();
    MutexLock threads;
    FileLock processes;
    Findings found;
    law::ended_guards_hold_nothing(threads, files, found);
    law::forked_guards_hold_nothing(threads, files, found);
    law::ended_guards_hold_nothing(processes, files, found);
    law::forked_guards_hold_nothing(processes, files, found);
    LeaseLock<> embedded;
    law::ended_guards_hold_nothing(embedded, files, found);
    law::forked_guards_hold_nothing(embedded, files, found);
    CHECK(found.text() == "");
}

}  // namespace still_held_test
