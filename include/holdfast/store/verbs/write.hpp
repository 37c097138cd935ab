#ifndef HOLDFAST_STORE_VERBS_WRITE_HPP
#define HOLDFAST_STORE_VERBS_WRITE_HPP

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/store/update_function.hpp>

#include <utility>

namespace holdfast {

/// What writes one key under its lock: of a store, which takes it (`At` = `KeyView`), and of a `Locked`, which has it
/// (`At` is nothing).
template <class Self, class... At>
class WriteVerbs {
    using State = StateOf<Self>;
    using Engine = EngineOf<Self>;
    static constexpr bool watchful = StoreTypes<Self>::watchful;

public:
    /// Reads, lets `fn` decide, and writes if the record is still the one that `fn` saw; otherwise again, until the
    /// time limit. `fn` is `void(State&)` (an absent state begins as `State()`) or `State(std::optional<State>)`; with
    /// a `Result` as its return type it can give up, and then nothing is written. It runs once for every record that it
    /// is shown, and never again while its write may still land. A state that `fn` leaves as it was is not written
    /// (unless `CallOptions::write_unchanged`). Cost: 2 requests if nobody interferes, +2 a conflict; 1 if nothing
    /// changed. Errors: what `fn` returned, `conflict` (time is over), `malformed`, `lost`, `fenced`,
    /// `store_violates_conditions` (conflicts although nobody else wrote), and those of the lock and the storage.
    template <detail::UpdateFunction<State> F>
    Outcome<Entry<State>> update(At... key, F&& fn, CallOptions const& options = {})
        requires watchful
    {
        return Inside::under_once(
            self(), "update", options,
            [&](Engine engine, Context const& ctx, KeyView at, Held& held) {
                return engine.update(ctx, at, held, options, fn);
            },
            key...);
    }
    HOLDFAST_REFUSE(update(At..., auto&&...), watchful,
                    "holdfast: update() could lose updates under LastWriterWins; use put(), or the versioning policy "
                    "CompareAndSwap");
    HOLDFAST_REFUSE(update(At..., detail::NoUpdateFunction<State> auto&&, CallOptions const& = {}), (!watchful),
                    HOLDFAST_UPDATE_FUNCTIONS);

    /// Writes the first state of a key. Errors: `conflict` if there is one. Cost: 1 request; 2 after a removal.
    Outcome<Entry<State>> create(At... key, State value, CallOptions const& options = {})
        requires watchful
    {
        return Inside::under_once(
            self(), "create", options,
            [&](Engine engine, Context const& ctx, KeyView at, Held& held) {
                return engine.create(ctx, at, held, options, std::move(value));
            },
            key...);
    }
    HOLDFAST_REFUSE(create(At..., auto&&...), watchful,
                    "holdfast: create() must notice other writers; use put(), or the versioning policy CompareAndSwap");
    HOLDFAST_REFUSE(create(At..., detail::LosesValue<State> auto, CallOptions const& = {}), (!watchful),
                    HOLDFAST_LOSES_VALUE);

    /// Replaces exactly the state that was read. Errors: `conflict` if it is another by now. Cost: 1 request.
    Outcome<Entry<State>> replace(Entry<State> const& entry, State value, CallOptions const& options = {})
        requires watchful
    {
        return Inside::under_once(
            self(), "replace", options,
            [&](Engine engine, Context const& ctx, KeyView, Held& held) {
                return engine.replace(ctx, entry, held, options, std::move(value));
            },
            entry);
    }
    HOLDFAST_REFUSE(
        replace(Entry<State> const&, auto&&...), watchful,
        "holdfast: replace() must notice other writers; use put(), or the versioning policy CompareAndSwap");
    HOLDFAST_REFUSE(replace(Entry<State> const&, detail::LosesValue<State> auto, CallOptions const& = {}), (!watchful),
                    HOLDFAST_LOSES_VALUE);

    /// Removes exactly the state that was read. Errors: `conflict` if it is another by now. Cost: 1 request.
    Outcome<void> remove(Entry<State> const& entry, CallOptions const& options = {})
        requires watchful
    {
        return Inside::under_once(
            self(), "remove", options,
            [&](Engine engine, Context const& ctx, KeyView, Held& held) { return engine.remove(ctx, entry, held); },
            entry);
    }
    HOLDFAST_REFUSE(
        remove(Entry<State> const&, auto&&...), watchful,
        "holdfast: remove(entry) must notice other writers; use remove(key), or the versioning policy CompareAndSwap");

    /// Writes whatever is there. Cost: 2 requests.
    Outcome<Entry<State>> put(At... key, State value, CallOptions const& options = {})
        requires(!watchful)
    {
        return Inside::under_once(
            self(), "put", options,
            [&](Engine engine, Context const& ctx, KeyView at, Held& held) {
                return engine.put(ctx, at, held, options, std::move(value));
            },
            key...);
    }
    HOLDFAST_REFUSE(put(At..., auto&&...), (!watchful),
                    "holdfast: put() overwrites what others wrote; use update(), create() or replace(), or the "
                    "versioning policy LastWriterWins");
    HOLDFAST_REFUSE(put(At..., detail::LosesValue<State> auto, CallOptions const& = {}), watchful,
                    HOLDFAST_LOSES_VALUE);

    /// Removes whatever is there. Cost: 2 requests.
    Outcome<void> remove(At... key, CallOptions const& options = {})
        requires(!watchful)
    {
        return Inside::under_once(
            self(), "remove", options,
            [&](Engine engine, Context const& ctx, KeyView at, Held& held) { return engine.remove_key(ctx, at, held); },
            key...);
    }
    HOLDFAST_REFUSE(
        remove(At..., CallOptions const& = {}), (!watchful),
        "holdfast: remove(key) removes what others wrote; use remove(entry), or the versioning policy LastWriterWins");

private:
    Self& self() noexcept { return static_cast<Self&>(*this); }
};

}  // namespace holdfast

#endif
