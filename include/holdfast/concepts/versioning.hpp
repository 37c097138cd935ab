#ifndef HOLDFAST_CONCEPTS_VERSIONING_HPP
#define HOLDFAST_CONCEPTS_VERSIONING_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/commit.hpp>
#include <holdfast/fwd.hpp>

namespace holdfast {

/// Decides what is kept when a record is replaced, and whether writers watch each other. A concept of the pair.
///
/// *Minimal complete definition*
/// - `static constexpr Family family = Family::versioning;`
/// - `static constexpr Discipline discipline`: what its records are marked with.
/// - `Result<Commit> commit(S&, Context const&, RecordId const&, RecordPtr const& base, Change)`: replaces `base`.
///
/// *Laws*: a base of another discipline is refused as `incompatible` and left alone. Unless the discipline is
/// `last_writer_wins`, of all commits on one base at most one is applied.
/// *Models*: `LastWriterWins`, `CompareAndSwap`, `History`.
template <class V, class S>
concept VersioningPolicy =
    Policy<V> && V::family == Family::versioning && StoragePolicy<S> &&
    requires(V& v, S& s, Context const& c, RecordId const& id, RecordPtr const& base, Change change) {
        { V::discipline } -> std::convertible_to<Discipline>;
        { v.commit(s, c, id, base, std::move(change)) } -> std::same_as<Result<Commit>>;
    };

/// A versioning policy that keeps what it replaces.
///
/// *Minimal complete definition*: `discipline` is `history`, and
/// - `retention()`, a `RetentionPolicy`: what `prune(key)` keeps.
/// - `bool pin_is_stale(Environment&, WriteId pin, WriteId nonce, Duration ttl)`: whether this pin was seen with this
///   nonce for `ttl` already; says so by its own clock and memory, and may always say no.
///
/// *Laws*: before a commit replaces or removes the content of a record in `Slot::current`, that record is known to be
/// stored as it is (but for a lease) under `Slot::version` and `VersionId{sequence, payload_id}`. A commit that does
/// not take effect stores nothing that was not committed before. *Models*: `History`.
template <class V, class S>
concept HistoryVersioning =
    VersioningPolicy<V, S> && V::discipline == Discipline::history &&
    requires(V& v, V const& held, VersionList& versions, Environment& env, WriteId id, Duration ttl) {
        { held.retention().floor(versions) } -> std::same_as<Result<std::uint64_t>>;
        { v.pin_is_stale(env, id, id, ttl) } -> std::convertible_to<bool>;
    };

namespace detail {

/// Writers under `V` notice each other.
template <class V>
concept Watchful = requires { requires V::discipline != Discipline::last_writer_wins; };

constexpr std::string_view policy_of(Discipline discipline) noexcept {
    switch (discipline) {
        case Discipline::last_writer_wins: return "LastWriterWins";
        case Discipline::history: return "History";
        default: return "CompareAndSwap";
    }
}

/// The refusal of a record that was written under another policy, if it was.
inline Result<void> same_discipline(RecordId const& id, RecordPtr const& base, Discipline ours) {
    if (!base || base->stamp.discipline == ours) return {};
    if (base->stamp.sequence == 0 && base->stamp.tombstone) return {};  // only a lock was ever there
    std::string const theirs(policy_of(base->stamp.discipline));
    return Error(Errc::incompatible, "the record was written under " + theirs + ", this store uses " +
                                         std::string(policy_of(ours)) + "; open it with " + theirs +
                                         ", or remove it there first")
        .on(to_string(id));
}

}  // namespace detail

}  // namespace holdfast

#endif
