// What each call of the file storage costs, counted by strace.

#include <process/file_trace.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace file_syscalls_test {

using file_trace::SystemCall;

/// Looks: of a write one whether the path still leads to the directory, two at rights, and whether the lock's file
/// still stands, which is one if nothing was made or removed beside it in the last moments, else up to five; a test
/// cannot know that. The C library makes one call of several.
bool is_look(SystemCall const& call) { return call.name == "newfstatat" || call.name == "fstat"; }
int looks(std::vector<SystemCall> const& calls) {
    int n = 0;
    for (auto const& call : calls) n += is_look(call) ? 1 : 0;
    return n;
}

/// The other calls in order; of an fsync also what it syncs.
std::string names(std::vector<SystemCall> const& calls) {
    std::string text;
    for (auto const& call : calls) {
        if (is_look(call)) continue;
        std::string const path = call.path.substr(call.path.find_last_of('/') + 1);
        text += call.name;
        if (call.name == "fsync") text += "(" + (call.path.find("/temporary/") != std::string::npos ? "temporary" : path) + ")";
        text += " ";
    }
    return text;
}

TEST_CASE("file storage: system calls of each operation", "[file][process]") {
    if (!file_trace::strace_works()) SKIP("strace is not here or may not trace: system calls cannot be counted");
    struct Row {
        std::string durability;
        int update_syncs, create_syncs, remove_syncs, update_others, create_others;
    };
    for (Row const& row :
         {Row{"full", 2, 3, 1, 12, 18}, Row{"data", 1, 1, 0, 12, 15}, Row{"none", 0, 0, 0, 12, 15}}) {
        test::TemporaryDirectory const directory;
        auto const calls = file_trace::trace(
            row.durability, directory.path() + "/s",
            {"create:k:100", "update:k:100", "update:k:100", "read:k", "update:k:5000", "read:k", "update:k:2000000",
             "read:k", "create-version:k:100", "create-version:o:100", "remove-version:k", "create:o:1", "remove:k",
             "create:k:100", "remove:k", "create-version:k:100"});
        REQUIRE(calls.size() == 16);
        auto const total = [&](std::size_t i) { return static_cast<int>(calls[i].size()) - looks(calls[i]); };
        auto const syncs = [&](std::size_t i) { return file_trace::count(calls[i], "fsync"); };
        CAPTURE(row.durability, names(calls[0]), names(calls[2]), names(calls[3]), names(calls[13]), names(calls[14]),
                names(calls[15]));
        for (std::size_t const update : {2u, 4u, 6u}) {
            CHECK(syncs(update) == row.update_syncs);
            CHECK(total(update) - syncs(update) == row.update_others);
            CHECK(looks(calls[update]) >= 4);
            CHECK(looks(calls[update]) <= 8);
        }
        for (std::size_t const create : {13u, 15u}) {  // where others of the slot are
            CHECK(syncs(create) == row.create_syncs);
            CHECK(total(create) - syncs(create) == row.create_others);
        }
        CHECK(syncs(14) == row.remove_syncs);
        CHECK(total(14) - syncs(14) == 12);
        CHECK(total(3) == 3);
        CHECK(total(5) == 3);
        CHECK(total(7) == 4);
        CHECK(looks(calls[3]) == 0);
    }
}

TEST_CASE("file storage: the order that survives a power loss", "[file][process]") {
    if (!file_trace::strace_works()) SKIP("strace is not here or may not trace: the order cannot be seen");
    test::TemporaryDirectory const directory;
    auto const calls = file_trace::trace(
        "full", directory.path() + "/root",
        {"create:o:1", "create:k:1", "remove:k", "create:k:1", "update:k:1", "remove:k", "remove:o", "create:k:1"});
    REQUIRE(calls.size() == 8);
    // Each parent is on disk before a record is in it, the bytes before their name, the name before the reply. Without
    // these: parent, bytes, name, removed name.
    CHECK(names(calls[3]) ==
          "fcntl fcntl openat2 openat2 openat getdents64 openat openat mkdirat openat fsync(states) close close openat "
          "writev fsync(temporary) close renameat2 fsync(k) close fcntl ");
    CHECK(names(calls[4]) ==
          "fcntl fcntl openat2 read close openat2 openat writev fsync(temporary) close renameat fsync(k) close fcntl ");
    CHECK(names(calls[5]) == "fcntl fcntl openat2 read close openat2 unlinkat fsync(k) openat2 unlinkat close close fcntl ");
    // Where nothing is left of a slot its directory is made anew, too, under a lock of all.
    CHECK(names(calls[7]) ==
          "fcntl fcntl openat2 openat2 openat getdents64 getdents64 fcntl fcntl openat getdents64 getdents64 close "
          "openat unlinkat mkdirat openat fsync(root) close close openat openat mkdirat openat fsync(states) close close "
          "fcntl openat writev fsync(temporary) close renameat2 fsync(k) close fcntl ");
}

TEST_CASE("file storage: a directory that a killed writer made is made anew by the next", "[file][process]") {
    if (!file_trace::strace_works()) SKIP("strace is not here or may not trace: the order cannot be seen");
    test::TemporaryDirectory const directory;
    std::string const root = directory.path() + "/root";
    REQUIRE(file_trace::run("full", root, {"update:other:1"}) == file_trace::Words{"applied"});
    REQUIRE(std::system(("mkdir -p " + root + "/states/k").c_str()) == 0);
    auto const calls = file_trace::trace("full", root, {"create:k:1"});
    REQUIRE(calls.size() == 1);
    CHECK(names(calls[0]).find("openat unlinkat mkdirat openat fsync(states) close ") != std::string::npos);
    CHECK(names(calls[0]).ends_with("openat writev fsync(temporary) close renameat2 fsync(k) close fcntl "));
}

TEST_CASE("file storage: which writes sweep", "[file][process]") {
    if (!file_trace::strace_works()) SKIP("strace is not here or may not trace: system calls cannot be counted");
    test::TemporaryDirectory const directory;
    for (std::string const durability : {"full", "none"}) {
        std::string const root = directory.path() + "/" + durability;
        REQUIRE(file_trace::run(durability, root, {"create:k:1"}) == file_trace::Words{"applied"});
        file_trace::Words updates(514, "update:k:1");
        auto const calls = file_trace::trace(durability, root, updates);
        REQUIRE(calls.size() == updates.size());
        std::string sweeping;
        for (std::size_t i = 0; i < calls.size(); ++i)
            if (file_trace::count(calls[i], "getdents64") > 0) sweeping += std::to_string(i) + " ";
        CHECK(sweeping == "0 256 512 ");
        CHECK(looks(calls[513]) == 4);
    }
}

TEST_CASE("file storage: an update costs the same whatever the size of what it replaces", "[file][process]") {
    if (!file_trace::strace_works()) SKIP("strace is not here or may not trace: system calls cannot be counted");
    test::TemporaryDirectory const directory;
    auto const calls = file_trace::trace("none", directory.path() + "/root",
                                         {"create:k:1", "update:k:9000000", "update:k:1", "remove:k"});
    REQUIRE(calls.size() == 4);
    CHECK(names(calls[1]) == "fcntl fcntl openat2 read close openat2 openat writev close renameat close fcntl ");
    CHECK(names(calls[2]) == names(calls[1]));
}

}  // namespace file_syscalls_test
