#ifndef HOLDFAST_TESTING_LAWS_PROBE_HPP
#define HOLDFAST_TESTING_LAWS_PROBE_HPP

#include <holdfast/core/one_mode.hpp>
#include <holdfast/testing/laws/said.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

// A storage below a layer: it notes every call and answers as was planned.
namespace holdfast::testing::law {

/// What a storage can do and says of itself, as bits.
enum Capability : unsigned {
    is_conditional = 1 << 0,
    is_attributed = 1 << 1,
    writes_late = 1 << 2,
    reads_stale = 1 << 3,
    lists = 1 << 4,
    batches = 1 << 5,
    rereads = 1 << 6,
    watches = 1 << 7,
    ages = 1 << 8,
    gives_turns = 1 << 9,
    ranks_turns = 1 << 10,
    has_directory = 1 << 11,
    does_many = 1 << 12,
    heeds_removals = 1 << 13,
};
inline constexpr unsigned all_constants = is_conditional | is_attributed | writes_late | reads_stale | heeds_removals;
inline constexpr unsigned all_capabilities = (heeds_removals << 1) - 1;

template <StoragePolicy S>
inline constexpr unsigned capabilities_of =
    (S::conditional ? is_conditional : 0u) | (S::attributed ? is_attributed : 0u) |
    (S::late_writes ? writes_late : 0u) | (holdfast::detail::serves_stale<S> ? reads_stale : 0u) |
    (ListableStorage<S> ? lists : 0u) | (TransactionalStorage<S> ? batches : 0u) |
    (RevalidatingStorage<S> ? rereads : 0u) | (WatchableStorage<S> ? watches : 0u) | (AgingStorage<S> ? ages : 0u) |
    (TurnTakingStorage<S> ? gives_turns : 0u) | (RankedTurnStorage<S> ? ranks_turns : 0u) |
    (HostStorage<S> ? has_directory : 0u) | (BulkStorage<S> ? does_many : 0u) |
    (holdfast::detail::can_remove_conditionally<S> ? heeds_removals : 0u);

inline std::string names_of(unsigned capabilities) {
    static constexpr char const* names[] = {"conditional", "attributed", "late_writes", "stale_reads",
                                            "list",        "write_all",  "reread",      "wait_for_change",
                                            "read_aged",   "turn",       "turn_rank",   "lock_directory",
                                            "read_many",   "conditional_remove"};
    std::string text;
    for (unsigned i = 0; i < std::size(names); ++i)
        if ((capabilities >> i & 1) != 0) text.append(text.empty() ? "" : ", ").append(names[i]);
    return text.empty() ? "none" : text;
}

/// Throws what no layer can know.
struct PlannedException {};

/// What a probe was asked, and what it is to answer.
struct ProbeWorld {
    struct Call {
        Said said;
        std::optional<Context> context{};
        bool writes = false;
    };

    // An error or an exception is the answer of every operation that can give one.
    std::optional<Error> error{};
    bool throws = false;

    RecordPtr record{};
    WriteOutcome outcome = WriteOutcome::conflict();
    ListPage page{};
    bool changed = false;
    std::optional<Duration> age{};
    bool gives_turn = true;
    std::size_t rank = 0;
    std::size_t at_once = 1;
    bool heeds_removals = true;
    std::atomic<int> turns{0};  ///< that are held now
    std::function<void()> during{};  ///< what happens while a call is here

    std::vector<Call> take_calls() {
        std::lock_guard const lock(mutex_);
        return std::exchange(calls_, {});
    }
    void throw_if_planned() const {
#if defined(__cpp_exceptions)
        if (throws) throw PlannedException();
#endif
    }
    void called(Said said, Context const* context, bool writes = false) {
        {
            std::lock_guard const lock(mutex_);
            calls_.push_back({std::move(said), {}, writes});
            if (context != nullptr) calls_.back().context.emplace(*context);
            // Who repeats for ever is let go, for his own errors to be seen.
            constexpr std::size_t far_too_often = 1000;
            if (calls_.size() > far_too_often) error.reset();
        }
        if (during) during();
    }

private:
    std::mutex mutex_;
    std::vector<Call> calls_;
};

template <unsigned can>
class Probe {
    static_assert((can & batches) == 0 || (can & is_conditional) != 0, "a batch is conditional");
    static_assert((can & ranks_turns) == 0 || (can & gives_turns) != 0, "ranks are those of turns");

public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = (can & is_conditional) != 0;
    static constexpr bool attributed = (can & is_attributed) != 0;
    static constexpr bool late_writes = (can & writes_late) != 0;
    static constexpr bool stale_reads = (can & reads_stale) != 0;
    static constexpr bool conditional_remove = (can & heeds_removals) != 0;

    explicit Probe(std::shared_ptr<ProbeWorld> world) noexcept : world_(std::move(world)) {}

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) {
        return answer<RecordPtr>(asked_read(id), ctx, world_->record);
    }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return answer<WriteOutcome>(asked_write(id, record, when), ctx, world_->outcome, true);
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        return answer<WriteOutcome>(asked_remove(id, when), ctx, world_->outcome, true);
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known)
        requires((can & rereads) != 0)
    {
        return answer<RecordPtr>(asked_reread(id, known), ctx, world_->record);
    }
    Result<ListPage> list(Context const& ctx, ListRequest const& request)
        requires((can & lists) != 0)
    {
        return answer<ListPage>(asked_list(request), ctx, world_->page);
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes)
        requires((can & batches) != 0)
    {
        return answer<WriteOutcome>(asked_write_all(writes), ctx, world_->outcome, true);
    }
    Result<bool> wait_for_change(Context const& ctx, RecordId const& id, Revision const& since)
        requires((can & watches) != 0)
    {
        return answer<bool>(asked_wait(id, since), ctx, world_->changed);
    }
    Result<Aged> read_aged(Context const& ctx, RecordId const& id)
        requires((can & ages) != 0)
    {
        return answer<Aged>(asked_read_aged(id), ctx, Aged{world_->record, world_->age});
    }
    Result<Turn> turn(Context const& ctx, RecordId const& id, bool always)
        requires((can & gives_turns) != 0)
    {
        struct Held final : Turn::Place {
            explicit Held(std::shared_ptr<ProbeWorld> one) : world(std::move(one)) { ++world->turns; }
            ~Held() override { --world->turns; }
            std::shared_ptr<ProbeWorld> world;
        };
        Turn turn = world_->gives_turn ? Turn(std::make_unique<Held>(world_)) : Turn();
        return answer<Turn>(asked_turn(id, always), ctx, std::move(turn));
    }
    std::size_t turn_rank(RecordId const& id) const
        requires((can & ranks_turns) != 0)
    {
        world_->called(asked_rank(id), nullptr);
        return world_->rank;
    }
    // Each is a call. What is planned is the answer for current records, and nothing or a conflict for any other.
    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads)
        requires((can & does_many) != 0)
    {
        return answer_each<RecordPtr>(asked_read_many(reads), ctx, reads, world_->record, RecordPtr());
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<Removal const> removals)
        requires((can & does_many) != 0)
    {
        return answer_each<WriteOutcome>(asked_remove_many(removals), ctx, removals, world_->outcome,
                                         WriteOutcome::conflict(), true);
    }
    std::size_t at_once() const
        requires((can & does_many) != 0)
    {
        world_->called(asked_at_once(), nullptr);
        return world_->at_once;
    }
    bool removes_conditionally() const {
        world_->called(asked_removes_conditionally(), nullptr);
        return world_->heeds_removals;
    }
    Result<LockDirectory> lock_directory() const
        requires((can & has_directory) != 0)
    {
        world_->called(asked_directory(), nullptr);
        world_->throw_if_planned();
        if (world_->error) return *world_->error;
        return LockDirectory::open(".");
    }

private:
    template <class T>
    Result<T> answer(Said said, Context const& ctx, T planned, bool writes = false) {
        world_->called(std::move(said), &ctx, writes);
        world_->throw_if_planned();
        if (world_->error) return *world_->error;
        return planned;
    }

    template <class T, class Request>
    std::vector<Result<T>> answer_each(Said said, Context const& ctx, std::span<Request const> requests, T const& current,
                                       T const& other, bool writes = false) {
        std::vector<Result<T>> all;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            world_->called(std::move(said.each[i]), &ctx, writes);
            world_->throw_if_planned();
            if (world_->error) all.push_back(*world_->error);
            else all.push_back(requests[i].id.slot == Slot::current ? current : other);
        }
        return all;
    }

    std::shared_ptr<ProbeWorld> world_;
};

}  // namespace holdfast::testing::law

#endif
