#ifndef HOLDFAST_TESTING_FAULTY_HPP
#define HOLDFAST_TESTING_FAULTY_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/layer/layer.hpp>

#include <atomic>
#include <memory>

namespace holdfast::testing {

/// Which operation goes wrong, and how. Shared by those who make the fault and those who count.
struct FaultPlan {
    enum class How : unsigned char {
        before,  ///< the operation is not made: `unavailable`
        after,   ///< the operation is made and its reply is lost: a write is `unknown`, a read `unavailable`
    };

    std::atomic<unsigned> count{0};      ///< operations so far
    std::atomic<unsigned> fail_at{~0u};  ///< the operation that fails; 0 is the first
    How how = How::before;

    void arm(unsigned nth, How way) noexcept {
        count = 0;
        fail_at = nth;
        how = way;
    }
};

/// A storage whose Nth operation fails. Raise N until the scenario passes untouched, and check the laws each time:
/// then every step has failed once.
///
///     auto plan = std::make_shared<FaultPlan>();
///     for (unsigned n = 0;; ++n) { plan->arm(n, FaultPlan::How::after); run(); check(); if (plan->count <= n) break; }
template <StoragePolicy Next>
class Faulty : public Layer<Faulty<Next>, Next, 1> {
public:
    Faulty(Next next, std::shared_ptr<FaultPlan> plan)
        : Layer<Faulty<Next>, Next, 1>(std::move(next)), plan_(std::move(plan)) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if (plan_->count++ != plan_->fail_at) return call();
        if (plan_->how == FaultPlan::How::after) {
            (void)call();
            if constexpr (std::is_same_v<R, Result<std::vector<Result<WriteOutcome>>>>)
                return std::vector<Result<WriteOutcome>>(
                    operation.removals.size(),
                    WriteOutcome::unknown(Error(Errc::unavailable, "the reply was lost (planned)").during("remove")));
            if constexpr (std::is_same_v<R, Result<WriteOutcome>>)
                return WriteOutcome::unknown(
                    Error(Errc::unavailable, "the reply was lost (planned)").during(name(operation.kind)));
        }
        return Error(Errc::unavailable, "not sent (planned)").during(name(operation.kind));
    }

    /// Of many each is an operation of its own.
    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads)
        requires BulkStorage<Next>
    {
        return one_by_one<RecordPtr>(reads, [&](std::span<KnownRecord const> one) { return Base::read_many(ctx, one); });
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<Removal const> removals)
        requires BulkStorage<Next>
    {
        return one_by_one<WriteOutcome>(removals,
                                        [&](std::span<Removal const> one) { return Base::remove_many(ctx, one); });
    }

private:
    using Base = Layer<Faulty<Next>, Next, 1>;

    template <class One, class Request, class Ask>
    static std::vector<Result<One>> one_by_one(std::span<Request const> requests, Ask&& ask) {
        std::vector<Result<One>> all;
        for (std::size_t i = 0; i < requests.size(); ++i) all.push_back(std::move(holdfast::detail::one_for_each(ask(requests.subspan(i, 1)), 1).front()));
        return all;
    }

    std::shared_ptr<FaultPlan> plan_;
};

}  // namespace holdfast::testing

#endif
