#ifndef HOLDFAST_TESTING_LAWS_LOCK_INFO_HPP
#define HOLDFAST_TESTING_LAWS_LOCK_INFO_HPP

#include <holdfast/testing/laws/locker.hpp>
#include <holdfast/testing/laws/samples.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// The laws of `InspectableLocking` and `BreakableLocking`.
namespace holdfast::testing::law {

inline std::string shown(WriteId id) {
    auto const text = id.text();
    return std::string(text.data(), text.size());
}

/// What `inspect` says, noted.
template <class Locker>
std::optional<LockInfo> look_up(Locker& locker) {
    auto info = locker.locking().inspect(locker.storage(), patient(), locker.key());
    std::string came = "nobody";
    if (!info) came = info.error().describe();
    else if (*info) came = "held by " + std::string((*info)->who.view()) + " for " + shown((*info)->purpose);
    locker.note("inspect", std::move(came));
    if (!locker.succeeds(info)) return std::nullopt;
    return *std::move(info);
}

inline bool about(Timestamp when, Timestamp from, Timestamp to) {
    return when >= from - std::chrono::seconds(1) && when <= to + std::chrono::seconds(1);
}

template <StoragePolicy S, InspectableLocking<S> L>
void looking_takes_nothing(L& locking, S& storage, Findings& found) {
    if (!found.begins("looking_takes_nothing", {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock"}))
        return;
    Locker<S, L> locker(locking, storage, found);
    Place<S> state(storage, found, RecordId(locker.key()));
    Environment& env = Environment::system();
    auto const looks = [&] {
        for (int i = 0; i < 3; ++i) {
            Instant const begin = env.monotonic();
            auto const info = locking.inspect(storage, locker.patience(), locker.key());
            locker.note("inspect", info);
            if (!locker.succeeds(info)) return;
            if (!locker.expect(env.monotonic() - begin < found.patience(), "who looks a lock up does not wait", "he waits"))
                return;
        }
    };
    elsewhere(looks);
    looks();
    locker.expect(state.read() == nullptr, "who looks a lock up makes no state", "there is one");
    locker.expect(locker.is_free(), "who looks a lock up does not hold it");
    auto guard = locker.mine();
    if (!guard) return;
    elsewhere(looks);
    looks();
    locker.succeeds(locker.confirm(*guard));
    locker.succeeds(locker.renew(*guard));
    locker.expect(!locker.is_free(), "who looks a lock up ends nothing");
    locker.succeeds(locker.release(*guard));
    locker.expect(locker.is_free(), "a lock that others have looked up can be released");
}

template <StoragePolicy S, InspectableLocking<S> L>
void holders_are_shown(L& locking, S& storage, Findings& found) {
    if (!found.begins("holders_are_shown", {"ends_free_the_lock", "holders_are_told", "looking_takes_nothing"})) return;
    Locker<S, L> locker(locking, storage, found);
    Environment& env = Environment::system();
    locker.expect(!look_up(locker), "a lock that nobody ever held has no holder");
    for (std::string const purpose : {"the first", "the second"}) {
        Timestamp const before = env.wall();
        auto guard = locker.mine(purpose);
        if (!guard) return;
        Timestamp const after = env.wall();
        for (bool const renewed : {false, true}) {
            if (renewed) (void)locker.renew(*guard);
            auto const info = look_up(locker);
            if (!locker.expect(info.has_value(), "a lock that is held has a holder")) return;
            locker.expect(info->who == env.who(), "the holder is shown by his name", std::string(info->who.view()));
            locker.expect(info->purpose == purpose, "the holder is shown with his own purpose");
            locker.expect(about(info->since, before, after), "the holder is shown with the time since when he holds it",
                          "another time");
            std::optional<LockInfo> others;
            elsewhere([&] { others = look_up(locker); });
            locker.expect(others && others->who == info->who && others->purpose == info->purpose,
                          "the holder is shown to others as to himself");
        }
        if (!locker.release(*guard)) return;
        locker.expect(!look_up(locker), "a lock that was released has no holder");
    }
}

template <StoragePolicy S, InspectableLocking<S> L>
void purposes_are_kept(L& locking, S& storage, Findings& found) {
    if (!found.begins("purposes_are_kept",
                      {"holders_are_shown", "looking_takes_nothing", "ends_free_the_lock", "holders_are_told"}))
        return;
    Locker<S, L> locker(locking, storage, found);
    auto const purpose_of = [&](std::string const& said) -> std::optional<std::string> {
        std::string passing = said;
        auto const guard = locker.acquire(patient(), passing);
        passing.assign(passing.size(), '#');  // what was said was the caller's
        if (!locker.expect(static_cast<bool>(guard), "a lock can be acquired for any purpose")) return std::nullopt;
        auto info = look_up(locker);
        if (!locker.expect(info.has_value(), "a lock that is held has a holder, whatever his purpose"))
            return std::nullopt;
        return std::move(info->purpose);
    };
    std::string most;
    while (most.size() < 256) most += "\xc3\xa9";
    for (std::string const& said : {std::string(), std::string("p"), std::string(any_text),
                                    std::string("{\"a\": 'b', \"c\\\\\": \"}\\n%s<&>"), std::string(256, '"'), most}) {
        auto const kept = purpose_of(said);
        if (kept)
            locker.expect(*kept == said, "256 bytes of text are kept of a purpose as they are said", shown(*kept));
    }
    for (std::string const& said :
         {every_byte(), std::string("\xff\xfe"), std::string(3, '\0'), std::string(100'000, 'p')})
        (void)purpose_of(said);
}

template <StoragePolicy S, InspectableLocking<S> L>
void leases_are_shown(L& locking, S& storage, Findings& found) {
    if (!found.begins("leases_are_shown",
                      {"holders_are_shown", "looking_takes_nothing", "ends_free_the_lock", "holders_are_told"}))
        return;
    Locker<S, L> locker(locking, storage, found);
    Environment& env = Environment::system();
    WriteId last;
    for (int round = 0; round < 2; ++round) {
        Timestamp const before = env.wall();
        auto guard = locker.mine();
        if (!guard) return;
        auto const first = look_up(locker);
        if (!first) return;
        Timestamp const after = env.wall();
        auto const says = [&](bool holds, std::string_view expected) { locker.expect(holds, expected, "another"); };
        says(first->epoch == guard->epoch(), "the epoch that is shown is that of the guard");
        if (!first->id) {
            says(!BreakableLocking<L, S>, "a lease that can be ended by force has an id");
            says(first->ttl == Duration::zero() && first->renewed == Timestamp(),
                 "a lock that is no lease has nothing of one");
            return;
        }
        says(first->id != last, "every lease has an id of its own");
        last = first->id;
        if constexpr (requires { guard->id(); })
            says(first->id == guard->id(), "the id that is shown is that of the guard");
        says(about(first->renewed, before, after), "a lease that was just taken is shown as renewed then");
        Duration const left = guard->reliable_until() - env.monotonic();
        says(first->ttl > Duration::zero() && first->ttl >= left,
             "a lease lasts as long as is shown, or longer than its holder relies on it");
        std::optional<LockInfo> second;
        // Times may be kept in whole seconds.
        for (int const pause : {2, 1100}) {
            env.sleep(std::chrono::milliseconds(pause));
            if (!locker.renew(*guard)) return;
            second = look_up(locker);
            if (!second) return;
            if (second->renewed > first->renewed) break;
        }
        says(second->renewed > first->renewed && about(second->renewed, before, env.wall()),
             "a lease that was renewed is shown as renewed then");
        says(second->id == first->id && second->epoch == first->epoch && second->ttl == first->ttl &&
                 second->since == first->since && second->who == first->who && second->purpose == first->purpose,
             "everything else that is shown is the same after a renewal");
    }
}

/// Ids that look like this one and are not.
inline std::vector<WriteId> strangers_of(WriteId id) {
    constexpr std::uint64_t top = std::uint64_t{1} << 63;
    return {WriteId(),
            Environment::system().new_write_id(),
            {id.high, id.low ^ 1},
            {id.high, id.low ^ top},
            {id.high ^ 1, id.low},
            {id.high ^ top, id.low},
            {id.low, id.high},
            {id.high, 0},
            {0, id.low}};
}

template <StoragePolicy S, BreakableLocking<S> L>
void force_ends_what_was_looked_up(L& locking, S& storage, Findings& found) {
    if (!found.begins("force_ends_what_was_looked_up",
                      {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock", "holders_are_told",
                       "holders_are_shown", "looking_takes_nothing", "leases_are_shown"}))
        return;
    Locker<S, L> locker(locking, storage, found);
    auto const force = [&](WriteId id, std::string const& which) {
        return locker.noted(locking.force_unlock(storage, patient(), locker.key(), id), "force_unlock of " + which);
    };
    auto guard = locker.mine();
    if (!guard) return;
    auto const held = look_up(locker);
    if (!held) return;
    for (WriteId const other : strangers_of(held->id)) {
        locker.fails(force(other, "another lease"), Errc::lost,
                     "force does not end another lease than it was told: 'lost'");
        if (!locker.expect(!locker.is_free(), "force ends nothing but the lease that it was told")) return;
    }
    locker.succeeds(locker.confirm(*guard));
    if (!locker.succeeds(force(held->id, "the lease that was shown"))) return;
    if (!locker.expect(locker.is_free(), "a lease that was ended by force is free at once")) return;
    locker.expect(!look_up(locker), "a lease that was ended by force is not shown any more");
    locker.fails(force(held->id, "the lease that was ended"), Errc::lost, "force cannot end a lease twice: 'lost'");
    locker.while_another_holds([&](auto&) {
        locker.fails(force(held->id, "the lease that was ended"), Errc::lost,
                     "force does not end a later lease: 'lost'");
        locker.expect(!locker.is_free(), "force leaves a later lease alone");
    });
}

template <StoragePolicy S, BreakableLocking<S> L>
void broken_holders_are_told(L& locking, S& storage, Findings& found) {
    if (!found.begins("broken_holders_are_told", {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock",
                                                  "holders_are_told", "epochs_rise", "leases_are_shown",
                                                  "force_ends_what_was_looked_up", "ended_guards_release_nothing"}))
        return;
    for (bool const taken : {false, true}) {
        Locker<S, L> locker(locking, storage, found);
        auto guard = locker.mine();
        if (!guard) return;
        auto const held = look_up(locker);
        if (!held || !locking.force_unlock(storage, patient(), locker.key(), held->id)) return;
        locker.note("force_unlock", std::string("success"));
        auto const is_told = [&] {
            auto const tells = [&](auto const& result, std::string_view expected) {
                locker.expect(!result && (result.error() == Errc::lost || result.error() == Errc::fenced), expected);
            };
            tells(locker.renew(*guard), "a lease that was ended by force is not renewed: 'lost' or 'fenced'");
            tells(locker.confirm(*guard), "a lease that was ended by force confirms nothing: 'lost' or 'fenced'");
            locker.expect(guard->reliable_until() == (Instant::min)(),
                          "a lease that was ended by force is not relied on", "it is");
        };
        if (!taken) {
            is_told();
            (void)locker.release(*guard);
            locker.expect(locker.is_free(), "a lease that was ended by force stays free, whatever its holder does");
            continue;
        }
        Epoch const epoch = guard->epoch();
        locker.while_another_holds([&](auto& theirs) {
            locker.expect(epoch == 0 || theirs.epoch() > epoch,
                          "the epoch after a lease that was ended by force is above", "it is not");
            elsewhere(is_told);
            (void)locker.release(*guard);
            locker.expect(!locker.is_free(),
                          "the release of a lease that was ended by force leaves the next one alone");
            guard.reset();
            locker.expect(!locker.is_free(), "the end of a lease that was ended by force leaves the next one alone");
            locker.succeeds(locker.noted(theirs.confirm(patient()), "confirm by the next holder"));
        });
    }
}

}  // namespace holdfast::testing::law

#endif
