#ifndef HOLDFAST_LOCKING_LEASE_LOCK_HPP
#define HOLDFAST_LOCKING_LEASE_LOCK_HPP

#include <holdfast/core/handle.hpp>
#include <holdfast/fwd.hpp>
#include <holdfast/locking/lease/guard.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

/// Excludes everybody who uses the same storage, on any machine, by leases in its records. Over every storage that is
/// conditional and keeps stamps.
///
/// A holder that dies is waited for until its lease was not renewed for its time to live on the waiter's own clock; no
/// clocks are compared. Safety needs no clock at all: whoever takes a lease over raises the record's epoch, and what
/// the former holder still writes is refused as `fenced`, also what is under way. Effects outside the store are
/// protected only if they compare `Guard::epoch()`.
///
/// Waiting has no order but is a fair lottery: of W who wait each gets the next hand-over equally likely, so that one
/// waits for more than m·W hand-overs with probability e^-m at most (for 4.6·W once in 100 times, for 6.9·W once in
/// 1000); whoever held it last gives way once when others wait. A hand-over takes one poll and two round trips; a lease
/// whose holder died is handed on within its time to live besides: an embedded one later, if others change the state
/// without the lock meanwhile, since each change looks like a sign of life. Nobody waits beyond the time limit, and a
/// request to stop is seen within 20 ms. One object serves the keys of one storage.
///
/// The holder is the thread that acquired or last used the guard, so that a guard can be handed to another. If it
/// acquires the key again, through this object or a copy, it gets `already_held`; other threads wait like anybody else.
/// All who lock a key must use the same `Placement` (`Embedded` or `OwnSlot`).
///
/// Cost in requests: acquire 2 (`OwnSlot`, first time or after a holder that died, +1 or +2), renew 1, release 1; none
/// if it lives in the record and the last write ended it. Where keys can be purged (`PurgeableStorage`) the first lease
/// of a key costs 1 more, to look how far the epochs of purged keys had come (`OwnSlot`: 2, for it also writes a
/// removed record if there is none, so that there is one to fence); and if that is farther than when this object looked
/// last 1 write more (`OwnSlot`: 3 in all). Waiting: 1 per poll, and once a lease 1 to say that somebody waits. If
/// memory runs out in the middle a lease that was taken is given back, or ends after its time to live. Thread safety:
/// every member may be called from any thread.
template <class Placement>
class LeaseLock {
    static_assert(std::same_as<Placement, Embedded> || std::same_as<Placement, OwnSlot>,
                  "holdfast: a lease lives in the state record (LeaseLock<Embedded>, the default) or in a record of "
                  "its own (LeaseLock<OwnSlot>)");

public:
    static constexpr Family family = Family::locking;

    LeaseLock() : LeaseLock(LeaseOptions()) {}
    explicit LeaseLock(LeaseOptions const& options)
        : options_(detail::sensible(options)), registry_(std::make_shared<detail::LeaseRegistry>()) {}

    template <class S>
    static consteval bool explain() {
        static_assert(ConditionalStorage<S>,
                      "holdfast: LeaseLock needs a storage that honours preconditions, or two could take one lease; "
                      "choose a storage whose 'conditional' is true");
        static_assert(!ConditionalStorage<S> || AttributedStorage<S>,
                      "holdfast: LeaseLock needs a storage that keeps stamps; exact foreign layouts have no place for "
                      "a lease: choose another layout or another lock");
        return detail::LeasableStorage<S>;
    }

    LeaseOptions const& options() const noexcept { return options_; }

    /// `purpose` is shown to others by `inspect`; at most 256 bytes of it are kept, and nothing after what is not
    /// UTF-8. Errors: `busy` (says who holds it, and how long yet), `already_held`, `cancelled`; `unknown_outcome`: the
    /// lease may have been taken and then ends by itself; those of the storage.
    template <detail::LeasableStorage S>
    Result<LeaseGuard<S, Placement>> acquire(S& storage, Context const& ctx, KeyView key, std::string_view purpose) {
        std::string_view const name = key.view();
        if (registry_->held_by_this_thread(name))
            return Error(Errc::already_held, "this thread holds the lease already: write through its guard")
                .during("lock")
                .on(name);
        LeaseGuard<S, Placement> guard(registry_, storage, ctx.env, key);
        detail::Acquisition<S> acquisition(storage, ctx, {key, Placement::slot}, options_, purpose,
                                           registry_->last(name), registry_->floor());
        auto taken = acquisition.run();
        if (!taken) return std::move(taken).error().during("lock").on(name);
        bool const first = taken->first;
        guard.adopt(*std::move(taken));
        acquisition.handed_over();
        if (auto sure = guard.make_sure(ctx, first); !sure) {
            auto const given_back = guard.release(detail::brief_context(ctx.env, options_.ttl));
            bool const stays = !given_back && given_back.error() != Errc::lost;
            return Error(
                       sure.error().code(),
                       std::string(sure.error().message()) +
                           (stays ? "; the lease was taken and could not be given back: it ends after its time to live"
                                  : ""))
                .during("lock")
                .on(name)
                .from(sure.error().backend());
        }
        return guard;
    }

    /// Who holds the lease of a key, or did when it died. Cost: 1 read.
    template <detail::LeasableStorage S>
    Result<std::optional<LockInfo>> inspect(S& storage, Context const& ctx, KeyView key) {
        auto const now = storage.read(ctx, {key, Placement::slot});
        if (!now) return now.error();
        if (!detail::is_held(*now)) return std::optional<LockInfo>();
        return std::optional(detail::info_of(**now));
    }

    /// Ends exactly the lease `id`. What its holder writes from now on (`OwnSlot`: from the next acquire on) is refused
    /// as `fenced`. Errors: `lost` if the key has another lease or none; `unknown_outcome`: look again. Cost: 1 read,
    /// 1 write.
    template <detail::LeasableStorage S>
    Result<void> force_unlock(S& storage, Context const& ctx, KeyView key, WriteId id) {
        RecordId const place(key, Placement::slot);
        constexpr bool own = Placement::slot != Slot::current;
        auto now = storage.read(ctx, place);
        if (!now) return std::move(now).error();
        Epoch const next = *now ? (*now)->stamp.epoch + (own ? 0 : 1) : 0;
        RecordPtr found = *now;
        if (*now) {
            auto done = detail::step_own_lease(
                storage, ctx, place, id, *now, next,
                [](Lease const& lease) { return detail::free_lease(lease, own || lease.dirty); }, &found);
            if (done) return {};
            if (done.error() != Errc::lost) return std::move(done).error();
        }
        return Error(Errc::lost, detail::is_held(found)
                                     ? "the key has another lease by now: " + detail::describe_holder(*found->lease)
                                     : std::string("nobody holds the lease any more"))
            .on(to_string(place));
    }

private:
    LeaseOptions options_;
    detail::Handle<detail::LeaseRegistry> registry_;
};

}  // namespace holdfast

#endif
