#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_PLANTED_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_PLANTED_HPP

#include <holdfast/versioning/compare_and_swap.hpp>

#include <optional>
#include <unit/protocol/flawed.hpp>
#include <utility>

namespace holdfast_tests {

/// The real policy, or one with a flaw, chosen when it runs: one store serves all of them, and is compiled once.
struct Planted {
    static constexpr holdfast::Family family = holdfast::Family::versioning;
    static constexpr holdfast::Discipline discipline = holdfast::Discipline::compare_and_swap;

    std::optional<Flaw> flaw{};  ///< nothing: `CompareAndSwap`

    template <holdfast::ConditionalStorage S>
    holdfast::Result<holdfast::Commit> commit(S& storage, holdfast::Context const& ctx, holdfast::RecordId const& id,
                                              holdfast::RecordPtr const& base, holdfast::Change change) const {
        auto const by = [&](auto const& policy) { return policy.commit(storage, ctx, id, base, std::move(change)); };
        if (!flaw) return by(holdfast::CompareAndSwap());
        switch (*flaw) {
            case Flaw::none: return by(Flawed<Flaw::none>());
            case Flaw::conflict_is_final: return by(Flawed<Flaw::conflict_is_final>());
            case Flaw::only_the_newest_id: return by(Flawed<Flaw::only_the_newest_id>());
            case Flaw::base_means_failed: return by(Flawed<Flaw::base_means_failed>());
            case Flaw::fresh_id_when_pending: return by(Flawed<Flaw::fresh_id_when_pending>());
            case Flaw::missing_means_never: return by(Flawed<Flaw::missing_means_never>());
            case Flaw::overflow_means_never: return by(Flawed<Flaw::overflow_means_never>());
            case Flaw::position_without_counter: return by(Flawed<Flaw::position_without_counter>());
            case Flaw::physical_remove: return by(Flawed<Flaw::physical_remove>());
            case Flaw::constant_tombstone: return by(Flawed<Flaw::constant_tombstone>());
            case Flaw::unconditional: return by(Flawed<Flaw::unconditional>());
            case Flaw::no_id_in_the_body: return by(Flawed<Flaw::no_id_in_the_body>());
            case Flaw::sent_again: return by(Flawed<Flaw::sent_again>());
            case Flaw::seen_means_synced: return by(Flawed<Flaw::seen_means_synced>());
        }
        return holdfast::Error(holdfast::Errc::not_supported, "no such flaw");
    }
};

}  // namespace holdfast_tests

#endif
