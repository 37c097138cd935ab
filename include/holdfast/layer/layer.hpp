#ifndef HOLDFAST_LAYER_LAYER_HPP
#define HOLDFAST_LAYER_LAYER_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/concepts/storage.hpp>

#include <type_traits>
#include <utility>

namespace holdfast {

/// One call of a storage, as a layer sees it pass.
struct Operation {
    enum class Kind : unsigned char { read, write, remove, list, write_all, read_aged, wait, read_many, remove_many };

    Kind kind;
    RecordId const* id = nullptr;          ///< of read, write, remove and wait
    RecordPtr const* record = nullptr;     ///< of write
    Precondition const* when = nullptr;    ///< of write and remove
    std::span<Write const> writes{};       ///< of write_all
    ListRequest const* request = nullptr;  ///< of list
    RecordPtr const* known = nullptr;      ///< of a read that only asks whether the record is still this one
    Revision const* since = nullptr;       ///< of wait
    std::span<KnownRecord const> reads{};  ///< of read_many
    std::span<Removal const> removals{};   ///< of remove_many

    bool writes_something() const noexcept {
        return kind == Kind::write || kind == Kind::remove || kind == Kind::write_all || kind == Kind::remove_many;
    }
};

constexpr std::string_view name(Operation::Kind kind) noexcept {
    switch (kind) {
        case Operation::Kind::read: return "read";
        case Operation::Kind::write: return "write";
        case Operation::Kind::remove: return "remove";
        case Operation::Kind::list: return "list";
        case Operation::Kind::read_aged: return "read_aged";
        case Operation::Kind::wait: return "wait";
        case Operation::Kind::read_many: return "read_many";
        case Operation::Kind::remove_many: return "remove_many";
        case Operation::Kind::write_all:
        default: return "write_all";
    }
}

namespace detail {

template <class S>
inline constexpr int layer_rank = 0;
template <class S>
    requires requires { S::rank; }
inline constexpr int layer_rank<S> = S::rank;

}  // namespace detail

/// Wraps a storage and is one again. A layer is one hook, through which every operation of every capability passes:
///
///     template <StoragePolicy Next>
///     class Counting : public Layer<Counting<Next>, Next, 2> {
///     public:
///         using Layer<Counting<Next>, Next, 2>::Layer;
///         template <class R, class Call>
///         R around(Context const& ctx, Operation const& operation, Call&& call) { ++count_[…]; return call(); }
///     };
///
/// `call` may be made any number of times. What is done for many at once is one operation, whose result holds one for
/// each (`read_many`, `remove_many`): a layer that looks at failures looks there. Layers are stacked by rank, the higher outside: Cached 5, Retrying 4,
/// Observed 3, Traced 2, Faulty 1; another order would retry around a cache or count what was never sent, and is
/// refused.
///
/// *Laws* (`testing/laws/layers.hpp` checks them, on layers of any make and on `OneOf`)
/// - `constants_are_those_below`: a layer is conditional, attributed, and writes late exactly if the storage below
///   does; it reads stale if that does, or if it answers from a memory of its own.
/// - `capabilities_are_those_below`: it has every operation that the storage below has, and no other.
/// - `arguments_arrive`: every operation arrives with all its arguments as they were given: every member of ids,
///   preconditions, records, listings and batches; nothing is written that nobody asked for.
/// - `contexts_arrive`: so does its context: environment, request to stop, whether it may be stale, and a time limit
///   that is no longer than the caller's.
/// - `answers_come_back`: every answer comes back in all its parts: of an outcome its revision, why it is unknown and
///   whether it is at rest; of a page what is unreadable and what is next; a turn is held as long as its holder has it.
/// - `answered_writes_are_sent_once`: a write may be sent again after an error, which means that it was not applied,
///   and never once it was answered, also if its outcome is unknown.
/// - `errors_come_back`: every error comes back with its code, place and pause; its message may be added to.
/// - `exceptions_pass`: an exception of the storage passes, and the layer works afterwards as before.
/// - `repetitions_end`: who repeats waits for nothing beyond the caller's time limit, and repeats nothing for one who has no
///   time or asks to stop.
/// - `waits_keep_nobody_out`: while one thread waits for a change or a turn, or has a turn, the calls of others pass.
template <class Self, StoragePolicy Next, int Rank>
class Layer {
    static_assert(detail::layer_rank<Next> < Rank,
                  "holdfast: these layers are in the wrong order; from the outside in: Cached, Retrying, Observed, "
                  "Traced, Faulty, storage");

public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = Next::conditional;
    static constexpr bool attributed = Next::attributed;
    static constexpr bool late_writes = Next::late_writes;
    static constexpr bool conditional_remove = detail::can_remove_conditionally<Next>;
    static constexpr bool stale_reads = detail::serves_stale<Next>;
    static constexpr int rank = Rank;

    explicit Layer(Next next) noexcept(std::is_nothrow_move_constructible_v<Next>) : next_(std::move(next)) {}

    bool removes_conditionally() const { return detail::removes_conditionally(next_); }

    Next& next() noexcept { return next_; }
    Next const& next() const noexcept { return next_; }

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) {
        return pass<Result<RecordPtr>>(ctx, {.kind = Operation::Kind::read, .id = &id},
                                       [&] { return next_.read(ctx, id); });
    }
    /// A read like any other for those who count, repeat or record it.
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known)
        requires RevalidatingStorage<Next>
    {
        return pass<Result<RecordPtr>>(ctx, {.kind = Operation::Kind::read, .id = &id, .known = &known},
                                       [&] { return next_.reread(ctx, id, known); });
    }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return pass<Result<WriteOutcome>>(ctx,
                                          {.kind = Operation::Kind::write, .id = &id, .record = &record, .when = &when},
                                          [&] { return next_.write(ctx, id, record, when); });
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        return pass<Result<WriteOutcome>>(ctx, {.kind = Operation::Kind::remove, .id = &id, .when = &when},
                                          [&] { return next_.remove(ctx, id, when); });
    }
    Result<ListPage> list(Context const& ctx, ListRequest const& request)
        requires ListableStorage<Next>
    {
        return pass<Result<ListPage>>(ctx, {.kind = Operation::Kind::list, .request = &request},
                                      [&] { return next_.list(ctx, request); });
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes)
        requires TransactionalStorage<Next>
    {
        return pass<Result<WriteOutcome>>(ctx, {.kind = Operation::Kind::write_all, .writes = writes},
                                          [&] { return next_.write_all(ctx, writes); });
    }
    Result<bool> wait_for_change(Context const& ctx, RecordId const& id, Revision const& since)
        requires WatchableStorage<Next>
    {
        return pass<Result<bool>>(ctx, {.kind = Operation::Kind::wait, .id = &id, .since = &since},
                                  [&] { return next_.wait_for_change(ctx, id, since); });
    }
    /// One operation, with a result for each; an error of the layer itself stands for all of them.
    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads)
        requires BulkStorage<Next>
    {
        return each<RecordPtr>(ctx, {.kind = Operation::Kind::read_many, .reads = reads}, reads.size(),
                               [&] { return next_.read_many(ctx, reads); });
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<Removal const> removals)
        requires BulkStorage<Next>
    {
        return each<WriteOutcome>(ctx, {.kind = Operation::Kind::remove_many, .removals = removals}, removals.size(),
                                  [&] { return next_.remove_many(ctx, removals); });
    }
    std::size_t at_once() const
        requires BulkStorage<Next>
    {
        return next_.at_once();
    }
    /// An operation of its own, since what it gives is more than a read does.
    Result<Aged> read_aged(Context const& ctx, RecordId const& id)
        requires AgingStorage<Next>
    {
        return pass<Result<Aged>>(ctx, {.kind = Operation::Kind::read_aged, .id = &id},
                                  [&] { return next_.read_aged(ctx, id); });
    }
    /// No operation for those who count, repeat or record them: it tells nothing and changes nothing.
    Result<Turn> turn(Context const& ctx, RecordId const& id, bool always)
        requires TurnTakingStorage<Next>
    {
        return next_.turn(ctx, id, always);
    }
    std::size_t turn_rank(RecordId const& id) const
        requires RankedTurnStorage<Next>
    {
        return next_.turn_rank(id);
    }
    auto lock_directory() const
        requires HostStorage<Next>
    {
        return next_.lock_directory();
    }

private:
    template <class R, class Call>
    R pass(Context const& ctx, Operation const& operation, Call&& call) {
        return static_cast<Self&>(*this).template around<R>(ctx, operation, call);
    }

    template <class One, class Call>
    std::vector<Result<One>> each(Context const& ctx, Operation const& operation, std::size_t count, Call&& call) {
        using Many = std::vector<Result<One>>;
        auto all = pass<Result<Many>>(ctx, operation, [&] { return Result<Many>(detail::one_for_each(call(), count)); });
        return all ? *std::move(all) : Many(count, all.error());
    }

    Next next_;
};

}  // namespace holdfast

#endif
