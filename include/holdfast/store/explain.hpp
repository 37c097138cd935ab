#ifndef HOLDFAST_STORE_EXPLAIN_HPP
#define HOLDFAST_STORE_EXPLAIN_HPP

#include <holdfast/concepts/serialization.hpp>
#include <holdfast/concepts/verbs.hpp>
#include <holdfast/store/explain_verbs.hpp>
#include <holdfast/store/select.hpp>

// What the compiler says about a composition that cannot hold. Each sentence is guarded by those before it, so that a
// mistake makes one of them speak.
namespace holdfast::detail {

template <class... P>
consteval bool explain_list() {
    constexpr bool defined = (Defined<P> && ...);
    constexpr bool policies = (DefinedPolicy<P> && ...);
    static_assert(defined,
                  "holdfast: a policy is declared only; include its header, such as <holdfast/storage/sqlite.hpp>");
    static_assert(!defined || policies,
                  "holdfast: every argument of StateStore after the state is a policy, a movable type with 'static "
                  "constexpr holdfast::Family family'; one of these is not");
    static_assert(count_of<Family::storage, P...> <= 1,
                  "holdfast: two storages are named; a StateStore has one (OneOf<...> chooses among several at run "
                  "time)");
    static_assert(count_of<Family::locking, P...> <= 1,
                  "holdfast: two locking policies are named; a StateStore has one");
    static_assert(count_of<Family::versioning, P...> <= 1,
                  "holdfast: two versioning policies are named; a StateStore has one");
    static_assert(count_of<Family::serialization, P...> <= 1,
                  "holdfast: two serializations are named; a StateStore has one");
    return true;
}

template <class S>
consteval bool explain_storage() {
    static_assert(CanRead<S>, "holdfast: a storage needs 'Result<RecordPtr> read(Context const&, RecordId const&)'");
    static_assert(CanWrite<S>,
                  "holdfast: a storage needs 'Result<WriteOutcome> write(Context const&, RecordId const&, RecordPtr "
                  "const&, Precondition const&)'");
    static_assert(CanRemove<S>,
                  "holdfast: a storage needs 'Result<WriteOutcome> remove(Context const&, RecordId const&, "
                  "Precondition const&)'");
    static_assert(SaysConditional<S>,
                  "holdfast: a storage says with 'static constexpr bool conditional' whether it honours preconditions");
    static_assert(
        SaysAttributed<S>,
        "holdfast: a storage says with 'static constexpr bool attributed' whether it keeps stamps with the payload");
    static_assert(SaysLateWrites<S>,
                  "holdfast: a storage says with 'static constexpr bool late_writes' whether a write whose reply was "
                  "lost may land later");
    static_assert(CanBeAskedOfRemovals<S>,
                  "holdfast: 'removes_conditionally' is there, and nobody would ask it: it is 'bool removes_conditionally() "
                  "const'");
    return StoragePolicy<S> && CanBeAskedOfRemovals<S>;
}

/// A policy may say itself why it cannot be had with what it is to work on (a lock: with a storage; a serialization:
/// with a state), by a `template <class T> static constexpr … explain()` that compiles if it can.
template <class P, class T>
concept ExplainsItself = requires { P::template explain<T>(); };

template <class L, class S>
consteval bool explain_locking() {
    constexpr bool silent = !ExplainsItself<L, S>;
    if constexpr (!silent) L::template explain<S>();
    static_assert(!silent || LockingPolicy<L, S>,
                  "holdfast: this locking policy cannot lock over this storage; it needs 'Result<Guard> "
                  "acquire(Storage&, Context const&, KeyView, std::string_view purpose)' with a movable Guard that has "
                  "'Epoch epoch() const', 'Instant reliable_until() const', and of 'Result<void>' each "
                  "'confirm(Context const&)', 'renew(Context const&)' and 'release(Context const&)'");
    return LockingPolicy<L, S>;
}

template <class V, class S>
consteval bool explain_versioning() {
    constexpr bool watchful = Watchful<V>;
    static_assert(!watchful || ConditionalStorage<S>,
                  "holdfast: this versioning policy needs a storage that honours preconditions; choose LastWriterWins, "
                  "or a storage whose 'conditional' is true");
    constexpr bool stamped = AttributedStorage<S>;
    static_assert(!NeedsStamps<V> || !ConditionalStorage<S> || stamped,
                  "holdfast: this versioning policy needs a storage that keeps stamps; choose CompareContent, which "
                  "compares what is stored, or a storage whose 'attributed' is true");
    static_assert(!watchful || NeedsStamps<V> || !stamped,
                  "holdfast: this versioning policy compares what is stored, for storages without stamps; this one keeps "
                  "stamps: choose CompareAndSwap");
    constexpr bool capable = !watchful || (ConditionalStorage<S> && stamped == NeedsStamps<V>);
    static_assert(!capable || VersioningPolicy<V, S>,
                  "holdfast: a versioning policy needs 'static constexpr Discipline discipline' and 'Result<Commit> "
                  "commit(Storage&, Context const&, RecordId "
                  "const&, RecordPtr const& base, Change)'");
    if constexpr (VersioningPolicy<V, S>)
        static_assert(is_known(V::discipline),
                      "holdfast: the discipline of this versioning policy has no row in 'detail::all_disciplines' "
                      "(<holdfast/core/stamp.hpp>), so that no storage could name it in its records");
    return VersioningPolicy<V, S>;
}

template <class Z, class State>
consteval bool explain_serialization() {
    static_assert(Defined<Z>,
                  "holdfast: the serialization is declared only; include its header (the default is Json: "
                  "<holdfast/serialization/json.hpp>), or name RawBytes");
    if constexpr (Defined<Z>) {
        constexpr bool silent = !ExplainsItself<Z, State>;
        if constexpr (!silent) Z::template explain<State>();
        static_assert(!silent || SerializationPolicy<Z, State>,
                      "holdfast: this serialization cannot code this state; it needs 'Result<void> "
                      "encode(CodingContext const&, State const&, Buffer&)' and "
                      "'Result<State> decode<State>(CodingContext const&, RecordPtr const&)' (RawBytes codes Bytes, "
                      "std::string and vectors of char, unsigned char or std::byte)");
    }
    return true;
}

/// Whether the four fit together, with a sentence for the first that does not.
template <class State, class S, class L, class V, class Z>
consteval bool explain_store() {
    if constexpr (!explain_storage<S>()) return false;
    else if constexpr (!explain_locking<L, S>()) return false;
    else if constexpr (!explain_versioning<V, S>()) return false;
    else return explain_serialization<Z, State>();
}

}  // namespace holdfast::detail

#endif
