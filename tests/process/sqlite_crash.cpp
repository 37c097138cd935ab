#include "child.hpp"

#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace sqlite_crash {

using namespace holdfast;

Context patient() { return Context(Environment::system(), std::chrono::seconds(20)); }

void fill(std::string const& path) {
    auto storage = SqliteStorage::open(path).value();
    Stamp stamp;
    stamp.ids.push(Environment::system().new_write_id());
    stamp.lineage = stamp.payload_id = stamp.ids.newest();
    stamp.sequence = 1;
    Record const record{Key(KeyView("k")), Bytes::copy(std::string(5000, 'o')), stamp, {}, {}};
    REQUIRE(storage.write(patient(), RecordId("k"), std::make_shared<Record const>(record), Precondition::absent())
                .value()
                .kind() == WriteOutcome::Kind::applied);
}

/// All that a database holds, after SQLite itself found it sound.
std::string contents(std::string const& path) {
    auto const storage = SqliteStorage::open(path);
    if (!storage) return storage.error().describe();
    sqlite3* plain = nullptr;
    std::string verdict;
    auto const add = [](void* out, int, char** values, char**) {
        static_cast<std::string*>(out)->append(values[0]);
        return 0;
    };
    if (sqlite3_open(path.c_str(), &plain) != SQLITE_OK ||
        sqlite3_exec(plain, "pragma integrity_check", add, &verdict, nullptr) != SQLITE_OK)
        verdict.append("unreadable");
    sqlite3_close(plain);
    if (verdict != "ok") return verdict;
    std::string all;
    auto const page = storage->list(patient(), {});
    if (!page) return page.error().describe();
    for (auto const& listed : page->records) {
        auto const found = storage->read(patient(), RecordId(listed.key));
        if (!found) return found.error().describe();
        all.append(listed.key.str()).append("=").append((*found)->payload.view().substr(0, 3));
        all.append(std::to_string((*found)->payload.size())).append(" ");
    }
    return all;
}

std::string const before = "k=ooo5000 ";
std::map<std::string, std::string> const after{
    {"create", "k=ooo5000 new=cre7 "}, {"update", "k=uuu9000 "}, {"remove", ""}, {"batch", "k=uuu9000 new=cre7 "}};

/// One run of the operation on a database of its own, under strace.
class Run {
public:
    Run(std::string const& operation, std::vector<std::string> const& strace) {
        std::string const path = database();
        fill(path);
        std::vector<std::string> command{"strace", "-f", "-qq", "-o", trace()};
        command.insert(command.end(), strace.begin(), strace.end());
        for (auto const& word : {test::child_program("sqlite_operation_child"), path, operation})
            command.push_back(word);
        test::Child child(command);
        said_ = child.finish();
        killed_ = child.killed();
        if (!killed_) REQUIRE(child.succeeded());
    }

    std::string database() const { return directory_.path() + "/state.db"; }
    std::string trace() const { return directory_.path() + "/trace"; }
    std::string const& said() const noexcept { return said_; }
    bool killed() const noexcept { return killed_; }

private:
    test::TemporaryDirectory directory_;
    std::string said_;
    bool killed_ = false;
};

/// The names of system calls between two lines of the child's output.
std::multiset<std::string> calls_between(std::string const& trace, std::string const& name) {
    std::ifstream file(trace);
    std::multiset<std::string> calls;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        std::string const call = line.substr(line.find_first_not_of("0123456789 "));
        if (call.starts_with("write(1, \"<" + name)) inside = true;
        else if (call.starts_with("write(1, \">")) inside = false;
        else if (inside) calls.insert(call.substr(0, call.find('(')));
    }
    return calls;
}

bool is_look(std::string const& call) { return call.find("stat") != call.npos; }

std::multiset<std::string> work_of(Run const& run, std::string const& name) {
    auto calls = calls_between(run.trace(), name);
    std::erase_if(calls, is_look);
    return calls;
}

std::size_t looks_of(Run const& run, std::string const& name) {
    auto calls = calls_between(run.trace(), name);
    return std::erase_if(calls, is_look);
}

std::string summary(std::multiset<std::string> const& calls) {
    std::string text;
    for (auto at = calls.begin(); at != calls.end(); at = calls.upper_bound(*at))
        text.append(*at).append(" ").append(std::to_string(calls.count(*at))).append(", ");
    return text;
}

}  // namespace sqlite_crash

TEST_CASE("sqlite: killed at any system call, a database is old or new") {
    using namespace sqlite_crash;
    auto const operation = GENERATE(as<std::string>(), "create", "update", "remove", "batch");
    // Which calls there are; strace counts the invocations of each by itself.
    std::set<std::string> names;
    {
        Run const whole(operation, {"-e", "trace=all"});
        REQUIRE(whole.said() == "applied\n");
        REQUIRE(contents(whole.database()) == after.at(operation));
        std::ifstream file(whole.trace());
        for (std::string line; std::getline(file, line);) {
            auto const begin = line.find_first_not_of("0123456789 ");
            auto const end = line.find('(');
            if (begin != line.npos && end != line.npos && begin < end) names.insert(line.substr(begin, end - begin));
        }
        for (auto const* const known : {"execve", "brk", "arch_prctl", "prlimit64", "exit_group"}) names.erase(known);
    }
    REQUIRE(names.contains("fdatasync"));
    REQUIRE(names.contains("pwrite64"));
    int points = 0, old_ones = 0, new_ones = 0;
    for (std::string const& name : names) {
        for (int n = 1;; ++n) {
            Run const run(operation,
                          {"-e", "trace=" + name, "-e", "inject=" + name + ":signal=KILL:when=" + std::to_string(n)});
            if (!run.killed()) break;
            ++points;
            INFO(operation << ", killed at " << name << " " << n);
            std::string const found = contents(run.database());
            bool const is_new = found == after.at(operation);
            if (!is_new) REQUIRE(found == before);
            if (!run.said().empty()) REQUIRE(is_new);
            ++(is_new ? new_ones : old_ones);
        }
    }
    WARN(operation << ": " << points << " crash points, " << old_ones << " old, " << new_ones << " new");
    CHECK(old_ones > 20);
    CHECK(new_ones > 5);
}

TEST_CASE("sqlite: an error of the disk leaves the old state, or an outcome that is said to be unknown") {
    using namespace sqlite_crash;
    auto const operation = GENERATE(as<std::string>(), "create", "update", "remove", "batch");
    auto const error = GENERATE(as<std::string>(), "EIO", "ENOSPC");
    auto const persistent = GENERATE(false, true);
    std::map<std::string, int> told;
    for (std::string const name : {"pwrite64", "fdatasync", "ftruncate"}) {
        for (int n = 1;; ++n) {
            Run const run(operation, {"-e", "trace=" + name, "-e",
                                      "inject=" + name + ":error=" + error + ":when=" + std::to_string(n) +
                                          (persistent ? "+" : "")});
            std::ifstream file(run.trace());
            std::string const traced{std::istreambuf_iterator<char>(file), {}};
            if (traced.find("(INJECTED)") == traced.npos) break;
            INFO(operation << ", " << error << " at " << name << " " << n << ": " << run.said());
            std::string const found = contents(run.database());
            ++told[run.said()];
            if (run.said() == "error\n") CHECK(found == before);
            else if (run.said() == "applied\n") CHECK(found == after.at(operation));
            else {
                CHECK(run.said() == "unknown\n");
                CHECK((found == before || found == after.at(operation)));
            }
        }
    }
    WARN(operation << ", " << error << (persistent ? " from then on" : " once") << ": " << told["error\n"]
                   << " errors, " << told["unknown\n"] << " unknown, " << told["applied\n"] << " applied all the same");
    CHECK(told["unknown\n"] > 0);
    if (error == "ENOSPC") CHECK(told["error\n"] > 0);
}

TEST_CASE("sqlite: system calls of an operation") {
    using namespace sqlite_crash;
    Run const run("count", {"-e", "trace=%file,%desc,fcntl"});
    REQUIRE_FALSE(run.killed());
    // A reader's lock and its end; before them the same to move its mark, if there was a write since the last read.
    CHECK(summary(work_of(run, "again")) == "fcntl 2, ");
    CHECK(summary(work_of(run, "read")) == "fcntl 4, ");
    // The look whether somebody waits, the reader's two, the writer's two, and two pages (a row and the rest of its
    // value), each with its frame's header.
    CHECK(summary(work_of(run, "update")) == "fcntl 5, fdatasync 1, pwrite64 4, ");
    // A read that finds nothing, and one page that is written anew.
    CHECK(summary(work_of(run, "nothing")) == "fcntl 9, fdatasync 1, pwrite64 2, ");
    // Looks whether the files are still there: one at the database and two at its directory; if the directory has
    // changed within 20 ms, four more. A read looks if nobody has for 50 ms.
    CHECK(looks_of(run, "update") >= 3);
    CHECK(looks_of(run, "update") <= 7 + 4);
    CHECK(looks_of(run, "read") <= 4);
}
