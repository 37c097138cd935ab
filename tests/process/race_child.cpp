// One of several processes that write the same keys.
//
//   race_child URI count  KEYS N    N increments over keys k0, k1, …; prints one byte for each that was acknowledged
//   race_child URI locked KEYS N    the same, each as a read and a write under the key's lock
//   race_child URI tear   -    N    writes two 1 MiB values in turn, N times
//   race_child URI watch  -    N    reads until it has seen N values; fails if one is a mixture of the two

#include <holdfast/locking/file_lock.hpp>
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

template <class Storage>
void tear(std::string const& uri, long n) {
    auto store = holdfast::open<std::string, Storage, holdfast::RawBytes>(uri);
    if (!store) fail(store.error());
    for (long i = 0; i < n; ++i) {
        auto const done =
            store->update("torn", [&](std::string& value) { value.assign(1 << 20, i % 2 == 0 ? 'a' : 'b'); });
        if (!done) fail(done.error());
    }
}

template <class Storage>
void watch(std::string const& uri, long n) {
    auto store = holdfast::open<holdfast::Bytes, Storage, holdfast::RawBytes>(uri);
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
    if (what == "tear") tear<Storage>(uri, n);
    if (what == "watch") watch<Storage>(uri, n);
}

}  // namespace

int main(int, char** argv) {
    std::string const uri = argv[1];
    using Fast = holdfast::FileStorage<holdfast::SlotFirst, holdfast::Durability::none>;
    if (uri.starts_with("sqlite:")) run<holdfast::SqliteStorage>(uri, argv[2], std::atol(argv[3]), std::atol(argv[4]));
    else if (uri.ends_with("durability=none")) run<Fast>(uri, argv[2], std::atol(argv[3]), std::atol(argv[4]));
    else run<holdfast::FileStorage<>>(uri, argv[2], std::atol(argv[3]), std::atol(argv[4]));
    return 0;
}
