#ifndef HOLDFAST_TESTS_ZOO_MISSHAPEN_LAYER_HPP
#define HOLDFAST_TESTS_ZOO_MISSHAPEN_LAYER_HPP

#include <holdfast/layer/layer.hpp>
#include <holdfast/posix/lock_directory.hpp>

#include <cstddef>
#include <optional>

namespace zoo::layer_animals {

using namespace holdfast;

// What the compiler can see of a layer: constants and operations.

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
    Result<Aged> read_aged(Context const& ctx, RecordId const& id)
        requires(AgingStorage<Next> && shape != Shape::forgets_age)
    {
        return Base::read_aged(ctx, id);
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

}  // namespace zoo::layer_animals

#endif
