#ifndef HOLDFAST_TESTING_ARCHETYPES_HPP
#define HOLDFAST_TESTING_ARCHETYPES_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/concepts/openable.hpp>
#include <holdfast/concepts/retention.hpp>
#include <holdfast/concepts/serialization.hpp>
#include <holdfast/concepts/verbs.hpp>
#include <holdfast/concepts/versioning.hpp>
#include <holdfast/posix/lock_directory.hpp>

#include <cstdlib>

// For each concept a type that has what the concept asks for and nothing else: it can be moved, not copied, not made by
// default, and neither `,` nor `&` may be used on it. What compiles with these leans on nothing that the concepts do
// not promise. They are for compiling only: to call one of their members ends the program. That of an observer is in
// `observer_archetype.hpp`, those of object stores in `object_archetypes.hpp`; those of what one component alone asks for (`FileLayout`, `ObjectLayout`, `CompressionCodec`,
// `AuthenticatedCipher`, `KeySource`) are in the tests of that component.
namespace holdfast::testing {

namespace detail {
[[noreturn]] inline void never_called() noexcept { std::abort(); }
}  // namespace detail

/// Only movable.
template <class Self>
struct Archetype {
    Archetype(Archetype&&) noexcept = default;
    Archetype& operator=(Archetype&&) noexcept = default;
    void operator&() const = delete;  // NOLINT(google-runtime-operator)
    template <class T>
    friend void operator,(Self const&, T const&) = delete;

protected:
    ~Archetype() = default;
};

/// `Revised`.
struct RevisedArchetype : Archetype<RevisedArchetype> {
    Revision revision;
};

template <class Self, bool is_conditional, bool is_attributed>
struct ArchetypeOfStorage : Archetype<Self> {
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = is_conditional;
    static constexpr bool attributed = is_attributed;
    static constexpr bool late_writes = true;
    Result<RecordPtr> read(Context const&, RecordId const&) { detail::never_called(); }
    Result<WriteOutcome> write(Context const&, RecordId const&, RecordPtr const&, Precondition const&) {
        detail::never_called();
    }
    Result<WriteOutcome> remove(Context const&, RecordId const&, Precondition const&) { detail::never_called(); }
};

/// `StoragePolicy`: no preconditions, no stamps.
struct StorageArchetype : ArchetypeOfStorage<StorageArchetype, false, false> {};
/// `ConditionalStorage` only.
struct ConditionalStorageArchetype : ArchetypeOfStorage<ConditionalStorageArchetype, true, false> {};
/// `ConditionalStorage` and `AttributedStorage`: what compare-and-swap needs.
struct AttributedStorageArchetype : ArchetypeOfStorage<AttributedStorageArchetype, true, true> {};
/// … and `ListableStorage`.
struct ListableStorageArchetype : ArchetypeOfStorage<ListableStorageArchetype, true, true> {
    Result<ListPage> list(Context const&, ListRequest const&) { detail::never_called(); }
};
/// … and `TransactionalStorage`.
struct TransactionalStorageArchetype : ArchetypeOfStorage<TransactionalStorageArchetype, true, true> {
    Result<WriteOutcome> write_all(Context const&, std::span<Write const>) { detail::never_called(); }
};
/// … and `RevalidatingStorage`.
struct RevalidatingStorageArchetype : ArchetypeOfStorage<RevalidatingStorageArchetype, true, true> {
    Result<RecordPtr> reread(Context const&, RecordId const&, RecordPtr const&) { detail::never_called(); }
};
/// … and `WatchableStorage`.
struct WatchableStorageArchetype : ArchetypeOfStorage<WatchableStorageArchetype, true, true> {
    Result<bool> wait_for_change(Context const&, RecordId const&, Revision const&) { detail::never_called(); }
};
/// … and `TurnTakingStorage`.
struct TurnTakingStorageArchetype : ArchetypeOfStorage<TurnTakingStorageArchetype, true, true> {
    Result<Turn> turn(Context const&, RecordId const&, bool) { detail::never_called(); }
};
/// … and `RankedTurnStorage`.
struct RankedTurnStorageArchetype : ArchetypeOfStorage<RankedTurnStorageArchetype, true, true> {
    Result<Turn> turn(Context const&, RecordId const&, bool) { detail::never_called(); }
    std::size_t turn_rank(RecordId const&) const { detail::never_called(); }
    Result<WriteOutcome> write_all(Context const&, std::span<Write const>) { detail::never_called(); }
};
/// … and `AgingStorage`, so that it is a `PurgeableStorage`, too.
struct AgingStorageArchetype : ArchetypeOfStorage<AgingStorageArchetype, true, true> {
    Result<Aged> read_aged(Context const&, RecordId const&) { detail::never_called(); }
};
/// … and `BulkStorage`.
struct BulkStorageArchetype : ArchetypeOfStorage<BulkStorageArchetype, true, true> {
    std::vector<Result<RecordPtr>> read_many(Context const&, std::span<KnownRecord const>) { detail::never_called(); }
    std::vector<Result<WriteOutcome>> remove_many(Context const&, std::span<Removal const>) { detail::never_called(); }
    std::size_t at_once() const { detail::never_called(); }
};
/// … and `HostStorage`.
struct HostStorageArchetype : ArchetypeOfStorage<HostStorageArchetype, true, true> {
    Result<LockDirectory> lock_directory() const { detail::never_called(); }
};
/// … and `OpenableStorage`.
struct OpenableStorageArchetype : ArchetypeOfStorage<OpenableStorageArchetype, true, true> {
    static constexpr std::string_view scheme = "archetype";
    static Result<OpenableStorageArchetype> open(Locator const&) { detail::never_called(); }
};

template <class Self>
struct ArchetypeOfGuard : Archetype<Self> {
    Epoch epoch() const { detail::never_called(); }
    Instant reliable_until() const { detail::never_called(); }
    Result<void> confirm(Context const&) { detail::never_called(); }
    Result<void> renew(Context const&) { detail::never_called(); }
    Result<void> release(Context const&) { detail::never_called(); }
};

/// `LockGuard`.
struct GuardArchetype : ArchetypeOfGuard<GuardArchetype> {};
/// `TenuredGuard`.
struct TenuredGuardArchetype : ArchetypeOfGuard<TenuredGuardArchetype> {
    Result<Tenure*> enter(Context const&) { detail::never_called(); }
};

template <class Self, LockGuard Guard>
struct ArchetypeOfLocking : Archetype<Self> {
    static constexpr Family family = Family::locking;
    template <StoragePolicy S>
    Result<Guard> acquire(S&, Context const&, KeyView, std::string_view) {
        detail::never_called();
    }
};

/// `LockingPolicy` over any storage.
struct LockingArchetype : ArchetypeOfLocking<LockingArchetype, GuardArchetype> {};
/// … whose guards are a `TenuredGuard`.
struct TenuredLockingArchetype : ArchetypeOfLocking<TenuredLockingArchetype, TenuredGuardArchetype> {};
/// `InspectableLocking` over any storage.
struct InspectableLockingArchetype : ArchetypeOfLocking<InspectableLockingArchetype, GuardArchetype> {
    template <StoragePolicy S>
    Result<std::optional<LockInfo>> inspect(S&, Context const&, KeyView) {
        detail::never_called();
    }
};
/// `BreakableLocking` over any storage.
struct BreakableLockingArchetype : ArchetypeOfLocking<BreakableLockingArchetype, GuardArchetype> {
    template <StoragePolicy S>
    Result<std::optional<LockInfo>> inspect(S&, Context const&, KeyView) {
        detail::never_called();
    }
    template <StoragePolicy S>
    Result<void> force_unlock(S&, Context const&, KeyView, WriteId) {
        detail::never_called();
    }
};

/// `VersioningPolicy` over any storage.
struct VersioningArchetype : Archetype<VersioningArchetype> {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::history;
    template <StoragePolicy S>
    Result<Commit> commit(S&, Context const&, RecordId const&, RecordPtr const&, Change) {
        detail::never_called();
    }
};

/// `RetentionPolicy`.
struct RetentionArchetype : Archetype<RetentionArchetype> {
    Result<std::uint64_t> floor(VersionList&) const { detail::never_called(); }
};
/// `HistoryVersioning` over any storage.
struct HistoryVersioningArchetype : Archetype<HistoryVersioningArchetype> {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::history;
    template <StoragePolicy S>
    Result<Commit> commit(S&, Context const&, RecordId const&, RecordPtr const&, Change) {
        detail::never_called();
    }
    RetentionArchetype const& retention() const { detail::never_called(); }
    bool pin_is_stale(Environment&, WriteId, WriteId, Duration) { detail::never_called(); }
};

/// `BringsVerbs` of every store. What it brings can be a base of a store, and nothing else.
struct VerbsArchetype : Archetype<VerbsArchetype> {
    template <class Store>
    class Verbs {
    protected:
        Verbs() = default;
        Verbs(Verbs&&) noexcept = default;
        ~Verbs() = default;
    };
};
/// `BringsKeyVerbs` of every store and its locked keys.
struct KeyVerbsArchetype : Archetype<KeyVerbsArchetype> {
    template <class Self, class... At>
    class KeyVerbs {
    protected:
        KeyVerbs() = default;
        KeyVerbs(KeyVerbs&&) noexcept = default;
        KeyVerbs& operator=(KeyVerbs&&) noexcept = default;
        ~KeyVerbs() = default;
    };
};

/// A state: movable, and neither copied, compared nor made by default.
struct StateArchetype : Archetype<StateArchetype> {};
/// `SerializationPolicy` of every state.
struct SerializationArchetype : Archetype<SerializationArchetype> {
    static constexpr Family family = Family::serialization;
    template <class State>
    Result<void> encode(CodingContext const&, State const&, Buffer&) {
        detail::never_called();
    }
    template <class State>
    Result<State> decode(CodingContext const&, RecordPtr const&) {
        detail::never_called();
    }
};

}  // namespace holdfast::testing

#endif
