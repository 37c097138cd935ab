// Every allocation of every operation of the storages fails, one after the other, alone and with all later ones: all or
// nothing is done, the truth is told, no lock and no descriptor stays behind, and the next operation works at once, of
// this and of another object. Also where others have what is waited for, and where no file can be opened.
// Ends with 1 and a line for each case that is not so. Argument: an empty directory.

#include "short_memory_neighbours.hpp"
#include "short_memory_states.hpp"

#include <holdfast/holdfast.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <cstdio>
#include <optional>
#include <span>
#include <string>

namespace {

using namespace holdfast;
using namespace std::chrono_literals;
using namespace test;

using Files = FileStorage<SlotFirst, Durability::none>;
using SyncedFiles = FileStorage<>;

template <class Storage>
using Plain = StateStore<std::string, Storage, RawBytes>;

/// A store of which others have copies.
template <class Storage>
struct Case {
    explicit Case(Storage opened) : storage(opened), store(std::move(opened)) {
        put(store, first, 41);
        test::remove(store, second);
    }

    Storage storage;
    Plain<Storage> store;
};

constexpr long by_others = 50000;  // what they put there is as good as what was there before

/// What this and another object see; a storage in memory is `alone`.
template <class Storage, class Open>
auto looking(Open open) {
    return [open](Case<Storage>& here) {
        long const seen = look(here.store);
        if constexpr (!std::is_same_v<Storage, MemoryStorage>) {
            if (seen < 0) return seen;
            Plain<Storage> another(open().value());
            if (look(another) != seen) return -2L;
        }
        return seen == by_others ? 41000 : seen;
    };
}

template <class Storage, class Open>
void operations(std::string const& what, Open open) {
    using Store = Plain<Storage>;
    auto const make = [&] { return Case<Storage>(open().value()); };
    auto const run = [&](char const* name, auto operation, long before, long after) {
        every_point(
            what + " " + name, make, [&](Case<Storage>& here) { return operation(here.store); }, looking<Storage>(open),
            before, after);
    };

    run("get", [](Store& s) { return end_of(s.get(first), "get"); }, 41000, 41000);
    run("get of nothing", [](Store& s) { return end_of(s.get(second), "get"); }, 41000, 41000);
    run("create", [](Store& s) { return end_of(s.create(second, text(5)), "create"); }, 41000, 41005);
    run("update", [](Store& s) { return end_of(s.update(first, increment), "update"); }, 41000, 42000);
    run("update of nothing", [](Store& s) { return end_of(s.update(second, increment), "update"); }, 41000, 41001);
    run(
        "update after a conflict",
        [](Store& s) {
            bool again = false;
            auto const change = [&](std::string& state) {
                if (!std::exchange(again, true)) put(s, first, by_others / 1000);
                state = text(51);
            };
            return end_of(s.update(first, change), "update");
        },
        41000, 51000);
    run(
        "replace",
        [](Store& s) {
            auto const entry = s.get(first);
            return entry ? end_of(s.replace(**entry, text(7)), "replace") : end_of(entry, "get");
        },
        41000, 7000);
    run(
        "remove",
        [](Store& s) {
            auto const entry = s.get(first);
            return entry ? end_of(s.remove(**entry), "remove") : end_of(entry, "get");
        },
        41000, 0);
    run(
        "keys",
        [](Store& s) {
            End end = End::applied;
            for (auto const& key : s.keys())
                if (!key) end = end_of(key, "keys");
            return end;
        },
        41000, 41000);
    run(
        "seal",
        [](Store& s) {
            auto const entry = s.get(first);
            if (!entry) return end_of(entry, "get");
            Stamp const& stamp = (*entry)->record()->stamp;
            UnknownWrite const lost{Key(first), Slot::current, Environment::system().new_write_id(),
                                    stamp.ids.newest(), stamp.lineage};
            return end_of(s.seal(lost), "seal");
        },
        41000, 41000);
    run(
        "purge",
        [](Store& s) {
            test::remove(s, first);
            return end_of(s.purge(first, 0s), "purge");
        },
        0, 0);
    run(
        "wait for a change that has come",
        [](Store& s) { return end_of(s.wait_for_change(first, std::nullopt, at_once), "wait"); }, 41000, 41000);
    run(
        "wait for a change in vain",
        [](Store& s) {
            auto const entry = s.get(first);
            if (!entry) return end_of(entry, "get");
            return in_vain(s.wait_for_change(first, *entry, briefly), "wait", Errc::timed_out);
        },
        41000, 41000);
    run(
        "wait for a change",
        [](Store& s) {
            auto const entry = s.get(first);
            if (!entry) return end_of(entry, "get");
            std::thread others;
            {
                Shortage::Relief const relief;
                others = std::thread([&] {
                    std::this_thread::sleep_for(2ms);
                    put(s, first, by_others / 1000);
                });
            }
            End end = End::thrown;
            try {
                end = end_of(s.wait_for_change(first, *entry, at_once), "wait");
            } catch (std::bad_alloc const&) {
            }
            others.join();
            return end;
        },
        41000, 41000);
    if constexpr (TransactionalStorage<Storage>) {
        auto const all = [](std::span<std::optional<std::string>> states) {
            for (auto& state : states) state = text(8);
        };
        run(
            "transaction", [&](Store& s) { return end_of(s.transaction({first, second}, all), "transaction"); }, 41000,
            8008);
        run(
            "transaction after a conflict",
            [&](Store& s) {
                bool again = false;
                auto const change = [&](std::span<std::optional<std::string>> states) {
                    if (!std::exchange(again, true)) put(s, first, by_others / 1000);
                    all(states);
                };
                return end_of(s.transaction({first, second}, change), "transaction");
            },
            41000, 8008);
    }
}

/// Writes while others have what has to be waited for, until they give it up, and in vain, if it `excludes`.
/// `take(storage)` gets it.
template <class Storage, class Open, class Take>
void contention(std::string const& what, Open open, bool excludes, Take take) {
    auto const make = [&] { return Case<Storage>(open().value()); };
    auto const waits = [&](char const* name, auto operation) {
        if (excludes) every_point(
            what + ", " + name + " in vain", make,
            [&](Case<Storage>& here) {
                SomebodyElse const has([&] { return take(here.storage); });
                return in_vain(operation(here.store, briefly), name, Errc::busy, Errc::timed_out, Errc::conflict);
            },
            looking<Storage>(open), 41000, 41000);
        every_point(
            what + ", " + name, make,
            [&](Case<Storage>& here) {
                SomebodyElse const has([&] { return take(here.storage); }, 2ms);
                return end_of(operation(here.store, at_once), name);
            },
            looking<Storage>(open), 41000, 42000);
    };
    waits("update", [](auto& store, CallOptions const& options) { return store.update(first, increment, options); });
    waits("replace", [](auto& store, CallOptions const& options) {
        auto const entry = store.get(first);
        if (!entry) return Outcome<Entry<std::string>>(entry.error());
        return store.replace(**entry, text(42), options);
    });
}

template <class Storage>
Turn take_turn(Storage& storage) {
    return storage.turn(Context(Environment::system(), 1s), RecordId(first), true).value();
}

/// Opens what is there and what is not; `open(path)`, `options...`.
template <class Storage, class Open>
void opening(std::string const& what, std::string const& path, Open open) {
    auto const look_at = [&](std::string const& at) {
        Plain<Storage> store(open(at).value());
        return look(store);
    };
    auto const run = [&](std::string const& at) { return end_of(open(at), "open"); };
    unsigned made = 0;
    every_point(what + " open anew", [&] { return path + "-" + std::to_string(++made); }, run, look_at, 0, 0);
    every_point(what + " open", [&] { return path + "-1"; }, run, look_at, 0, 0);
}

/// SQLite itself asks how long to wait, and for this its functions call ours.
void contended_opening(std::string const& database) {
    constexpr char const* alone = "pragma locking_mode = exclusive; begin exclusive; delete from locks";
    auto const open = [&](Duration patience) {
        return SqliteStorage::open(database, {.durability = Durability::none, .patience = patience});
    };
    auto const make = [&] { return Case<SqliteStorage>(open(1s).value()), database; };
    auto const look_at = [&](std::string const&) {
        Plain<SqliteStorage> store(open(1s).value());
        return look(store);
    };
    every_point(
        "sqlite open in vain", make,
        [&](std::string const&) {
            SomebodyElse const has([&] { return Begun(database, alone); });
            return in_vain(open(4ms), "open", Errc::busy);
        },
        look_at, 41000, 41000);
    every_point(
        "sqlite open after others", make,
        [&](std::string const&) {
            SomebodyElse const has([&] { return Begun(database, alone); }, 2ms);
            return end_of(open(1s), "open");
        },
        look_at, 41000, 41000);
}

template <class Storage, class Open>
void without_descriptors(std::string const& what, Open open) {
    auto const run = [&](char const* name, auto operation) {
        every_point(
            what + " without descriptors, " + name, [&] { return Case<Storage>(open().value()); },
            [&](Case<Storage>& here) {
                NoDescriptors const none;
                return in_vain(operation(here.store), name, Errc::unavailable);
            },
            looking<Storage>(open), 41000, 41000);
    };
    run("get", [](auto& s) { return s.get(first); });
    run("create", [](auto& s) { return s.create(second, text(5), at_once); });
    run("update", [](auto& s) { return s.update(first, increment, at_once); });
    run("wait for a change", [](auto& s) { return s.wait_for_change(second, std::nullopt, at_once); });
}

}  // namespace

int main(int, char** arguments) {
    std::string const base = arguments[1], files = base + "/files", database = base + "/state.db";
    Here::tell_if_it_dies();

    MemoryStorage const kept;
    auto const open_memory = [&] { return Result<MemoryStorage>(kept); };
    operations<MemoryStorage>("memory", open_memory);
    contention<MemoryStorage>("memory, a turn", open_memory, false, take_turn<MemoryStorage>);

    auto const open_files = [&] { return Files::open(files); };
    operations<Files>("files", open_files);
    contention<Files>("files, a turn", open_files, false, take_turn<Files>);
    contention<Files>("files, a turn elsewhere", open_files, false, [&](Files&) {
        struct Elsewhere {
            Files storage;
            Turn turn;
        } there{Files::open(files).value(), {}};
        there.turn = take_turn(there.storage);
        return there;
    });
    contention<Files>("files, their locks", open_files, true, [&](Files&) { return AllShards(files); });
    without_descriptors<Files>("files", open_files);
    opening<Files>("files", files, [](std::string const& at) { return Files::open(at); });
    opening<SyncedFiles>("synced files", base + "/synced", [](std::string const& at) { return SyncedFiles::open(at); });
    auto const open_synced = [&] { return SyncedFiles::open(base + "/synced"); };
    without_descriptors<SyncedFiles>("synced files", open_synced);

    auto const open_at = [](std::string const& at) {
        return SqliteStorage::open(at, {.durability = Durability::none});
    };
    auto const open_database = [&] { return open_at(database); };
    operations<SqliteStorage>("sqlite", open_database);
    contention<SqliteStorage>("sqlite, a turn", open_database, false, take_turn<SqliteStorage>);
    contention<SqliteStorage>("sqlite, its lock", open_database, true,
                              [&](SqliteStorage&) { return Begun(database, "begin immediate"); });
    opening<SqliteStorage>("sqlite", database, open_at);
    contended_opening(database);

    std::printf("%u allocations failed, %d wrongly\n", test::points, test::failures);
    return test::failures == 0 ? 0 : 1;
}
