#ifndef HOLDFAST_SERIALIZATION_ENCRYPTED_REWRAP_HPP
#define HOLDFAST_SERIALIZATION_ENCRYPTED_REWRAP_HPP

#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/core/record.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace holdfast {

/// A store whose serialization says which records are to be written again, as `Encrypted` does, and whose writers
/// notice each other, so that nothing is lost by that.
template <class Store>
concept RewrappableStore = Store::watchful && requires(Store& store, Record const& record) {
    { store.serialization().needs_rewrap(record) } -> std::same_as<bool>;
};

/// Encrypts the state of a key under the active key of the ring: writes it again, conditionally and with its
/// attributes, unless it is so already. True if it was written, false if there was nothing to do.
///
/// The write is one of the content: the sequence goes on, and with history the state so far becomes a version. Earlier
/// versions stay under the keys that they were written under; keep those in the ring until the versions are pruned.
/// Errors: those of `get` and `update`. Cost: 1 request; with a write those of `update`, too.
template <RewrappableStore Store>
Outcome<bool> rewrap(Store& store, KeyView key, CallOptions options = {}) {
    using State = typename Store::state_type;
    auto const entry = store.get(key, options);
    if (!entry) return entry.error();
    if (!*entry || !store.serialization().needs_rewrap(*(*entry)->record())) return false;
    options.write_unchanged = true;
    bool gone = false;
    auto const same = [&gone](std::optional<State> state) -> Result<State> {
        gone = !state;
        if (gone) return Error(Errc::not_found);
        return *std::move(state);
    };
    auto const written = store.update(key, same, options);
    if (written) return true;
    if (gone) return false;
    if (auto const* const unknown = written.unknown())
        return Outcome<bool>(std::make_shared<UnknownWrite const>(*unknown), written.error());
    return written.error();
}

/// What `rewrap_all` did.
struct Rewrapped {
    std::size_t seen = 0;            ///< keys
    std::size_t written = 0;         ///< of them now under the active key, and were not before
    std::size_t failed = 0;          ///< could not be read, listed or written, or have an unknown outcome
    std::optional<Error> failure{};  ///< of the first that failed
};

/// `rewrap` for every key. Goes on after a key that fails and tells of each by `progress(KeyView, Outcome<bool>
/// const&)`; when `failed` is 0, no current record needs another key than the active one. May be repeated, and run
/// beside writers; those must have the active key in their rings.
///
/// Errors: those of listing; `cancelled`. The time limit is that of each key. An entry whose key cannot be told counts
/// as failed, without progress. Cost: the listing, 1 request a key, and those of `update` for each that is written.
template <RewrappableStore Store, class Progress>
    requires std::invocable<Progress&, KeyView, Outcome<bool> const&>
Result<Rewrapped> rewrap_all(Store& store, Progress&& progress, CallOptions const& options = {}) {
    Rewrapped all;
    auto keys = store.keys({}, options);
    for (Result<Key> const& key : keys) {
        if (!key && !keys.complete()) return key.error();
        if (!key) {
            if (++all.failed == 1) all.failure = key.error();
            continue;
        }
        Outcome<bool> const done = rewrap(store, *key, options);
        ++all.seen;
        if (done) all.written += *done ? 1 : 0;
        else if (done.error() == Errc::cancelled) return done.error();
        else if (++all.failed == 1) all.failure = done.error();
        progress(KeyView(*key), done);
    }
    return all;
}
template <RewrappableStore Store>
Result<Rewrapped> rewrap_all(Store& store, CallOptions const& options = {}) {
    return rewrap_all(
        store, [](KeyView, Outcome<bool> const&) {}, options);
}

}  // namespace holdfast

#endif
