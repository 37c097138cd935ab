// Every allocation of every operation of the locks fails, one after the other, alone and with all later ones: what was
// taken is given back, so that another thread and another object have it at once (of a lease when memory was out for
// good: after its time to live), and what is written under the lock is all or nothing. No thread of ours ends the
// program. Ends with 1 and a line for each case that is not so. Argument: an empty directory.

#include "short_memory_states.hpp"

#include <holdfast/holdfast.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/lease_renewer.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <atomic>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>

namespace {

using namespace holdfast;
using namespace std::chrono_literals;
using namespace test;

using Files = FileStorage<SlotFirst, Durability::none>;

template <class Lock>
constexpr bool expires = false;
template <class Placement>
constexpr bool expires<LeaseLock<Placement>> = true;

/// A lock as the points of a run need it: a lease that stays is to be seen, unless it may stay.
template <class Lock>
Lock new_lock() {
    if constexpr (expires<Lock>) return Lock({.ttl = Here::kind == Shortage::Kind::lasting ? 5ms : 30'000ms});
    else return Lock();
}

template <class Storage, class Lock>
using Locking = StateStore<std::string, Storage, Lock, RawBytes>;

/// A store, and one of another process as far as that matters. A `MutexLock` excludes those who share it.
template <class Storage, class Lock>
struct Pair {
    Pair(Storage storage, Storage again, Lock lock)
        : store(std::move(storage), lock),
          another(std::move(again), std::is_same_v<Lock, MutexLock> ? lock : new_lock<Lock>()) {
        put(store, first, 41);
        test::remove(store, second);
    }

    Locking<Storage, Lock> store, another;
};

/// Whether others get the lock now.
template <class Store>
bool is_free(Store& store) {
    bool const waits = Here::kind == Shortage::Kind::lasting;
    bool free = false;
    SomebodyElse const asks([&] {
        auto const held = store.lock(first, {.timeout = waits ? 1000ms : 0ms});
        if (!held) std::printf("then: %s\n", held.error().describe().c_str());
        free = held.has_value();
        return 0;
    });
    return free;
}

/// `few`: those of a lock alone, where another storage has shown the rest.
template <class Storage, class Lock, class Open>
void operations(std::string const& what, Open open, bool few = false) {
    using Both = Pair<Storage, Lock>;
    auto const make = [&] {
        return std::make_unique<Both>(open().value(), open().value(), new_lock<Lock>());
    };
    auto const seen = [](std::unique_ptr<Both>& both) {
        if (!is_free(both->store) || !is_free(both->another)) return -1L;
        return look(both->another);
    };
    auto const run = [&](char const* name, auto operation, long before, long after) {
        every_point(
            what + " " + name, make, [&](std::unique_ptr<Both>& both) { return operation(both->store, both->another); },
            seen, before, after);
    };

    run("lock", [](auto& s, auto&) { return end_of(s.lock(first), "lock"); }, 41000, 41000);
    run("try_lock", [](auto& s, auto&) { return end_of(s.try_lock(first), "try_lock"); }, 41000, 41000);
    run(
        "lock and release",
        [](auto& s, auto&) {
            auto held = s.lock(first);
            return held ? end_of(held->release(), "release") : end_of(held, "lock");
        },
        41000, 41000);
    run(
        "lock and update",
        [](auto& s, auto&) {
            auto held = s.lock(first);
            return held ? end_of(held->update(increment), "update", Errc::fenced) : end_of(held, "lock");
        },
        41000, 42000);
    run(
        "lock and create",
        [](auto& s, auto&) {
            auto held = s.lock(second);
            return held ? end_of(held->create(text(5)), "create", Errc::fenced) : end_of(held, "lock");
        },
        41000, 41005);
    run(
        "lock and renew",
        [](auto& s, auto&) {
            auto held = s.lock(first);
            return held ? end_of(held->renew(), "renew") : end_of(held, "lock");
        },
        41000, 41000);
    run("update", [](auto& s, auto&) { return end_of(s.update(first, increment), "update"); }, 41000, 42000);
    if (few) return;
    run("create", [](auto& s, auto&) { return end_of(s.create(second, text(5)), "create"); }, 41000, 41005);
    run(
        "remove",
        [](auto& s, auto&) {
            auto const entry = s.get(first);
            return entry ? end_of(s.remove(**entry), "remove") : end_of(entry, "get");
        },
        41000, 0);
    run(
        "purge",
        [](auto& s, auto&) {
            test::remove(s, first);
            return end_of(s.purge(first, 0s), "purge");
        },
        0, 0);
    run("holder of nobody", [](auto& s, auto&) { return end_of(s.holder(first), "holder"); }, 41000, 41000);

    auto const while_held = [&](char const* name, auto operation, std::chrono::milliseconds time = 1h) {
        run(
            name,
            [&](auto& s, auto& another) {
                SomebodyElse const has([&] { return another.lock(first).value(); }, time);
                return operation(s, another);
            },
            41000, 41000);
    };
    while_held("holder", [](auto& s, auto&) { return end_of(s.holder(first), "holder"); });
    while_held("lock that others keep", [](auto& s, auto&) {
        auto const ends = Here::kind == Shortage::Kind::lasting && expires<Lock> ? 1ms : 4ms;
        return in_vain(s.lock(first, {.timeout = ends}), "lock", Errc::busy);
    });
    while_held("lock after others", [](auto& s, auto&) { return end_of(s.lock(first, at_once), "lock"); }, 2ms);
    run(
        "lock after a thread",
        [](auto& s, auto&) {
            SomebodyElse const has([&] { return s.lock(first).value(); }, 2ms);
            return end_of(s.lock(first, at_once), "lock");
        },
        41000, 41000);
    run(
        "lock twice",
        [](auto& s, auto&) {
            auto const held = [&] {
                Shortage::Relief const relief;
                return s.lock(first).value();
            }();
            return in_vain(s.lock(first), "lock", Errc::already_held);
        },
        41000, 41000);
    if constexpr (expires<Lock>) {
        while_held("force_unlock", [](auto& s, auto& another) {
            auto const holder = [&] {
                Shortage::Relief const relief;
                return another.holder(first).value();
            }();
            return holder ? end_of(s.force_unlock(first, holder->id), "force_unlock", Errc::lost) : End::applied;
        });
    }
    if constexpr (TransactionalStorage<Storage>) {
        run(
            "transaction",
            [](auto& s, auto&) {
                return end_of(s.transaction({first, second},
                                            [](std::span<std::optional<std::string>> states) {
                                                for (auto& state : states) state = text(8);
                                            }),
                              "transaction", Errc::fenced);
            },
            41000, 8008);
    }
}

/// A lease whose holder is gone is taken over while memory is short.
template <class Placement, class Storage, class Open>
void takeover(std::string const& what, Open open) {
    using Lock = LeaseLock<Placement>;
    using Store = Locking<Storage, Lock>;
    struct Both {
        Both(Storage storage, Storage again)
            : gone(std::move(storage), Lock({.ttl = 2ms})), store(std::move(again), new_lock<Lock>()) {
            put(store, first, 41);
            test::remove(store, second);
            held.emplace(gone.lock(first).value());
            std::this_thread::sleep_for(3ms);
        }
        Store gone, store;
        std::optional<Locked<Store, typename Store::Guard>> held;
    };
    every_point(
        what, [&] { return std::make_unique<Both>(open().value(), open().value()); },
        [](std::unique_ptr<Both>& both) {
            auto held = both->store.lock(first, at_once);
            return held ? end_of(held->update(increment), "update", Errc::fenced) : end_of(held, "lock");
        },
        [](std::unique_ptr<Both>& both) {
            auto const again = both->store.lock(first, {.timeout = 2000ms});  // less than a lease that must not stay
            if (!again) std::printf("then: %s\n", again.error().describe().c_str());
            return again ? look(both->store) : -1L;
        },
        41000, 42000);
}

/// The thread of a renewer has no memory, for one allocation or until the lease is over.
void renewing() {
    using Store = Locking<MemoryStorage, LeaseLock<>>;
    constexpr auto ttl = 200ms;
    for (auto const kind : {Shortage::Kind::passing, Shortage::Kind::lasting}) {
        Here::what = "renewer";
        Here::kind = kind;
        bool struck = true;
        int lost = 0;  // in a row at one point: a machine that is too busy to run the renewer in time loses, too
        for (long n = 0; struck && n < 100; n += lost == 0 ? 1 : 0, ++points) {
            Here::point = n;
            Store store{LeaseLock<>({.ttl = ttl})};
            auto held = store.lock(first).value();
            std::atomic<bool> told{false};
            LeaseRenewer const renewer(held.guard(), [&](Error const&) { told = true; });
            Shortage::begin(n, kind, Shortage::Of::everybody);
            std::this_thread::sleep_for(ttl);  // some renewals, and longer than without any
            Shortage::end();
            struck = Shortage::struck();
            if (kind == Shortage::Kind::passing || !struck) {
                lost = renewer.lost() || told ? lost + 1 : 0;
                struck = struck || lost != 0;
                if (lost < 5) continue;
                complain("renewer: lost by allocation %ld\n", n);
                lost = 0;
                continue;
            }
            lost = 0;
            // Or memory came back in time, and it goes on.
            for (int i = 0; i < 1000 && renewer.lost() && !told; ++i) std::this_thread::sleep_for(1ms);
            if (told != renewer.lost() || told != *renewer.lost_flag() || (n == 0 && !told))
                complain("renewer: says nothing after allocation %ld and all later ones\n", n);
        }
    }
}

/// A renewer that cannot be made leaves a lease that goes on.
void making_renewers() {
    using Store = Locking<MemoryStorage, LeaseLock<>>;
    struct Held {
        Store store{LeaseLock<>({.ttl = 10s})};
        std::optional<Locked<Store, typename Store::Guard>> lock{store.lock(first).value()};
    };
    every_point(
        "making a renewer", [] { return std::make_unique<Held>(); },
        [](std::unique_ptr<Held>& here) {
            try {
                LeaseRenewer const renewer(here->lock->guard());
                return End::applied;
            } catch (std::system_error const&) {
                return End::error;
            }
        },
        [](std::unique_ptr<Held>& here) { return here->lock->renew() && here->lock->release() ? 1L : 0L; }, 1, 1);
}

}  // namespace

int main(int, char** arguments) {
    std::string const base = arguments[1];
    Here::tell_if_it_dies();

    MemoryStorage const kept, own;  // all leases of a key have one place
    auto const memory = [&] { return Result<MemoryStorage>(kept); };
    auto const own_memory = [&] { return Result<MemoryStorage>(own); };
    auto const files = [&] { return Files::open(base + "/files"); };
    auto const database = [&] { return SqliteStorage::open(base + "/state.db", {.durability = Durability::none}); };
    operations<MemoryStorage, MutexLock>("MutexLock", memory);
    operations<Files, FileLock>("FileLock", files);
    operations<SqliteStorage, FileLock>("FileLock over SQLite", database, true);
    operations<MemoryStorage, LeaseLock<Embedded>>("LeaseLock in memory", memory);
    operations<MemoryStorage, LeaseLock<OwnSlot>>("LeaseLock in its own slot", own_memory);
    operations<Files, LeaseLock<Embedded>>("LeaseLock in files", files, true);
    operations<SqliteStorage, LeaseLock<OwnSlot>>("LeaseLock in SQLite", database, true);
    takeover<Embedded, MemoryStorage>("takeover", memory);
    takeover<OwnSlot, MemoryStorage>("takeover in its own slot", own_memory);
    takeover<Embedded, Files>("takeover in files", files);
    renewing();
    making_renewers();

    std::printf("%u allocations failed, %d wrongly\n", points, failures);
    return failures == 0 ? 0 : 1;
}
