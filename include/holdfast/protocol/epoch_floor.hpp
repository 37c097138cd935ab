#ifndef HOLDFAST_PROTOCOL_EPOCH_FLOOR_HPP
#define HOLDFAST_PROTOCOL_EPOCH_FLOOR_HPP

#include <holdfast/protocol/attempts.hpp>
#include <holdfast/protocol/settle.hpp>

#include <limits>
#include <utility>

// The epochs of keys that were purged. A purge takes the records away that said how far the key's epochs had come; so
// before that it raises the floor above them, which is one for the whole storage, and the first lease that is made of
// any key is raised above the floor. No order of the two can be missed: who makes a first lease looks at the floor once
// it is there, and while it is there its record is not purged.
namespace holdfast::detail {

/// Where the floor is kept: as the epoch of the lock record of a key of this name. Leases of that very key raise it
/// further, which does no harm; it is never purged.
inline constexpr KeyView epoch_floor_key = "holdfast.purged-epochs";

/// Cost: 1 request.
template <ConditionalStorage S>
Result<Epoch> read_epoch_floor(S& storage, Context const& ctx) {
    auto const now = storage.read(ctx, RecordId(epoch_floor_key, Slot::lock));
    if (!now) return now.error();
    return *now ? (*now)->stamp.epoch : Epoch{0};
}

/// Makes the floor at least `epoch`, in steps of 1024, so that those who purge many keys seldom write it. Errors: it
/// may not be done; those of the storage. Cost: 1 request, and 1 write if it was lower.
template <ConditionalStorage S>
Result<void> raise_epoch_floor(S& storage, Context const& ctx, Epoch epoch) {
    RecordId const id(epoch_floor_key, Slot::lock);
    constexpr Epoch step = 1024, most = (std::numeric_limits<Epoch>::max)();
    Epoch const wanted = epoch > most - step ? epoch : (epoch + step - 1) / step * step;
    for (Attempts<S> attempts(storage, ctx, id);;) {
        auto const now = attempts.look(ctx);
        if (!now) return now.error();
        if (*now && (*now)->stamp.epoch >= epoch) return {};
        auto done = settle(storage, ctx, id, *now, Change{.same_content = true, .epoch = wanted});
        if (!done) return std::move(done).error();
        if (done->kind == WriteOutcome::Kind::applied) return {};
        if (done->kind == WriteOutcome::Kind::unknown)
            return Error(Errc::unavailable, "the epochs of the key could not be noted for certain (" +
                                                done->why.describe() + "); nothing was removed, try again")
                .on(to_string(id));
        if (auto more = attempts.pause(ctx, *now, std::move(done->seen)); !more) return more;
    }
}

}  // namespace holdfast::detail

#endif
