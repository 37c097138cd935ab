#ifndef HOLDFAST_TESTS_CONFORMANCE_PRODUCT_HPP
#define HOLDFAST_TESTS_CONFORMANCE_PRODUCT_HPP

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <unit/support/scratch.hpp>

#include <memory>
#include <string>

namespace conformance {

using namespace holdfast;
using namespace holdfast::testing;
using boost::mp11::mp_list;

using holdfast_tests::Scratch;

using Files = FileStorage<KeyDirectories, Durability::none>;
using Faultless = Faulty<MemoryStorage>;
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

/// Another model takes part by one more word here (and a `make`, if it is not made by default).
using Storages = mp_list<MemoryStorage, Files, SqliteStorage, Either, Faultless, LateStorage>;
using Lockings = mp_list<NoLock, MutexLock, FileLock, LeaseLock<>, LeaseLock<OwnSlot>>;
using Versionings = mp_list<CompareAndSwap, LastWriterWins, History<>>;
using Serializations = mp_list<Json, RawBytes>;

template <class S, class L, class V, class Z>
struct Composition {
    static constexpr bool allowed =
        LockingPolicy<L, S> && VersioningPolicy<V, S> && SerializationPolicy<Z, std::string>;
    using storage = S;
    using locking = L;
};
template <class C>
struct StoreOf;
template <class S, class L, class V, class Z>
struct StoreOf<Composition<S, L, V, Z>> {
    using type = BasicStateStore<std::string, S, L, V, Z>;
};
template <class C>
using Allowed = boost::mp11::mp_bool<C::allowed>;

template <class Z>
using Product = boost::mp11::mp_product<Composition, Storages, Lockings, Versionings, mp_list<Z>>;
template <class Z>
using AllowedProduct = boost::mp11::mp_copy_if<Product<Z>, Allowed>;
/// Locks have no part in how states become bytes.
template <class Z>
using UnlockedProduct =
    boost::mp11::mp_copy_if<boost::mp11::mp_product<Composition, Storages, mp_list<NoLock>, Versionings, mp_list<Z>>, Allowed>;

}  // namespace conformance

#endif
