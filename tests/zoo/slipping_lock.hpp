#ifndef HOLDFAST_TESTS_ZOO_SLIPPING_LOCK_HPP
#define HOLDFAST_TESTS_ZOO_SLIPPING_LOCK_HPP

#include <zoo/slipping_guard.hpp>

#include <holdfast/concepts/locking.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace zoo::lock_animals {

/// A lease in a record of its own, renewed and taken over by conditional writes: what is needed for every concept of
/// locks, and no more. With `Slip::none` it is right.
class SlippingLock {
public:
    static constexpr Family family = Family::locking;

    explicit SlippingLock(Slip slip = Slip::none, Duration ttl = std::chrono::seconds(20))
        : shared_(std::make_shared<LockTable>(slip, ttl)) {}
    SlippingLock(SlippingLock const& other) : shared_(other.shared_) {
        if (shared_->is(Slip::copies_are_apart))
            shared_ = std::make_shared<LockTable>(Slip::lets_everybody_in, shared_->ttl);
    }
    SlippingLock& operator=(SlippingLock const&) = delete;

    template <class S>
    using Guard = SlippingGuard<S>;

    template <StoragePolicy S>
    Result<Guard<S>> acquire(S& storage, Context const& ctx, KeyView key, std::string_view purpose);
    template <StoragePolicy S>
    Result<std::optional<LockInfo>> inspect(S& storage, Context const& ctx, KeyView key);
    template <StoragePolicy S>
    Result<void> force_unlock(S& storage, Context const& ctx, KeyView key, WriteId id);

private:
    template <class S>
    Result<Guard<S>> take(S& storage, Context const& ctx, KeyView key, Key const& name, std::string_view purpose,
                          RecordPtr const& base, bool blindly);

    std::shared_ptr<LockTable> shared_;
};

template <StoragePolicy S>
auto SlippingLock::acquire(S& storage, Context const& ctx, KeyView key, std::string_view purpose) -> Result<Guard<S>> {
    auto const is = [&](Slip slip) { return shared_->is(slip); };
    using std::chrono::milliseconds;
    Key const name = shared_->name_of(key);
    auto const me = this_thread();
    auto const slow = [&] { ctx.env.sleep(milliseconds(3100)); };  // where it must not wait
    if (is(Slip::refuses_odd_purposes) && purpose.find('\xff') != purpose.npos) return Error(Errc::invalid_argument);
    if (is(Slip::refuses_long_purposes) && purpose.size() > 1024) return Error(Errc::invalid_argument);
    if (shared_->with(name, [&](Mine const& mine) { return mine.owner == me || mine.mistaken == me; })) {
        if (is(Slip::asking_again_ends)) end_any(storage, name);
        if (is(Slip::holder_waits) && !ctx.immediate()) slow();
        if (!is(Slip::holder_is_let_in)) return Error(is(Slip::holder_is_busy) ? Errc::busy : Errc::already_held);
    }
    auto const gives_up = [&](Errc code, bool waited) -> Error {
        if (waited)
            shared_->with(name, [&](Mine& mine) {
                --mine.waiting;
                bool const stopped = code == Errc::cancelled;
                if (is(stopped ? Slip::stopped_waiter_is_handed_it : Slip::late_waiter_is_handed_it))
                    mine.ghost = ctx.env.new_write_id();
                if (is(Slip::late_waiter_is_taken_for_holder)) mine.mistaken = me;
            });
        if (is(Slip::says_unavailable_for_busy) && code == Errc::busy && !waited) return Error(Errc::unavailable);
        if (is(Slip::says_timed_out) && code == Errc::busy && waited) return Error(Errc::timed_out);
        if (is(Slip::says_busy_for_stop) && code == Errc::cancelled) return Error(Errc::busy);
        return Error(code);
    };
    std::optional<Revision> seen;
    Instant const begun = ctx.env.monotonic();
    Instant since{};
    bool waiting = false;
    unsigned tries = 0;
    for (;;) {
        if (is(Slip::everything_is_slow)) ctx.env.sleep(milliseconds(30));
        auto read = storage.read(ctx, place(name));
        bool const blindly = !read && is(Slip::errors_are_absence);
        if (blindly) read = RecordPtr();
        if (!read) {
            if (is(Slip::failed_acquire_is_held)) shared_->with(name, [&](Mine& mine) { mine.mistaken = me; });
            return Error(is(Slip::errors_are_busy) ? Errc::busy : read.error().code());
        }
        RecordPtr const now = *read;
        bool free = !held(now);
        if (is(Slip::wears_out) && shared_->with(name, [](Mine const& mine) { return mine.taken > 16; }))
            return Error(Errc::unavailable);
        bool const let_in =
            is(Slip::lets_everybody_in) || (is(Slip::lets_a_second_in) && shared_->asked++ % 2 == 1) ||
            (is(Slip::renewal_opens) && held(now) && now->lease->renewed != now->lease->acquired) ||
            (is(Slip::holder_is_let_in) && shared_->with(name, [&](Mine const& mine) { return mine.owner == me; })) ||
            (is(Slip::wakes_all) && waiting &&
             shared_->with(name, [](Mine& mine) { return mine.flood != 0 && mine.flood-- != 0; }));
        if (is(Slip::free_once_written) && held(now)) {
            auto const state = storage.read(ctx, RecordId(key));
            free = state && shared_->with(name, [&](Mine const& mine) {
                return mine.id && mine.state != (*state ? (*state)->revision : Revision());
            });
        }
        if (held(now)) {
            Instant const clock = ctx.env.monotonic();
            bool const counts = !(is(Slip::renewals_do_not_count) && seen);
            if (counts && (!seen || *seen != now->revision)) seen = now->revision, since = clock;
            Duration const ttl = is(Slip::expires_early) ? now->lease->ttl / 3 : now->lease->ttl;
            if (clock - since >= ttl && !is(Slip::never_expires)) free = true;
            if (is(Slip::expires_by_day)) free = ctx.env.wall() - now->lease->renewed >= ttl;
        }
        if (is(Slip::never_sees_release) && waiting) free = false;
        if (free || let_in) {
            if (waiting) shared_->with(name, [](Mine& mine) { --mine.waiting; });
            if (let_in && held(now)) {  // and leaves who has it alone
                return Guard<S>(shared_, storage, key, name, ctx.env.new_write_id(), 1, ctx.env.monotonic(),
                                milliseconds(16'000), true);
            }
            auto taken = take(storage, ctx, key, name, purpose, now, blindly);
            if (taken || taken.error() != Errc::conflict) return taken;
            if (waiting) shared_->with(name, [](Mine& mine) { ++mine.waiting; });
        }
        if (ctx.immediate()) return gives_up(Errc::busy, false);
        if (!std::exchange(waiting, true)) {
            unsigned const others = shared_->with(name, [](Mine& mine) { return mine.waiting++; });
            if (is(Slip::forgets_the_third) && others >= 2) return gives_up(Errc::busy, true);
        }
        if (is(Slip::gives_up_after_some_tries)) {
            if (tries++ == 3) return gives_up(Errc::busy, true);
            ctx.env.sleep(milliseconds(50));
        }
        if (is(Slip::impatient)) return gives_up(Errc::busy, true);
        if (is(Slip::deaf_to_stop) && ctx.stoppable() && !ctx.stopped()) slow();
        auto const waited = ctx.wait(milliseconds(1));
        if (waited) continue;
        if (waited.error() == Errc::timed_out && is(Slip::deaf_to_time)) slow();
        if (waited.error() == Errc::timed_out && is(Slip::waits_twice)) ctx.env.sleep(ctx.env.monotonic() - begun);
        return gives_up(waited.error() == Errc::timed_out ? Errc::busy : Errc::cancelled, true);
    }
}

template <class S>
auto SlippingLock::take(S& storage, Context const& ctx, KeyView key, Key const& name, std::string_view purpose,
                        RecordPtr const& base, bool blindly) -> Result<Guard<S>> {
    auto const is = [&](Slip slip) { return shared_->is(slip); };
    auto const state = storage.read(ctx, RecordId(key));
    if (!state) return state.error();
    bool const ignored = *state && (*state)->stamp.tombstone && is(Slip::epochs_ignore_removed_states);
    Epoch const of_state = *state && !ignored ? (*state)->stamp.epoch : 0;
    Epoch last = base ? base->stamp.epoch : 0;
    bool const takes_over = held(base);
    // One at a time, of this process; who came second sees it.
    std::unique_lock taking(shared_->taking, std::defer_lock);
    if (is(Slip::excludes_its_process_only)) {
        taking.lock();
        auto const now = storage.read(ctx, place(name));
        if (!now) return now.error();
        if ((*now ? (*now)->revision : Revision()) != (base ? base->revision : Revision()))
            return Error(Errc::conflict);
        blindly = true;
    }
    bool const forced = shared_->with(name, [](Mine& mine) { return std::exchange(mine.forced, false); });
    if (!is(Slip::epochs_ignore_states)) {
        bool const above = is(Slip::epochs_are_signed)
                               ? static_cast<std::int64_t>(of_state) > static_cast<std::int64_t>(last)
                               : of_state > last;
        if (above) last = of_state;
    }
    Epoch epoch = last + (is(Slip::epochs_are_sparse) ? 1000 : 1);
    if (is(Slip::epochs_of_32_bits)) epoch = static_cast<std::uint32_t>(epoch);
    if (is(Slip::epochs_stay)) epoch = of_state + 1;
    if ((takes_over && is(Slip::takeover_keeps_epoch)) || (forced && is(Slip::epoch_stays_after_force))) epoch = last;

    WriteId const id = ctx.env.new_write_id();
    Lease lease{.id = id,
                .ttl = shared_->ttl,
                .acquired = ctx.env.wall(),
                .renewed = {},
                .holder = ctx.env.who(),
                .purpose = std::string(purpose)};
    if (is(Slip::whole_seconds)) lease.acquired = std::chrono::floor<std::chrono::seconds>(lease.acquired);
    lease.renewed = lease.acquired;
    if (is(Slip::purposes_of_64_bytes)) lease.purpose = lease.purpose.substr(0, 64);
    if (is(Slip::purposes_of_one_line)) lease.purpose = lease.purpose.substr(0, lease.purpose.find('\n'));
    if (is(Slip::purposes_in_ascii))
        for (char& c : lease.purpose)
            if (static_cast<unsigned char>(c) > 127) c = '?';
    auto const next = [&](RecordPtr const& on) {
        return with_lease(name, on, std::make_shared<Lease const>(lease), epoch);
    };
    Precondition when = Precondition::unchanged_since(base);
    if (blindly || is(Slip::writes_blindly) || (is(Slip::overwrites_what_was_free) && base) ||
        (is(Slip::takes_over_blindly) && takes_over))
        when = Precondition::none();
    Instant const sent = ctx.env.monotonic();
    auto done = storage.write(ctx, place(name), next(base), when);
    if (!done) return done.error();
    if (!applied(done) && is(Slip::believes_its_own_look)) {
        auto const now = storage.read(ctx, place(name));
        if (now) done = storage.write(ctx, place(name), next(*now), Precondition::unchanged_since(*now));
    }
    if (done->kind() == WriteOutcome::Kind::unknown && !is(Slip::unknown_is_acquired))
        return Error(Errc::unknown_outcome);
    bool const won = done->kind() != WriteOutcome::Kind::conflict || is(Slip::takes_conflict_for_success);
    if (!won) return Error(Errc::conflict);
    if (is(Slip::errors_leak)) {  // a last look that may fail
        if (auto const sure = storage.read(ctx, place(name)); !sure) return sure.error();
    }
    if (is(Slip::makes_a_state) && !*state)
        (void)storage.write(ctx, RecordId(key), testing::law::make_record(key, ""), Precondition::absent());
    if (is(Slip::takes_authorship))
        touch(storage, ctx, Key(key), [&](Record& now) {
            now.stamp.set_by.reset(), now.stamp.who = ctx.env.who(), now.stamp.when = ctx.env.wall();
        });
    if (is(Slip::brings_back)) touch(storage, ctx, Key(key), [](Record& now) { now.stamp.tombstone = false; });
    shared_->with(name, [&](Mine& mine) {
        mine.id = id;
        mine.purpose_view = purpose;
        mine.owner = this_thread();
        mine.state = *state ? (*state)->revision : Revision();
        ++mine.taken;
        if (mine.taken == 1) mine.first_purpose = lease.purpose;
    });
    Guard<S> guard(shared_, storage, key, name, id, epoch, is(Slip::counts_from_the_reply) ? ctx.env.monotonic() : sent,
                   is(Slip::short_reliance) ? shared_->ttl / 10 : shared_->ttl / 5 * 4, false);
    guard.remembers(ctx, key);
    return guard;
}

template <StoragePolicy S>
Result<std::optional<LockInfo>> SlippingLock::inspect(S& storage, Context const& ctx, KeyView key) {
    auto const is = [&](Slip slip) { return shared_->is(slip); };
    Key const name = shared_->name_of(key);
    auto const now = storage.read(ctx, place(name));
    if (!now && is(Slip::failed_look_shows_nobody)) return std::optional<LockInfo>();
    if (!now) return now.error();
    if (is(Slip::shows_to_the_holder_only) &&
        shared_->with(name, [](Mine const& mine) { return mine.owner != this_thread(); }))
        return std::optional<LockInfo>();
    if (is(Slip::shows_by_day) && held(*now) && ctx.env.wall() - (*now)->lease->renewed >= (*now)->lease->ttl)
        return std::optional<LockInfo>();
    if (is(Slip::look_makes_a_state))
        (void)storage.write(ctx, RecordId(key), testing::law::make_record(key, ""), Precondition::absent());
    if (is(Slip::look_takes) && !held(*now)) shared_->with(name, [](Mine& mine) { mine.mistaken = this_thread(); });
    if (is(Slip::look_waits) && held(*now) && !shared_->slow.exchange(true))
        ctx.env.sleep(std::chrono::milliseconds(3200));
    if (is(Slip::look_ends) && held(*now)) end_any(storage, name);
    if (is(Slip::shows_nobody)) return std::optional<LockInfo>();
    if (is(Slip::shows_the_last) && *now && !held(*now))
        return std::optional(LockInfo{(*now)->stamp.who, {}, (*now)->stamp.when, ctx.env.new_write_id()});
    if (!held(*now) && is(Slip::shows_somebody)) return std::optional(LockInfo{ctx.env.who(), "law", ctx.env.wall()});
    if (!held(*now)) return std::optional<LockInfo>();
    Lease const& lease = *(*now)->lease;
    LockInfo info{lease.holder, lease.purpose, lease.acquired, lease.id, (*now)->stamp.epoch, lease.ttl, lease.renewed};
    if (is(Slip::shows_no_name)) info.who = Writer();
    if (is(Slip::shows_no_time)) info.since = {};
    if (is(Slip::shows_the_first_purpose))
        info.purpose = shared_->with(name, [](Mine const& mine) { return mine.first_purpose; });
    if (is(Slip::keeps_a_view_of_the_purpose))
        info.purpose = std::string(shared_->with(name, [](Mine const& mine) { return mine.purpose_view; }));
    if (is(Slip::shows_no_epoch)) info.epoch = 0;
    if (is(Slip::shows_key_as_id)) info.id = WriteId{1, key.view().size()};
    if (is(Slip::shows_no_id)) info.id = WriteId();
    if (is(Slip::shows_no_ttl)) info.ttl = {};
    if (is(Slip::shows_short_ttl)) info.ttl /= 4;
    return std::optional(std::move(info));
}

template <StoragePolicy S>
Result<void> SlippingLock::force_unlock(S& storage, Context const& ctx, KeyView key, WriteId id) {
    auto const is = [&](Slip slip) { return shared_->is(slip); };
    Key const name = shared_->name_of(key);
    auto const now = storage.read(ctx, place(name));
    if (!now) return is(Slip::failed_force_is_lost) ? Error(Errc::lost) : now.error();
    Error const lost(Errc::lost, "the key has another lease by now, or none");
    if (!held(*now)) return is(Slip::force_is_forgiving) ? Result<void>() : Result<void>(lost);
    WriteId const there = (*now)->lease->id;
    bool const former = shared_->with(name, [&](Mine& mine) { return std::exchange(mine.former, there) == id; });
    bool const same = there == id || is(Slip::force_of_any) ||
                      (is(Slip::force_of_half_an_id) && there.high == id.high) || (is(Slip::force_of_zero) && !id) ||
                      (is(Slip::force_of_former) && former);
    if (!same) return lost;
    if (is(Slip::force_finds_nothing)) return lost;
    if (is(Slip::force_does_nothing)) return {};
    shared_->with(name, [](Mine& mine) { mine.forced = true; });
    auto const done =
        storage.write(ctx, place(name), with_lease(name, *now, nullptr, (*now)->stamp.epoch),
                      is(Slip::forces_blindly) ? Precondition::none() : Precondition::matches((*now)->revision));
    if (!done) return done.error();
    return applied(done) ? Result<void>() : Result<void>(lost);
}

}  // namespace zoo::lock_animals

#endif
