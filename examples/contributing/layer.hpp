#pragma once

#include <holdfast/layer/layer.hpp>

#include <atomic>
#include <utility>

using namespace holdfast;

/// Remembers how long the slowest operation took: `Timed(MemoryStorage(), slowest)`.
template <StoragePolicy Next>
class Timed : public Layer<Timed<Next>, Next, 3> {
public:
    Timed(Next next, std::atomic<Duration::rep>& slowest)
        : Layer<Timed<Next>, Next, 3>(std::move(next)), slowest_(&slowest) {}

    template <class R, class Call>
    R around(Context const& ctx, Operation const&, Call&& call) {
        Instant const begin = ctx.env.monotonic();
        R result = call();
        auto const took = (ctx.env.monotonic() - begin).count();
        for (auto most = slowest_->load(); took > most && !slowest_->compare_exchange_weak(most, took);) continue;
        return result;
    }

private:
    std::atomic<Duration::rep>* slowest_;
};
