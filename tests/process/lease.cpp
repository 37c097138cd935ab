// Leases between real processes, some of which are killed, stopped beyond their lease, or live by another clock.

#include <process/child.hpp>

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace lease_process {

struct Place {
    char const* name;
    char const* uri;  // with %s for a directory
};

constexpr Place places[] = {{"files", "file://%s/files"}, {"SQLite", "sqlite://%s/state.db"}};

std::string uri_of(Place const& place, test::TemporaryDirectory const& directory) {
    std::string uri = place.uri;
    return uri.replace(uri.find("%s"), 2, directory.path());
}

test::Child start(std::string const& uri, char const* placement, int ttl, char const* what, std::string const& name,
                  int n = 0, std::vector<std::string> command = {}) {
    for (std::string const& word : {test::child_program("lease_child"), uri, std::string(placement),
                                    std::to_string(ttl), std::string(what), name, std::to_string(n)})
        command.push_back(word);
    return test::Child(command);
}

/// One thing that somebody appended.
struct Mark {
    unsigned long epoch = 0;
    std::string writer;
    int nth = 0;
};

template <class Storage>
std::string stored(Storage storage) {
    holdfast::StateStore<std::string, Storage, holdfast::RawBytes> store(std::move(storage));
    auto const entry = store.get("k").value();
    return entry ? entry->value() : std::string();
}

std::vector<Mark> marks(std::string const& uri) {
    std::string const path = uri.substr(uri.find("//") + 2);
    std::istringstream words(uri.starts_with("sqlite:") ? stored(holdfast::SqliteStorage::open(path).value())
                                                        : stored(holdfast::FileStorage<>::open(path).value()));
    std::vector<Mark> all;
    for (std::string word; words >> word;) {
        std::size_t const first = word.find(':'), second = word.find(':', first + 1);
        all.push_back({std::stoul(word.substr(0, first)), word.substr(first + 1, second - first - 1),
                       std::stoi(word.substr(second + 1))});
    }
    return all;
}

int acknowledged(std::string const& output) {
    int n = 0;
    for (std::size_t at = 0; (at = output.find("ack ", at)) != output.npos; ++at) ++n;
    return n;
}

/// Every acknowledged mark is there, once, and no holder wrote after a later one had.
void check(std::string const& uri, std::vector<test::Child>& children) {
    std::map<std::string, int> written;
    std::set<std::pair<std::string, int>> once;
    unsigned long epoch = 0;
    for (Mark const& mark : marks(uri)) {
        REQUIRE(mark.epoch >= epoch);
        epoch = mark.epoch;
        REQUIRE(once.emplace(mark.writer, mark.nth).second);
        REQUIRE(mark.nth == written[mark.writer]++);
    }
    for (std::size_t i = 0; i < children.size(); ++i) {
        std::string const& output = children[i].finish();
        CAPTURE(i, output);
        int const acks = acknowledged(output), there = written["p" + std::to_string(i)];
        if (children[i].killed()) {
            REQUIRE(there >= acks);  // what was acknowledged is there, and at most the one it was at
            REQUIRE(there <= acks + 1);
        } else {
            REQUIRE(output.ends_with("end\n"));
            REQUIRE(there == acks);
        }
    }
}

TEST_CASE("Eight processes take a lease in turn while some are killed and some sleep through it") {
    auto const& place = GENERATE(places[0], places[1]);
    char const* const placement = GENERATE("embedded", "own");
    unsigned const seed = std::random_device()();
    CAPTURE(place.name, placement, seed);
    std::mt19937 random(seed);
    test::TemporaryDirectory const directory;
    std::string const uri = uri_of(place, directory);
    constexpr int processes = 8, rounds = 25, ttl = 250;

    std::vector<test::Child> children;
    for (int i = 0; i < processes; ++i)
        children.push_back(start(uri, placement, ttl, "append", "p" + std::to_string(i), rounds));
    auto const after_some_work = [&](test::Child& child, int most) {
        int const least = static_cast<int>(random() % static_cast<unsigned>(most));
        while (acknowledged(child.text()) < least && child.read_some(1)) {
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
    };
    std::size_t const killed = 3, stopped = 2;
    for (std::size_t i = 0; i < killed; ++i) {
        after_some_work(children[i], rounds / 2);
        children[i].signal(SIGKILL);
    }
    for (int naps = 0; naps < 3; ++naps)
        for (std::size_t i = killed; i < killed + stopped; ++i) {
            after_some_work(children[i], rounds / 2);
            children[i].signal(SIGSTOP);
            std::this_thread::sleep_for(std::chrono::milliseconds(2 * ttl));
            children[i].signal(SIGCONT);
        }
    for (auto& child : children) (void)child.finish();
    check(uri, children);
}

TEST_CASE("A holder that was stopped beyond its lease is fenced, and overwrites nothing") {
    auto const& place = GENERATE(places[0], places[1]);
    char const* const placement = GENERATE("embedded", "own");
    CAPTURE(place.name, placement);
    test::TemporaryDirectory const directory;
    std::string const uri = uri_of(place, directory);

    test::Child holder = start(uri, placement, 300, "pause", "holder");
    while (holder.text().find("held\n") == std::string::npos && holder.read_some(100)) {
    }
    REQUIRE(holder.text() == "held\n");
    test::Child thief = start(uri, placement, 300, "append", "thief", 1);
    REQUIRE(thief.finish() == "ack 0\nend\n");
    holder.signal(SIGCONT);
    REQUIRE(holder.finish() == "held\nfenced\nfenced\n");
    auto const all = marks(uri);
    REQUIRE(all.size() == 1);
    REQUIRE(all[0].writer == "thief");
}

TEST_CASE("Processes whose clocks are hours apart and run at different speeds share a lease") {
    auto const& place = GENERATE(places[0], places[1]);
    char const* const placement = GENERATE("embedded", "own");
    CAPTURE(place.name, placement);
    // faketime is loaded before the program, and so is a sanitizer: they do not get on.
    std::string const own = "faketime -f '+1h' " + test::child_program("lease_child") + " nowhere own 1 none none 0";
    if (std::system((own + " > /dev/null 2>&1").c_str()) != 0) SKIP("faketime is not here, or not for this program");
    test::TemporaryDirectory const directory;
    std::string const uri = uri_of(place, directory);

    std::vector<test::Child> children;
    char const* const clocks[] = {"+0", "+1h", "-1h", "+1h x1.05"};
    for (int i = 0; i < 4; ++i)
        children.push_back(
            start(uri, placement, 2000, "append", "p" + std::to_string(i), 10, {"faketime", "-f", clocks[i]}));
    // One of them dies with the lease in its hands: the others get it by their own clocks.
    while (acknowledged(children[1].text()) < 3 && children[1].read_some(1)) {
    }
    children[1].signal(SIGKILL);
    for (auto& child : children) (void)child.finish();
    check(uri, children);
}

}  // namespace lease_process
