// What a lock is told of the writes under it, once for each attempt: also where an exception comes out of one, and of
// several keys what is of each.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tellings_test {

using namespace holdfast;
using namespace holdfast::testing;

template <class... Policies>
using Store = StateStore<std::string, RawBytes, Policies...>;

constexpr auto set = [](std::string text) { return [text](std::string& state) { state = text; }; };

/// Others act, or an exception comes, when something was sent.
class Interrupted : public LateStorage {
public:
    struct Plan {
        std::function<void()> before_batch, after;  ///< each once
        bool unreadable = false;
    };
    Plan& plan() const { return *plan_; }

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) const {
        if (plan_->unreadable) return Error(Errc::unavailable, "not now");
        return LateStorage::read(ctx, id);
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const&) const { return read(ctx, id); }

    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return after(LateStorage::write(ctx, id, record, when));
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes) {
        if (auto const once = std::exchange(plan_->before_batch, {})) once();
        return after(LateStorage::write_all(ctx, writes));
    }

private:
    Result<WriteOutcome> after(Result<WriteOutcome> done) const {
        if (auto const once = std::exchange(plan_->after, {})) once();
        return done;
    }

    std::shared_ptr<Plan> plan_ = std::make_shared<Plan>();
};

TEST_CASE("tellings: a write out of which an exception comes may still land, and is kept out by the next holder",
          "[own verbs]") {
    TestEnvironment world;
    Interrupted far;
    using Leased = Store<Interrupted, LeaseLock<OwnSlot>>;
    Leased one(far, StoreOptions{.environment = &world}), other(far, StoreOptions{.environment = &world});
    one.create("k", "old").value();
    auto held = one.lock("k").value();
    far.world().on_write = [](unsigned) { return Delivery::late(); };
    far.plan().after = [] { throw std::bad_alloc(); };
    CHECK_THROWS_AS((void)held.update(set("late")), std::bad_alloc);
    far.world().on_write = {};
    CHECK(held.guard().enter(Context(world)).value()->news().unsure);
    held.release().value();
    auto next = other.lock("k").value();
    far.world().arrive(0);
    CHECK(next.get().value()->value() == "old");
    next.update(set("new")).value();
    CHECK_FALSE(next.guard().enter(Context(world)).value()->news().unsure);
    CHECK(next.get().value()->value() == "new");
}

TEST_CASE("tellings: an exception of the caller's own function leaves no doubt, since nothing was sent",
          "[own verbs]") {
    Store<LeaseLock<OwnSlot>> store;
    auto held = store.lock("k").value();
    held.create("one").value();
    CHECK_THROWS_AS((void)held.update([](std::string&) { throw std::bad_alloc(); }), std::bad_alloc);
    CHECK_FALSE(held.guard().enter(Context(Environment::system())).value()->news().unsure);
}

/// Two batches under the same locks.
struct TwoBatches : CompareAndSwap {
    template <class Store>
    class Verbs {
    public:
        std::vector<std::string> two_batches(std::array<KeyView, 2> keys) {
            std::vector<std::string> shown;
            auto const both = [&](EngineOf<Store> engine, Context const& ctx, std::span<Held> held) {
                auto first = [](std::span<std::optional<std::string>> states) { states[0] = "a1", states[1] = "b1"; };
                auto done = engine.transaction(ctx, keys, held, {}, first);
                if (!done) return done;
                auto second = [&](std::span<std::optional<std::string>> states) {
                    for (auto const& state : states) shown.push_back(state.value_or("-"));
                };
                return engine.transaction(ctx, keys, held, {}, second);
            };
            Inside::under_all(static_cast<Store&>(*this), keys, "two_batches", {}, both).value();
            return shown;
        }
    };
};

TEST_CASE("tellings: what was seen of one key of a batch is told to no other", "[own verbs]") {
    Interrupted far;
    Store<Interrupted, LeaseLock<OwnSlot>, TwoBatches> store(far);
    Store<Interrupted> stranger(far);
    store.create("a", "a0").value();
    store.create("b", "b0").value();
    // The first batch is made, its reply is lost, and somebody without a lock writes before it is sent again.
    far.plan().before_batch = [&] {
        far.world().on_write = [lose = true](unsigned) mutable {
            return std::exchange(lose, false) ? Delivery::reply_lost() : Delivery::intact();
        };
        far.plan().after = [&] { stranger.update("a", set("a-stranger")).value(); };
    };
    auto const shown = store.two_batches({"a", "b"});
    REQUIRE(shown.size() >= 2);
    CHECK(shown[0] == "a-stranger");
    CHECK(shown[1] == "b1");
}

TEST_CASE("tellings: of two writes that may land nobody can tell, whatever becomes of the later one", "[own verbs]") {
    bool const thrown = GENERATE(false, true);
    TestEnvironment world;
    Interrupted far;
    using Leased = Store<Interrupted, LeaseLock<OwnSlot>>;
    Leased one(far, StoreOptions{.environment = &world}), other(far, StoreOptions{.environment = &world});
    constexpr CallOptions at_once{.timeout = Duration::zero()};
    auto const early = one.create("k", "0").value();
    auto held = one.lock("k").value();
    held.update(set("1")).value();
    far.world().on_write = [](unsigned) { return Delivery::late(); };
    if (thrown) {
        far.plan().after = [] { throw std::bad_alloc(); };
        CHECK_THROWS_AS((void)held.update(set("late"), at_once), std::bad_alloc);
    } else {
        REQUIRE(held.update(set("late"), at_once).unknown());
    }
    // One on a state that is no more: it will never land, and that says nothing of the one before.
    far.world().on_write = [&](unsigned) { return far.plan().unreadable = true, Delivery::lost(); };
    REQUIRE(held.replace(early, "x", at_once).unknown());
    far.plan().unreadable = false;
    far.world().on_write = {};
    held.release().value();
    auto next = other.lock("k").value();
    far.world().arrive(0);
    CHECK(next.get().value()->value() == "1");
}

/// Under the locks of several keys.
struct Odd : CompareAndSwap {
    template <class Store>
    class Verbs {
    public:
        /// The first key is created by a write that is sent in `late` circumstances; then a batch leaves it absent.
        template <class Late>
        bool create_and_leave(std::array<KeyView, 2> keys, Late late) {
            auto const body = [&](EngineOf<Store> engine, Context const& ctx, std::span<Held> held) {
                late(true);
                bool const unknown =
                    engine.create(ctx.within(Duration::zero()), keys[0], held[0], {}, "late").unknown() != nullptr;
                late(false);
                auto second = [](std::span<std::optional<std::string>> states) { states[1] = "b"; };
                auto done = engine.transaction(ctx, keys, held, {}, second);
                return done ? Result<bool>(unknown) : Result<bool>(done.error());
            };
            return Inside::under_all(static_cast<Store&>(*this), keys, "create_and_leave", {}, body).value();
        }
        Outcome<void> other_locks(std::array<KeyView, 2> keys, std::size_t locked, std::size_t changed) {
            auto const body = [&](EngineOf<Store> engine, Context const& ctx, std::span<Held> held) {
                auto none = [](std::span<std::optional<std::string>>) {};
                return engine.transaction(ctx, std::span<KeyView const>(keys).first(changed), held, {}, none);
            };
            return Inside::under_all(static_cast<Store&>(*this), std::span<KeyView const>(keys).first(locked),
                                     "other_locks", {}, body);
        }
    };
};

TEST_CASE("tellings: a batch that only checks a key says nothing of what was sent for it before", "[own verbs]") {
    TestEnvironment world;
    LateStorage far;
    Store<LateStorage, LeaseLock<OwnSlot>, Odd> store(far, StoreOptions{.environment = &world});
    for (KeyView const key : {KeyView("a"), KeyView("b")}) store.lock(key).value().release().value();
    bool late = false;
    far.world().on_write = [&](unsigned) { return late ? Delivery::late() : Delivery::intact(); };
    REQUIRE(store.create_and_leave({"a", "b"}, [&](bool now) { late = now; }));
    REQUIRE(far.world().in_flight() == 1);
    auto next = store.lock("a").value();
    far.world().arrive(0);
    CHECK_FALSE(next.get().value());
}

TEST_CASE("tellings: a batch has one lock for each of its keys", "[own verbs]") {
    Store<MutexLock, Odd> store;
    CHECK(store.other_locks({"a", "b"}, 2, 2));
    CHECK(store.other_locks({"a", "b"}, 2, 1).error() == Errc::invalid_argument);
    CHECK(store.other_locks({"a", "b"}, 1, 2).error() == Errc::invalid_argument);
}

/// Has no form for one state.
struct Picky : RawBytes {
    Result<void> encode(CodingContext const& ctx, std::string const& state, Buffer& out) const {
        if (state == "bad") return Error(Errc::invalid_argument, "this state has no form");
        return RawBytes::encode(ctx, state, out);
    }
};

TEMPLATE_TEST_CASE("tellings: what cannot be encoded is no write of a batch, and costs its locks nothing",
                   "[own verbs]", Embedded, OwnSlot) {
    TestEnvironment world;
    LateStorage far;
    StateStore<std::string, Picky, LateStorage, LeaseLock<TestType>> store(far, StoreOptions{.environment = &world});
    store.create("a", "v").value();
    store.create("b", "v").value();
    auto const cost = [&](auto&& call) {
        unsigned const before = far.world().operations();
        call();
        return far.world().operations() - before;
    };
    auto const section = [&] { store.lock("b").value().release().value(); };
    using States = std::span<std::optional<std::string>>;
    auto const given_up = cost([&] {
        CHECK(!store.transaction({"a", "b"}, [](States) -> Result<void> { return Error(Errc::conflict, "no"); }));
    });
    auto const usual = cost(section);
    auto const refused = cost([&] {
        CHECK(store.transaction({"a", "b"}, [](States states) { states[0] = "bad"; }).error() ==
              Errc::invalid_argument);
    });
    CHECK(refused == given_up);
    CHECK(cost(section) == usual);
}

TEMPLATE_TEST_CASE("tellings: who is refused has lost his lock, whatever he wrote", "[own verbs]", Embedded, OwnSlot) {
    TestEnvironment world;
    MemoryStorage memory;
    using Fenced = Store<LeaseLock<TestType>>;
    Fenced store(memory, StoreOptions{.environment = &world}), admin(memory, StoreOptions{.environment = &world});
    auto const overtake = [&](auto&& theirs) {
        auto held = store.lock("k").value();
        admin.force_unlock("k", held.guard().id()).value();
        theirs();
        return held;
    };
    auto const is_over = [&](auto& held) {
        CHECK(held.reliable_until() == (Instant::min)());
        CHECK(held.confirm().error() == Errc::fenced);
    };
    SECTION("a create over what a later holder made") {
        auto held = overtake([&] { admin.create("k", "theirs").value(); });
        CHECK(held.create("mine").error() == Errc::fenced);
        is_over(held);
    }
    SECTION("an update of it") {
        auto held = overtake([&] { admin.create("k", "theirs").value(); });
        CHECK(held.update(set("mine")).error() == Errc::fenced);
        is_over(held);
    }
    SECTION("an update where the record is gone") {
        if constexpr (std::is_same_v<TestType, Embedded>) {
            auto held = overtake([&] {});
            Context const ctx(world);
            RecordId const id(KeyView("k"));
            REQUIRE(memory.remove(ctx, id, Precondition::none()));
            CHECK(held.update(set("mine")).error() == Errc::fenced);
            is_over(held);
        }
    }
}

}  // namespace tellings_test
