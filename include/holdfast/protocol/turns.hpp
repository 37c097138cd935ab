#ifndef HOLDFAST_PROTOCOL_TURNS_HPP
#define HOLDFAST_PROTOCOL_TURNS_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/key_order.hpp>
#include <holdfast/threads/strand.hpp>

#include <span>
#include <utility>
#include <vector>

namespace holdfast::detail {

/// The turns of one operation, from its first read to its last write. They are courtesy: what goes wrong with them is
/// no error of the operation. An operation inside of another (in the function of an `update`) takes none, so that
/// nobody has one while he waits for one.
template <StoragePolicy S>
class Turns {
public:
    explicit Turns(S& storage) noexcept : storage_(storage) {}
    Turns(Turns const&) = delete;
    Turns& operator=(Turns const&) = delete;
    ~Turns() {
        if (!taken_.empty()) this_strand().has_turn = false;
    }

    /// Before the first attempt: only if others have or await theirs. Cost: a look.
    void look(Context const& ctx, std::span<KeyView const> keys) { ask(ctx, keys, false); }
    /// After a conflict. True: it has turns that it did not have before, and may have waited for them. Errors:
    /// `timed_out`, `cancelled`: make no further attempt.
    Result<bool> take(Context const& ctx, std::span<KeyView const> keys) {
        if (auto may = ctx.wait(Duration::zero()); !may) return std::move(may).error();
        return ask(ctx, keys, true);
    }

private:
    bool ask(Context const& ctx, std::span<KeyView const> keys, bool always) {
        if constexpr (TurnTakingStorage<S>) {
            if (this_strand().has_turn) return false;  // ours, or those of an operation around this one
            if (keys.size() == 1) return keep(storage_.turn(ctx, RecordId(keys.front()), always));
            return ask_each(ctx, keys, always);
        } else {
            (void)ctx, (void)keys, (void)always;
            return false;
        }
    }

    bool ask_each(Context const& ctx, std::span<KeyView const> keys, bool always) {
        bool taken = false;
        auto const order = order_of(keys);
        if constexpr (RankedTurnStorage<S>) {
            std::vector<std::size_t> ranks;
            for (KeyView const key : keys) ranks.push_back(storage_.turn_rank(RecordId(key)));
            std::size_t above = 0;
            for (std::size_t const rank : ranks) above = rank < above ? above : rank + 1;
            for (std::size_t rank = 0; rank < above; ++rank)
                for (std::size_t const i : order)
                    if (ranks[i] == rank) taken = one_more(ctx, keys[i], always) || taken;
        } else {
            for (std::size_t const i : order) taken = one_more(ctx, keys[i], always) || taken;
        }
        this_strand().has_turn = !taken_.empty();
        return taken;
    }

    /// While they are taken in one order by everybody, who has some may wait for the next.
    bool one_more(Context const& ctx, KeyView key, bool always) {
        bool const taken = keep(storage_.turn(ctx, RecordId(key), always));
        this_strand().has_turn = false;
        return taken;
    }

    bool keep(Result<Turn> turn) {
        if (!turn || !*turn) return false;
        taken_.push_back(*std::move(turn));
        this_strand().has_turn = true;
        return true;
    }

    S& storage_;
    std::vector<Turn> taken_;
};

}  // namespace holdfast::detail

#endif
