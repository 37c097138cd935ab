// Broken layers.

#include <zoo/zoo.hpp>

#include <holdfast/layer/layer.hpp>
#include <holdfast/testing/laws/layers.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace zoo {

namespace layer_animals {

namespace {

using namespace holdfast;
using testing::check_layer;

// ---- what the compiler can see: constants and operations ----

// clang-format off
enum class Shape : unsigned char {
    always_conditional, never_conditional, always_attributed, never_late, always_late, forgets_stale_reads,
    forgets_reread, forgets_age, forgets_directory, forgets_turn_rank, forgets_watching, always_lists, always_ranks,
};
// clang-format on

template <Shape shape, class Next>
class Misshapen : public Layer<Misshapen<shape, Next>, Next, 2> {
    using Base = Layer<Misshapen<shape, Next>, Next, 2>;

public:
    static constexpr bool conditional =
        shape == Shape::always_conditional || (shape != Shape::never_conditional && Next::conditional);
    static constexpr bool attributed = shape == Shape::always_attributed || Next::attributed;
    static constexpr bool late_writes =
        shape == Shape::always_late || (shape != Shape::never_late && Next::late_writes);
    static constexpr bool stale_reads = shape != Shape::forgets_stale_reads && Base::stale_reads;
    using Base::Base;

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        return call();
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known)
        requires(RevalidatingStorage<Next> && shape != Shape::forgets_reread)
    {
        return Base::reread(ctx, id, known);
    }
    Result<std::optional<Duration>> age(Context const& ctx, RecordId const& id)
        requires(AgingStorage<Next> && shape != Shape::forgets_age)
    {
        return Base::age(ctx, id);
    }
    Result<bool> wait_for_change(Context const& ctx, RecordId const& id, Revision const& since)
        requires(WatchableStorage<Next> && shape != Shape::forgets_watching)
    {
        return Base::wait_for_change(ctx, id, since);
    }
    Result<LockDirectory> lock_directory() const
        requires(HostStorage<Next> && shape != Shape::forgets_directory)
    {
        return Base::lock_directory();
    }
    std::size_t turn_rank(RecordId const& id) const
        requires(shape == Shape::always_ranks ? TurnTakingStorage<Next>
                                              : RankedTurnStorage<Next> && shape != Shape::forgets_turn_rank)
    {
        if constexpr (RankedTurnStorage<Next>) return Base::turn_rank(id);
        else return 0;
    }
    Result<ListPage> list(Context const& ctx, ListRequest const& request)
        requires(ListableStorage<Next> || shape == Shape::always_lists)
    {
        if constexpr (ListableStorage<Next>) return Base::list(ctx, request);
        else return ListPage();
    }
};

/// Only what the compiler sees of it: the other laws ask a layer for what it has.
template <Shape shape>
testing::Findings of_shape() {
    testing::Findings found;
    auto make = []<class S>(S storage) { return Misshapen<shape, S>(std::move(storage)); };
    testing::law::constants_are_those_below(make, found);
    testing::law::capabilities_are_those_below(make, found);
    return found;
}

// ---- what passes ----

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
        R result = made<R>(call);
        busy_ = false;
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
        } else if constexpr (std::is_same_v<R, Result<std::optional<Duration>>>) {
            if (result && !*result && is(Slip::no_age_is_zero)) result = std::optional(Duration::zero());
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
        auto const sent = is(Slip::first_of_batch_only) ? writes.first(1) : writes;
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
        auto turn = Base::turn(ctx, id, always || is(Slip::always_wants_turns));
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
        if (is(Slip::its_own_environment)) return f(Context(Environment::system(), forever));
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

    Slip slip_;
    bool busy_ = false;
};

struct Sinner {
    char const* law;
    char const* sin;
    Slip slip;
};

constexpr Sinner all_sinners[] = {
    {"arguments_arrive", "copies a listing by members and forgets one: whole_key", Slip::forgets_whole_key},
    {"arguments_arrive", "copies a listing by members and forgets one: cursor", Slip::forgets_cursor},
    {"arguments_arrive", "lists the current slot, whichever is asked for", Slip::lists_the_current_slot},
    {"arguments_arrive", "asks for larger pages", Slip::doubles_the_limit},
    {"arguments_arrive", "reads anew what it should read again", Slip::forgets_known},
    {"arguments_arrive", "removes without a condition", Slip::forgets_removal_condition},
    {"arguments_arrive", "sends the first of a batch", Slip::first_of_batch_only},
    {"arguments_arrive", "copies records by members and forgets one: the lease", Slip::drops_leases},
    {"arguments_arrive", "copies ids by members and forgets one: the version", Slip::forgets_versions},
    {"arguments_arrive", "waits for a change since nothing", Slip::forgets_since},
    {"arguments_arrive", "takes every turn", Slip::always_wants_turns},
    {"arguments_arrive", "notes its own things in another slot", Slip::writes_of_its_own},

    {"contexts_arrive", "makes a context without the time limit", Slip::forgets_the_deadline},
    {"contexts_arrive", "makes a context without its staleness", Slip::forgets_staleness},
    {"contexts_arrive", "makes a context without the request to stop", Slip::forgets_to_stop},
    {"contexts_arrive", "uses the environment of the system", Slip::its_own_environment},
    {"contexts_arrive", "never lets the storage wait", Slip::never_waits},

    {"answers_come_back", "makes outcomes anew and forgets that they are at rest", Slip::forgets_rest},
    {"answers_come_back", "drops what is unreadable", Slip::drops_unreadable},
    {"answers_come_back", "ends a listing after a page", Slip::drops_next},
    {"answers_come_back", "forgets why an outcome is unknown", Slip::forgets_why},
    {"answers_come_back", "no age is an age of zero", Slip::no_age_is_zero},
    {"answers_come_back", "copies records without attributes", Slip::forgets_attributes},
    {"answers_come_back", "gives turns that have ended", Slip::ends_turns},
    {"answers_come_back", "every rank is 0", Slip::rank_is_zero},
    {"answers_come_back", "every wait ends with a change", Slip::waits_are_true},
    {"answers_come_back", "takes the revision of the record for that of the write", Slip::revision_of_the_record},
    {"answers_come_back", "cuts revisions", Slip::cuts_revisions},

    {"answered_writes_are_sent_once", "repeats a write of unknown fate", Slip::repeats_unknown},
    {"answered_writes_are_sent_once", "repeats what conflicts", Slip::repeats_conflict},
    {"answered_writes_are_sent_once", "writes twice to be sure", Slip::writes_to_be_sure},
    {"answered_writes_are_sent_once", "repeats removals, which do no harm", Slip::repeats_removals},

    {"errors_come_back", "a read that fails finds nothing", Slip::swallows_reads},
    {"errors_come_back", "a listing that fails is empty", Slip::swallows_lists},
    {"errors_come_back", "makes errors anew and forgets the pause", Slip::forgets_pauses},
    {"errors_come_back", "makes errors anew and forgets where", Slip::forgets_places},
    {"errors_come_back", "every error is 'unavailable'", Slip::all_is_unavailable},
    {"errors_come_back", "says that the storage failed, and not how", Slip::own_message},
    {"errors_come_back", "an error is an empty turn", Slip::no_turn_for_an_error},
    {"errors_come_back", "an error is no change", Slip::no_change_for_an_error},

    {"exceptions_pass", "makes errors of exceptions", Slip::catches_all},
    {"exceptions_pass", "reads nothing where the storage threw", Slip::reads_nothing_for_an_exception},
    {"exceptions_pass", "stays closed after an exception", Slip::is_closed_by_an_exception},
};

testing::Findings judged(Slip slip) {
    return check_layer([slip]<class S>(S storage) { return Slipping<S>(std::move(storage), slip); });
}

/// As a user writes one: one hook.
template <StoragePolicy Next>
class Counting : public Layer<Counting<Next>, Next, 3> {
public:
    Counting(Next next, int& count) : Layer<Counting<Next>, Next, 3>(std::move(next)), count_(&count) {}

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        ++*count_;
        return call();
    }

private:
    int* count_;
};

}  // namespace

Animals all() {
    Animals animals = {
        {"constants_are_those_below", "always conditional", of_shape<Shape::always_conditional>},
        {"constants_are_those_below", "never conditional", of_shape<Shape::never_conditional>},
        {"constants_are_those_below", "always attributed", of_shape<Shape::always_attributed>},
        {"constants_are_those_below", "never late", of_shape<Shape::never_late>},
        {"constants_are_those_below", "always late", of_shape<Shape::always_late>},
        {"constants_are_those_below", "forgets that the storage reads stale", of_shape<Shape::forgets_stale_reads>},
        {"capabilities_are_those_below", "forgets reread", of_shape<Shape::forgets_reread>},
        {"capabilities_are_those_below", "forgets age", of_shape<Shape::forgets_age>},
        {"capabilities_are_those_below", "forgets the lock directory", of_shape<Shape::forgets_directory>},
        {"capabilities_are_those_below", "forgets the ranks of turns", of_shape<Shape::forgets_turn_rank>},
        {"capabilities_are_those_below", "forgets to wait for changes", of_shape<Shape::forgets_watching>},
        {"capabilities_are_those_below", "lists where nothing can be listed", of_shape<Shape::always_lists>},
        {"capabilities_are_those_below", "ranks turns that have no rank", of_shape<Shape::always_ranks>},
    };
    for (Sinner const& sinner : all_sinners)
        animals.push_back({sinner.law, sinner.sin, [slip = sinner.slip] { return judged(slip); }});
    return animals;
}

Laws laws() {
    int count = 0;
    return check_layer([&]<class S>(S storage) { return Counting<S>(std::move(storage), count); }).checked();
}

TEST_CASE("zoo: every broken layer is condemned by the law that it breaks", "[zoo]") { condemned(all()); }

}  // namespace layer_animals

Animals layers() { return layer_animals::all(); }
Laws laws_of_layers() { return layer_animals::laws(); }

}  // namespace zoo
