// Processes that write, prune, pin and walk the versions of one key, some of which are killed and some stopped: nothing
// acknowledged is lost, nothing kept is missing, and nothing that is gone comes back.

#include <process/child.hpp>

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace history_process {

using namespace holdfast;
using test::Child;

constexpr int increments = 100;
constexpr std::chrono::milliseconds short_ttl(400);

struct Crowd {
    std::string uri, locking;
    std::vector<Child> writers{}, pruners{}, pinners{};
    std::mt19937 random;

    Child start(char const* what, long n) const {
        return Child({test::child_program("history_child"), uri, locking, what, std::to_string(n)});
    }
    void nap(unsigned most_microseconds) {
        std::this_thread::sleep_for(std::chrono::microseconds(random() % most_microseconds));
    }
    /// At a random point of its work, of which it has done some.
    void wait_for_work(Child& child, std::size_t most) {
        std::size_t const least = 1 + random() % most;
        while (child.text().size() < least && child.read_some(1)) {
        }
        nap(5000);
    }
    void stop_for_a_while(Child& child, unsigned milliseconds) {
        child.signal(SIGSTOP);
        std::this_thread::sleep_for(std::chrono::milliseconds(10 + random() % milliseconds));
        child.signal(SIGCONT);
    }
};

/// The last pin that a pinner printed; no value if it let go of it.
std::optional<Pin> last_pin(std::string const& text) {
    std::size_t const begin = text.rfind('<'), end = text.rfind('>');
    if (begin == text.npos || end == text.npos || end < begin) return std::nullopt;
    return parse_pin(text.substr(begin + 1, end - begin - 1));
}

std::size_t rounds(std::string const& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '<'));
}

/// What came of it all, looked at by a store that was not there.
template <class Storage>
struct Aftermath {
    using Store = StateStore<std::string, Storage, RawBytes, History<KeepLast<20>>>;
    Store store;

    std::uint64_t head() {
        auto const entry = store.get("k").value();
        REQUIRE(entry);
        REQUIRE(entry->value() == std::to_string(entry->sequence()));
        return entry->sequence();
    }
    std::set<std::uint64_t> stored() {
        std::set<std::uint64_t> all;
        Context const ctx(Environment::system(), std::chrono::seconds(60));
        for (std::string cursor;;) {
            auto const page =
                store.storage()
                    .list(ctx, {.slot = Slot::version, .prefix = "k", .whole_key = true, .cursor = cursor})
                    .value();
            for (Listed const& listed : page.records) REQUIRE(all.insert(listed.version.sequence).second);
            cursor = page.next;
            if (cursor.empty()) return all;
        }
    }
    /// What the history shows, newest first; that each version has its own value.
    std::vector<VersionInfo> shown() {
        std::vector<VersionInfo> all;
        for (std::string cursor;;) {
            auto page = store.history("k", {.cursor = cursor, .limit = 13}).value();
            REQUIRE_FALSE(page.removed);
            for (auto& version : page.versions) all.push_back(std::move(version));
            cursor = page.next;
            if (cursor.empty()) break;
        }
        for (VersionInfo const& version : all) {
            std::uint64_t const n = version.id.sequence;
            CAPTURE(n);
            REQUIRE_FALSE(version.error);
            REQUIRE(version.size == std::to_string(n).size());
            REQUIRE(store.get("k", version.id).value().value() == std::to_string(n));
            REQUIRE(store.version("k", n).value() == version.id);
        }
        return all;
    }
    /// Head to floor without a gap, and below it what is pinned and nothing else.
    void check_shown(std::uint64_t head, std::uint64_t floor) {
        std::set<std::uint64_t, std::greater<>> expected;
        for (std::uint64_t n = std::max<std::uint64_t>(floor, 1); n <= head; ++n) expected.insert(n);
        auto const pins = store.pins("k").value();
        for (PinInfo const& pin : pins) expected.insert(pin.version.sequence);
        std::vector<std::uint64_t> found;
        for (VersionInfo const& version : shown()) found.push_back(version.id.sequence);
        REQUIRE(found == std::vector<std::uint64_t>(expected.begin(), expected.end()));
    }
};

template <class Storage>
void look(Storage storage, Crowd& crowd, std::uint64_t acknowledged, std::uint64_t killed) {
    Aftermath<Storage> after{typename Aftermath<Storage>::Store(std::move(storage))};
    std::uint64_t const head = after.head();
    CAPTURE(acknowledged, killed, head);
    REQUIRE(head >= acknowledged);           // what was acknowledged is there
    REQUIRE(head <= acknowledged + killed);  // and at most the one that each victim was at

    // As they left it: a prune of nothing says where the floor is, and sweeps up after the dead pruner.
    auto const left = after.store.prune("k", KeepAll()).value();
    REQUIRE(left.floor <= head);
    REQUIRE(head - left.floor >= std::min<std::uint64_t>(head, 20) - 1);
    after.check_shown(head, left.floor);

    std::set<std::uint64_t> pinned;
    for (auto& pinner : crowd.pinners) {
        if (pinner.killed()) continue;
        std::optional<Pin> const pin = last_pin(pinner.text());
        if (!pinner.text().ends_with("end")) continue;
        REQUIRE(pin);
        REQUIRE(after.store.get(*pin).value().value() == std::to_string(pin->version().sequence));
        pinned.insert(pin->version().sequence);
    }

    // The dead pinner's pin falls once it was seen unrenewed for its time to live; the other's stays.
    std::uint64_t dropped = 0;
    auto const end = std::chrono::steady_clock::now() + 2 * short_ttl;
    Pruned last;
    for (int i = 0; i < 3 || std::chrono::steady_clock::now() < end; ++i) {
        last = after.store.prune("k").value();
        dropped += last.pins;
        std::this_thread::sleep_for(short_ttl / 4);
    }
    auto const pins = after.store.pins("k").value();
    for (PinInfo const& pin : pins) REQUIRE(pin.ttl > short_ttl);
    REQUIRE(pins.size() == pinned.size());
    REQUIRE(dropped <= 1);
    REQUIRE(last.floor == (head > 19 ? head - 19 : 0));
    after.check_shown(head, last.floor);

    std::set<std::uint64_t> expected = pinned;
    for (std::uint64_t n = std::max<std::uint64_t>(last.floor, 1); n < head; ++n) expected.insert(n);
    expected.erase(head);
    auto stored = after.stored();
    stored.erase(head);  // kept by a writer that was killed before it replaced it
    REQUIRE(stored == expected);
    WARN(head << " versions, " << left.floor << " of them pruned by the crowd; " << rounds(crowd.pinners[0].text())
              << " and " << rounds(crowd.pinners[1].text()) << " pins, " << dropped << " left by the dead");
}

TEST_CASE("Processes write, prune, pin and walk one history while some are killed and some stopped") {
    bool const database = GENERATE(false, true);
    char const* const locking = GENERATE("none", "lease");
    unsigned const seed = std::random_device()();
    CAPTURE(database, locking, seed);
    test::TemporaryDirectory const directory;
    std::string const path = directory.path() + (database ? "/state.db" : "/files");
    Crowd crowd{.uri = (database ? "sqlite://" : "file://") + path, .locking = locking, .random = std::mt19937(seed)};

    for (int i = 0; i < 5; ++i)
        crowd.writers.push_back(
            crowd.start("write", i < 2 ? 1'000'000 : increments));  // two live until they are killed
    crowd.pruners.push_back(crowd.start("prune", 0));
    crowd.pinners.push_back(crowd.start("pin", short_ttl.count()));
    crowd.pinners.push_back(crowd.start("pin", 3'600'000));

    auto& [uri, how, writers, pruners, pinners, random] = crowd;
    crowd.wait_for_work(writers[2], increments / 4);
    crowd.stop_for_a_while(writers[2], 300);
    crowd.wait_for_work(writers[0], increments / 2);
    writers[0].signal(SIGKILL);
    crowd.wait_for_work(pruners[0], 10);
    pruners[0].signal(SIGKILL);
    pruners.push_back(crowd.start("prune", 0));
    crowd.wait_for_work(pinners[0], 400);
    pinners[0].signal(SIGKILL);
    crowd.stop_for_a_while(pinners[1], 200);
    crowd.wait_for_work(writers[3], increments / 2);
    crowd.stop_for_a_while(writers[3], 300);
    crowd.stop_for_a_while(pruners[1], 100);
    crowd.wait_for_work(writers[1], increments * 3 / 4);
    writers[1].signal(SIGKILL);

    std::uint64_t acknowledged = 0, killed = 0;
    for (Child& writer : writers) {
        acknowledged += writer.finish().size();
        if (writer.killed()) ++killed;
        else REQUIRE(writer.succeeded());
    }
    REQUIRE(killed == 2);
    crowd.wait_for_work(pinners[1], 1);
    for (auto* const group : {&pruners, &pinners})
        for (Child& child : *group) {
            child.signal(SIGTERM);
            (void)child.finish();
            if (!child.killed()) REQUIRE(child.succeeded());
        }
    REQUIRE(pruners[0].killed());
    REQUIRE(pinners[0].killed());
    REQUIRE(rounds(pinners[1].text()) > 0);

    if (database) {
        look(SqliteStorage::open(path).value(), crowd, acknowledged, killed);
        Child check({"sqlite3", path, "pragma integrity_check"});
        REQUIRE(check.finish() == "ok\n");
    } else {
        look(FileStorage<>::open(path).value(), crowd, acknowledged, killed);
        Child find({"find", path, "-name", "*tmp*"});
        REQUIRE(find.finish().empty());
    }
}

}  // namespace history_process
