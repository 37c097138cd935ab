// One of several processes that write, prune and pin the versions of one counter, whose value is its sequence.
//
//   history_child URI LOCK write N     N increments; prints "." for each that was acknowledged
//   history_child URI LOCK prune -     prunes to the last 20 until SIGTERM; prints "." for each time
//   history_child URI LOCK pin TTL     pins the state, reads the pinned version, renews, walks the history, unpins, and
//                                      again; prints "<pin>" before it reads, "." for each round, "lost" if the pin was
//                                      dropped since nobody renewed it; keeps the last pin at SIGTERM, and says "end"
//
// LOCK: none or lease; TTL: milliseconds. What must not be is told on stderr, with exit code 1.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace {

using namespace holdfast;

std::atomic<bool> over = false;

[[noreturn]] void fail(std::string const& what) {
    std::fprintf(stderr, "history_child: %s\n", what.c_str());
    std::_Exit(1);
}

void say(std::string_view text) {
    if (write(STDOUT_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::_Exit(2);
}

CallOptions const patient{.timeout = std::chrono::seconds(240)};

template <class Store>
void increment(Store& store, long n) {
    for (long i = 0; i < n;) {
        auto const done = store.update(
            "k", [](std::string& text) { text = std::to_string(text.empty() ? 1 : std::stol(text) + 1); }, patient);
        // A holder that was stopped beyond its lease notices before it writes (lost) or is refused (fenced): known not
        // applied, the same again.
        if (!done && (done.error() == Errc::fenced || done.error() == Errc::lost)) continue;
        if (!done) fail(done.error().describe());
        if ((*done)->empty() || std::stoul(**done) != done->sequence()) fail("an update was lost");
        say(".");
        ++i;
    }
}

template <class Store>
void prune(Store& store) {
    while (!over) {
        auto const done = store.prune("k", patient);
        if (!done) fail(done.error().describe());
        say(".");
    }
}

/// From the current state back to the floor without a gap, each with its own value; behind it only what is pinned.
template <class Store>
void walk(Store& store) {
    HistoryQuery query{.limit = 7};
    std::uint64_t before = 0;
    bool gap = false;
    std::string cursor;
    do {
        query.cursor = cursor;
        auto const page = store.history("k", query, patient);
        if (!page) fail(page.error().describe());
        for (VersionInfo const& version : page->versions) {
            std::uint64_t const n = version.id.sequence;
            if (version.error) fail("version " + std::to_string(n) + ": " + version.error->describe());
            if (before != 0 && n >= before) fail("versions out of order");
            gap = gap || (before != 0 && n + 1 != before);
            if (gap && !version.pinned) fail("version " + std::to_string(n) + " behind a gap is not pinned");
            before = n;
            auto const entry = store.get("k", version.id, patient);
            if (!entry && entry.error() != Errc::not_found) fail(entry.error().describe());
            if (entry && entry->value() != std::to_string(n)) fail("a version has another's value");
        }
        cursor = page->next;
    } while (!cursor.empty());
}

/// False if the pin was dropped; it may be only if nobody renewed it in time. `asked`: before the pin was made.
template <class Store>
bool hold(Store& store, Pin& pin, Instant asked) {
    Environment& env = Environment::system();
    auto const overdue = [&] { return env.monotonic() - asked >= pin.ttl(); };
    std::string const value = std::to_string(pin.version().sequence);
    for (int i = 0; i < 20 && !over; ++i) {
        for (int j = 0; j < 3; ++j) {
            auto const entry = store.get(pin, patient);
            if (!entry && entry.error() == Errc::not_found && overdue()) return false;
            if (!entry) fail("a pinned version: " + entry.error().describe());
            if (entry->value() != value) fail("a pinned version changed");
        }
        Instant const begun = env.monotonic();
        auto renewed = store.renew(pin, patient);
        if (!renewed && renewed.error() == Errc::lost && overdue()) return false;
        if (!renewed) fail("renew: " + renewed.error().describe());
        pin = *std::move(renewed);
        asked = begun;
    }
    return true;
}

template <class Store>
void pin_again_and_again(Store& store, Duration ttl) {
    while (!over) {
        Instant const asked = Environment::system().monotonic();
        auto pin = store.pin("k", {.ttl = ttl, .purpose = "test"}, patient);
        if (!pin && pin.error() == Errc::not_found) continue;  // nobody has written yet
        if (!pin) fail("pin: " + pin.error().describe());
        say("<" + to_string(*pin) + ">");
        bool const held = hold(store, *pin, asked);
        say(held ? "." : "lost");
        if (over && held) return say("end");
        walk(store);
        if (auto const done = store.unpin(*pin, patient); !done) fail("unpin: " + done.error().describe());
    }
    say("free");
}

template <class Storage, class Locking>
void run(std::string const& uri, std::string const& what, long n) {
    auto store = [&] {
        if constexpr (std::is_same_v<Locking, NoLock>)
            return open<std::string, Storage, RawBytes, History<KeepLast<20>>>(uri);
        else
            return open<std::string, Storage, RawBytes, History<KeepLast<20>>, Locking>(
                uri, Locking(LeaseOptions{.ttl = std::chrono::milliseconds(250)}));
    }();
    if (!store) fail(store.error().describe());
    if (what == "write") increment(*store, n);
    if (what == "prune") prune(*store);
    if (what == "pin") pin_again_and_again(*store, std::chrono::milliseconds(n));
}

template <class Storage>
void place(std::string const& uri, char** argv) {
    if (std::string(argv[2]) == "lease") run<Storage, LeaseLock<>>(uri, argv[3], std::atol(argv[4]));
    else run<Storage, NoLock>(uri, argv[3], std::atol(argv[4]));
}

}  // namespace

int main(int, char** argv) {
    std::signal(SIGTERM, [](int) { over = true; });
    std::string const uri = argv[1];
    if (uri.starts_with("sqlite:")) place<SqliteStorage>(uri, argv);
    else place<FileStorage<>>(uri, argv);
}
