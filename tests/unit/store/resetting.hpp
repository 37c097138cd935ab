#ifndef HOLDFAST_TESTS_UNIT_STORE_RESETTING_HPP
#define HOLDFAST_TESTS_UNIT_STORE_RESETTING_HPP

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>

#include <cstdint>

namespace holdfast_tests {

/// `CompareAndSwap` with two verbs of its own.
struct Resetting : holdfast::CompareAndSwap {
    template <class Store>
    class Verbs {
    public:
        /// How many states a key has had.
        holdfast::Result<std::uint64_t> count(holdfast::KeyView key, holdfast::CallOptions const& options = {}) {
            auto const read = [&](holdfast::EngineOf<Store> engine, holdfast::Context const& ctx) {
                auto const record = engine.storage().read(ctx, key);
                if (!record) return holdfast::Result<std::uint64_t>(record.error());
                return holdfast::Result<std::uint64_t>(*record ? (*record)->stamp.sequence : 0);
            };
            return holdfast::Inside::on(static_cast<Store&>(*this), key, "count", options, read);
        }
    };

    template <class Self, class... At>
    class KeyVerbs {
    public:
        /// Makes the state of a key what it began as.
        holdfast::Outcome<holdfast::EntryOf<Self>> reset(At... key, holdfast::CallOptions const& options = {}) {
            auto const write = [&](holdfast::EngineOf<Self> engine, holdfast::Context const& ctx, holdfast::KeyView at,
                                   holdfast::Held& held) {
                auto begin = [](holdfast::StateOf<Self>& state) { state = {}; };
                return engine.update(ctx, at, held, options, begin);
            };
            return holdfast::Inside::under_once(static_cast<Self&>(*this), "reset", options, write, key...);
        }
    };
};

}  // namespace holdfast_tests

#endif
