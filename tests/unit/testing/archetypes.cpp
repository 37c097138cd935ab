#include <holdfast/concepts/openable.hpp>
#include <holdfast/testing/archetypes.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/testing/faulty.hpp>

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
static_assert(LockGuard<GuardArchetype>);
static_assert(LockingPolicy<LockingArchetype, StorageArchetype> &&
              !InspectableLocking<LockingArchetype, StorageArchetype>);
static_assert(InspectableLocking<InspectableLockingArchetype, StorageArchetype>);
static_assert(VersioningPolicy<VersioningArchetype, StorageArchetype>);
static_assert(SerializationPolicy<SerializationArchetype, StateArchetype>);
static_assert(!VersioningPolicy<CompareAndSwap, StorageArchetype> &&
              !VersioningPolicy<CompareAndSwap, ConditionalStorageArchetype>);
static_assert(VersioningPolicy<CompareAndSwap, AttributedStorageArchetype>);

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

template <class S, class L = LockingArchetype>
using Store = BasicStateStore<StateArchetype, S, L, VersioningArchetype, SerializationArchetype>;

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
template <class S, class L = LockingArchetype>
void use_everything(Store<S, L>& store, KeyView key, Entry<StateArchetype> const& entry, StateArchetype state) {
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
}
template void use_everything(Store<AttributedStorageArchetype>&, KeyView, Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<ListableStorageArchetype, InspectableLockingArchetype>&, KeyView,
                             Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<AttributedStorageArchetype, VerbalLocking>&, KeyView, Entry<StateArchetype> const&,
                             StateArchetype);
template void use_everything(Store<TurnTakingStorageArchetype>&, KeyView, Entry<StateArchetype> const&, StateArchetype);
template void use_everything(Store<RankedTurnStorageArchetype>&, KeyView, Entry<StateArchetype> const&, StateArchetype);
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
