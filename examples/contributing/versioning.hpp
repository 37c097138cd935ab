#pragma once

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>

#include <cstdint>
#include <utility>

using namespace holdfast;

/// As `CompareAndSwap`, whose records it takes for its own, with two verbs.
struct Counting {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;

    template <ConditionalStorage S>
        requires AttributedStorage<S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        return CompareAndSwap().commit(storage, ctx, id, base, std::move(change));
    }

    /// Of every store with this versioning.
    template <class Store>
    class Verbs {
    public:
        /// How many states a key has had. Cost: 1 request.
        Result<std::uint64_t> count(KeyView key, CallOptions const& options = {}) {
            auto const look = [&](EngineOf<Store> engine, Context const& ctx) -> Result<std::uint64_t> {
                auto const record = engine.storage().read(ctx, key);
                if (!record) return record.error();
                return *record ? (*record)->stamp.sequence : 0;
            };
            return Inside::on(static_cast<Store&>(*this), key, "count", options, look);
        }
    };

    /// Of every such store (`At` is `KeyView`), and of what its `lock` returns (`At` is nothing).
    template <class Self, class... At>
    class KeyVerbs {
    public:
        /// Writes the state that is there once more. Cost and errors: those of `update`.
        Outcome<EntryOf<Self>> touch(At... key, CallOptions options = {}) {
            options.write_unchanged = true;
            auto const write = [&](EngineOf<Self> engine, Context const& ctx, KeyView at, Held& held) {
                auto as_it_is = [](StateOf<Self>&) {};
                return engine.update(ctx, at, held, options, as_it_is);
            };
            return Inside::under_once(static_cast<Self&>(*this), "touch", options, write, key...);
        }
    };
};
