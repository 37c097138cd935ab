// Many processes at once, on every storage that processes can share: nothing lost, nothing torn, nobody stranded.

#include <process/child.hpp>
#include <process/tree.hpp>

#include <holdfast/open.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <boost/hana/adapt_struct.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace race {

struct Counter {
    std::int64_t n = 0;
};

}  // namespace race

BOOST_HANA_ADAPT_STRUCT(race::Counter, n);

namespace race {

constexpr int processes = 8;
constexpr int increments = 500;

struct Place {
    char const* name;
    char const* uri;  // with %s for a directory
};

constexpr Place places[] = {{"files", "file://%s/files"},
                            {"files, not synced", "file://%s/files?durability=none"},
                            {"SQLite", "sqlite://%s/state.db"},
                            {"SQLite, not synced", "sqlite://%s/state.db?durability=none"},
                            {"one directory, two doors", "tree://%s/tree"}};

/// A lock of this host is a file of a storage that has files.
bool lockable(Place const& place) { return test::tree_of(place.uri).empty(); }

std::string uri_of(Place const& place, test::TemporaryDirectory const& directory) {
    std::string uri = place.uri;
    return uri.replace(uri.find("%s"), 2, directory.path());
}

/// The sum over all counters, by a store that is opened afterwards.
template <class Storage>
std::int64_t total_in(std::string const& uri) {
    auto store = holdfast::open<Counter, Storage>(uri).value();
    std::int64_t sum = 0;
    for (auto const& key : store.keys("k")) sum += store.get(key.value()).value().value()->n;
    return sum;
}

std::int64_t total(std::string const& uri) {
    if (auto const directory = test::tree_of(uri); !directory.empty())
        return total_in<holdfast::FileStorage<>>("file://" + directory);
    using Fast = holdfast::FileStorage<holdfast::SlotFirst, holdfast::Durability::none>;
    if (uri.starts_with("sqlite:")) return total_in<holdfast::SqliteStorage>(uri);
    if (uri.ends_with("durability=none")) return total_in<Fast>(uri);
    return total_in<holdfast::FileStorage<>>(uri);
}

std::vector<test::Child> start(std::string const& uri, char const* what, int keys, int n = increments) {
    std::vector<test::Child> children;
    for (int i = 0; i < processes; ++i)
        children.emplace_back(std::vector<std::string>{test::child_program("race_child"), uri, what,
                                                       std::to_string(keys), std::to_string(n)});
    return children;
}

void database_is_whole(std::string const& uri, test::TemporaryDirectory const& directory) {
    if (!uri.starts_with("sqlite:")) return;
    test::Child check({"sqlite3", directory.path() + "/state.db", "pragma integrity_check"});
    REQUIRE(check.finish() == "ok\n");
}

TEST_CASE("Eight processes increment, and nothing is lost") {
    auto const& place = GENERATE(from_range(std::begin(places), std::end(places)));
    int const keys = GENERATE(1, 8);
    char const* const how = GENERATE("count", "locked");
    if (how == std::string("locked") && !lockable(place)) return;
    CAPTURE(place.name, keys, how);
    test::TemporaryDirectory const directory;
    std::string const uri = uri_of(place, directory);

    auto children = start(uri, how, keys);
    for (auto& child : children) {
        REQUIRE(child.finish().size() == increments);
        REQUIRE(child.succeeded());
    }
    REQUIRE(total(uri) == processes * increments);
    database_is_whole(uri, directory);
}

TEST_CASE("Processes that open at once what is not there yet all get it") {
    auto const& place = GENERATE(from_range(std::begin(places), std::end(places)));
    CAPTURE(place.name);
    for (int round = 0; round < 20; ++round) {
        test::TemporaryDirectory const directory;
        for (auto& child : start(uri_of(place, directory), "count", 1, 1)) {
            REQUIRE(child.finish() == ".");
            REQUIRE(child.succeeded());
        }
    }
}

TEST_CASE("Eight processes increment while random ones are killed, and the others finish") {
    auto const& place = GENERATE(from_range(std::begin(places), std::end(places)));
    int const keys = GENERATE(1, 8);
    char const* const how = GENERATE("count", "locked");
    if (how == std::string("locked") && !lockable(place)) return;
    unsigned const seed = std::random_device()();
    CAPTURE(place.name, keys, how, seed);
    std::mt19937 random(seed);
    test::TemporaryDirectory const directory;
    std::string const uri = uri_of(place, directory);

    auto children = start(uri, how, keys);
    constexpr int victims = processes / 2;
    for (int i = 0; i < victims; ++i) {  // each at a random point of its work
        std::size_t const after = random() % (increments * 3 / 4);
        while (children[static_cast<std::size_t>(i)].text().size() < after &&
               children[static_cast<std::size_t>(i)].read_some(1)) {
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
        children[static_cast<std::size_t>(i)].signal(SIGKILL);
    }

    std::int64_t acknowledged = 0;
    int killed = 0;
    for (auto& child : children) {
        acknowledged += static_cast<std::int64_t>(child.finish().size());
        if (child.killed()) ++killed;
        else REQUIRE(child.succeeded());
    }
    std::int64_t const stored = total(uri);
    CAPTURE(acknowledged, killed, stored);
    REQUIRE(killed > 0);
    REQUIRE(stored >= acknowledged);           // what was acknowledged is there
    REQUIRE(stored <= acknowledged + killed);  // and at most the one that each victim was at
    database_is_whole(uri, directory);
}

TEST_CASE("Readers never see a mixture of two values") {
    auto const& place = GENERATE(from_range(std::begin(places), std::end(places)));
    CAPTURE(place.name);
    test::TemporaryDirectory const directory;
    std::string const uri = uri_of(place, directory);

    test::Child writer({test::child_program("race_child"), uri, "tear", "-", "1000000"});
    std::vector<test::Child> readers;
    for (int i = 0; i < 2; ++i)
        readers.emplace_back(std::vector<std::string>{test::child_program("race_child"), uri, "watch", "-", "100"});
    for (auto& reader : readers) {
        REQUIRE(reader.finish().size() == 100);
        REQUIRE(reader.succeeded());
    }
    REQUIRE(writer.read_some());  // it was at work all the time
}

}  // namespace race
