// Every allocation of every operation on the versions of a key fails, one after the other, alone and with all later
// ones: what the key holds and which versions there are is as before or as after, and the next operation works.
// Ends with 1 and a line for each case that is not so. Argument: an empty directory.

#include "short_memory_states.hpp"

#include <holdfast/holdfast.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>

#include <cstdio>
#include <string>

namespace {

using namespace holdfast;
using namespace std::chrono_literals;
using namespace test;

using Files = FileStorage<SlotFirst, Durability::none>;

template <class Storage>
using Historic = StateStore<std::string, Storage, History<>, RawBytes>;

/// A store in which the key has the states 1, 2 and 3, the first two of them as versions.
template <class Storage>
struct Case {
    explicit Case(Storage storage) : store(std::move(storage)) {
        test::remove(store, first);
        for (auto const& pin : store.pins(first).value())
            store.unpin(Pin(pin.id, Key(first), pin.version, pin.ttl)).value();
        store.purge(first, 0s).value();
        for (long const state : {1, 2, 3}) put(store, first, state);
        old = store.version(first, 1).value();
    }

    Historic<Storage> store;
    VersionId old;
};

template <class Storage, class Open>
void operations(std::string const& what, Open open) {
    auto const make = [&] { return Case<Storage>(open().value()); };
    /// The state, the number of versions that are shown and whole, and that of pins.
    auto const seen = [&](Case<Storage>& here) {
        long const states = look(here.store);
        if (states < 0) return states;
        auto const page = here.store.history(first, {}, at_once);
        auto const pins = here.store.pins(first, at_once);
        if (!page || !pins) return -3L;
        long shown = 0;
        for (auto const& version : page->versions)
            if (!version.error) ++shown;
        return states / 1000 * 100 + shown * 10 + static_cast<long>(pins->size());
    };
    auto const run = [&](char const* name, auto operation, long before, long after) {
        every_point(what + " " + name, make, operation, seen, before, after);
    };
    auto const pinned = [](Case<Storage>& here) {
        Shortage::Relief const relief;
        return here.store.pin(first, here.old).value();
    };

    run("update", [](auto& c) { return end_of(c.store.update(first, increment), "update"); }, 330, 440);
    run(
        "remove",
        [](auto& c) {
            auto const entry = c.store.get(first);
            return entry ? end_of(c.store.remove(**entry), "remove") : end_of(entry, "get");
        },
        330, 30);
    run("history", [](auto& c) { return end_of(c.store.history(first), "history"); }, 330, 330);
    run("get of a version", [](auto& c) { return end_of(c.store.get(first, c.old), "get"); }, 330, 330);
    run("rollback", [](auto& c) { return end_of(c.store.rollback(first, c.old), "rollback"); }, 330, 140);
    run("pin", [](auto& c) { return end_of(c.store.pin(first, c.old), "pin"); }, 330, 331);
    run("pins", [](auto& c) { return end_of(c.store.pins(first), "pins"); }, 330, 330);
    run(
        "get of a pin",
        [&](auto& c) {
            auto const pin = pinned(c);
            return end_of(c.store.get(pin), "get");
        },
        331, 331);
    run(
        "renew",
        [&](auto& c) {
            auto const pin = pinned(c);
            return end_of(c.store.renew(pin), "renew");
        },
        331, 331);
    run(
        "unpin",
        [&](auto& c) {
            auto const pin = pinned(c);
            return end_of(c.store.unpin(pin), "unpin");
        },
        331, 330);
    // What is to go is decided in one step, and deleted after it: the next prune goes on.
    run(
        "prune",
        [](auto& c) { return in_steps([&] { return end_of(c.store.prune(first, KeepLast<1>()), "prune"); }); },
        330, 310);
    run(
        "purge",
        [](auto& c) {
            test::remove(c.store, first);
            return in_steps([&] { return end_of(c.store.purge(first, 0s), "purge"); });
        },
        30, 0);
}

}  // namespace

int main(int, char** arguments) {
    std::string const base = arguments[1];
    Here::tell_if_it_dies();
    MemoryStorage const kept;
    operations<MemoryStorage>("memory", [&] { return Result<MemoryStorage>(kept); });
    operations<Files>("files", [&] { return Files::open(base + "/files"); });
    operations<SqliteStorage>(
        "sqlite", [&] { return SqliteStorage::open(base + "/state.db", {.durability = Durability::none}); });
    std::printf("%u allocations failed, %d wrongly\n", points, failures);
    return failures == 0 ? 0 : 1;
}
