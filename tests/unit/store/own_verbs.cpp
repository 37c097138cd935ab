// A policy brings verbs, and a history of one's own has those of the library. None of it touches a header of the store.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unit/simulation/flawed_history.hpp>
#include <unit/store/asking_lock.hpp>
#include <unit/store/resetting.hpp>
#include <utility>
#include <vector>

namespace own_verbs_test {

using namespace holdfast;
using namespace holdfast_tests;
using namespace std::chrono_literals;

template <class... Policies>
using Store = StateStore<std::string, RawBytes, Policies...>;
using Own = Store<Resetting, AskingLock>;

constexpr CallOptions at_once{.timeout = Duration::zero()};

/// What another thread is told.
template <class Call>
Errc elsewhere(Call&& call) {
    Errc code{};
    std::thread([&] { code = call().error().code(); }).join();
    return code;
}

template <class S>
concept Counts = requires(S& store) { store.count("k"); };
template <class S>
concept Resets = requires(S& store) { store.reset("k"); };
template <class Locked>
concept ResetsLocked = requires(Locked& locked) { locked.reset(); };
template <class S>
concept Asks = requires(S& store) { store.is_free("k"); };
template <class S>
using LockedOf = Locked<S, typename S::Guard>;

static_assert(Counts<Own> && Resets<Own> && Asks<Own> && ResetsLocked<LockedOf<Own>>);
static_assert(!Counts<Store<>> && !Resets<Store<>> && !Asks<Store<>> && !ResetsLocked<LockedOf<Store<>>>);
static_assert(Counts<Store<Resetting>> && !Asks<Store<Resetting>> && Asks<Store<AskingLock>>);
// What is said of one key belongs to what writes it; what is said of a store does not.
static_assert(!Counts<LockedOf<Own>> && !Asks<LockedOf<Own>> && !Resets<LockedOf<Own>>);
// Verbs have no room.
static_assert(sizeof(Own) == sizeof(Store<MutexLock>) && sizeof(LockedOf<Own>) == sizeof(LockedOf<Store<MutexLock>>));

TEST_CASE("own verbs: those of a versioning read and write", "[own verbs]") {
    Store<Resetting> store;
    CHECK(store.count("k").value() == 0);
    store.create("k", "one").value();
    store.update("k", [](std::string& text) { text = "two"; }).value();
    CHECK(store.count("k").value() == 2);
    auto const entry = store.reset("k").value();
    CHECK(entry->empty());
    CHECK(entry.sequence() == 3);
    CHECK(store.get("k").value()->value().empty());
}

TEST_CASE("own verbs: those that write are the locked key's, too, and write under its lock", "[own verbs]") {
    Own store;
    CHECK(store.is_free("k").value());
    auto held = store.lock("k").value();
    CHECK(!store.is_free("k").value());
    held.create("one").value();
    CHECK(held.reset().value()->empty());
    CHECK(store.reset("k").error() == Errc::already_held);
    CHECK(elsewhere([&] { return store.reset("k", at_once); }) == Errc::busy);
    held.release().value();
    CHECK(held.reset().error() == Errc::lost);
    CHECK(store.reset("k").value().sequence() == 2);  // as it was: not written
}

TEST_CASE("own verbs: they are fenced, and wait no longer than they may, like any other", "[own verbs]") {
    testing::TestEnvironment world;
    using Fenced = Store<Resetting, LeaseLock<>>;
    MemoryStorage memory;
    Fenced store(memory, StoreOptions{.environment = &world}), admin(memory, StoreOptions{.environment = &world});
    auto held = store.lock("k").value();
    held.create("one").value();
    admin.force_unlock("k", admin.holder("k").value()->id).value();
    auto next = admin.lock("k").value();
    Outcome<Entry<std::string>> const late = held.reset();
    CHECK(late.error() == Errc::fenced);
    CHECK(next.get().value()->value() == "one");
    Fenced other(memory, StoreOptions{.environment = &world});
    CHECK(other.reset("k", at_once).error() == Errc::busy);
}

TEST_CASE("own verbs: what was moved from is refused, and the verb is named", "[own verbs]") {
    Own store;
    Key gone("k");
    Key const taken(std::move(gone));
    for (Error const& error : {store.count(gone).error(), store.reset(gone).error(), store.is_free(gone).error()})
        CHECK(error == Errc::invalid_argument);
    CHECK(store.reset(gone).error().operation() == "reset");

    auto held = store.lock("k").value();
    auto const heir = std::move(held);
    CHECK(held.reset().error() == Errc::invalid_argument);
    CHECK(held.reset().error().operation() == "reset");

    Own const other(std::move(store));
    CHECK(store.count("k").error() == Errc::invalid_argument);
    CHECK(store.count("k").error().operation() == "count");
    CHECK(store.reset("k").error() == Errc::invalid_argument);
}

/// Every policy of a store may bring verbs. What these do is asked of the door itself.
struct Doors : CompareAndSwap {
    int opened = 0;

    template <class Store>
    class Verbs {
    public:
        int open() { return ++Inside::versioning(static_cast<Store&>(*this)).opened; }
        Duration patience(CallOptions const& options) {
            return Inside::context(static_cast<Store&>(*this), options).remaining();
        }
        Outcome<void> both(KeyView a, KeyView b, StateOf<Store> const& text, CallOptions const& options = {}) {
            std::array const keys{a, b};
            auto const body = [&](EngineOf<Store> engine, Context const& ctx, std::span<Held> held) {
                auto fn = [&](std::span<std::optional<StateOf<Store>>> states) { states[0] = states[1] = text; };
                return engine.transaction(ctx, keys, held, options, fn);
            };
            return Inside::under_all_once(static_cast<Store&>(*this), keys, "both", options, body);
        }
    };
};
struct TalkingStorage : MemoryStorage {
    template <class Store>
    class Verbs {
    public:
        StorageOf<Store>& talk() { return static_cast<Store&>(*this).storage(); }
    };
};
struct TalkingBytes : RawBytes {
    template <class Self, class... At>
    class KeyVerbs {
    public:
        std::size_t places(At...) const { return sizeof...(At); }
    };
};

TEST_CASE("own verbs: storage and serialization bring some, and the door leads to all that there is", "[own verbs]") {
    StateStore<std::string, Doors, AskingLock, TalkingStorage, TalkingBytes> store;
    CHECK(&store.talk() == &store.storage());
    CHECK(store.places("k") == 1);
    CHECK(store.lock("k").value().places() == 0);
    CHECK(store.open() + store.open() == 3);
    CHECK(store.patience({.timeout = 0s}) == 0s);
    CHECK(store.patience({}) > 20s);
    store.both("a", "b", "same").value();
    CHECK(store.get("a").value()->value() == "same");
    CHECK(store.get("b").value()->value() == "same");
    CHECK(store.both("a", "a", "x").error() == Errc::invalid_argument);
    auto const held = store.lock("b").value();
    CHECK(elsewhere([&] { return store.both("a", "b", "x", at_once); }) == Errc::busy);
    CHECK(store.is_free("a").value());
}

/// Writes more than once under one lock, and what is not the key of that lock.
struct Restless : CompareAndSwap {
    template <class Self, class... At>
    class KeyVerbs {
    public:
        Outcome<EntryOf<Self>> twice(At... key) {
            auto more = [](StateOf<Self>& text) { text += "+"; };
            auto const body = [&](EngineOf<Self> engine, Context const& ctx, KeyView at, Held& held) {
                auto done = engine.update(ctx, at, held, {}, more);
                return done ? engine.update(ctx, at, held, {}, more) : done;
            };
            return Inside::under(static_cast<Self&>(*this), "twice", {}, body, key...);
        }
        Result<std::vector<Errc>> beside(At... key, EntryOf<Self> const& other) {
            auto more = [](StateOf<Self>& text) { text += "+"; };
            auto all = [](std::span<std::optional<StateOf<Self>>> states) { states[0] = "all"; };
            auto const body = [&](EngineOf<Self> engine, Context const& ctx, KeyView, Held& held) {
                KeyView const at = other.key();
                std::vector<Errc> told;
                told.push_back(engine.update(ctx, at, held, {}, more).error().code());
                told.push_back(engine.create(ctx, at, held, {}, "new").error().code());
                told.push_back(engine.replace(ctx, other, held, {}, "new").error().code());
                told.push_back(engine.remove(ctx, other, held).error().code());
                told.push_back(engine.transaction(ctx, std::span(&at, 1), std::span(&held, 1), {}, all).error().code());
                return Result<std::vector<Errc>>(told);
            };
            return Inside::under(static_cast<Self&>(*this), "beside", {}, body, key...);
        }
    };
};

TEMPLATE_TEST_CASE("own verbs: what writes twice keeps its lock until it is done", "[own verbs]", MutexLock,
                   LeaseLock<Embedded>, LeaseLock<OwnSlot>) {
    Store<Restless, TestType> store;
    store.create("k", "").value();
    CHECK(*store.twice("k").value() == "++");
    CHECK(*store.lock("k").value().twice().value() == "++++");
    CHECK_FALSE(store.holder("k").value());
}

TEST_CASE("own verbs: who waits for a change names the key of the entry that he knows", "[own verbs]") {
    Store<> store;
    auto const entry = store.create("k", "v").value();
    Key gone("k");
    Key const taken(std::move(gone));
    CHECK(store.wait_for_change(gone, entry, at_once).error() == Errc::invalid_argument);
    CHECK(store.wait_for_change("other", entry, at_once).error() == Errc::invalid_argument);
    auto copy = entry;
    auto const other = std::move(copy);
    CHECK(store.wait_for_change("k", copy, at_once).error() == Errc::invalid_argument);
    CHECK(store.wait_for_change("k", other, at_once).error() == Errc::timed_out);
}

TEMPLATE_TEST_CASE("own verbs: the lock of one key is none of another", "[own verbs]", MutexLock, LeaseLock<Embedded>,
                   LeaseLock<OwnSlot>) {
    Store<Restless, TestType> store;
    auto const other = store.create("other", "as it was").value();
    store.create("k", "").value();
    for (Errc const code : store.beside("k", other).value()) CHECK(code == Errc::invalid_argument);
    for (Errc const code : store.lock("k").value().beside(other).value()) CHECK(code == Errc::invalid_argument);
    CHECK(store.get("other").value()->sequence() == 1);
}

TEST_CASE("own verbs: a history of one's own has all those of histories", "[own verbs]") {
    using Kept = Store<FlawedHistory, MutexLock>;
    static_assert(Kept::historic);
    Kept store;
    VersionId const one = detail::version_of(store.create("k", "one").value().record()->stamp);
    store.update("k", [](std::string& text) { text = "two"; }).value();
    CHECK(store.history("k").value().versions.size() == 2);
    CHECK(store.version("k", 1).value() == one);
    CHECK(*store.get("k", one).value() == "one");
    auto const pin = store.renew(store.pin("k", one).value()).value();
    CHECK(*store.get(pin).value() == "one");
    auto const newest = store.pin("k").value();
    CHECK(store.pins("k").value().size() == 2);
    CHECK(*store.rollback("k", one).value() == "one");
    CHECK(*store.lock("k").value().rollback(one).value() == "one");
    CHECK(store.prune("k").value().versions == 0);  // it keeps all
    store.unpin(newest).value();
    CHECK(store.prune("k", KeepLast<1>()).value().versions == 2);
    store.unpin(pin).value();
    CHECK(store.prune("k", KeepLast<1>()).value().versions == 1);
    store.remove(store.get("k").value().value()).value();
    store.purge("k", 0s).value();
    CHECK(store.history("k").value().versions.empty());
}

}  // namespace own_verbs_test
