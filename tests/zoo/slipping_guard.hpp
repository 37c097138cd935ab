#ifndef HOLDFAST_TESTS_ZOO_SLIPPING_GUARD_HPP
#define HOLDFAST_TESTS_ZOO_SLIPPING_GUARD_HPP

#include <zoo/lock_table.hpp>

#include <holdfast/core/tenure.hpp>

#include <unistd.h>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace zoo::lock_animals {

/// A guard of `SlippingLock`.
template <class S>
class SlippingGuard {
public:
    using SharedPtr = std::shared_ptr<LockTable>;

    SlippingGuard(SharedPtr shared, S& storage, KeyView key, Key name, WriteId id, Epoch epoch, Instant sent,
                  Duration reliable, bool let_in)
        : shared_(std::move(shared)),
          storage_(&storage),
          key_(key),
          name_(std::move(name)),
          id_(id),
          epoch_(epoch),
          until_(sent + reliable),
          by_day_(Environment::system().wall() + std::chrono::duration_cast<Timestamp::duration>(reliable)),
          reliable_(reliable),
          let_in_(let_in) {}
    SlippingGuard(SlippingGuard&& other) noexcept : key_(other.key_), name_(other.name_) { adopt(other); }
    SlippingGuard& operator=(SlippingGuard&& other) noexcept {
        if (!is(Slip::assignment_forgets)) end();
        adopt(other);
        return *this;
    }
    ~SlippingGuard() {
        if (is(Slip::released_end_ends_any) && !holds_ && !moved_) end_any(*storage_, name_);
        if (!is(Slip::destructor_forgets)) end();
    }

    /// What is not its own.
    void remembers(Context const& ctx, KeyView key) {
        if (is(Slip::keeps_the_time_limit)) limit_ = ctx.deadline();
        if (is(Slip::keeps_the_request_to_stop)) caller_.emplace(ctx);
        if (is(Slip::keeps_a_view_of_the_key)) view_.emplace(key);
    }

    WriteId id() const noexcept { return id_; }
    Epoch epoch() const noexcept { return epoch_; }
    Instant reliable_until() const noexcept {
        if (is(Slip::never_reliable)) return Environment::system().monotonic();
        if (is(Slip::released_is_reliable) && !moved_ && !holds_) return until_;
        if (is(Slip::child_is_reliable) && holds_ && !overtaken_) return until_;
        if (is(Slip::broken_relies) && here() && overtaken_) return until_;
        return here() && !overtaken_ ? until_ : Instant::min();
    }
    Result<void> confirm(Context const& ctx) {
        bool const released = !holds_ && !moved_;
        if (is(Slip::confirm_says_lost)) return planned(Errc::lost);
        if (is(Slip::released_confirms) && released) return {};
        if (is(Slip::released_says_fenced) && released) return planned(Errc::fenced);
        if (is(Slip::moved_from_confirms) && moved_) return {};
        if (is(Slip::child_confirms) && forked()) return {};
        if (is(Slip::confirms_at_home_only) && abroad()) return planned(Errc::lost);
        if (is(Slip::confirms_by_day) && ctx.env.wall() >= by_day_) return planned(Errc::lost);
        auto const asked = ask(ctx);
        if (is(Slip::failed_confirm_is_lost) && !asked) return planned(Errc::lost);
        return asked;
    }
    Result<void> renew(Context const& ctx) {
        if (is(Slip::renew_says_lost)) return planned(Errc::lost);
        if (is(Slip::released_renews) && !holds_ && !moved_) return {};
        if (is(Slip::child_renews) && forked()) return {};
        if (is(Slip::renews_by_day) && here() && ctx.env.wall() >= by_day_) return planned(Errc::lost);
        auto done = step(ctx);
        if (is(Slip::hasty_renewal_ends) && (ctx.immediate() || ctx.stopped())) end();
        if (done) return done;
        if (done.error() == Errc::unavailable && is(Slip::failed_renewal_ends)) end();
        if (here() && overtaken_ && is(expired() ? Slip::overtaken_renews : Slip::broken_renews)) return {};
        return done;
    }
    Result<void> release(Context const& ctx) {
        if (!here()) {
            if (is(Slip::second_release_is_an_error) && !holds_ && !moved_) return planned(Errc::lost);
            if (is(Slip::moved_release_is_an_error) && moved_) return planned(Errc::lost);
            if (is(Slip::second_release_ends_any) && !holds_ && !moved_) end_any(*storage_, name_);
            if (is(Slip::moved_from_releases) && moved_) end_any(*storage_, name_);
            if (is(Slip::child_releases) && holds_) end_any(*storage_, name_);
            return {};
        }
        if (is(Slip::release_says_unavailable)) return planned(Errc::unavailable);
        bool const forgets = is(Slip::release_forgets) || (is(Slip::releases_at_home_only) && abroad());
        auto done = forgets ? Result<void>() : finish(ctx);
        if (done || done.error() == Errc::lost || is(Slip::failed_release_ends)) ended();
        if (is(Slip::failed_release_is_swallowed)) return {};
        return done;
    }
    Result<Tenure*> enter(Context const& ctx) {
        bool const anyhow = is(Slip::released_enters) ? !holds_ && !moved_ : is(Slip::moved_from_enters) && moved_;
        if (auto held = ask(ctx); !held && !anyhow) return held.error();
        auto now = storage_->read(ctx, RecordId(key_));
        if (!now) return now.error();
        tenure_ = Tenure(is(Slip::tenure_without_epoch) ? 0 : epoch_,
                         is(Slip::tenure_of_lease_elsewhere) ? id_ : WriteId());
        if (is(Slip::tenure_of_old_state) && *now) tenure_.saw(testing::law::make_record(key_, "x", *now));
        else tenure_.saw(is(Slip::tenure_says_absent) ? nullptr : *now);
        tenure_.news().ended = is(Slip::tenure_says_ended);
        return &tenure_;
    }

private:
    static Error planned(Errc code) { return Error(code, "planned"); }
    bool is(Slip slip) const noexcept { return shared_->is(slip); }
    bool here() const noexcept { return holds_ && home_ == ::getpid(); }
    bool forked() const noexcept { return holds_ && home_ != ::getpid(); }
    bool abroad() const noexcept { return thread_ != this_thread(); }
    bool expired() const { return Environment::system().monotonic() >= until_; }

    void adopt(SlippingGuard& other) noexcept {
        shared_ = other.shared_, storage_ = other.storage_, key_ = other.key_, name_ = other.name_, id_ = other.id_;
        epoch_ = other.epoch_, until_ = other.until_, by_day_ = other.by_day_, reliable_ = other.reliable_;
        holds_ = other.holds_, overtaken_ = other.overtaken_, let_in_ = other.let_in_, moved_ = other.moved_,
        renewed_ = other.renewed_;
        asked_ = other.asked_, limit_ = other.limit_, view_ = other.view_, home_ = other.home_, thread_ = other.thread_;
        caller_.reset();
        if (other.caller_) caller_.emplace(*other.caller_);
        if (is(Slip::move_loses_hold) && asked_) ended();
        other.holds_ = false;
        other.moved_ = true;
    }
    void ended() {
        holds_ = false;
        shared_->forget(name_, id_);
    }
    void end() noexcept {
        if (is(Slip::child_releases) && forked()) end_any(*storage_, name_);
        if (!here()) return;
        (void)finish(testing::law::patient());
        ended();
    }

    /// The lock's record, if it is still ours. Whoever asks is the holder from now on.
    Result<RecordPtr> ours(Context const& ctx) {
        if (!here()) return Error(Errc::lost, "the lock was released");
        if (ctx.env.monotonic() > limit_) return Error(Errc::timed_out);
        if (caller_ && caller_->stopped() && ctx.limited()) return Error(Errc::cancelled);
        asked_ = true;
        if (!is(Slip::first_stays_holder))
            shared_->with(name_, [&](Mine& mine) {
                if (mine.id == id_) mine.owner = this_thread();
            });
        if (is(Slip::everything_is_slow)) ctx.env.sleep(std::chrono::milliseconds(30));
        auto now = storage_->read(ctx, place(name_));
        if (!now || (held(*now) && (*now)->lease->id == id_)) return now;
        overtaken_ = true;
        return Error(Errc::lost, "somebody else has it, or had");
    }
    Result<void> ask(Context const& ctx) {
        if (here() && let_in_) return {};
        if (is(Slip::lost_once_written) && written(ctx)) return planned(Errc::lost);
        auto now = ours(ctx);
        if (now) return {};
        if (!here() || !overtaken_) return now.error();
        if (is(expired() ? Slip::overtaken_confirms : Slip::broken_confirms)) return {};
        return Error(Errc::fenced, "somebody else has it, or had");
    }
    /// Whether the state is another than when the lock was acquired.
    bool written(Context const& ctx) {
        auto const now = storage_->read(ctx, RecordId(key_));
        return here() && now && shared_->with(name_, [&](Mine const& mine) {
            return mine.id == id_ && mine.state != (*now ? (*now)->revision : Revision());
        });
    }
    Result<void> step(Context const& ctx) {
        Instant const sent = ctx.env.monotonic();
        auto now = ours(ctx);
        bool back = false;  // takes again what it has lost
        if (is(Slip::broken_takes_back) && here() && !now && now.error() == Errc::lost)
            if (auto there = storage_->read(ctx, place(name_)); there && !held(*there)) now = there, back = true;
        if (!now) return now.error();
        if (is(Slip::not_renewed_once_written) && written(ctx)) return planned(Errc::lost);
        if (is(Slip::renewal_raises_epoch)) ++epoch_;
        Lease next = held(*now) ? *(*now)->lease : Lease{};
        next.id = is(Slip::renewal_changes_id) ? ctx.env.new_write_id() : id_;
        next.ttl = shared_->ttl;
        if (!is(Slip::shows_no_renewal)) next.renewed = ctx.env.wall();
        if (is(Slip::whole_seconds)) next.renewed = std::chrono::floor<std::chrono::seconds>(next.renewed);
        if (is(Slip::renewal_changes_since)) next.acquired += std::chrono::milliseconds(2);
        if (is(Slip::shows_no_time_once_renewed)) next.acquired = {};
        auto done = storage_->write(
            ctx, place(name_), with_lease(name_, *now, std::make_shared<Lease const>(next), (*now)->stamp.epoch),
            is(Slip::renews_blindly) ? Precondition::none() : Precondition::matches((*now)->revision));
        if (!done) return done.error();
        if (done->kind() == WriteOutcome::Kind::unknown && !is(Slip::unknown_is_renewed))
            return Error(Errc::unknown_outcome);
        if (done->kind() == WriteOutcome::Kind::conflict) return Error(Errc::unavailable, "somebody else wrote");
        shared_->with(name_, [&](Mine& mine) {
            if (mine.id == id_) mine.id = next.id;
        });
        id_ = next.id;
        if (is(Slip::drops_attributes)) touch(*storage_, ctx, key_, [](Record& state) { state.attributes.clear(); });
        if (back) overtaken_ = false;
        renewed_ = true;
        if (is(Slip::renewal_gives_no_time)) return {};
        Instant const from = is(Slip::counts_from_the_reply) ? ctx.env.monotonic() : sent;
        until_ = from + (is(Slip::renewal_shortens) ? reliable_ / 2 : reliable_);
        by_day_ = ctx.env.wall() + std::chrono::duration_cast<Timestamp::duration>(reliable_);
        return {};
    }
    Result<void> finish(Context const& ctx) {
        if (is(Slip::counts_a_write)) touch(*storage_, ctx, key_, [](Record& state) { ++state.stamp.sequence; });
        if (is(Slip::release_after_renewal_forgets) && renewed_) return {};
        if (is(Slip::not_released_once_written) && written(ctx)) return {};
        if (let_in_) return {};
        if (is(Slip::hasty_release_ends) && (ctx.immediate() || ctx.stopped())) return {};
        if (view_) return end_any(*storage_, Key(*view_)), Result<void>();
        auto now = ours(ctx);
        if (!now && overtaken_ && is(expired() ? Slip::overtaken_ends_next : Slip::broken_ends_next))
            end_any(*storage_, name_);
        if (!now) return now.error();
        if (is(Slip::release_ends_all)) end_all();
        WriteId const ghost = shared_->with(name_, [&](Mine& mine) {
            if (mine.waiting >= 2) mine.flood = mine.waiting;
            mine.former = id_;
            return std::exchange(mine.ghost, WriteId());
        });
        LeasePtr next;
        if (ghost) next = std::make_shared<Lease const>(Lease{.id = ghost, .ttl = shared_->ttl});
        auto const when = is(Slip::releases_blindly) ? Precondition::none() : Precondition::matches((*now)->revision);
        auto done = is(Slip::epochs_begin_anew)
                        ? storage_->remove(ctx, place(name_), when)
                        : storage_->write(ctx, place(name_), with_lease(name_, *now, next, (*now)->stamp.epoch), when);
        if (!done) return done.error();
        if (done->kind() == WriteOutcome::Kind::unknown && !is(Slip::unknown_is_released))
            return Error(Errc::unknown_outcome);
        return {};
    }
    void end_all() {
        std::vector<Key> names;
        {
            std::lock_guard const lock(shared_->mutex);
            for (auto const& [name, mine] : shared_->all)
                if (name.starts_with(name_.str().substr(0, 26))) names.push_back(*Key::parse(name));
        }
        for (Key const& name : names)
            if (name != name_) end_any(*storage_, name);
    }

    std::shared_ptr<LockTable> shared_;
    S* storage_ = nullptr;
    Key key_, name_;
    WriteId id_;
    Epoch epoch_ = 0;
    Instant until_{};
    Timestamp by_day_{};
    Duration reliable_{};
    bool let_in_ = false;  ///< though somebody else has it
    bool holds_ = true, moved_ = false, overtaken_ = false, renewed_ = false, asked_ = false;
    pid_t home_ = ::getpid();
    std::uint64_t thread_ = this_thread();
    Instant limit_ = Instant::max();
    std::optional<Context> caller_{};
    std::optional<KeyView> view_{};
    Tenure tenure_{};
};

}  // namespace zoo::lock_animals

#endif
