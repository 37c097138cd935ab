// A purge takes the records of a key away, and with them what kept former holders out and said how far the epochs had
// come: neither is lost.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/file_lock.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/storage/file_fixture.hpp>
#include <unit/support/plain_text.hpp>

#include <string>
#include <thread>
#include <utility>

namespace lease_purge_test {

using namespace holdfast;
using namespace holdfast::testing;
using std::chrono::seconds;
using Files = FileStorage<SlotFirst, Durability::none>;

constexpr Duration ttl = seconds(10);
constexpr auto add = [](std::string& text) { text += "+"; };

template <class R>
Errc code(R const& result) {
    return result ? Errc{} : result.error().code();
}

template <class Placement, class Versioning = CompareAndSwap, class Storage = MemoryStorage>
struct Process {
    using Lock = LeaseLock<Placement>;
    using Store = BasicStateStore<std::string, Storage, Lock, Versioning, holdfast_tests::PlainText>;

    Process(Storage const& storage, std::uint64_t seed)
        : env(seed, "user@host:" + std::to_string(seed)),
          store(storage, Lock({.ttl = ttl}), StoreOptions{seconds(60), &env}) {}

    void remove(KeyView key = "k") {
        auto const there = store.get(key).value();
        REQUIRE(store.remove(*there));
    }

    TestEnvironment env;
    Store store;
};

template <class P, class V>
struct Kind {
    using placement = P;
    using versioning = V;
};

TEMPLATE_TEST_CASE("purge: a paused former holder stays out of a key that was purged", "[lease]",
                   (Kind<Embedded, CompareAndSwap>), (Kind<OwnSlot, CompareAndSwap>), (Kind<Embedded, History<>>),
                   (Kind<OwnSlot, History<>>)) {
    using Placement = typename TestType::placement;
    using Versioning = typename TestType::versioning;
    for (bool const wrote : {false, true})
        for (bool const again : {false, true}) {
            MemoryStorage const storage;
            Process<Placement, Versioning> former(storage, 1), thief(storage, 2);
            if (wrote) REQUIRE(former.store.create("k", "old"));
            auto held = former.store.lock("k").value();
            if (wrote) REQUIRE(held.update(add));
            REQUIRE(thief.store.force_unlock("k", held.guard().id()));
            Epoch last = 0;
            {
                auto mine = thief.store.lock("k").value();
                last = mine.epoch();
                REQUIRE(mine.update(add));
                REQUIRE(mine.remove(**mine.get()));
            }
            REQUIRE(thief.store.purge("k", Duration::zero()));
            Context const ctx(thief.env);
            MemoryStorage look(storage);
            for (Slot const slot : {Slot::current, Slot::lock, Slot::retention})
                CHECK_FALSE(*look.read(ctx, RecordId("k", slot)));
            if (again) {
                auto mine = thief.store.lock("k").value();
                CHECK(mine.epoch() > last);
                REQUIRE(mine.create("new"));
                REQUIRE(mine.release());
            }
            // It was paused for a moment only: its lease is not over by its own clock.
            CHECK(held.reliable_until() > former.env.monotonic());
            auto const late = held.update([](std::string& text) { text = "666"; });
            CHECK_FALSE(late);
            CHECK((code(late) == Errc::fenced || code(late) == Errc::lost));
            CHECK(late.unknown() == nullptr);
            CHECK_FALSE(held.create("666"));
            auto const now = thief.store.get("k").value();
            CHECK(now.has_value() == again);
            if (now) CHECK(now->value() == "new");
            CHECK_FALSE(held.release());
            // Whoever comes next has a higher epoch than all of them.
            auto next = thief.store.lock("k").value();
            CHECK(next.epoch() > last);
            REQUIRE(next.update(add));
        }
}

TEMPLATE_TEST_CASE("purge: epochs go on after a removal and a purge, of every key", "[lease]", Embedded, OwnSlot) {
    file_test::Directory const directory;
    auto const storage = Files::open(directory).value();
    Process<TestType, CompareAndSwap, Files> one(storage, 1);
    Epoch last = 0;
    for (int life = 0; life < 4; ++life) {
        for (int i = 0; i < 5; ++i) {
            auto run = one.store.lock("k").value();
            CHECK(run.epoch() > last);
            last = run.epoch();
            REQUIRE(run.update(add));
        }
        one.remove();
        REQUIRE(one.store.purge("k", Duration::zero()));
        // Another process, which has not seen any of it; and a life that begins without a lock.
        Process<TestType, CompareAndSwap, Files> other(storage, 2 + static_cast<unsigned>(life));
        BasicStateStore<std::string, Files, NoLock, CompareAndSwap, holdfast_tests::PlainText> lawless(storage);
        if (life == 1) REQUIRE(lawless.create("k", "without"));
        auto run = other.store.lock("k").value();
        CHECK(run.epoch() > last);
        last = run.epoch();
        REQUIRE(run.update(add));
    }
    // A purge by those who use no lock keeps them, too.
    one.remove();
    BasicStateStore<std::string, Files, NoLock, CompareAndSwap, holdfast_tests::PlainText> lawless(storage);
    REQUIRE(lawless.purge("k", Duration::zero()));
    CHECK(one.store.lock("k").value().epoch() > last);
}

TEMPLATE_TEST_CASE("purge: what it leaves behind does not grow with the keys", "[lease]", Embedded, OwnSlot) {
    MemoryStorage storage;
    Process<TestType> process(storage, 1);
    for (int i = 0; i < 50; ++i) {
        Key const key = Key::parse("key " + std::to_string(i)).value();
        REQUIRE(process.store.update(key, add));
        process.remove(key);
        REQUIRE(process.store.purge(key, Duration::zero()));
    }
    Context const ctx(process.env);
    std::size_t left = 0;
    for (Slot const slot : {Slot::current, Slot::lock, Slot::retention, Slot::version})
        left += storage.list(ctx, {.slot = slot, .limit = 1000}).value().records.size();
    CHECK(left == 1);  // the floor of epochs
}

TEMPLATE_TEST_CASE("purge: a key that somebody has locked is busy, whatever the lock", "[lease]", LeaseLock<Embedded>,
                   LeaseLock<OwnSlot>, MutexLock, FileLock) {
    file_test::Directory const directory;
    auto const storage = Files::open(directory).value();
    using Store = BasicStateStore<std::string, Files, TestType, CompareAndSwap, holdfast_tests::PlainText>;
    Store store(storage);
    REQUIRE(store.update("k", add));
    REQUIRE(store.remove(**store.get("k")));
    {
        auto held = store.lock("k").value();
        std::thread([&] {
            auto const purged = store.purge("k", Duration::zero(), {.timeout = std::chrono::milliseconds(50)});
            CHECK(code(purged) == Errc::busy);
            if constexpr (requires { held.guard().id(); }) {
                // Whoever purges with another lock, or none, sees leases all the same.
                BasicStateStore<std::string, Files, NoLock, CompareAndSwap, holdfast_tests::PlainText> other(storage);
                auto const also = other.purge("k", Duration::zero());
                CHECK(code(also) == Errc::busy);
                CHECK(also.error().message().find("locked by ") != std::string_view::npos);
            }
        }).join();
        REQUIRE(held.update(add));  // it was left alone
    }
    REQUIRE(store.remove(**store.get("k")));
    CHECK(store.purge("k", Duration::zero()));
}

TEST_CASE("purge: a first lease costs a look at the floor, and later ones nothing", "[lease]") {
    MemoryStorage const storage;
    Process<OwnSlot> own(storage, 1), fresh(storage, 2);
    {
        auto const run = own.store.lock("a").value();
        CHECK(run.epoch() == 1);
    }
    CHECK(own.store.lock("a").value().epoch() == 2);
    REQUIRE(own.store.update("a", add));
    own.remove("a");
    REQUIRE(own.store.purge("a", Duration::zero()));
    CHECK(own.store.lock("b").value().epoch() == 1025);  // in steps of 1024, so that many purges seldom note it
    CHECK(own.store.lock("b").value().epoch() == 1026);
    CHECK(fresh.store.lock("c").value().epoch() == 1025);
}

/// Dies before its nth operation.
template <class Next>
class Mortal : public Layer<Mortal<Next>, Next, 2> {
public:
    explicit Mortal(Next next, std::shared_ptr<unsigned> left)
        : Layer<Mortal<Next>, Next, 2>(std::move(next)), left_(std::move(left)) {}
    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        if (*left_ == 0) return Error(Errc::unavailable, "dead");
        --*left_;
        return call();
    }

private:
    std::shared_ptr<unsigned> left_;
};

TEMPLATE_TEST_CASE("purge: whoever dies before he looked at the floor leaves that to the next", "[lease]", Embedded,
                   OwnSlot) {
    for (bool const forced : {false, true})
        for (unsigned n = 0;; ++n) {
            MemoryStorage const storage;
            Process<TestType> before(storage, 1), next(storage, 2);
            Epoch last = 0;
            for (int i = 0; i < 3; ++i) last = before.store.lock("k").value().epoch();
            REQUIRE(before.store.update("k", add));
            before.remove();
            REQUIRE(before.store.purge("k", Duration::zero()));
            auto const left = std::make_shared<unsigned>(n);
            Process<TestType, CompareAndSwap, Mortal<MemoryStorage>> mortal(Mortal(storage, left), 3);
            auto const died = mortal.store.lock("k", {.timeout = Duration::zero()});
            if (forced) {
                if (auto const holder = next.store.holder("k").value())
                    REQUIRE(next.store.force_unlock("k", holder->id));
            }
            auto mine = next.store.lock("k");
            if (died) {
                CHECK(died->epoch() > last);
                break;
            }
            REQUIRE(mine);
            CHECK(mine->epoch() > last);
            REQUIRE(mine->update(add));
        }
}

}  // namespace lease_purge_test
