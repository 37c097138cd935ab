#ifndef HOLDFAST_TESTS_CONFORMANCE_PRODUCT_HPP
#define HOLDFAST_TESTS_CONFORMANCE_PRODUCT_HPP

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/object/directory_objects.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/compare_content.hpp>
#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <unit/support/exact_layout.hpp>
#include <unit/support/scratch.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace conformance {

using namespace holdfast;
using namespace holdfast::testing;
using boost::mp11::mp_list;

using holdfast_tests::Scratch;

using Files = FileStorage<SlotFirst, Durability::none>;
using Faultless = Faulty<MemoryStorage>;
using Tree = ObjectStorage<DirectoryObjects<Durability::none>>;
using Bucket = ObjectStorage<LateObjects<MemoryObjects>>;
/// Files of another program, to the byte.
using Exact = ObjectStorage<LateObjects<MemoryObjects>, holdfast_tests::ExactLayout>;
using Either = OneOf<Files, SqliteStorage>;

/// How a storage is made, in a directory that may be used for it.
template <class S>
S make(Scratch const&) {
    return S();
}
template <>
inline Files make<Files>(Scratch const& scratch) {
    return Files::open(scratch / "files").value();
}
template <>
inline Tree make<Tree>(Scratch const& scratch) {
    using Objects = DirectoryObjects<Durability::none>;
    return Tree::open(Objects::open_for<SlotFirst>(scratch / "tree").value()).value();
}
template <>
inline Bucket make<Bucket>(Scratch const&) {
    return Bucket::open(LateObjects(MemoryObjects()), "prefix").value();
}
template <>
inline Exact make<Exact>(Scratch const&) {
    return Exact::open(LateObjects(MemoryObjects())).value();
}
template <>
inline SqliteStorage make<SqliteStorage>(Scratch const& scratch) {
    return SqliteStorage::open(scratch / "state.db").value();
}
template <>
inline Either make<Either>(Scratch const& scratch) {
    return Either(make<SqliteStorage>(scratch));
}
template <>
inline Faultless make<Faultless>(Scratch const& scratch) {
    return Faultless(make<MemoryStorage>(scratch), std::make_shared<FaultPlan>());
}

/// Another model takes part by one more word here (and a `make`, if it is not made by default): in the stores of all
/// compositions, and in the laws of its concept, which parts.cpp and leases.cpp check.
using Storages = mp_list<MemoryStorage, Files, SqliteStorage, Either, Faultless, LateStorage, Tree, Bucket, Exact>;
using Lockings = mp_list<NoLock, MutexLock, FileLock, LeaseLock<>, LeaseLock<OwnSlot>>;
using Versionings = mp_list<CompareAndSwap, LastWriterWins, History<>, CompareContent>;
using Serializations = mp_list<Json, RawBytes>;

template <class S, class L, class V, class Z>
struct Composition {
    static constexpr bool allowed =
        LockingPolicy<L, S> && VersioningPolicy<V, S> && SerializationPolicy<Z, std::string>;
    using storage = S;
    using locking = L;
    using versioning = V;
};
template <class C>
struct StoreOf;
template <class S, class L, class V, class Z>
struct StoreOf<Composition<S, L, V, Z>> {
    using type = BasicStateStore<std::string, S, L, V, Z>;
};
template <class C>
using Allowed = boost::mp11::mp_bool<C::allowed>;
/// Of all compositions, or (HOLDFAST_PAIRS_ONLY) of so many that each two policies meet in one of them: a sanitizer
/// judges the code, which is the same in all others.
template <class C>
using Taken = boost::mp11::mp_bool<
#ifdef HOLDFAST_PAIRS_ONLY
    C::allowed && (std::is_same_v<typename C::storage, Files> || std::is_same_v<typename C::locking, NoLock> ||
                   std::is_same_v<typename C::versioning, CompareAndSwap>)
#else
    C::allowed
#endif
    >;

using Product = boost::mp11::mp_product<Composition, Storages, Lockings, Versionings, Serializations>;
template <class Z>
using AllowedProduct = boost::mp11::mp_copy_if<
    boost::mp11::mp_product<Composition, Storages, Lockings, Versionings, mp_list<Z>>, Taken>;
/// Locks have no part in how states become bytes: of the serializations, a list, each is with every storage and
/// versioning, and one of them (`AllowedProduct`) also with every lock.
template <class Zs>
using UnlockedProduct =
    boost::mp11::mp_copy_if<boost::mp11::mp_product<Composition, Storages, mp_list<NoLock>, Versionings, Zs>, Allowed>;

/// A part and the storage over which its laws are checked.
template <class P, class S>
struct Over {
    using part = P;
    using storage = S;
};

/// Every versioning over every storage that it allows.
template <class O>
using AllowsVersioning = boost::mp11::mp_bool<VersioningPolicy<typename O::part, typename O::storage>>;
using VersioningsOver = boost::mp11::mp_copy_if<boost::mp11::mp_product<Over, Versionings, Storages>, AllowsVersioning>;

template <class L, class S>
using GuardOf = typename decltype(std::declval<L&>().acquire(std::declval<S&>(), std::declval<Context const&>(),
                                                             KeyView("k"), ""))::value_type;
/// What lives in the records of the storage must get on with each; what does not asks it for a directory at most.
template <class L, class S>
inline constexpr bool in_records = false;
template <class L, class S>
    requires LockingPolicy<L, S>
inline constexpr bool in_records<L, S> = TenuredGuard<GuardOf<L, S>>;

template <class O>
using IsLease = boost::mp11::mp_bool<in_records<typename O::part, typename O::storage>>;
template <class O>
using IsLockBeside = boost::mp11::mp_bool<LockingPolicy<typename O::part, typename O::storage> && !IsLease<O>::value>;
/// leases.cpp checks these, and parts.cpp those.
using LeasesOver = boost::mp11::mp_copy_if<boost::mp11::mp_product<Over, Lockings, Storages>, IsLease>;
using LocksOver =
    boost::mp11::mp_copy_if<boost::mp11::mp_product<Over, Lockings, mp_list<Files, SqliteStorage>>, IsLockBeside>;

}  // namespace conformance

#endif
