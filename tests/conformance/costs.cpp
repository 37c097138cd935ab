// What operations cost, counted: requests to a service that has neither batches nor certainty, and syncs of local
// storages. The tables of the README are these.

#include <conformance/product.hpp>
#include <holdfast/layer/cached.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>
#include <unit/support/readme.hpp>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

namespace costs_test {
std::atomic<unsigned> syncs{0};
}

// Everything in this program that syncs, SQLite included, comes through here.
extern "C" int fsync(int fd) {
    ++costs_test::syncs;
    return static_cast<int>(syscall(SYS_fsync, fd));
}
extern "C" int fdatasync(int fd) {
    ++costs_test::syncs;
    return static_cast<int>(syscall(SYS_fdatasync, fd));
}

namespace costs_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::is_in_the_readme;

/// Far away: each call is a request, a lost write may land later, there are no batches.
class Service {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = true;

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) { return ++*requests, records_.read(ctx, id); }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const&) { return read(ctx, id); }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return ++*requests, records_.write(ctx, id, record, when);
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        return ++*requests, records_.remove(ctx, id, when);
    }

    std::shared_ptr<unsigned> requests = std::make_shared<unsigned>(0);

private:
    MemoryStorage records_;
};

/// A row of a table, filled cell by cell.
class Row {
public:
    explicit Row(std::string const& name) : text_("| " + name + " |") {}
    void cell(unsigned n) { text_ += " " + std::to_string(n) + " |"; }
    void blank() { text_ += " |"; }
    std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
};

void add(std::string& text) { text += "+"; }

/// The same operations under every composition: what each adds to `counter` is a cell.
template <class Locking, class Versioning, class S>
void measure(Row& row, S storage, auto const& counter, TestEnvironment& env, bool pauses_cost = true) {
    constexpr bool leases = !std::same_as<Locking, NoLock>;
    using Store = BasicStateStore<std::string, S, Locking, Versioning, RawBytes>;
    StoreOptions const options{std::chrono::seconds(60), &env};
    Store store(storage, options);
    unsigned before = counter();
    auto const cell = [&] {
        row.cell(counter() - before);
        before = counter();
    };
    // What the first writes of a process and of a place cost once.
    auto const warm = store.create("warm", "state");
    INFO((warm ? std::string() : warm.error().describe()));
    REQUIRE(warm);
    REQUIRE(store.update("warm", add));
    before = counter();

    REQUIRE(store.get("warm"));
    cell();
    REQUIRE(store.create("k", "state"));
    cell();
    REQUIRE(store.update("k", add));
    before = counter();
    REQUIRE(store.update("k", add));
    cell();
    if constexpr (leases) {
        {
            auto held = store.lock("k").value();
            REQUIRE(held.update(add));
            before = counter();
            REQUIRE(held.update(add));
            cell();
        }
    } else {
        row.blank();
    }
    if constexpr (Store::historic) {
        auto const version = store.history("k").value().versions.back().id;
        before = counter();
        REQUIRE(store.get("k", version));
        cell();
        REQUIRE(store.rollback("k", version));
        cell();
    } else {
        row.blank();
        row.blank();
    }
    if constexpr (leases) {
        Locking const of_the_dead(LeaseOptions{.ttl = std::chrono::milliseconds(10)});
        Store dead(storage, of_the_dead, options),
            thief(storage, Locking(LeaseOptions{.poll = std::chrono::hours(1)}), options);
        auto const held = dead.lock("k").value();
        before = counter();
        unsigned const pauses = env.sleeps();
        auto const stolen = thief.lock("k").value();
        row.cell(counter() - before - (pauses_cost ? env.sleeps() - pauses : 0));  // without a look for each pause
    } else {
        row.blank();
    }
}

template <class Locking, class Versioning>
void requests(std::string const& name) {
    TestEnvironment env;
    Service service, behind;
    Row plain(name), cached(name + ", `Cached`");
    auto const requests = [&] { return *service.requests + *behind.requests; };
    measure<Locking, Versioning>(plain, service, requests, env);
    is_in_the_readme(plain.text());
    measure<Locking, Versioning>(cached, Cached<Service>(behind), requests, env);
    is_in_the_readme(cached.text());
}

TEST_CASE("costs: requests of every operation under every policy", "[costs]") {
    requests<NoLock, CompareAndSwap>("`CompareAndSwap`");
    requests<LeaseLock<>, CompareAndSwap>("`CompareAndSwap`, `LeaseLock<>`");
    requests<LeaseLock<OwnSlot>, CompareAndSwap>("`CompareAndSwap`, `LeaseLock<OwnSlot>`");
    requests<NoLock, History<>>("`History<>`");
    requests<LeaseLock<>, History<>>("`History<>`, `LeaseLock<>`");
}

template <class Locking, class Versioning>
void syncs_of(std::string const& name) {
    TestEnvironment env;
    conformance::Scratch const scratch;
    auto const counter = [] { return syncs.load(); };
    Row files(name + ", `FileStorage<>`"), sqlite(name + ", `SqliteStorage`");
    measure<Locking, Versioning>(files, FileStorage<>::open(scratch / "files").value(), counter, env, false);
    is_in_the_readme(files.text());
    measure<Locking, Versioning>(sqlite, SqliteStorage::open(scratch / "state.db").value(), counter, env, false);
    is_in_the_readme(sqlite.text());
}

TEST_CASE("costs: syncs of every operation under every policy", "[costs]") {
    syncs_of<NoLock, CompareAndSwap>("`CompareAndSwap`");
    syncs_of<LeaseLock<>, CompareAndSwap>("`CompareAndSwap`, `LeaseLock<>`");
    syncs_of<LeaseLock<OwnSlot>, CompareAndSwap>("`CompareAndSwap`, `LeaseLock<OwnSlot>`");
    syncs_of<NoLock, History<>>("`History<>`");
    syncs_of<LeaseLock<>, History<>>("`History<>`, `LeaseLock<>`");
}

}  // namespace costs_test
