#ifndef HOLDFAST_LAYER_OBSERVED_HPP
#define HOLDFAST_LAYER_OBSERVED_HPP

#include <holdfast/layer/layer.hpp>
#include <holdfast/layer/observe/observer.hpp>

#include <type_traits>
#include <utility>

namespace holdfast {

/// Tells an observer of every operation that reaches the storage: what it was, how long it took, how many bytes went
/// each way, and how it ended.
///
///     PrometheusMetrics metrics;
///     StateStore<Cursor, Observed<SqliteStorage, PrometheusMetrics>> store(Observed(std::move(storage), metrics));
///
/// It stands inside `Cached` and `Retrying`: what a cache answers is not seen, and each repetition is an operation of
/// its own. The observer's calls are made by the thread of the operation, before it goes on, and are bound when the
/// program is compiled. What an observer throws is swallowed: a write that was made is never reported as a failure
/// because a log was full. An operation that throws itself has no end.
///
/// Thread safety: as the storage's. Cost: two looks at the monotonic clock and the observer's own.
template <class Next, class Observer>  // a storage policy: `Layer` asks
class Observed : public Layer<Observed<Next, Observer>, Next, 3> {
    static_assert(StorageObserver<Observer>,
                  "holdfast: an observer can be moved and has 'void ended(StorageEvent const&)', or 'Token "
                  "started(Operation const&)' and 'void ended(StorageEvent const&, Token)'");

public:
    explicit Observed(Next next, Observer observer = Observer())
        : Layer<Observed<Next, Observer>, Next, 3>(std::move(next)), observer_(std::move(observer)) {}

    template <class R, class Call>
    R around(Context const& ctx, Operation const& operation, Call&& call) {
        detail::Watch<Observer> watch(observer_, operation);
        Instant const begin = ctx.env.monotonic();
        R result = call();
        StorageEvent event{.operation = operation, .context = ctx};
        event.duration = ctx.env.monotonic() - begin;
        detail::note_request(event);
        detail::note_result(event, result);
        watch.ended(event);
        return result;
    }

    /// Something above the storage, for the observer.
    void note(StoreNote const& note) noexcept { detail::take_note(observer_, note); }

    Observer& observer() noexcept { return observer_; }

private:
    [[no_unique_address]] Observer observer_;
};

}  // namespace holdfast

#endif
