#ifndef HOLDFAST_LOCKING_LEASE_ACQUISITION_HPP
#define HOLDFAST_LOCKING_LEASE_ACQUISITION_HPP

#include <holdfast/core/contain.hpp>
#include <holdfast/format/lease_text.hpp>
#include <holdfast/locking/lease/options.hpp>
#include <holdfast/locking/lease/step.hpp>
#include <holdfast/protocol/attempts.hpp>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// A lease that was taken.
struct TakenLease {
    RecordPtr record{};    ///< that carries it
    Instant sent{};        ///< before it was asked for
    bool unclean = false;  ///< a write of a former holder may still land: fence before anything is done
    bool first = false;    ///< the record had no epoch before
    /// Higher epochs may have been issued before the key was purged; see `epoch_floor.hpp`. Of a first lease, and of
    /// one that was taken over from whoever had that and may have died before he looked.
    bool unproved = false;
};

/// One attempt to get the lease that lives in the record `id`: looks, waits, takes it over when it expired.
///
/// It expires when the record has not changed for the lease's time to live, on our own clock, from the receipt of the
/// first read that showed it. Pauses between looks are random parts of one bound that does not grow, so that whoever
/// has waited long looks as often as a newcomer.
template <LeasableStorage S>
class Acquisition {
public:
    /// `last_epoch`: of the last lease that the caller held itself, see `gives_way`. `floor`: of epochs, as far as the
    /// caller knows it.
    Acquisition(S& storage, Context const& ctx, RecordId const& id, LeaseOptions const& options,
                std::string_view purpose, Epoch last_epoch, Epoch floor)
        : storage_(storage),
          ctx_(ctx),
          id_(id),
          ttl_(options.ttl),
          poll_(poll_bound<S>(options)),
          purpose_(cut_to_utf8(purpose.substr(0, max_purpose_size))),
          last_epoch_(last_epoch),
          floor_(floor) {}
    Acquisition(Acquisition const&) = delete;
    Acquisition& operator=(Acquisition const&) = delete;
    /// Gives back what may have been taken before an exception came between.
    ~Acquisition() {
        if (!open_) return;
        contained([&] {
            Context const ctx = brief_context(ctx_.env, ttl_);
            (void)step_own_lease(storage_, ctx, id_, open_, nullptr, 0,
                                 [](Lease const& lease) { return free_lease(lease, true); });
        });
    }

    /// The lease has a guard, which gives it back.
    void handed_over() noexcept { open_ = WriteId(); }

    /// Errors: `busy`, with who holds it; `unknown_outcome`: the lease may have been taken, and ends like that of a
    /// crashed holder; `cancelled`; those of the storage.
    Result<TakenLease> run() {
        for (;;) {
            auto looked = look();
            if (!looked) return std::move(looked).error();
            RecordPtr base = *std::move(looked);
            if (refused_) {
                auto may = contradictions_.judge(same_revision(base, *refused_), base == nullptr);
                refused_.reset();
                if (!may) return std::move(may).error().on(to_string(id_));
            }
            if (is_held(base)) {
                auto expired = wait_while_held(base);
                if (!expired) return std::move(expired).error();
                if (!*expired) continue;
                base = seen_;
            } else if (gives_way(base)) {
                if (auto waited = pause(poll_, base); !waited) return std::move(waited).error();
                continue;
            }
            auto taken = take(base);
            if (!taken) return std::move(taken).error();
            if (*taken) return **std::move(taken);
            refused_ = base;
        }
    }

private:
    /// The record now: what a conflict has just shown, or a read.
    Result<RecordPtr> look() {
        if (shown_) return *std::exchange(shown_, std::nullopt);
        auto now = read();
        bool const passing =
            !now && (now.error() == Errc::unavailable || now.error() == Errc::busy || now.error() == Errc::timed_out);
        if (passing && seen_) return seen_;  // no news; that it did not change is checked by whatever is written
        return now;
    }
    Result<RecordPtr> read() {
        if (!fresh_) {
            (void)ctx_.deadline();  // it begins here, for the copy too
            Context look = ctx_;
            look.may_be_stale = true;
            return storage_.read(look, id_);
        }
        if constexpr (RevalidatingStorage<S>) {
            if (seen_) return storage_.reread(ctx_, id_, seen_);
        }
        return storage_.read(ctx_, id_);
    }

    /// One pause of a wait for `base`, which somebody else holds. True: it has expired.
    Result<bool> wait_while_held(RecordPtr const& base) {
        Environment& env = ctx_.env;
        Instant now = env.monotonic();
        if (!seen_ || seen_->revision != base->revision) {
            seen_ = base;
            since_ = now;
        }
        if (now - since_ >= base->lease->ttl) return true;
        if (!fresh_) {
            fresh_ = true;
            return false;
        }
        if (ctx_.immediate()) return busy(base);
        if (++looks_ > 2) ask_for_it();
        now = env.monotonic();
        Duration const left = seen_->lease->ttl - (now - since_);
        Duration const nap = env.random_below(poll_) + Duration(1);
        if (auto waited = pause(left < nap ? left : nap, seen_); !waited) return std::move(waited).error();
        return env.monotonic() - since_ >= seen_->lease->ttl;
    }

    /// Marks the lease as wanted, once, so that its holder does not take it again before anybody else can look. The
    /// mark changes the revision: others begin to wait anew, at most once a lease, and the holder meets a conflict. We
    /// do not, since the write proves that nobody else has written meanwhile.
    void ask_for_it() {
        Lease const& lease = *seen_->lease;
        if (lease.wanted || lease.id == asked_) return;
        asked_ = lease.id;
        auto wanted = std::make_shared<Lease>(lease);
        wanted->wanted = true;
        auto done = settle(storage_, ctx_, id_, seen_, lease_step(seen_, id_.slot, 0, std::move(wanted)));
        if (done && done->kind == WriteOutcome::Kind::applied) seen_ = std::move(done->now);
    }

    /// We were the last to hold it, and others wait: they get one chance, like one pause between two looks.
    bool gives_way(RecordPtr const& base) {
        if (gave_way_ || looks_ != 0 || ctx_.immediate() || !base || !base->lease || !base->lease->wanted) return false;
        if (last_epoch_ == 0 || base->stamp.epoch != last_epoch_) return false;
        gave_way_ = fresh_ = true;
        return true;
    }

    Result<std::optional<TakenLease>> take(RecordPtr const& base) {
        Epoch before = base ? base->stamp.epoch : 0;
        TakenLease taken;
        taken.first = before == 0;
        bool const dirty = base && base->lease && base->lease->dirty;
        taken.unproved = PurgeableStorage<S> && (taken.first || dirty);
        taken.unclean = is_held(base) || dirty;
        if (floor_ > before && taken.first) before = floor_;
        if (before == (std::numeric_limits<Epoch>::max)())
            return Error(Errc::malformed, "the epoch of the record cannot be raised any more").on(to_string(id_));
        taken.sent = ctx_.env.monotonic();
        LeasePtr const lease = new_lease(base, taken.unproved);
        open_ = lease->id;
        auto done = settle_lease(storage_, ctx_, id_, base, lease_step(base, id_.slot, before + 1, lease));
        // Who may have it by now has not asked us, and what is of unknown fate ends by itself.
        bool const others = done && done->seen && !carries(*done->seen, lease->id);
        if (!done || done->kind != WriteOutcome::Kind::applied || others) open_ = WriteId();
        if (!done) return std::move(done).error();
        if (done->kind == WriteOutcome::Kind::applied && !others) {
            taken.record = done->seen ? *std::move(done->seen) : std::move(done->now);
            return std::optional(std::move(taken));
        }
        shown_ = std::move(done->seen);
        if (done->kind == WriteOutcome::Kind::unknown) {
            // Whether it was ever made may be beyond finding out, but not whether the lease is ours now; and once the
            // record is another than the one that it was for, it cannot be made any more.
            auto now = storage_.read(ctx_, id_);
            bool const open = !now || *now == base || (*now && base && (*now)->revision == base->revision);
            if (open)
                return unsure(
                           "the lease may or may not have been taken; if it was, it ends by itself after its time to "
                           "live",
                           *done)
                    .on(to_string(id_));
            if (carries(*now, lease->id)) {
                if (done->write->at_rest)  // a power loss may take it back, and its epoch with it
                    return unsure("the lease was taken, and ends by itself after its time to live", *done)
                        .on(to_string(id_));
                open_ = lease->id;
                taken.record = *std::move(now);
                return std::optional(std::move(taken));
            }
            shown_ = *std::move(now);
        }
        if (!std::exchange(fresh_, true)) return std::optional<TakenLease>();
        if (ctx_.immediate()) return busy(shown_ ? *shown_ : nullptr);
        if (++conflicts_ > 1) {
            RecordPtr const now = shown_ ? *std::exchange(shown_, std::nullopt) : nullptr;
            if (auto waited = pause(ctx_.env.random_below(poll_), now); !waited) return std::move(waited).error();
        }
        return std::optional<TakenLease>();
    }

    LeasePtr new_lease(RecordPtr const& base, bool unproved) {
        Environment& env = ctx_.env;
        auto lease = std::make_shared<Lease>();
        lease->id = env.new_write_id();
        // The mark stays until it has proved to be in vain.
        bool const in_vain = gave_way_ && base && base->stamp.epoch == last_epoch_;
        lease->wanted = base && base->lease && base->lease->wanted && !in_vain;
        lease->dirty = unproved;
        lease->ttl = ttl_;
        lease->acquired = lease->renewed = env.wall();
        lease->holder = env.who();
        lease->purpose = purpose_;
        return lease;
    }

    Result<void> pause(Duration duration, RecordPtr const& now) {
        auto waited = ctx_.wait(duration);
        if (waited || waited.error() != Errc::timed_out) return waited;
        return busy(now);
    }

    Error busy(RecordPtr const& now) const {
        if (!is_held(now)) return Error(Errc::busy, "others took the lock first: try later");
        Duration const left = now == seen_ ? now->lease->ttl - (ctx_.env.monotonic() - since_) : now->lease->ttl;
        auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(left).count();
        return Error(Errc::busy, "held by " + describe_holder(*now->lease) +
                                     "; unless it is renewed it can be taken over by whoever waits for another " +
                                     std::to_string(milliseconds < 0 ? 0 : milliseconds) + " ms");
    }

    S& storage_;
    Context const& ctx_;
    RecordId id_;
    Duration ttl_, poll_;
    std::string_view purpose_;
    Epoch last_epoch_, floor_;
    WriteId open_{};  ///< a lease that may have been taken, and that nobody has been given

    RecordPtr seen_;   ///< a record with a lease that others hold
    Instant since_{};  ///< it has been seen so since then
    std::optional<RecordPtr> shown_, refused_;
    Contradictions contradictions_;
    WriteId asked_{};
    bool fresh_ = !serves_stale<S>;  ///< what is read is not from memory
    bool gave_way_ = false;
    unsigned looks_ = 0, conflicts_ = 0;
};

}  // namespace holdfast::detail

#endif
