// Kills a writer before each of its system calls, and lets each fail: old or new, and nothing else. Whichever door of the
// directory it came through, the next one comes through that of files.

#include <process/file_trace.hpp>
#include <process/tree.hpp>
#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

namespace file_crash_test {

using namespace holdfast;
using file_test::applied;
using file_trace::SystemCall;
using file_trace::Words;
using Storage = FileStorage<SlotFirst, Durability::none>;

struct Scene {
    std::string call, before, after;  ///< of the record, as file_child prints it
    bool version = false;
};

Scene const scenes[] = {{"create:k:100:n", "absent", "n100"},
                        {"update:k:9000:n", "o100", "n9000"},
                        {"warm-update:k:9000:n", "o100", "n9000"},
                        {"remove:k", "o100", "absent"},
                        {"create-version:k:100:n", "absent", "n100", true},
                        {"remove-version:k", "o100", "absent", true}};

RecordId id(Scene const& scene) { return scene.version ? RecordId("k", Slot::version, {1, {1, 2}}) : RecordId("k"); }

std::string stored(std::string const& directory, Scene const& scene) {
    auto storage = Storage::open(directory).value();
    std::string const payload = file_test::get(storage, id(scene));
    return payload.find_first_not_of("on") != payload.npos ? payload : payload[0] + std::to_string(payload.size());
}

/// A directory in the state before the scene.
void prepare(std::string const& directory, Scene const& scene) {
    auto storage = Storage::open(directory).value();
    if (scene.before != "absent") REQUIRE(applied(file_test::set(storage, id(scene), std::string(100, 'o'))));
    if (scene.version) REQUIRE(applied(file_test::set(storage, RecordId("k"), "current")));
}

/// Every system call that the scene makes inside the storage.
std::vector<SystemCall> points(std::string const& durability, Scene const& scene) {
    test::TemporaryDirectory const directory;
    prepare(directory.path(), scene);
    auto const calls = file_trace::trace(durability, directory.path(), {scene.call});
    REQUIRE(calls.size() == 1);
    REQUIRE(stored(directory.path(), scene) == scene.after);
    return calls[0];
}

/// The next writer finds a storage that works, and nothing is left of the dead one.
void check_recovery(std::string const& directory, Scene const& scene) {
    auto storage = Storage::open(directory).value();
    REQUIRE(applied(file_test::set(storage, id(scene), "later")));
    REQUIRE(file_test::get(storage, id(scene)) == "later");
    REQUIRE(file_test::count_files(directory + "/.holdfast/temporary", "") == 0);
    REQUIRE(file_test::count_files(directory, ".holdfast-") == 0);
    REQUIRE(storage.list(file_test::context(), {}).value().records.size() == 1);
}

std::string inject(SystemCall const& call, std::string const& what) {
    return "inject=" + call.name + ":" + what + ":when=" + std::to_string(call.nth);
}

TEST_CASE("file storage: killed before any system call, the old or the new record is there", "[file][process]") {
    if (!file_trace::strace_works())
        SKIP("strace is not here or may not trace: nothing can be killed at a system call");
    int crashes = 0, old = 0;
    for (std::string const durability : {"full", "none", "tree"}) {
        for (Scene const& scene : scenes) {
            bool renamed = false;
            for (SystemCall const& point : points(durability, scene)) {
                CAPTURE(durability, scene.call, point.name, point.nth);
                test::TemporaryDirectory const directory;
                prepare(directory.path(), scene);
                auto const words = file_trace::run(durability, directory.path(), {scene.call},
                                                   {"-o", "/dev/null", "-e", inject(point, "signal=KILL")});
                REQUIRE(words.empty());
                std::string const now = stored(directory.path(), scene);
                bool const is_old = now == scene.before;
                REQUIRE((is_old || now == scene.after));
                REQUIRE((!renamed || !is_old));  // once new, new
                renamed = !is_old;
                check_recovery(directory.path(), scene);
                ++crashes;
                old += is_old ? 1 : 0;
            }
            REQUIRE(renamed);
        }
    }
    CHECK(old > 0);
    CHECK(old < crashes);
    WARN("killed at " << crashes << " system calls; " << old << " times the old record was there");
}

TEST_CASE("file storage: an error of any system call is an error, or unknown after the rename", "[file][process]") {
    if (!file_trace::strace_works()) SKIP("strace is not here or may not trace: no system call can be made to fail");
    std::string const door = GENERATE("full", "tree");
    int failures = 0, unknown = 0;
    for (Scene const& scene : scenes) {
        for (SystemCall const& point : points(door, scene)) {
            for (std::string const error : {"EIO", "ENOSPC"}) {
                CAPTURE(door, scene.call, point.name, point.nth, error);
                test::TemporaryDirectory const directory;
                prepare(directory.path(), scene);
                auto const words = file_trace::run(door, directory.path(), {scene.call},
                                                   {"-o", "/dev/null", "-e", inject(point, "error=" + error)});
                REQUIRE(words.size() == 1);
                std::string const now = stored(directory.path(), scene);
                if (words[0] == "applied") REQUIRE(now == scene.after);
                else if (words[0] == "unknown") REQUIRE((now == scene.after && point.name == "fsync"));
                else REQUIRE(((words[0] == "unavailable" || words[0] == "out_of_space") && now == scene.before));
                if (point.name == "writev" || point.name.starts_with("rename")) REQUIRE(now == scene.before);
                if (words[0] != "applied") REQUIRE(file_test::count_files(directory.path() + "/.holdfast/temporary", "") == 0);
                check_recovery(directory.path(), scene);
                ++failures;
                unknown += words[0] == "unknown" ? 1 : 0;
            }
        }
    }
    CHECK(unknown == 12);  // the last sync of each scene, with two errors
    WARN("made " << failures << " system calls fail");
}

/// The first open and the first write of a directory that is not there.
Words const first_open = {"open", "create:k:100:n"};

std::vector<SystemCall> points_of_first_open(std::string const& door) {
    test::TemporaryDirectory const directory;
    auto const calls = file_trace::trace(door, directory.path() + "/s", first_open);
    REQUIRE(calls.size() == 2);
    std::vector<SystemCall> all = calls[0];
    all.insert(all.end(), calls[1].begin(), calls[1].end());
    return all;
}

/// Opens through both doors, finds nothing or the record, and writes through both.
std::string opened_anew(std::string const& directory) {
    auto files = Storage::open(directory);
    if (!files) return files.error().describe();
    auto tree = test::open_tree<Durability::none>(directory);
    if (!tree) return tree.error().describe();
    RecordId const k("k");
    std::string const now = file_test::get(*files, k);
    if (now != file_test::get(*tree, k)) return "the doors show different records";
    if (now != "absent" && now != std::string(100, 'n')) return now;
    if (!applied(file_test::set(*files, k, "a")) || file_test::get(*tree, k) != "a") return "not written as a file";
    if (!applied(file_test::set(*tree, k, "b")) || file_test::get(*files, k) != "b") return "not written as bytes";
    return {};
}

TEST_CASE("file storage: killed before any system call of the first open, the next one opens it", "[file][process]") {
    if (!file_trace::strace_works())
        SKIP("strace is not here or may not trace: nothing can be killed at a system call");
    std::string const door = GENERATE("full", "tree");
    auto const points = points_of_first_open(door);
    for (SystemCall const& point : points) {
        CAPTURE(door, point.name, point.nth);
        test::TemporaryDirectory const directory;
        auto const words = file_trace::run(door, directory.path() + "/s", first_open,
                                           {"-o", "/dev/null", "-e", inject(point, "signal=KILL")});
        REQUIRE(words.empty());
        REQUIRE(opened_anew(directory.path() + "/s") == "");
    }
    WARN("killed at " << points.size() << " system calls of the first open and write");
}

TEST_CASE("file storage: an error of any system call of the first open is said, and the next one opens it",
          "[file][process]") {
    if (!file_trace::strace_works()) SKIP("strace is not here or may not trace: no system call can be made to fail");
    std::string const door = GENERATE("full", "tree");
    for (SystemCall const& point : points_of_first_open(door)) {
        for (std::string const error : {"EIO", "ENOSPC"}) {
            CAPTURE(door, point.name, point.nth, error);
            test::TemporaryDirectory const directory;
            auto const words = file_trace::run(door, directory.path() + "/s", first_open,
                                               {"-o", "/dev/null", "-e", inject(point, "error=" + error)});
            REQUIRE(!words.empty());
            CHECK((words == Words{"open", "applied"} || words.back() == "unavailable" || words.back() == "out_of_space" ||
                   words.back() == "unknown"));
            REQUIRE(opened_anew(directory.path() + "/s") == "");
        }
    }
}

TEST_CASE("file storage: a write whose fate was unknown is settled by repeating it", "[file][process]") {
    if (!file_trace::strace_works()) SKIP("strace is not here or may not trace: no system call can be made to fail");
    for (Scene const& scene : {scenes[1], scenes[3]}) {
        auto const calls = points("full", scene);
        SystemCall last;
        for (auto const& call : calls)
            if (call.name == "fsync") last = call;
        test::TemporaryDirectory const directory;
        prepare(directory.path(), scene);
        auto const repeated = "again-" + scene.call;
        CHECK(file_trace::run("full", directory.path(), {repeated},
                              {"-o", "/dev/null", "-e", inject(last, "error=EIO")}) == Words{"unknown", "applied"});
        CHECK(
            file_trace::run("full", directory.path(), {repeated},
                            {"-o", "/dev/null", "-e", "inject=fsync:error=EIO:when=" + std::to_string(last.nth) + "+"})
                .front() == "unknown");
        CHECK(stored(directory.path(), scene) == scene.after);
    }
}

TEST_CASE("file storage: readers never see a mixture", "[file][process]") {
    test::TemporaryDirectory const directory;
    std::string const value = ":k:" + std::to_string(1 << 20);
    REQUIRE(file_trace::run("none", directory.path(), {"create" + value + ":a"}) == Words{"applied"});
    auto writer = file_trace::start("none", directory.path(), {"flip" + value + ":5"});
    auto one = file_trace::start("none", directory.path(), {"watch" + value + ":4"});
    auto other = file_trace::start("none", directory.path(), {"watch" + value + ":4"});
    int const reads = std::atoi(one.finish().c_str()) + std::atoi(other.finish().c_str());
    int const writes = std::atoi(writer.finish().c_str());
    CAPTURE(one.text(), other.text(), writer.text());
    CHECK(std::atoi(one.text().c_str()) > 0);
    CHECK(std::atoi(other.text().c_str()) > 0);
    CHECK(writes > 0);
    WARN(reads << " reads of 1 MiB during " << writes << " writes");
}

}  // namespace file_crash_test
