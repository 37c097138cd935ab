// Several programs at one database, whose files are moved about meanwhile; and programs that promise different things.

#include <process/child.hpp>

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace sqlite_tampered {

using namespace holdfast;
namespace fs = std::filesystem;
using Store = StateStore<std::string, SqliteStorage, RawBytes>;

/// A program that counts, and what it was told.
class Counter {
public:
    Counter(std::string const& path, std::string key)
        : key_(std::move(key)), child_({test::child_program("sqlite_counter_child"), "sqlite://" + path, key_}) {}

    /// Waits until it has counted `more` times from here on; for 20 s at most.
    void counts(int more) {
        long const goal = acknowledged() + more;
        for (int i = 0; i < 2000 && acknowledged() < goal; ++i) child_.read_some(10);
        INFO(key_ << " said "
                  << child_.text().substr(child_.text().size() - std::min<std::size_t>(child_.text().size(), 600)));
        REQUIRE(acknowledged() >= goal);
    }
    long end() {
        child_.signal(SIGKILL);
        child_.finish();
        return acknowledged();
    }
    std::string const& key() const { return key_; }

    long acknowledged() const {
        std::istringstream lines(child_.text());
        long last = 0;
        for (std::string line; std::getline(lines, line);)
            if (line[0] != '!') last = std::atol(line.c_str());
        return last;
    }

private:
    std::string key_;
    test::Child child_;
};

/// What is counted in the database is what was acknowledged, or the one that was under way at the end.
void check(std::string const& path, std::vector<std::unique_ptr<Counter>>& counters) {
    for (auto& counter : counters) counter->end();
    Store store(SqliteStorage::open(path).value());
    for (auto& counter : counters) {
        auto const found = store.get(Key::parse(counter->key()).value()).value();
        REQUIRE(found);
        long const stored = std::atol((*found)->c_str()), told = counter->acknowledged();
        CAPTURE(counter->key(), stored, told);
        CHECK((stored == told || stored == told + 1));
    }
    test::Child verdict({"sqlite3", path, "pragma integrity_check"});
    CHECK(verdict.finish() == "ok\n");
}

int syncs(std::string const& trace) {
    std::ifstream file(trace);
    int count = 0;
    for (std::string line; std::getline(file, line);)
        if (line.find("sync(") != line.npos) ++count;
    return count;
}

}  // namespace sqlite_tampered

TEST_CASE("sqlite: log and index are removed under several programs, again and again", "[process]") {
    using namespace sqlite_tampered;
    test::TemporaryDirectory const directory;
    std::string const path = directory.path() + "/state.db";
    std::string const removed = GENERATE("-shm", "-wal", "both");
    CAPTURE(removed);
    std::vector<std::unique_ptr<Counter>> counters;
    for (auto const* const key : {"a", "b", "c"}) counters.push_back(std::make_unique<Counter>(path, key));
    for (auto& counter : counters) counter->counts(5);
    for (int round = 0; round < 5; ++round) {
        CAPTURE(round);
        for (std::string const end : {"-wal", "-shm"})
            if (removed == end || removed == "both") fs::remove(path + end);
        for (auto& counter : counters) counter->counts(10);
    }
    check(path, counters);
}

TEST_CASE("sqlite: a program that is idle at the old database does no harm to those at the new one", "[process]") {
    using namespace sqlite_tampered;
    test::TemporaryDirectory const directory;
    std::string const path = directory.path() + "/state.db";
    auto idle = std::make_unique<Store>(SqliteStorage::open(path).value());
    (void)idle->create("old", "v").value();
    fs::rename(path, directory.path() + "/old.db");
    fs::remove(path + "-wal");
    fs::remove(path + "-shm");
    std::vector<std::unique_ptr<Counter>> counters;
    for (auto const* const key : {"a", "b"}) counters.push_back(std::make_unique<Counter>(path, key));
    for (auto& counter : counters) counter->counts(5);
    idle.reset();
    for (auto& counter : counters) counter->counts(5);
    check(path, counters);
}

TEST_CASE("sqlite: whoever moves the log syncs it, once somebody was promised so", "[process]") {
    using namespace sqlite_tampered;
    if (std::system("strace -qq -o /dev/null true > /dev/null 2>&1") != 0) SKIP("strace does not work here");
    test::TemporaryDirectory const directory;
    std::string const path = directory.path() + "/state.db", trace = directory.path() + "/trace";
    bool const promised = GENERATE(true, false);
    if (promised) (void)Store(SqliteStorage::open(path).value()).create("precious", "acknowledged").value();
    test::Child child({"strace", "-f", "-qq", "-o", trace, "-E", "ASAN_OPTIONS=detect_leaks=0", "-e",
                       "trace=fsync,fdatasync", test::child_program("sqlite_counter_child"),
                       "sqlite://" + path + "?durability=none", "k", "150"});
    child.finish();
    REQUIRE(child.succeeded());
    // 150 values of 150 KiB: the log is moved several times; the log and the database are synced each time.
    if (promised) CHECK(syncs(trace) >= 8);
    else CHECK(syncs(trace) == 0);
}
