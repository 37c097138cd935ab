// One of several processes that do what they like to three keys, and note it all.
//
//   linearizable_child URI KIND NAME N SEED LOG   N times reads, updates, creates, replaces or removes, as SEED says;
//                                                 prints "." for each; notes what it did and saw in the file LOG
//
// URI may be tree://DIRECTORY: through the door of files, or of named bytes, as NAME is odd or even.
// KIND: plain (CompareAndSwap), lease (with a lease), history, or careless: a storage that ignores preconditions.

#include <process/tree.hpp>

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/linearizability.hpp>
#include <holdfast/versioning/history.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include <unistd.h>

namespace {

using namespace holdfast;

[[noreturn]] void fail(Error const& error) {
    std::fprintf(stderr, "linearizable_child: %s\n", error.describe().c_str());
    std::_Exit(1);
}

/// Says that it honours preconditions, and writes whatever is there.
template <class S>
class Careless {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;

    explicit Careless(S storage) : storage_(std::move(storage)) {}

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) { return storage_.read(ctx, id); }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record, Precondition const&) {
        return storage_.write(ctx, id, record, Precondition::none());
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const&) {
        return storage_.remove(ctx, id, Precondition::none());
    }

private:
    S storage_;
};

/// What may happen to anybody is noted and forgotten; everything else is a fault.
template <class Outcome>
void expected(Outcome const& outcome) {
    if (outcome) return;
    Errc const why = outcome.error().code();
    if (why != Errc::conflict && why != Errc::fenced && why != Errc::lost) fail(outcome.error());
}

template <class Store>
void act(Store& store, testing::HistoryActor<>& me, std::string const& name, long n, unsigned seed) {
    using Entry = typename Store::entry_type;
    CallOptions const patient{.timeout = std::chrono::seconds(240)};
    KeyView const keys[] = {"a", "b", "c"};
    std::mt19937 random(seed);
    std::optional<Entry> last[3];  // perhaps long out of date
    for (long i = 0; i < n; ++i) {
        std::size_t const which = random() % 3, what = random() % 16;
        KeyView const key = keys[which];
        std::string const value = name + "." + std::to_string(i);
        auto& seen = last[which];
        if (what < 6) {
            auto found = me.get(store, key, patient);
            if (!found) fail(found.error());
            seen = *std::move(found);
        } else if (what < 11) {
            expected(me.update(
                store, key, [&](std::string& text) { text = value; }, patient));
        } else if (what < 13) {
            expected(me.create(store, key, value, patient));
        } else if (seen && what < 15) {
            expected(me.replace(store, *seen, value, patient));
        } else if (seen) {
            expected(me.remove(store, *seen, patient));
        }
        if (write(STDOUT_FILENO, ".", 1) != 1) std::_Exit(2);
    }
}

template <class Storage>
void run(Storage storage, char** argv) {
    std::string const kind = argv[2], name = argv[3];
    auto log = testing::HistoryFile::open(argv[6]);
    if (!log) fail(log.error());
    testing::HistoryActor me(**log, name);
    auto const with = [&](auto store) {
        act(store, me, name, std::atol(argv[4]), static_cast<unsigned>(std::strtoul(argv[5], nullptr, 10)));
    };
    if (kind == "lease")
        with(StateStore<std::string, Storage, RawBytes, LeaseLock<>>(
            std::move(storage), LeaseLock<>(LeaseOptions{.ttl = std::chrono::milliseconds(250)})));
    else if (kind == "history") with(StateStore<std::string, Storage, RawBytes, History<>>(std::move(storage)));
    else if (kind == "careless")
        with(StateStore<std::string, Careless<Storage>, RawBytes>(Careless<Storage>(std::move(storage))));
    else with(StateStore<std::string, Storage, RawBytes>(std::move(storage)));
}

template <class Storage>
void run_if_open(Result<Storage> storage, char** argv) {
    if (!storage) fail(storage.error());
    run(*std::move(storage), argv);
}

}  // namespace

int main(int, char** argv) {
    std::string const uri = argv[1];
    std::string const tree = test::tree_of(uri);
    bool const odd = (argv[3][1] - '0') % 2 != 0;  // of p0, p1, …
    if (uri.starts_with("sqlite:")) run_if_open(SqliteStorage::open(parse_locator(uri).value()), argv);
    else if (tree.empty()) run_if_open(FileStorage<>::open(parse_locator(uri).value()), argv);
    else if (odd) run_if_open(FileStorage<>::open(tree), argv);
    else run_if_open(test::open_tree(tree), argv);
}
