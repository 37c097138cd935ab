// What goes wrong with leases that are almost right: each case was a way to write into somebody else's section, to hand
// out an epoch twice, or to strand those who wait.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_renewer.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <unit/storage/file_fixture.hpp>
#include <unit/support/plain_text.hpp>

namespace lease_hazards_test {

using namespace holdfast;
using namespace holdfast::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration ttl = seconds(10);

template <class Placement, class Storage = LateStorage>
struct Process {
    using Lock = LeaseLock<Placement>;
    using Store = BasicStateStore<std::string, Storage, Lock, CompareAndSwap, holdfast_tests::PlainText>;

    Process(Storage const& storage, std::uint64_t seed)
        : env(seed, "user@host:" + std::to_string(seed)),
          store(storage, Lock({.ttl = ttl}), StoreOptions{seconds(60), &env}) {}

    TestEnvironment env;
    Store store;
};

constexpr auto add = [](std::string& text) { text += "+"; };

template <class R>
Errc code(R const& result) {
    return result ? Errc{} : result.error().code();
}
template <class Store>
std::string text(Store& store) {
    auto const entry = store.get("k");
    return *entry ? (*entry)->value() : "-";
}

enum class End { released, stolen, forced, dropped };

TEMPLATE_TEST_CASE("leases: no write of a former holder lands after the next acquire returned", "[lease]", Embedded,
                   OwnSlot) {
    for (auto const revisions : {FarRevisions::write_ids, FarRevisions::content, FarRevisions::counter})
        for (bool const there : {false, true})
            for (End const end : {End::released, End::stolen, End::forced, End::dropped}) {
                INFO("state there: " << there << ", end: " << static_cast<int>(end));
                LateStorage const storage(std::make_shared<LateWorld>(revisions));
                LateWorld& world = storage.world();
                Process<TestType> former(storage, 1), next(storage, 2);
                if (there) REQUIRE(former.store.create("k", "old"));
                auto held = std::make_optional(former.store.lock("k").value());
                world.on_write = [](unsigned) { return Delivery::late(); };
                auto const open = held->update(add, {.timeout = Duration(0)});
                REQUIRE(open.unknown() != nullptr);
                REQUIRE(world.in_flight() == 1);
                world.on_write = nullptr;
                if (end == End::released) REQUIRE(held->release());
                if (end == End::dropped) held.reset();
                if (end == End::forced) REQUIRE(next.store.force_unlock("k", held->guard().id()));
                auto mine = next.store.lock("k").value();
                CHECK((next.env.elapsed() >= ttl) == (end == End::stolen));
                auto const effects = world.effects().size();
                world.arrive(0);
                CHECK(world.effects().size() == effects);
                CHECK(text(next.store) == (there ? "old" : "-"));
                CHECK(former.store.resolve(*open.unknown()).value() == Fate::never);
                REQUIRE(mine.update(add));
                CHECK(text(next.store) == (there ? "old+" : "+"));
                if (end == End::stolen || end == End::forced) {
                    CHECK_FALSE(held->update(add));
                    CHECK(code(held->update(add)) == Errc::fenced);
                    CHECK(code(held->release()) == Errc::lost);
                }
                CHECK(next.store.holder("k").value()->id == mine.guard().id());
            }
}

TEMPLATE_TEST_CASE("leases: copies of acquire, renew and release that arrive late do nothing", "[lease]", Embedded,
                   OwnSlot) {
    for (auto const revisions : {FarRevisions::write_ids, FarRevisions::content, FarRevisions::counter}) {
        LateStorage const storage(std::make_shared<LateWorld>(revisions));
        LateWorld& world = storage.world();
        Process<TestType> one(storage, 1), other(storage, 2);
        world.on_write = [](unsigned) { return Delivery::twice(); };
        Epoch first = 0;
        {
            auto held = one.store.lock("k").value();
            first = held.epoch();
            REQUIRE(held.renew());
            REQUIRE(held.update(add));
            REQUIRE(held.release());
        }
        world.on_write = nullptr;
        auto const effects = world.effects().size();
        while (world.in_flight() > 0) world.arrive(0);
        CHECK(world.effects().size() == effects);
        auto const held = other.store.try_lock("k").value();
        REQUIRE(held);
        CHECK(held->epoch() == first + 1);
        CHECK(text(other.store) == "+");
    }
}

TEMPLATE_TEST_CASE("leases: a thief that removes the state leaves its epoch behind", "[lease]", Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType> former(storage, 1), thief(storage, 2);
    auto held = former.store.lock("k").value();
    {
        auto stolen = thief.store.lock("k").value();
        REQUIRE(stolen.create("theirs"));
        REQUIRE(stolen.remove(**stolen.get()));
        REQUIRE(stolen.release());
    }
    CHECK(code(held.create("again")) == Errc::fenced);
    CHECK(code(held.create("again")) == Errc::fenced);
    CHECK(text(thief.store) == "-");
}

TEMPLATE_TEST_CASE("leases: whose taking is unknown is nobody's, and expires", "[lease]", Embedded, OwnSlot) {
    for (auto const way : {Delivery::reply_lost(), Delivery::late(), Delivery::lost()}) {
        LateStorage const storage;
        LateWorld& world = storage.world();
        Process<TestType> one(storage, 1), other(storage, 2);
        REQUIRE(one.store.create("k", "1"));
        world.on_write = [&](unsigned) { return way; };
        world.before_operation = nullptr;
        auto const unsure = one.store.lock("k", {.timeout = Duration(0)});
        bool const told = way.now;  // a read found out
        CHECK(code(unsure) == (told ? Errc{} : Errc::unknown_outcome));
        world.on_write = nullptr;
        if (world.in_flight() > 0) world.arrive(0);
        REQUIRE(other.store.update("k", add));
        CHECK(other.env.elapsed() == (way.now || way.later ? ttl : Duration(0)));
    }
    // the same with patience: lost replies cost requests, not the lease
    LateStorage const storage;
    Process<TestType> one(storage, 1);
    for (auto const way : {Delivery::reply_lost(), Delivery::lost(), Delivery::twice_reply_lost(1)}) {
        unsigned nth = 0;
        storage.world().on_write = [&](unsigned) { return nth++ % 2 == 0 ? way : Delivery::intact(); };
        auto held = one.store.lock("k").value();
        REQUIRE(held.renew());
        REQUIRE(held.update(add));
        REQUIRE(held.renew());
        REQUIRE(held.release());
    }
    CHECK(text(one.store) == "+++");
}

TEMPLATE_TEST_CASE("leases: others who come and go faster than a record remembers cost time, not the lease", "[lease]",
                   Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType> one(storage, 1), other(storage, 2);
    auto const come_and_go = [&] {
        for (unsigned i = 0; i < WriteRing::capacity; ++i) REQUIRE(other.store.lock("k").value().release());
    };
    come_and_go();
    unsigned operations = 0;
    storage.world().before_operation = [&, inside = false]() mutable {
        if (std::exchange(inside, true)) return;
        if (++operations == 2 || operations == 3)
            come_and_go();  // before the write, and before the look what became of it
        inside = false;
    };
    auto held = one.store.lock("k");
    REQUIRE(held);
    REQUIRE(held->update(add));
    CHECK(operations > 3);
}

TEST_CASE("leases in a slot: a fence that is not confirmed gives no guard", "[lease]") {
    for (auto const way : {Delivery::not_sent(), Delivery::lost(), Delivery::late()}) {
        LateStorage const storage;
        LateWorld& world = storage.world();
        Process<OwnSlot> former(storage, 1), thief(storage, 2), next(storage, 3);
        auto held = former.store.lock("k").value();
        REQUIRE(held.update(add));
        unsigned nth = 0;
        // the mark of the waiter, the lease, the fence
        world.on_write = [&](unsigned) { return ++nth >= 3 ? way : Delivery::intact(); };
        auto const stolen = thief.store.lock("k", {.timeout = ttl + milliseconds(1)});
        REQUIRE_FALSE(stolen);
        CHECK((code(stolen) == Errc::unknown_outcome || code(stolen) == Errc::unavailable));
        world.on_write = nullptr;
        auto mine = next.store.lock("k").value();
        auto const effects = world.effects().size();
        while (world.in_flight() > 0) world.arrive(0);
        CHECK(world.effects().size() == effects);
        CHECK(code(held.update(add)) == Errc::fenced);
        REQUIRE(mine.update(add));
        CHECK(text(next.store) == "++");
    }
}

TEST_CASE("leases in a slot: a lock whose record was lost, or put back from an old copy, recovers", "[lease]") {
    LateStorage storage;
    Process<OwnSlot> one(storage, 1), other(storage, 2);
    Context const ctx(one.env);
    RecordId const place("k", Slot::lock);
    for (int i = 0; i < 3; ++i) {
        auto held = one.store.lock("k").value();
        REQUIRE(held.update(add));
        if (i == 2) {
            // lost while it is held, with a write on its way
            storage.world().on_write = [](unsigned) { return Delivery::late(); };
            REQUIRE(held.update(add, {.timeout = Duration(0)}).unknown() != nullptr);
            storage.world().on_write = nullptr;
            REQUIRE(storage.remove(ctx, place, Precondition::none()));
            Epoch const before = held.epoch();
            auto next = other.store.lock("k", {.timeout = Duration(0)}).value();
            CHECK(next.epoch() > before);
            storage.world().arrive(0);
            CHECK(text(other.store) == "+++");
            CHECK(code(held.update(add)) == Errc::fenced);
            REQUIRE(next.update(add));
        }
    }
    auto const old = *storage.read(ctx, place);
    for (int i = 0; i < 3; ++i) {  // so that the state's epoch is far above
        auto held = one.store.lock("k").value();
        REQUIRE(held.update(add));
        REQUIRE(held.guard().release(ctx));
    }
    REQUIRE(storage.write(ctx, place, old, Precondition::none()));
    SECTION("a single write is refused once") {
        CHECK(code(one.store.update("k", add)) == Errc::fenced);
        CHECK(one.store.update("k", add));
    }
    SECTION("a guard goes on after one refusal") {
        auto held = one.store.lock("k").value();
        CHECK(code(held.update(add)) == Errc::fenced);
        REQUIRE(held.update(add));
        REQUIRE(held.update(add));
        REQUIRE(held.release());
    }
    CHECK(one.store.try_lock("k").value());
}

TEST_CASE("leases: a record that was removed and made anew is not the holder's", "[lease]") {
    LateStorage storage;
    Process<Embedded> one(storage, 1), other(storage, 2);
    auto held = one.store.lock("k").value();
    REQUIRE(held.update(add));
    REQUIRE(storage.remove(Context(one.env), RecordId("k"), Precondition::none()));
    SECTION("gone") { CHECK(code(held.update(add)) == Errc::unknown_outcome); }
    SECTION("made anew, with the same epoch") {
        auto const theirs = other.store.lock("k").value();
        REQUIRE(theirs.epoch() == held.epoch());
        CHECK(code(held.update(add)) == Errc::unknown_outcome);
        CHECK(other.store.holder("k").value()->id == theirs.guard().id());
    }
    CHECK(code(held.update(add)) == Errc::fenced);
    CHECK(code(held.release()) == Errc::lost);
}

TEST_CASE("leases: the same where a conflict is the whole truth", "[lease]") {
    MemoryStorage storage;
    Process<Embedded, MemoryStorage> one(storage, 1), other(storage, 2);
    auto held = one.store.lock("k").value();
    REQUIRE(held.update(add));
    REQUIRE(storage.remove(Context(one.env), RecordId("k"), Precondition::none()));
    auto theirs = other.store.lock("k").value();
    REQUIRE(theirs.epoch() == held.epoch());
    CHECK(code(held.update(add)) == Errc::fenced);
    CHECK(text(other.store) == "-");
    CHECK(code(held.release()) == Errc::lost);
    CHECK(theirs.update(add));
}

/// A process that dies: at its nth operation, before or after that is made.
template <StoragePolicy Next>
class Mortal : public Layer<Mortal<Next>, Next, 2> {
public:
    struct Life {
        unsigned left = ~0u;
        bool last_is_made = false;
    };
    Mortal(Next next, std::shared_ptr<Life> life)
        : Layer<Mortal<Next>, Next, 2>(std::move(next)), life_(std::move(life)) {}

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        if (life_->left == 0) return Error(Errc::unavailable, "dead");
        if (--life_->left == 0) {
            if (life_->last_is_made) (void)call();
            return Error(Errc::unavailable, "dead");
        }
        return call();
    }

private:
    std::shared_ptr<Life> life_;
};

template <class Storage, class Placement>
struct Combination {
    using storage = Storage;
    using placement = Placement;
};

TEMPLATE_TEST_CASE("leases: whoever comes after a crash gets through within the time to live and one poll", "[lease]",
                   (Combination<LateStorage, Embedded>), (Combination<LateStorage, OwnSlot>),
                   (Combination<MemoryStorage, Embedded>), (Combination<MemoryStorage, OwnSlot>)) {
    using Placement = typename TestType::placement;
    using Storage = Mortal<typename TestType::storage>;
    unsigned steps = 0;
    for (bool const made : {false, true})
        for (unsigned n = 1;; ++n) {
            typename TestType::storage const storage;
            auto const life = std::make_shared<typename Storage::Life>();
            Process<Placement, Storage> mortal(Storage(storage, life), 1);
            Process<Placement, typename TestType::storage> late(storage, 2);
            REQUIRE(late.store.create("k", ""));
            *life = {n, made};
            std::size_t applied = 0;
            {
                auto held = mortal.store.lock("k");
                if (held) {
                    for (int i = 0; i < 2; ++i) {
                        applied += held->update(add).applied() ? 1 : 0;
                        (void)held->renew();
                    }
                    (void)held->release();
                }
                applied += mortal.store.update("k", add).applied() ? 1 : 0;
            }
            bool const survived = life->left > 0;
            Duration const begin = late.env.elapsed();
            REQUIRE(
                late.store.update("k", [](std::string& state) { state += "!"; }, {.timeout = ttl + milliseconds(500)}));
            CHECK(late.env.elapsed() - begin <= ttl + milliseconds(500));
            std::string const state = text(late.store);
            // what was applied is there; the write during which it died may be
            CHECK((state.size() == applied + 1 || (made && state.size() == applied + 2)));
            if (survived) {
                CHECK(applied == 3);
                steps = n - 1;
                break;
            }
        }
    CHECK(steps >= 8);
}

/// Answers reads that may be stale with what it was told to remember.
class Remembering : public Layer<Remembering, LateStorage, 5> {
public:
    static constexpr bool stale_reads = true;
    using Layer<Remembering, LateStorage, 5>::Layer;

    template <class R, class Call>
    R around(Context const& ctx, Operation const&, Call&& call) {
        if constexpr (std::is_same_v<R, Result<RecordPtr>>) {
            if (ctx.may_be_stale && remembered) return R(*remembered);
        }
        return call();
    }

    std::shared_ptr<RecordPtr> remembered;
};

TEMPLATE_TEST_CASE("leases: what is remembered saves a request, and decides nothing", "[lease]", Embedded, OwnSlot) {
    LateStorage const storage;
    LateWorld& world = storage.world();
    Remembering cache(storage);
    cache.remembered = std::make_shared<RecordPtr>();
    Process<TestType, Remembering> one(cache, 1);
    Process<TestType> other(storage, 2);
    auto const now = [&] { return *LateStorage(storage).read(Context(one.env), {"k", TestType::slot}); };
    REQUIRE(other.store.create("k", "1"));
    RecordPtr const free = *cache.remembered = now();
    unsigned const before = world.operations();
    auto held = one.store.lock("k", {.timeout = Duration(0)});
    REQUIRE(held);
    CHECK(world.operations() - before == 1);
    RecordPtr const taken = now();

    *cache.remembered = free;  // in truth somebody holds it
    Process<TestType, Remembering> late(cache, 3);
    CHECK(code(late.store.lock("k", {.timeout = Duration(0)})) == Errc::busy);
    CHECK(code(late.store.lock("k", {.timeout = ttl - milliseconds(1)})) == Errc::busy);
    REQUIRE(held->release());
    *cache.remembered = taken;  // in truth nobody does
    CHECK(late.store.lock("k", {.timeout = Duration(0)}));
}

TEMPLATE_TEST_CASE("leases: who waits can be stopped, and bears a storage that is away for a while", "[lease]",
                   Embedded, OwnSlot) {
    LateStorage const storage;
    auto const life = std::make_shared<typename Mortal<LateStorage>::Life>();
    Process<TestType, Mortal<LateStorage>> waiter(Mortal<LateStorage>(storage, life), 1);
    Process<TestType> dead(storage, 2);
    auto const held = dead.store.lock("k").value();
    std::atomic<bool> stop{false};
    storage.world().before_operation = [&] { stop = waiter.env.elapsed() > seconds(1); };
    CHECK(code(waiter.store.lock("k", {.stop = &stop})) == Errc::cancelled);
    CHECK(waiter.env.elapsed() < seconds(2));
    storage.world().before_operation = nullptr;

    life->left = 3;
    CHECK(code(waiter.store.lock("k", {.timeout = ttl - milliseconds(1)})) == Errc::busy);  // not: unavailable
    life->left = 1;
    CHECK(code(waiter.store.lock("k")) == Errc::unavailable);
    life->left = ~0u;
    CHECK(waiter.store.lock("k"));
}

TEMPLATE_TEST_CASE("leases: a renewer that is starved says so and stops writing", "[lease]", Embedded, OwnSlot) {
    LateStorage const storage;
    LateWorld& world = storage.world();
    Process<TestType> one(storage, 1), other(storage, 2);
    auto held = one.store.lock("k").value();
    auto const lease = held.guard().handle();
    SECTION("no request gets through") {
        world.on_write = [](unsigned) { return Delivery::not_sent(); };
        Duration const begin = one.env.elapsed();
        CHECK(code(keep_alive(lease)) == Errc::lost);
        Duration const end = one.env.elapsed() - begin;
        CHECK(end >= ttl * 4 / 5);
        CHECK(end < ttl);
        world.on_write = nullptr;
        CHECK(held.update(add));  // it was still ours, as the renewal before it found out
    }
    SECTION("it gets no turn") {
        one.env.advance(ttl);
        unsigned const before = world.operations();
        CHECK(code(keep_alive(lease)) == Errc::lost);
        CHECK(world.operations() == before);
    }
    SECTION("somebody else took it") {
        auto const stolen = other.store.lock("k").value();
        CHECK(code(keep_alive(lease)) == Errc::lost);
        CHECK(code(held.update(add)) == Errc::fenced);  // told, without a request
        CHECK(other.store.holder("k").value()->id == stolen.guard().id());
    }
    SECTION("it keeps a lease, and its holder's writes are not disturbed") {
        unsigned renewals = 0;
        Duration const begin = one.env.elapsed();
        world.before_operation = [&, inside = false]() mutable {
            if (std::exchange(inside, true)) return;
            if (++renewals % 4 == 0) REQUIRE(held.update(add));
            if (one.env.elapsed() - begin > ttl * 20) {
                REQUIRE(held.release());
            }
            inside = false;
        };
        CHECK(keep_alive(lease));
        CHECK(renewals >= 40);
        world.before_operation = nullptr;
        CHECK(text(one.store).size() >= 10);
        CHECK(other.store.try_lock("k").value());
    }
}

TEST_CASE("leases: a renewer in a thread of its own", "[lease]") {
    MemoryStorage const storage;
    using Store = BasicStateStore<std::string, MemoryStorage, LeaseLock<>, CompareAndSwap, holdfast_tests::PlainText>;
    Store store(storage, LeaseLock<>({.ttl = milliseconds(300)})),
        other(storage, LeaseLock<>({.ttl = milliseconds(300)}));
    auto held = store.lock("k").value();
    std::atomic<int> told{0};
    {
        LeaseRenewer const renewer(held.guard(), [&](Error const& why) { told += why == Errc::lost ? 1 : 100; });
        CHECK_FALSE(other.lock("k", {.timeout = milliseconds(1000)}));
        for (int i = 0; i < 100; ++i) REQUIRE(held.update(add));
        CHECK_FALSE(renewer.lost());
        REQUIRE(other.force_unlock("k", held.guard().id()));
        while (!renewer.lost_flag()->load()) Environment::system().sleep(milliseconds(1));
        CHECK(renewer.lost());
    }
    CHECK(told == 1);
    CHECK(code(held.update(add)) == Errc::fenced);
    auto again = other.lock("k").value();
    LeaseRenewer const renewer(again.guard());
    REQUIRE(again.release());
}

TEST_CASE("leases: a child does not hold, and does not release, its parent's lease", "[lease]") {
    file_test::Directory const directory;
    using Files = FileStorage<SlotFirst, Durability::none>;
    auto const storage = Files::open(directory).value();
    Process<OwnSlot, Files> parent(storage, 1);
    auto held = std::make_optional(parent.store.lock("k").value());
    pid_t const child = ::fork();
    if (child == 0) {
        bool const dead = code(held->renew()) == Errc::lost && code(held->update(add)) == Errc::lost;
        bool const busy = code(parent.store.lock("k", {.timeout = Duration(0)})) == Errc::busy;
        held.reset();
        ::_exit(dead && busy ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    REQUIRE(held->update(add));
    REQUIRE(held->release());
}

TEST_CASE("leases in a slot: a lock record that cannot be read is an error, and left alone", "[lease]") {
    file_test::Directory const directory;
    using Files = FileStorage<SlotFirst, Durability::none>;
    auto const storage = Files::open(directory).value();
    Process<OwnSlot, Files> process(storage, 1);
    REQUIRE(process.store.update("k", add));
    std::string path;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(std::string(directory)))
        if (entry.path().filename() == "lock") path = entry.path();
    REQUIRE_FALSE(path.empty());
    std::string const good = file_test::contents(path);
    auto const put = [&](std::string const& bytes) { std::ofstream(path) << bytes; };
    auto const changed = [&](std::string_view from, std::string_view to) {
        std::string bytes = good;
        auto const at = bytes.find(from);
        REQUIRE(at != std::string::npos);
        return bytes.replace(at, from.size(), to);
    };
    for (std::string const& bad : {std::string("garbage"), std::string(), good.substr(0, good.size() / 2)}) {
        put(bad);
        CHECK(code(process.store.update("k", add)) == Errc::malformed);
        CHECK(code(process.store.holder("k")) == Errc::malformed);
        CHECK(code(process.store.force_unlock("k", WriteId{1, 1})) == Errc::malformed);
        CHECK(file_test::contents(path) == bad);
    }
    std::string future = changed("\"holdfast\":\"2\"", "\"holdfast\":\"9\"");
    auto const sum = future.find("\"xxh64\":\"") + 9;
    auto const digits = holdfast::detail::to_hex(holdfast::detail::xxh64(std::string_view(future).substr(0, sum)));
    future.replace(sum, digits.size(), digits.data(), digits.size());
    put(future);
    CHECK(code(process.store.update("k", add)) == Errc::incompatible);
    CHECK(file_test::contents(path) == future);
    put(good);
    CHECK(process.store.update("k", add));
    CHECK(text(process.store) == "++");
}

}  // namespace lease_hazards_test
