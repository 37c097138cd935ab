// The same update under more and more careful policies. Where history is kept it is also pruned, once in 256 updates.

#include "../harness.hpp"

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>

namespace {

using namespace holdfast;
using Files = FileStorage<SlotFirst, Durability::none>;

Key const key = Key::parse("pipelines/orders").value();

template <class Storage>
Storage open(bench::Run const& run) {
    if constexpr (std::same_as<Storage, Files>) {
        return Files::open(run.directory() + "/store").value();
    } else if constexpr (std::same_as<Storage, SqliteStorage>) {
        SqliteOptions options;
        options.durability = Durability::data;
        return SqliteStorage::open(run.directory() + "/store.db", options).value();
    } else {
        (void)run;
        return Storage();
    }
}

template <class Storage, class Locking, class Versioning>
void update(bench::Run& run) {
    StateStore<Bytes, Storage, Locking, Versioning, RawBytes> store(open<Storage>(run));
    bench::require(store.create(key, Bytes::copy(bench::make_value())).applied(), "create");
    run.measure([&, n = 0u]() mutable {
        auto const done = store.update(key, [](Bytes& value) {
            Buffer next(value.size());
            next.append(value.view());
            bench::count_up(next.data());
            value = Bytes(std::move(next));
        });
        bench::require(done.applied(), "update");
        if constexpr (Versioning::discipline == Discipline::history) {
            if (++n % 256 == 0) bench::require(store.prune(key).has_value(), "prune");
        } else {
            (void)n;
        }
    });
}

using Kept = History<KeepLast<16>>;
template <class Storage>
struct Cases {
    explicit Cases(std::string_view const (&names)[3])
        : lease(names[0], update<Storage, LeaseLock<>, CompareAndSwap>),
          history(names[1], update<Storage, NoLock, Kept>),
          both(names[2], update<Storage, LeaseLock<>, Kept>) {}
    bench::Case lease, history, both;
};

Cases<MemoryStorage> const memory({"memory-update-lease", "memory-update-history", "memory-update-lease-history"});
Cases<Files> const files({"file-update-none-lease", "file-update-none-history", "file-update-none-lease-history"});
Cases<SqliteStorage> const sqlite({"sqlite-update-normal-lease", "sqlite-update-normal-history",
                                   "sqlite-update-normal-lease-history"});

}  // namespace
