#include <holdfast/concepts/openable.hpp>
#include <holdfast/testing/archetypes.hpp>

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>

namespace archetypes_test {

using namespace holdfast;
using namespace holdfast::testing;

// Each models its concept, and not the next one.
static_assert(StoragePolicy<StorageArchetype> && !ConditionalStorage<StorageArchetype> &&
              !AttributedStorage<StorageArchetype>);
static_assert(ConditionalStorage<ConditionalStorageArchetype> && !AttributedStorage<ConditionalStorageArchetype>);
static_assert(AttributedStorage<AttributedStorageArchetype> && !ListableStorage<AttributedStorageArchetype>);
static_assert(ListableStorage<ListableStorageArchetype> && !TransactionalStorage<ListableStorageArchetype>);
static_assert(TransactionalStorage<TransactionalStorageArchetype> && !HostStorage<TransactionalStorageArchetype>);
static_assert(HostStorage<HostStorageArchetype> && !OpenableStorage<HostStorageArchetype>);
static_assert(OpenableStorage<OpenableStorageArchetype> && !ListableStorage<OpenableStorageArchetype>);
static_assert(OpenableStorage<MemoryStorage> && !OpenableStorage<Faulty<MemoryStorage>>);
static_assert(TurnTakingStorage<TurnTakingStorageArchetype> && !TurnTakingStorage<HostStorageArchetype> &&
              !HostStorage<TurnTakingStorageArchetype>);
static_assert(TurnTakingStorage<Faulty<TurnTakingStorageArchetype>> &&
              !TurnTakingStorage<Faulty<AttributedStorageArchetype>>);
static_assert(TurnTakingStorage<OneOf<TurnTakingStorageArchetype, AttributedStorageArchetype>> &&
              !TurnTakingStorage<OneOf<AttributedStorageArchetype, HostStorageArchetype>>);
static_assert(TurnTakingStorage<MemoryStorage> && TurnTakingStorage<Faulty<MemoryStorage>>);
static_assert(RankedTurnStorage<RankedTurnStorageArchetype> && !RankedTurnStorage<TurnTakingStorageArchetype> &&
              !RankedTurnStorage<MemoryStorage>);
static_assert(RankedTurnStorage<Faulty<RankedTurnStorageArchetype>> &&
              RankedTurnStorage<OneOf<RankedTurnStorageArchetype, MemoryStorage>>);
static_assert(AgingStorage<AgingStorageArchetype> && !AgingStorage<AttributedStorageArchetype>);
// Of what has no late writes nobody needs an age.
static_assert(AgingStorage<Faulty<AgingStorageArchetype>> &&
              AgingStorage<OneOf<AgingStorageArchetype, MemoryStorage>> &&
              !AgingStorage<OneOf<AgingStorageArchetype, LateStorage>> && !AgingStorage<OneOf<MemoryStorage>>);
static_assert(BulkStorage<BulkStorageArchetype> && !BulkStorage<AttributedStorageArchetype> &&
              BulkStorage<Faulty<BulkStorageArchetype>> && BulkStorage<OneOf<BulkStorageArchetype, MemoryStorage>> &&
              !BulkStorage<Faulty<MemoryStorage>>);
static_assert(LockGuard<GuardArchetype> && !TenuredGuard<GuardArchetype>);
static_assert(TenuredGuard<TenuredGuardArchetype>);
static_assert(LockingPolicy<LockingArchetype, StorageArchetype> &&
              !InspectableLocking<LockingArchetype, StorageArchetype>);
static_assert(LockingPolicy<TenuredLockingArchetype, StorageArchetype> &&
              !InspectableLocking<TenuredLockingArchetype, StorageArchetype>);
static_assert(InspectableLocking<InspectableLockingArchetype, StorageArchetype> &&
              !BreakableLocking<InspectableLockingArchetype, StorageArchetype>);
static_assert(BreakableLocking<BreakableLockingArchetype, StorageArchetype>);
static_assert(!BreakableLocking<MutexLock, MemoryStorage> && BreakableLocking<LeaseLock<>, AttributedStorageArchetype>);
static_assert(VersioningPolicy<VersioningArchetype, StorageArchetype> &&
              !HistoryVersioning<VersioningArchetype, StorageArchetype>);
static_assert(HistoryVersioning<HistoryVersioningArchetype, StorageArchetype>);
static_assert(RetentionPolicy<RetentionArchetype> && RetentionPolicy<KeepIfAny<RetentionArchetype, KeepAll>>);
static_assert(HistoryVersioning<History<RetentionArchetype>, AttributedStorageArchetype>);
static_assert(SerializationPolicy<SerializationArchetype, StateArchetype>);
static_assert(!VersioningPolicy<CompareAndSwap, StorageArchetype> &&
              !VersioningPolicy<CompareAndSwap, ConditionalStorageArchetype>);
static_assert(VersioningPolicy<CompareAndSwap, AttributedStorageArchetype>);

// What removed keys leave can go where writes are not late, or where ages can be told.
struct PromptStorage : AttributedStorageArchetype {
    static constexpr bool late_writes = false;
};
struct PromptWithoutStamps : ConditionalStorageArchetype {
    static constexpr bool late_writes = false;
};
struct AgesWithoutConditions : AgingStorageArchetype {
    static constexpr bool conditional = false;
};
static_assert(PurgeableStorage<MemoryStorage> && PurgeableStorage<AgingStorageArchetype> &&
              PurgeableStorage<PromptStorage>);
static_assert(!PurgeableStorage<AttributedStorageArchetype> && !PurgeableStorage<PromptWithoutStamps> &&
              !PurgeableStorage<AgesWithoutConditions>);

// Each minus one member models nothing.
enum class Without : unsigned char { nothing, family, read, write, remove, conditional, attributed, late_writes };
template <Without w>
struct Crippled {
    static constexpr Family family = w == Without::family ? Family::locking : Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = true;
    Result<RecordPtr> read(Context const&, RecordId const&)
        requires(w != Without::read);
    Result<WriteOutcome> write(Context const&, RecordId const&, RecordPtr const&, Precondition const&)
        requires(w != Without::write);
    Result<WriteOutcome> remove(Context const&, RecordId const&, Precondition const&)
        requires(w != Without::remove);
};
struct SaysNothing {
    static constexpr Family family = Family::storage;
    Result<RecordPtr> read(Context const&, RecordId const&);
    Result<WriteOutcome> write(Context const&, RecordId const&, RecordPtr const&, Precondition const&);
    Result<WriteOutcome> remove(Context const&, RecordId const&, Precondition const&);
};
struct SaysTwo : SaysNothing {
    static constexpr bool attributed = true, late_writes = true;
};
struct SaysOthers : SaysNothing {
    static constexpr bool conditional = true, late_writes = true;
};
struct SaysNotLate : SaysNothing {
    static constexpr bool conditional = true, attributed = true;
};
static_assert(StoragePolicy<Crippled<Without::nothing>>);
static_assert(!StoragePolicy<Crippled<Without::family>> && !StoragePolicy<Crippled<Without::read>>);
static_assert(!StoragePolicy<Crippled<Without::write>> && !StoragePolicy<Crippled<Without::remove>>);
static_assert(!StoragePolicy<SaysTwo> && !StoragePolicy<SaysOthers> && !StoragePolicy<SaysNotLate>);

template <int without>
struct CrippledGuard {
    Epoch epoch() const
        requires(without != 1);
    Result<void> renew(Context const&)
        requires(without != 2);
    Result<void> release(Context const&)
        requires(without != 3);
    Result<void> confirm(Context const&)
        requires(without != 4);
    Instant reliable_until() const
        requires(without != 5);
};
static_assert(LockGuard<CrippledGuard<0>> && !LockGuard<CrippledGuard<1>>);
static_assert(!LockGuard<CrippledGuard<2>> && !LockGuard<CrippledGuard<3>>);
static_assert(!LockGuard<CrippledGuard<4>> && !LockGuard<CrippledGuard<5>>);
template <int without>
struct CrippledLocking {
    static constexpr Family family = Family::locking;
    template <class S>
    Result<CrippledGuard<without>> acquire(S&, Context const&, KeyView, std::string_view);
};
static_assert(LockingPolicy<CrippledLocking<0>, StorageArchetype> &&
              !LockingPolicy<CrippledLocking<1>, StorageArchetype>);
struct EntersByValue : CrippledGuard<0> {
    Result<Tenure> enter(Context const&);
};
template <int without>
struct CrippledTenured : CrippledGuard<without> {
    Result<Tenure*> enter(Context const&);
};
template <class L, class S>
using GuardOf = typename decltype(std::declval<L&>().acquire(std::declval<S&>(), std::declval<Context const&>(),
                                                             KeyView("k"), ""))::value_type;
static_assert(TenuredGuard<CrippledTenured<0>> && !TenuredGuard<CrippledTenured<1>> && !TenuredGuard<EntersByValue>);
static_assert(TenuredGuard<GuardOf<LeaseLock<>, MemoryStorage>> && !TenuredGuard<GuardOf<NoLock, MemoryStorage>>);
struct BreaksWithoutLooking : LockingArchetype {
    template <class S>
    Result<void> force_unlock(S&, Context const&, KeyView, WriteId);
};
struct BreaksWhatIsThere : InspectableLockingArchetype {
    template <class S>
    Result<void> force_unlock(S&, Context const&, KeyView);
};
static_assert(!BreakableLocking<BreaksWithoutLooking, StorageArchetype> &&
              !BreakableLocking<BreaksWhatIsThere, StorageArchetype>);
struct KeepsByCall : RetentionArchetype {
    Result<std::uint64_t> floor(VersionList&);
};
struct KeepsUnsigned : RetentionArchetype {
    std::uint64_t floor(VersionList&) const;
};
static_assert(!RetentionPolicy<KeepsByCall> && !RetentionPolicy<KeepsUnsigned> && !RetentionPolicy<StateArchetype>);
struct ForgetsPins : VersioningArchetype {
    RetentionArchetype const& retention() const;
};
struct KeepsByNoRule : HistoryVersioningArchetype {
    StateArchetype const& retention() const;
};
struct OtherHistory : HistoryVersioningArchetype {
    static constexpr Discipline discipline = Discipline::compare_and_swap;
};
static_assert(!HistoryVersioning<ForgetsPins, StorageArchetype> &&
              !HistoryVersioning<KeepsByNoRule, StorageArchetype> &&
              !HistoryVersioning<OtherHistory, StorageArchetype>);
struct AgeOfNothing : AttributedStorageArchetype {
    Result<Duration> read_aged(Context const&, RecordId const&);
};
static_assert(!AgingStorage<AgeOfNothing> && !PurgeableStorage<AgeOfNothing>);
struct CommitsNothing {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::history;
};
struct EncodesOnly {
    static constexpr Family family = Family::serialization;
    template <class State>
    Result<void> encode(CodingContext const&, State const&, Buffer&);
};
static_assert(!VersioningPolicy<CommitsNothing, StorageArchetype>);
static_assert(!SerializationPolicy<EncodesOnly, StateArchetype>);

// What is stored under a revision has it as a member.
static_assert(Revised<RevisedArchetype> && Revised<RevisedArchetype const> && Revised<Record>);
struct RevisedByCall {
    Revision revision() const;
};
struct RevisedByText {
    std::string revision;
};
static_assert(!Revised<RevisedByCall> && !Revised<RevisedByText> && !Revised<Revision> && !Revised<int>);

template <class S, class L = LockingArchetype, class V = VersioningArchetype>
using Store = BasicStateStore<StateArchetype, S, L, V, SerializationArchetype>;

// Verbs are templates of the store, and of what writes a key.
using AnyStore = Store<AttributedStorageArchetype>;
static_assert(BringsVerbs<VerbsArchetype, AnyStore> && !BringsKeyVerbs<VerbsArchetype, AnyStore, KeyView>);
static_assert(BringsKeyVerbs<KeyVerbsArchetype, AnyStore, KeyView> && BringsKeyVerbs<KeyVerbsArchetype, AnyStore> &&
              !BringsVerbs<KeyVerbsArchetype, AnyStore>);
static_assert(!BringsVerbs<LockingArchetype, AnyStore> && !BringsKeyVerbs<LockingArchetype, AnyStore>);
struct NoTemplates {
    class Verbs {};
    class KeyVerbs {};
};
struct OtherTemplates {
    template <class, class>
    class Verbs {};
    template <class>
    class KeyVerbs {};
};
static_assert(!BringsVerbs<NoTemplates, AnyStore> && !BringsKeyVerbs<NoTemplates, AnyStore>);
static_assert(!BringsVerbs<OtherTemplates, AnyStore> && !BringsKeyVerbs<OtherTemplates, AnyStore, KeyView>);

struct VerbalLocking : LockingArchetype {
    template <class S>
    using Verbs = VerbsArchetype::Verbs<S>;
    template <class Self, class... At>
    using KeyVerbs = KeyVerbsArchetype::KeyVerbs<Self, At...>;
};

// Compiled whole, with what the concepts promise and nothing more; never called.
template <class S, class L = LockingArchetype, class V = VersioningArchetype>
void use_everything(Store<S, L, V>& store, KeyView key, Entry<StateArchetype> const& entry, StateArchetype state) {
    (void)store.get(key);
    (void)store.update(key, [](std::optional<StateArchetype> now) { return *std::move(now); });
    (void)store.create(key, std::move(state));
    (void)store.replace(entry, std::move(state));
    (void)store.remove(entry);
    (void)store.resolve(UnknownWrite{key, Slot::current, {}, {}, {}});
    (void)store.seal(UnknownWrite{key, Slot::current, {}, {}, {}});
    auto held = store.lock(key);
    (void)held->update([](std::optional<StateArchetype> now) { return *std::move(now); });
    (void)held->get();
    (void)held->confirm();
    (void)held->reliable_until();
    (void)held->release();
    if constexpr (ListableStorage<S>)
        for (auto const& listed : store.keys()) (void)listed;
    if constexpr (InspectableLocking<L, S>) (void)store.holder(key);
    if constexpr (BreakableLocking<L, S>) (void)store.force_unlock(key, WriteId());
    if constexpr (PurgeableStorage<S>) (void)store.purge(key);
    if constexpr (HistoryVersioning<V, S>) {
        (void)store.history(key);
        (void)store.get(key, VersionId());
        (void)store.pin(key);
        if constexpr (ListableStorage<S>) (void)store.prune(key);
    }
}
template void use_everything(Store<AttributedStorageArchetype>&, KeyView, Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<ListableStorageArchetype, InspectableLockingArchetype>&, KeyView,
                             Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<AttributedStorageArchetype, VerbalLocking>&, KeyView, Entry<StateArchetype> const&,
                             StateArchetype);
template void use_everything(Store<TurnTakingStorageArchetype>&, KeyView, Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<RankedTurnStorageArchetype>&, KeyView, Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<AgingStorageArchetype, TenuredLockingArchetype>&, KeyView,
                             Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<AgingStorageArchetype, BreakableLockingArchetype>&, KeyView,
                             Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<ListableStorageArchetype, TenuredLockingArchetype, HistoryVersioningArchetype>&,
                             KeyView, Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<ListableStorageArchetype, LockingArchetype, History<RetentionArchetype>>&, KeyView,
                             Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<Faulty<AttributedStorageArchetype>>&, KeyView, Entry<StateArchetype> const&,
                             StateArchetype);

// As above: what a precondition may be about.
void use_preconditions(std::shared_ptr<RevisedArchetype> const& one) {
    (void)Precondition::unchanged_since(one).holds(one.get());
    (void)Precondition::unchanged_since(std::shared_ptr<RevisedArchetype const>(one)).holds(std::as_const(one).get());
}

template <class T>
concept Transacts = requires(T& store) {
    store.transaction({KeyView("a"), KeyView("b")}, [](std::span<std::optional<StateArchetype>>) {});
};

TEST_CASE("archetypes: a batch needs a versioning policy that commits batches", "[archetypes]") {
    STATIC_CHECK(!Transacts<Store<TransactionalStorageArchetype>>);
    STATIC_CHECK(!Transacts<Store<AttributedStorageArchetype>>);
}

}  // namespace archetypes_test
