// One of several processes that write the same keys.
//
//   race_child URI count  KEYS N    N increments over keys k0, k1, …; prints one byte for each that was acknowledged
//   race_child URI locked KEYS N    the same, each as a read and a write under the key's lock
//   race_child URI tear   -    N    writes two 1 MiB values in turn, N times
//   race_child URI watch  -    N    reads until it has seen N values; fails if one is a mixture of the two

#include <holdfast/locking/file_lock.hpp>
#include <process/tree.hpp>

#include <holdfast/open.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

struct Counter {
    std::int64_t n = 0;
};
BOOST_HANA_ADAPT_STRUCT(Counter, n);

namespace {

[[noreturn]] void fail(holdfast::Error const& error) {
    std::fprintf(stderr, "race_child: %s\n", error.describe().c_str());
    std::_Exit(1);
}

holdfast::Key key(long i, long keys) { return holdfast::Key::parse("k" + std::to_string(i % keys)).value(); }

void acknowledge() {
    if (write(STDOUT_FILENO, ".", 1) != 1) std::_Exit(2);
}

template <class Storage>
void count(std::string const& uri, long keys, long n) {
    auto store = holdfast::open<Counter, Storage>(uri);
    if (!store) fail(store.error());
    for (long i = 0; i < n; ++i) {
        auto const done =
            store->update(key(i, keys), [](Counter& counter) { ++counter.n; }, {.timeout = std::chrono::seconds(300)});
        if (!done) fail(done.error());
        acknowledge();
    }
}

/// Through both doors of one directory by turns.
void count_by_turns(std::string const& directory, long keys, long n) {
    holdfast::StateStore<Counter, holdfast::FileStorage<>, holdfast::Json> files(
        holdfast::FileStorage<>::open(directory).value());
    holdfast::StateStore<Counter, test::Tree<>, holdfast::Json> tree(test::open_tree(directory).value());
    holdfast::CallOptions const patient{.timeout = std::chrono::seconds(300)};
    auto const add = [](Counter& counter) { ++counter.n; };
    for (long i = 0; i < n; ++i) {
        bool const odd = (i + getpid()) % 2 != 0;
        auto const done = odd ? files.update(key(i, keys), add, patient) : tree.update(key(i, keys), add, patient);
        if (!done) fail(done.error());
        acknowledge();
    }
}

template <class Storage>
void locked(std::string const& uri, long keys, long n) {
    auto store = holdfast::open<Counter, Storage, holdfast::FileLock>(uri);
    if (!store) fail(store.error());
    for (long i = 0; i < n; ++i) {
        auto guard = store->lock(key(i, keys), {.timeout = holdfast::endless, .purpose = "race"});
        if (!guard) fail(guard.error());
        auto const entry = guard->get();
        if (!entry) fail(entry.error());
        auto const done =
            *entry ? guard->replace(**entry, Counter{(*entry)->value().n + 1}) : guard->create(Counter{1});
        if (!done) fail(done.error());  // nobody else writes while the lock is held: a conflict is a fault
        acknowledge();
    }
}

template <class Store>
void tear(holdfast::Result<Store> store, long n) {
    if (!store) fail(store.error());
    for (long i = 0; i < n; ++i) {
        auto const done =
            store->update("torn", [&](std::string& value) { value.assign(1 << 20, i % 2 == 0 ? 'a' : 'b'); });
        if (!done) fail(done.error());
    }
}

template <class Store>
void watch(holdfast::Result<Store> store, long n) {
    if (!store) fail(store.error());
    for (long seen = 0; seen < n;) {
        auto const entry = store->get("torn");
        if (!entry) fail(entry.error());
        if (!*entry) continue;
        auto const text = (*entry)->value().view();
        if (text.size() != 1 << 20 || text.find_first_not_of(text[0]) != text.npos)
            fail(holdfast::Error(holdfast::Errc::malformed, "a mixture was read"));
        ++seen;
        acknowledge();
    }
}

template <class Storage>
void run(std::string const& uri, std::string const& what, long keys, long n) {
    if (what == "count") count<Storage>(uri, keys, n);
    if (what == "locked") locked<Storage>(uri, keys, n);
    if (what == "tear") tear(holdfast::open<std::string, Storage, holdfast::RawBytes>(uri), n);
    if (what == "watch") watch(holdfast::open<holdfast::Bytes, Storage, holdfast::RawBytes>(uri), n);
}

/// What is torn is written through one door, and read through the other.
void run_by_turns(std::string const& directory, std::string const& what, long keys, long n) {
    using holdfast::StateStore, holdfast::RawBytes;
    if (what == "count") count_by_turns(directory, keys, n);
    using Written = StateStore<std::string, test::Tree<>, RawBytes>;
    using Read = StateStore<holdfast::Bytes, holdfast::FileStorage<>, RawBytes>;
    if (what == "tear") tear<Written>(Written(test::open_tree(directory).value()), n);
    if (what == "watch") watch<Read>(Read(holdfast::FileStorage<>::open(directory).value()), n);
}

}  // namespace

int main(int, char** argv) {
    std::string const uri = argv[1];
    if (auto const directory = test::tree_of(uri); !directory.empty()) {
        run_by_turns(directory, argv[2], std::atol(argv[3]), std::atol(argv[4]));
        return 0;
    }
    using Fast = holdfast::FileStorage<holdfast::SlotFirst, holdfast::Durability::none>;
    if (uri.starts_with("sqlite:")) run<holdfast::SqliteStorage>(uri, argv[2], std::atol(argv[3]), std::atol(argv[4]));
    else if (uri.ends_with("durability=none")) run<Fast>(uri, argv[2], std::atol(argv[3]), std::atol(argv[4]));
    else run<holdfast::FileStorage<>>(uri, argv[2], std::atol(argv[3]), std::atol(argv[4]));
    return 0;
}
