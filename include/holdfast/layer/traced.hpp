#ifndef HOLDFAST_LAYER_TRACED_HPP
#define HOLDFAST_LAYER_TRACED_HPP

#include <holdfast/fwd.hpp>
#include <holdfast/layer/layer.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace holdfast {

/// One call that passes `Traced`, from its beginning to its end.
struct TracedCall {
    Context const& context;      ///< its environment has the clock, for who wants times
    Operation const& operation;  ///< ids, records and preconditions
    bool late_writes;            ///< of the storage below
    /// The sink's own: what `begin` puts here is found again at the end. Costs nothing while empty.
    std::vector<std::uint64_t> tickets{};
};

/// Is told of every operation before it is made and after it has returned, with all that went in and came out. An
/// operation that ends with an exception, or with its process, has a beginning only.
///
/// Thread safety: a model must bear calls from any thread.
class TraceSink {
public:
    virtual ~TraceSink() = default;

    virtual void begin(TracedCall& call) = 0;
    virtual void end_read(TracedCall const& call, Result<RecordPtr> const& read) = 0;
    virtual void end_write(TracedCall const& call,
                           Result<WriteOutcome> const& wrote) = 0;  ///< write, remove, write_all
    virtual void end_list(TracedCall const&, Result<ListPage> const&) {}
    virtual void end_read_aged(TracedCall const&, Result<Aged> const&) {}
    virtual void end_wait(TracedCall const&, Result<bool> const&) {}
    virtual void end_read_many(TracedCall const&, Result<std::vector<Result<RecordPtr>>> const&) {}
    virtual void end_remove_many(TracedCall const&, Result<std::vector<Result<WriteOutcome>>> const&) {}
};

/// Tells a sink of every operation of a storage: `Traced(MemoryStorage(), sink)`. The sink must outlive it.
///
/// A sink whose class is `final` is called without a virtual call. `testing/linearizability.hpp` has one that records a
/// history. Cost: what the sink costs, nothing else.
template <class Next, class Sink>  // a storage policy: `Layer` asks
class Traced : public Layer<Traced<Next, Sink>, Next, 2> {
    static_assert(std::derived_from<Sink, TraceSink>, "holdfast: what Traced tells is a TraceSink");

public:
    Traced(Next next, Sink& sink) : Layer<Traced<Next, Sink>, Next, 2>(std::move(next)), sink_(&sink) {}

    template <class R, class Call>
    R around(Context const& ctx, Operation const& operation, Call&& call) {
        TracedCall traced{ctx, operation, Next::late_writes, {}};
        sink_->begin(traced);
        R result = call();
        if constexpr (std::same_as<R, Result<RecordPtr>>) sink_->end_read(traced, result);
        else if constexpr (std::same_as<R, Result<WriteOutcome>>) sink_->end_write(traced, result);
        else if constexpr (std::same_as<R, Result<ListPage>>) sink_->end_list(traced, result);
        else if constexpr (std::same_as<R, Result<bool>>) sink_->end_wait(traced, result);
        else if constexpr (std::same_as<R, Result<Aged>>) sink_->end_read_aged(traced, result);
        else if constexpr (std::same_as<R, Result<std::vector<Result<RecordPtr>>>>) sink_->end_read_many(traced, result);
        else sink_->end_remove_many(traced, result);
        return result;
    }

private:
    Sink* sink_;
};

}  // namespace holdfast

#endif
