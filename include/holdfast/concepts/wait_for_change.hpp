#ifndef HOLDFAST_CONCEPTS_WAIT_FOR_CHANGE_HPP
#define HOLDFAST_CONCEPTS_WAIT_FOR_CHANGE_HPP

#include <holdfast/concepts/reread.hpp>

namespace holdfast::detail {

/// Asks `changed()` (`Result<bool>`) again and again: the pauses grow from `first` to `most`, and half of each is left
/// to chance, so that many who began together do not ask together. It is asked once in any case, and once more when
/// the time limit is over. False: the limit. Errors: its own; `cancelled`.
template <class Changed>
Result<bool> poll_for_change(Context const& ctx, Changed&& changed, Duration first = std::chrono::milliseconds(10),
                             Duration most = std::chrono::seconds(1)) {
    for (Duration pause = first;; pause = pause < most / 2 ? 2 * pause : most) {
        Result<bool> now = changed();
        if (!now || *now || ctx.immediate()) return now;
        if (auto waited = ctx.wait(pause / 2 + ctx.env.random_below(pause / 2)); !waited) {
            if (waited.error() == Errc::timed_out) return changed();
            return std::move(waited).error();
        }
    }
}

/// `wait_for_change` of a storage that has it; for every other it asks.
template <StoragePolicy S>
Result<bool> watch(S& storage, Context const& ctx, RecordId const& id, Revision const& since) {
    if constexpr (WatchableStorage<S>) {
        return storage.wait_for_change(ctx, id, since);
    } else {
        RecordPtr known;
        return poll_for_change(ctx, [&]() -> Result<bool> {
            auto now = reread(storage, ctx, id, known);
            if (!now) return std::move(now).error();
            known = *std::move(now);
            return (known ? known->revision : Revision()) != since;
        });
    }
}

/// The record of `id` as soon as it is another than `since` (null: none), null if it was removed; tombstones are
/// records. What changed before the call counts. Changes that are replaced before they are seen are passed over: what
/// is returned is the newest.
///
/// Errors: `timed_out` (nothing changed until the context's time limit), `cancelled`, those of the storage.
/// Cost: on a `WatchableStorage` its wait and a `reread`; elsewhere a `reread` (a read, where there is none) for every
/// pause, which grow from 10 ms to 1 s.
template <StoragePolicy S>
Result<RecordPtr> wait_for_change(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& since) {
    (void)ctx.deadline();  // it begins now
    RecordPtr found;
    auto const is_another = [&]() -> Result<bool> {
        auto now = reread(storage, ctx, id, since);
        if (!now) return std::move(now).error();
        found = *std::move(now);
        return !same_revision(found, since);
    };
    if constexpr (WatchableStorage<S>) {
        for (bool woken = true; woken;) {
            auto const notice = storage.wait_for_change(ctx, id, since ? since->revision : Revision());
            if (!notice) return notice.error();
            woken = *notice && !ctx.expired();
            if (!*notice) continue;
            auto changed = is_another();
            if (!changed) return std::move(changed).error();
            if (*changed) return found;
        }
    } else {
        auto changed = poll_for_change(ctx, is_another);
        if (!changed) return std::move(changed).error();
        if (*changed) return found;
    }
    return Error(Errc::timed_out, "the record did not change until the time limit");
}

}  // namespace holdfast::detail

#endif
