#ifndef HOLDFAST_CONCEPTS_BULK_HPP
#define HOLDFAST_CONCEPTS_BULK_HPP

#include <holdfast/concepts/reread.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

// What stands in for a storage that does not do many things at once.
namespace holdfast::detail {

/// How many requests a storage makes beside each other: 1 where it makes one after the other.
template <StoragePolicy S>
std::size_t at_once(S const& storage) {
    if constexpr (BulkStorage<S>) return storage.at_once() > 0 ? storage.at_once() : 1;
    else return 1;
}

/// One answer for each of `asked`, whatever came.
template <class One>
std::vector<Result<One>> one_for_each(std::vector<Result<One>> came, std::size_t asked) {
    if (came.size() == asked) return came;
    Error const why(Errc::unavailable, "many were asked for, " + std::to_string(asked) + ", and " + std::to_string(came.size()) +
                                           " answers came: what is many at once in this storage breaks its law");
    return std::vector<Result<One>>(asked, why);
}

/// Asks for parts of so many requests, and looks at the time and the request to stop between them: what is not asked for
/// is an error. `ask(part)` gives a result for each.
template <class One, class Request, class Ask>
std::vector<Result<One>> in_parts(Context const& ctx, std::span<Request const> requests, std::size_t at_once, Ask&& ask) {
    std::vector<Result<One>> all;
    all.reserve(requests.size());
    while (all.size() < requests.size()) {
        if (!all.empty() && ctx.stopped())
            all.resize(requests.size(), Error(Errc::cancelled, "the caller asked to stop before this was asked for"));
        else if (!all.empty() && ctx.overdue())
            all.resize(requests.size(), Error(Errc::timed_out, "the time was over before this was asked for"));
        else {
            std::size_t const left = requests.size() - all.size(), part = at_once < left ? at_once : left;
            for (auto& one : one_for_each(ask(requests.subspan(all.size(), part)), part)) all.push_back(std::move(one));
        }
    }
    return all;
}

/// Many records, each as `reread` gives it.
template <StoragePolicy S>
std::vector<Result<RecordPtr>> read_many(S& storage, Context const& ctx, std::span<KnownRecord const> reads) {
    if constexpr (BulkStorage<S>)
        return in_parts<RecordPtr>(ctx, reads, detail::at_once(storage),
                                   [&](std::span<KnownRecord const> part) { return storage.read_many(ctx, part); });
    return in_parts<RecordPtr>(ctx, reads, 1, [&](std::span<KnownRecord const> one) {
        return std::vector<Result<RecordPtr>>(1, reread(storage, ctx, one[0].id, one[0].known));
    });
}

template <StoragePolicy S>
std::vector<Result<WriteOutcome>> remove_many(S& storage, Context const& ctx, std::span<Removal const> removals) {
    if constexpr (BulkStorage<S>)
        return in_parts<WriteOutcome>(ctx, removals, detail::at_once(storage),
                                      [&](std::span<Removal const> part) { return storage.remove_many(ctx, part); });
    return in_parts<WriteOutcome>(ctx, removals, 1, [&](std::span<Removal const> one) {
        return std::vector<Result<WriteOutcome>>(1, storage.remove(ctx, one[0].id, one[0].when));
    });
}

}  // namespace holdfast::detail

#endif
