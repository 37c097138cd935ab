// Kills a process before each of its system calls while it writes, prunes, pins, locks, renews and releases: the next
// one gets through, and every version is there.

#include <process/file_trace.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace history_crash {

using file_trace::SystemCall;
using file_trace::Words;

struct Scene {
    std::string lock;
    Words before;      ///< in another process
    Words own;         ///< in the process that is killed, before its time
    std::string call;  ///< in which it is killed
    std::string old_walk, new_walk;
};

Scene const scenes[] = {
    {"none", {"update:50", "update:50", "update:50"}, {}, "update:70", "3-1", "4-1"},
    {"none", {"update:50", "update:50", "update:50", "update:50"}, {}, "prune:2", "4-1", "4-3"},
    {"none", {"update:50", "update:50", "prune:1", "update:50"}, {}, "pin", "3-2", "3-2"},
    {"100", {}, {}, "lock", "0-0", "0-0"},
    {"100", {"update:50", "update:50"}, {}, "lock", "2-1", "2-1"},
    {"100", {"update:50", "update:50"}, {"lock"}, "update:70", "2-1", "3-1"},
    {"100", {"update:50", "update:50"}, {"lock"}, "renew", "2-1", "2-1"},
    {"100", {"update:50", "update:50"}, {"lock"}, "release", "2-1", "2-1"},
    {"100", {"update:50", "update:50"}, {}, "update:70", "2-1", "3-1"},
};

/// The words of versions_child, under strace with these options if there are any.
Words run(std::string const& directory, std::string const& lock, Words const& verbs, Words const& strace = {}) {
    Words command;
    if (!strace.empty()) command = {"strace", "-qq"};
    command.insert(command.end(), strace.begin(), strace.end());
    command.insert(command.end(), {test::child_program("versions_child"), "file://" + directory, lock});
    command.insert(command.end(), verbs.begin(), verbs.end());
    test::Child child(command);
    std::istringstream text(child.finish());
    Words words;
    for (std::string word; text >> word;) words.push_back(word);
    return words;
}

void prepare(std::string const& directory, Scene const& scene) {
    if (!scene.before.empty()) REQUIRE(run(directory, scene.lock, scene.before).size() == scene.before.size());
}

Words verbs_of(Scene const& scene) {
    Words verbs = scene.own;
    verbs.push_back(scene.call);
    return verbs;
}

/// Every system call that the scene makes.
std::vector<SystemCall> points(Scene const& scene) {
    test::TemporaryDirectory const directory, scratch;
    prepare(directory.path(), scene);
    run(directory.path(), scene.lock, verbs_of(scene), {"-y", "-o", scratch.path() + "/trace"});
    REQUIRE(run(directory.path(), scene.lock, {"check"}) == Words{scene.new_walk});
    auto const calls = file_trace::read_trace(scratch.path() + "/trace");
    REQUIRE(calls.size() == scene.own.size() + 1);
    return calls.back();
}

/// The next process finds all versions, gets through if need be after the dead one's lease, and can prune. Whether the
/// dead one's change had taken effect.
bool check_recovery(std::string const& directory, Scene const& scene) {
    Words const verbs = {"check", "update:60", "check", "prune:1", "check", "stored"};
    Words const words = run(directory, scene.lock, verbs);
    CAPTURE(words);
    REQUIRE(words.size() == verbs.size());
    std::string const& walk = words[0];
    bool const is_new = walk != scene.old_walk;
    if (is_new) REQUIRE(walk == scene.new_walk);
    unsigned long const n = std::stoul(walk);
    std::string const next = std::to_string(n + 1), oldest = walk.substr(walk.find('-'));
    CHECK(words[1] == next);
    CHECK(words[2] == next + (n == 0 ? "-1" : oldest));
    // A pin that was made by then stays.
    bool const pinned = words[4] != next + "-" + next;
    CHECK((!pinned || scene.call == "pin"));
    if (pinned) CHECK(words[4] == next + "-" + std::to_string(n));
    CHECK(words[5] == (pinned ? "1" : "0"));
    return is_new;
}

TEST_CASE("history and leases on files: killed before any system call, nothing is lost and the next one gets through",
          "[history][process]") {
    if (!file_trace::strace_works())
        SKIP("strace is not here or may not trace: nothing can be killed at a system call");
    int crashes = 0, old_ones = 0;
    for (Scene const& scene : scenes) {
        bool changed = false;
        int here = 0, unreached = 0;
        test::TemporaryDirectory const prepared;
        prepare(prepared.path(), scene);
        for (SystemCall const& point : points(scene)) {
            CAPTURE(scene.lock, scene.call, point.name, point.nth);
            test::TemporaryDirectory const directory;
            REQUIRE(std::system(("cp -a '" + prepared.path() + "/.' '" + directory.path() + "'").c_str()) == 0);
            auto const words = run(
                directory.path(), scene.lock, verbs_of(scene),
                {"-o", "/dev/null", "-e", "inject=" + point.name + ":signal=KILL:when=" + std::to_string(point.nth)});
            // Some calls are made only if enough time has passed: the last of their kind may not come this time.
            if (words.size() > scene.own.size() && ++unreached <= 3) continue;
            REQUIRE(words.size() == scene.own.size());  // dead before it could say more
            bool const is_new = check_recovery(directory.path(), scene);
            REQUIRE((is_new || !changed));  // once new, new
            changed = is_new;
            ++crashes, ++here;
            old_ones += is_new ? 0 : 1;
            test::Child find({"find", directory.path(), "-name", "*tmp*"});
            REQUIRE(find.finish().empty());
        }
        REQUIRE(here > 5);
        if (scene.new_walk != scene.old_walk) REQUIRE(changed);
    }
    CHECK(old_ones > 0);
    CHECK(old_ones < crashes);
    WARN("killed at " << crashes << " system calls; " << old_ones << " times before it took effect");
}

}  // namespace history_crash
