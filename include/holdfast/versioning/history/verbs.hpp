#ifndef HOLDFAST_VERSIONING_HISTORY_VERBS_HPP
#define HOLDFAST_VERSIONING_HISTORY_VERBS_HPP

#include <holdfast/concepts/retention.hpp>
#include <holdfast/concepts/verbs.hpp>
#include <holdfast/versioning/history/operations.hpp>
#include <holdfast/versioning/history/pin.hpp>
#include <holdfast/versioning/history/version_info.hpp>

#include <concepts>
#include <optional>
#include <utility>
#include <vector>

namespace holdfast {

/// Of a store whose versioning keeps versions: `History`, or another `HistoryVersioning` whose author includes this.
template <class Store, bool kept>
class HistoryVerbs {
    static_assert(kept, "of stores without versions <holdfast/store/verbs/no_history.hpp> tells");

    using State = StateOf<Store>;
    using Storage = StorageOf<Store>;
    using Operations = detail::HistoryOperations<State, Storage, VersioningOf<Store>, SerializationOf<Store>>;

public:
    /// The versions of a key, the newest first, page by page; see `HistoryPage`. One that is damaged or missing is
    /// shown as such, and does not hide those before it (if the storage can list; else it is the last). Cost: 2
    /// requests, and 1 for each version that is shown but the current one, however many there are. Where the storage
    /// reads many at once (`BulkStorage`) those are read beside each other, and their names are listed before that (1
    /// request per 1000 that are kept), unless the page is too short for that to pay.
    Result<HistoryPage> history(KeyView key, HistoryQuery const& query = {}, CallOptions const& options = {}) {
        return on(key, "history", options,
                  [&](Operations versions, Context const& ctx) { return versions.history(ctx, key, query); });
    }

    /// A version of a key. Errors: `not_found` (pruned, or there never was one), `malformed`. Cost: 2 requests; 3 if it
    /// is the current one.
    template <std::same_as<VersionId> V>
    Result<Entry<State>> get(KeyView key, V version, CallOptions const& options = {}) {
        return on(key, "get", options,
                  [&](Operations versions, Context const& ctx) { return versions.get(ctx, key, version, false); });
    }

    /// The version that a pin holds, always the same while newer ones come. Errors: `not_found` if it was not renewed
    /// in time. Cost: 1 request; 2 while it is the current one.
    Result<Entry<State>> get(Pin const& pin, CallOptions const& options = {}) {
        return on(pin.key(), "get", options, [&](Operations versions, Context const& ctx) {
            return versions.get(ctx, pin.key(), pin.version(), true);
        });
    }

    /// The full name of the version with a sequence. Errors: `not_found`. Cost: 1 request if it is the current
    /// one; else 1 more, and 1 per 1000 versions (where the storage cannot list: per version that is newer).
    Result<VersionId> version(KeyView key, std::uint64_t sequence, CallOptions const& options = {}) {
        return on(key, "version", options,
                  [&](Operations versions, Context const& ctx) { return versions.version(ctx, key, sequence); });
    }

    /// Pins the current state of a key: no prune deletes it until `unpin`, or until it was not renewed for its time to
    /// live. Errors: `not_found` if there is none, `too_large` beyond 1000 pins of a key. Cost: 3 requests.
    Outcome<Pin> pin(KeyView key, PinOptions const& pinning = {}, CallOptions const& options = {}) {
        return on(key, "pin", options, [&](Operations versions, Context const& ctx) {
            return versions.pin(ctx, key, std::nullopt, pinning);
        });
    }
    /// Pins a version. Errors: `not_found` if it was pruned. Cost: 3 requests; 4 if it is the current one.
    template <std::same_as<VersionId> V>
    Outcome<Pin> pin(KeyView key, V version, PinOptions const& pinning = {}, CallOptions const& options = {}) {
        return on(key, "pin", options,
                  [&](Operations versions, Context const& ctx) { return versions.pin(ctx, key, version, pinning); });
    }

    /// Says that a pin is still wanted; go on with the pin that is returned. Errors: `lost` if it was dropped or
    /// unpinned. Cost: 1 request, 2 more if others changed the pins of the key; 2 with a pin that was parsed.
    Outcome<Pin> renew(Pin const& pin, CallOptions const& options = {}) {
        return on(pin.key(), "renew", options,
                  [&](Operations versions, Context const& ctx) { return versions.renew(ctx, pin); });
    }
    /// Lets go of a version. No error if it was let go already. Cost: as `renew`.
    Outcome<void> unpin(Pin const& pin, CallOptions const& options = {}) {
        return on(pin.key(), "unpin", options,
                  [&](Operations versions, Context const& ctx) { return versions.unpin(ctx, pin); });
    }
    /// Who holds which versions of a key. Cost: 1 request.
    Result<std::vector<PinInfo>> pins(KeyView key, CallOptions const& options = {}) {
        return on(key, "pins", options,
                  [&](Operations versions, Context const& ctx) { return versions.pins(ctx, key); });
    }

    /// Deletes the versions of a key that are neither kept by `retention` nor pinned: `prune("k", KeepLast<10>())`.
    /// Never the current state. Nothing else ever deletes a version. Pins whose holders did not renew them for their
    /// time to live are dropped. How long that is, and how old a version is for `KeepFor`, is what this and earlier
    /// prunes have watched, each on its own monotonic clock, and is noted with what is kept: prunes may be processes
    /// that come and go, as cron's are. What passes between two of them counts if they are made in a row on one machine
    /// since its start. No time of day decides (but see `PruneOptions::trust_clocks`).
    ///
    /// Safe at any moment, also by several at once. What a crash leaves, and what a writer that was stalled puts back,
    /// does not count as existing, and the next prune deletes it. Cost: 3 requests (2 if nothing is to be noted), a
    /// listing of the key's versions (24 bytes of memory each), 1 per deleted version (where the storage writes
    /// batches: 1 per 100), and those of the retention policy. `progress(deleted, all)` is called now and then.
    template <RetentionPolicy R, std::invocable<std::size_t, std::size_t> Progress = detail::NoProgress>
    Result<Pruned> prune(KeyView key, R const& retention, PruneOptions const& pruning = {},
                         CallOptions const& options = {}, Progress progress = {})
        requires ListableStorage<Storage>
    {
        return on(key, "prune", options, [&](Operations versions, Context const& ctx) {
            return versions.prune(ctx, key, retention, pruning, progress);
        });
    }
    /// The same by the retention of the store's `History<Retention>`.
    Result<Pruned> prune(KeyView key, CallOptions const& options = {})
        requires ListableStorage<Storage>
    {
        return prune(key, Inside::versioning(self()).retention(), PruneOptions(), options);
    }
    HOLDFAST_REFUSE(prune(KeyView, auto&&...), ListableStorage<Storage>,
                    "holdfast: prune() needs a versioning policy that keeps versions (History<>) and a storage that "
                    "can list its records");

private:
    template <class>
    friend class PurgeVerbs;

    static Outcome<void> purge_versions(EngineOf<Store> engine, Context const& ctx, KeyView key, Duration grace) {
        return Operations(engine).purge(ctx, key, grace);
    }

    Store& self() noexcept { return static_cast<Store&>(*this); }

    template <class Body>
    auto on(KeyView key, std::string_view operation, CallOptions const& options, Body&& body) {
        return Inside::on(self(), key, operation, options,
                          [&](EngineOf<Store> engine, Context const& ctx) { return body(Operations(engine), ctx); });
    }
};

/// What writes a version of one key, under its lock.
template <class Self, bool kept, class... At>
class HistoryKeyVerbs {
    static_assert(kept, "of stores without versions <holdfast/store/verbs/no_history.hpp> tells");

    using State = StateOf<Self>;

public:
    /// Makes the state of a version, with its attributes unless others are given, the state of the key once more, as
    /// the newest version: nothing is taken back. Brings back a removed key; writes even if nothing changes. Errors:
    /// those of `get(key, version)` and `update`. Cost: that of reading the version, and of an `update`.
    Outcome<Entry<State>> rollback(At... key, VersionId version, CallOptions const& options = {}) {
        return Inside::under_once(
            static_cast<Self&>(*this), "rollback", options,
            [&](EngineOf<Self> engine, Context const& ctx, KeyView at, Held& held) {
                return detail::HistoryOperations(engine).rollback(ctx, at, version, held, options);
            },
            key...);
    }
};

}  // namespace holdfast

#endif
