#ifndef HOLDFAST_TESTS_ZOO_SLIPPING_LAYER_HPP
#define HOLDFAST_TESTS_ZOO_SLIPPING_LAYER_HPP

#include <holdfast/layer/layer.hpp>
#include <holdfast/testing/laws/said.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace zoo::layer_animals {

using namespace holdfast;

// What passes a layer.

// clang-format off
enum class Slip : unsigned char {
    // arguments_arrive
    forgets_whole_key, forgets_cursor, lists_the_current_slot, doubles_the_limit, forgets_known, forgets_removal_condition,
    first_of_batch_only, drops_leases, forgets_versions, forgets_since, always_wants_turns, writes_of_its_own,
    // contexts_arrive
    forgets_the_deadline, forgets_staleness, forgets_to_stop, its_own_environment, never_waits,
    // answers_come_back
    forgets_rest, drops_unreadable, drops_next, forgets_why, no_age_is_zero, forgets_attributes, ends_turns, rank_is_zero,
    waits_are_true, revision_of_the_record, cuts_revisions,
    // answered_writes_are_sent_once
    repeats_unknown, repeats_conflict, writes_to_be_sure, repeats_removals,
    // errors_come_back
    swallows_reads, swallows_lists, forgets_pauses, forgets_places, all_is_unavailable, no_turn_for_an_error,
    own_message, no_change_for_an_error,
    // exceptions_pass
    catches_all, reads_nothing_for_an_exception, is_closed_by_an_exception,
    // repetitions_end
    pauses_as_asked, repeats_in_a_hurry, does_not_hear_to_stop, repeats_for_ever, splits_batches, copies_what_is_known,
    // waits_keep_nobody_out
    one_call_at_a_time, one_turn_at_a_time, writes_for_holders_only,
};
// clang-format on

template <class Next>
class Slipping : public Layer<Slipping<Next>, Next, 2> {
    using Base = Layer<Slipping<Next>, Next, 2>;

public:
    Slipping(Next next, Slip slip) : Base(std::move(next)), slip_(slip) {}

    /// What all operations have in common.
    template <class R, class Call>
    R around(Context const& ctx, Operation const& operation, Call&& call) {
        if (is(Slip::is_closed_by_an_exception) && std::exchange(busy_, true)) return Error(Errc::busy);
        std::unique_lock<std::recursive_mutex> lock;
        bool const waits = operation.kind == Operation::Kind::wait;
        if (is(Slip::one_call_at_a_time) || (is(Slip::writes_for_holders_only) && operation.writes_something()) ||
            (is(Slip::one_turn_at_a_time) && (waits || operation.kind == Operation::Kind::read_aged)))
            lock = std::unique_lock(*mutex_);
        R result = made<R>(call);
        busy_ = false;
        constexpr unsigned most = 3;
        for (unsigned times = 1; !result && repeats(ctx, result.error(), times); ++times) {
            if (times >= most && !is(Slip::repeats_for_ever)) break;
            result = call();
        }
        if constexpr (std::is_same_v<R, Result<WriteOutcome>>) {
            using Kind = WriteOutcome::Kind;
            Kind const kind = result ? result->kind() : Kind::applied;
            bool const again = result && ((is(Slip::repeats_unknown) && kind == Kind::unknown) ||
                                          (is(Slip::repeats_conflict) && kind == Kind::conflict) ||
                                          (is(Slip::writes_to_be_sure) && kind == Kind::applied) ||
                                          (is(Slip::repeats_removals) && operation.kind == Operation::Kind::remove));
            if (again) result = call();
            if (result) result = outcome(*std::move(result), operation);
        } else if constexpr (std::is_same_v<R, Result<RecordPtr>>) {
            if (result && *result && is(Slip::forgets_attributes)) {
                Record record = **result;
                record.attributes.clear();
                result = RecordPtr(std::make_shared<Record const>(std::move(record)));
            }
            if (!result && is(Slip::swallows_reads)) result = RecordPtr();
        } else if constexpr (std::is_same_v<R, Result<ListPage>>) {
            if (result && is(Slip::drops_unreadable)) result->unreadable.clear();
            if (result && is(Slip::drops_next)) result->next.clear();
            if (!result && is(Slip::swallows_lists)) result = ListPage();
        } else if constexpr (std::is_same_v<R, Result<Aged>>) {
            if (result && !result->age && is(Slip::no_age_is_zero)) result->age = Duration::zero();
        } else if constexpr (std::is_same_v<R, Result<bool>>) {
            if (result && is(Slip::waits_are_true)) result = true;
            if (!result && is(Slip::no_change_for_an_error)) result = false;
        }
        if (!result) {
            Error const& error = result.error();
            if (is(Slip::forgets_pauses))
                result = Error(error.code(), std::string(error.message()))
                             .during(error.operation())
                             .on(error.subject())
                             .from(error.backend());
            if (is(Slip::forgets_places))
                result = Error(error.code(), std::string(error.message())).retry_after(error.retry_after());
            if (is(Slip::all_is_unavailable)) result = Error::because(Errc::unavailable, error.message(), error);
            if (is(Slip::own_message))
                result = Error(error.code(), "the storage failed")
                             .during(error.operation())
                             .on(error.subject())
                             .from(error.backend())
                             .retry_after(error.retry_after());
        }
        (void)ctx;
        return result;
    }

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) {
        return with(ctx, [&](Context const& c) { return Base::read(c, place(id)); });
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known)
        requires RevalidatingStorage<Next>
    {
        if (is(Slip::forgets_known)) return Base::read(ctx, id);
        if (is(Slip::copies_what_is_known)) {
            auto now = Base::reread(ctx, id, known);
            return now && *now ? Result<RecordPtr>(std::make_shared<Record const>(**now)) : now;
        }
        return with(ctx, [&](Context const& c) { return Base::reread(c, place(id), known); });
    }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        RecordPtr sent = record;
        if (is(Slip::drops_leases) && record->lease) {
            Record copy = *record;
            copy.lease = nullptr;
            sent = std::make_shared<Record const>(std::move(copy));
        }
        if (is(Slip::writes_of_its_own) && id.slot == Slot::current)
            (void)this->next().write(ctx, RecordId(id.key, Slot::lock), record, Precondition::none());
        return with(ctx, [&](Context const& c) { return Base::write(c, place(id), sent, when); });
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        Precondition const asked = is(Slip::forgets_removal_condition) ? Precondition::none() : when;
        return with(ctx, [&](Context const& c) { return Base::remove(c, place(id), asked); });
    }
    Result<ListPage> list(Context const& ctx, ListRequest const& request)
        requires ListableStorage<Next>
    {
        ListRequest asked = request;
        if (is(Slip::forgets_whole_key)) asked.whole_key = false;
        if (is(Slip::forgets_cursor)) asked.cursor = {};
        if (is(Slip::lists_the_current_slot)) asked.slot = Slot::current;
        if (is(Slip::doubles_the_limit)) asked.limit *= 2;
        return with(ctx, [&](Context const& c) { return Base::list(c, asked); });
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes)
        requires TransactionalStorage<Next>
    {
        std::size_t const most = is(Slip::first_of_batch_only) ? 1 : is(Slip::splits_batches) ? 25 : writes.size();
        auto const sent = writes.first(writes.size() < most ? writes.size() : most);
        return with(ctx, [&](Context const& c) { return Base::write_all(c, sent); });
    }
    Result<bool> wait_for_change(Context const& ctx, RecordId const& id, Revision const& since)
        requires WatchableStorage<Next>
    {
        Revision const asked = is(Slip::forgets_since) ? Revision() : since;
        return with(ctx, [&](Context const& c) { return Base::wait_for_change(c, place(id), asked); });
    }
    Result<Turn> turn(Context const& ctx, RecordId const& id, bool always)
        requires TurnTakingStorage<Next>
    {
        std::unique_lock<std::recursive_mutex> lock;
        if (is(Slip::one_turn_at_a_time)) lock = std::unique_lock(*mutex_);
        auto turn = Base::turn(ctx, id, always || is(Slip::always_wants_turns));
        if (turn && *turn && is(Slip::writes_for_holders_only)) {
            struct Holding final : Turn::Place {
                Turn turn;
                std::shared_ptr<std::recursive_mutex> mutex;
                std::unique_lock<std::recursive_mutex> lock;
                Holding(Turn held, std::shared_ptr<std::recursive_mutex> one)
                    : turn(std::move(held)), mutex(std::move(one)), lock(*mutex) {}
            };
            return Turn(std::make_unique<Holding>(*std::move(turn), mutex_));
        }
        if (!turn && is(Slip::no_turn_for_an_error)) return Turn();
        if (turn && *turn && is(Slip::ends_turns)) {
            class Empty final : public Turn::Place {};
            return Turn(std::make_unique<Empty>());
        }
        return turn;
    }
    std::size_t turn_rank(RecordId const& id) const
        requires RankedTurnStorage<Next>
    {
        std::size_t const told = Base::turn_rank(id);
        return is(Slip::rank_is_zero) ? 0 : told;
    }

private:
    bool is(Slip slip) const noexcept { return slip_ == slip; }
    RecordId place(RecordId const& id) const { return is(Slip::forgets_versions) ? RecordId(id.key, id.slot) : id; }
    template <class R, class Call>
    R made(Call& call) {
        if (!is(Slip::catches_all) && !is(Slip::reads_nothing_for_an_exception)) return call();
        try {
            return call();
        } catch (...) {
            if constexpr (std::is_same_v<R, Result<RecordPtr>>)
                if (is(Slip::reads_nothing_for_an_exception)) return RecordPtr();
            if (is(Slip::reads_nothing_for_an_exception)) throw;
            return Error(Errc::unavailable, "the storage threw");
        }
    }
    /// Calls with a context that is not quite the caller's.
    template <class F>
    auto with(Context const& ctx, F&& f) {
        if (is(Slip::forgets_the_deadline)) {
            Context other(ctx.env);
            other.may_be_stale = ctx.may_be_stale;
            return f(ctx.limited() && !ctx.immediate() && !ctx.stoppable() ? other : ctx);
        }
        if (is(Slip::forgets_staleness)) {
            Context other(ctx);
            other.may_be_stale = false;
            return f(other);
        }
        if (is(Slip::forgets_to_stop)) {
            Context other(ctx.env, ctx.remaining());
            other.may_be_stale = ctx.may_be_stale;
            return f(other);
        }
        if (is(Slip::its_own_environment)) return f(Context(Environment::system(), endless));
        if (is(Slip::never_waits)) return f(ctx.limited() ? ctx.within(Duration::zero()) : ctx);
        return f(ctx);
    }
    WriteOutcome outcome(WriteOutcome came, Operation const& operation) const {
        using Kind = WriteOutcome::Kind;
        Kind const kind = came.kind();
        bool const rests = came.is_at_rest<testing::law::LateWrites>();
        auto const resting = [&](WriteOutcome same) { return rests ? std::move(same).at_rest() : same; };
        if (is(Slip::forgets_rest)) {
            if (kind == Kind::applied) return WriteOutcome::applied(came.revision());
            return kind == Kind::conflict ? WriteOutcome::conflict() : WriteOutcome::unknown(came.why());
        }
        if (is(Slip::forgets_why) && kind == Kind::unknown)
            return resting(WriteOutcome::unknown(Error(Errc::unknown_outcome)));
        if (is(Slip::revision_of_the_record) && kind == Kind::applied && operation.kind == Operation::Kind::write)
            return resting(WriteOutcome::applied((*operation.record)->revision));
        if (is(Slip::cuts_revisions) && kind == Kind::applied && !came.revision().empty())
            return resting(WriteOutcome::applied(*Revision::parse(came.revision().view().substr(0, 8))));
        return came;
    }

    /// After a pause.
    bool repeats(Context const& ctx, Error const& error, unsigned times) const {
        if (is(Slip::repeats_for_ever)) return true;
        bool const pauses = is(Slip::pauses_as_asked) && !ctx.immediate() && !ctx.stopped();
        if (pauses && times == 1 && error.retry_after() > Duration::zero()) ctx.env.sleep(error.retry_after());
        return (pauses && times == 1) || (is(Slip::repeats_in_a_hurry) && !ctx.stopped()) ||
               (is(Slip::does_not_hear_to_stop) && !ctx.immediate());
    }

    Slip slip_;
    bool busy_ = false;
    std::shared_ptr<std::recursive_mutex> mutex_ = std::make_shared<std::recursive_mutex>();
};

}  // namespace zoo::layer_animals

#endif
