#ifndef HOLDFAST_LAYER_RETRYING_HPP
#define HOLDFAST_LAYER_RETRYING_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/core/backoff.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/layer/layer.hpp>
#include <holdfast/layer/retry/budget.hpp>
#include <holdfast/layer/retry/options.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

/// Repeats operations that failed without effect.
///
///     StateStore<Cursor, Retrying<S3Storage>> store(Retrying(std::move(s3), {.attempts = 3}));
///
/// *What is repeated.* An `Error` whose code is in `RetryOptions::repeat`, by default `unavailable`. It is the law of
/// storages that an `Error` of a write means: known not applied. So a write is not sent again blindly, and what a
/// repeated conditional write answers is the truth. Values are never repeated: `conflict` is an answer, and a write
/// whose fate is open (`unknown`) may only be sent again by the store itself, which can tell its own write from
/// another's.
///
/// *When.* After a random part of a bound that doubles (full jitter), and not before the time that the service asked
/// for (`Error::retry_after`) is over. Never past the context's time limit, never after a request to stop. If the
/// service asks for more time than is left, nothing is waited for.
///
/// *How often.* `attempts` times for one operation, and all operations of the layer share a `RetryBudget`, so that a
/// service that is down gets hardly more requests than one that is well. Copies of the layer share it, too.
///
/// Giving up hands on the last error, with its code, place and `retry_after`; its message then also says how many
/// attempts were made and why there was no other.
///
/// Thread safety: as the storage's. Exception safety: as the storage's. Cost: an operation that succeeds reads one
/// atomic number (and adds to it while the budget is not full); no request, no allocation, no look at the clock.
template <class Next>  // a storage policy: `Layer` asks
class Retrying : public Layer<Retrying<Next>, Next, 4> {
public:
    explicit Retrying(Next next, RetryOptions const& options = {})
        : Layer<Retrying<Next>, Next, 4>(std::move(next)),
          options_(options),
          budget_(std::make_shared<RetryBudget>(options.budget_percent, options.budget_burst)) {}

    template <class R, class Call>
    R around(Context const& ctx, Operation const&, Call&& call) {
        budget_->earn();
        R result = call();
        if (!result && options_.repeat.has(result.error().code())) [[unlikely]]
            repeat(ctx, result, call);
        return result;
    }

    /// Only what failed is asked for again.
    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads)
        requires BulkStorage<Next>
    {
        return of_many<RecordPtr>(ctx, reads,
                                  [&](std::span<KnownRecord const> some) { return this->next().read_many(ctx, some); });
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<Removal const> removals)
        requires BulkStorage<Next>
    {
        return of_many<WriteOutcome>(ctx, removals,
                                     [&](std::span<Removal const> some) { return this->next().remove_many(ctx, some); });
    }

private:
    template <class One, class Request, class Ask>
    std::vector<Result<One>> of_many(Context const& ctx, std::span<Request const> requests, Ask&& ask) {
        budget_->earn();
        auto all = detail::one_for_each(ask(requests), requests.size());
        std::vector<std::size_t> failed;
        // The first that fails stands for the others: it says how long to wait, and why there was an end.
        auto const first = [&]() -> Result<void> {
            failed.clear();
            for (std::size_t i = 0; i < all.size(); ++i)
                if (!all[i] && options_.repeat.has(all[i].error().code())) failed.push_back(i);
            return failed.empty() ? Result<void>() : Result<void>(all[failed.front()].error());
        };
        Result<void> result = first();
        if (result) return all;
        auto const again = [&] {
            std::vector<Request> some;
            for (std::size_t const i : failed) some.push_back(requests[i]);
            auto came = detail::one_for_each(ask(std::span<Request const>(some)), some.size());
            for (std::size_t i = 0; i < failed.size(); ++i) all[failed[i]] = std::move(came[i]);
            return first();
        };
        repeat(ctx, result, again);
        if (!result) all[failed.front()] = result.error();
        return all;
    }

    template <class R, class Call>
    void repeat(Context const& ctx, R& result, Call& call) const {
        Backoff backoff(ctx, options_.first_pause, options_.longest_pause);
        Result<void> pause = backoff.wait();  // its first wait is none: only whether there is time at all
        for (unsigned attempts = 1;; ++attempts) {
            Duration const asked = result.error().retry_after();
            std::string_view obstacle;
            if (attempts >= options_.attempts) obstacle = "that is the most allowed";
            else if (!pause) obstacle = why(pause.error());
            else if (asked > Duration::zero() && asked >= ctx.remaining())
                obstacle = "the service asks for a longer pause than the time limit leaves";
            else if (!budget_->spend()) obstacle = "the budget of repetitions is used up";
            else if (pause = rest(ctx, asked, backoff); !pause) obstacle = why(pause.error());
            if (!obstacle.empty()) {
                result = given_up(result.error(), attempts, obstacle);
                return;
            }
            result = call();
            if (result || !options_.repeat.has(result.error().code())) return;
        }
    }

    /// First as long as was asked for, then a random time, for others were asked the same.
    static Result<void> rest(Context const& ctx, Duration asked, Backoff& backoff) {
        if (asked > Duration::zero())
            if (auto rested = ctx.wait(asked); !rested) return rested;
        return backoff.wait();
    }

    static std::string_view why(Error const& error) noexcept {
        return error == Errc::cancelled ? "the caller asked to stop" : "the time limit is over";
    }

    static Error given_up(Error const& error, unsigned attempts, std::string_view obstacle) {
        std::string message(error.message());
        message.append(message.empty() ? "" : "; ").append(std::to_string(attempts));
        message.append(attempts == 1 ? " attempt was made: " : " attempts were made: ").append(obstacle);
        return Error(error.code(), std::move(message))
            .during(error.operation())
            .on(error.subject())
            .from(error.backend())
            .retry_after(error.retry_after());
    }

    RetryOptions options_;
    detail::Handle<RetryBudget> budget_;
};

}  // namespace holdfast

#endif
