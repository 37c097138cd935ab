// A full disk and the versions of a key: what cannot be written is an error, nothing is lost, and with a little room it
// goes on.

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace history_limits {

using Words = std::vector<std::string>;

/// Runs a script in which $child is versions_child and $d an empty file system of this size; its words.
Words on_small_disk(std::string const& size, std::string const& script) {
    test::TemporaryDirectory const directory;
    std::string const setup = "child='" + test::child_program("versions_child") + "'; d='" + directory.path() +
                              "'; mount -t tmpfs -o size=" + size + " tmpfs $d 2>/dev/null || exit 1; ";
    test::Child child({"unshare", geteuid() == 0 ? "-m" : "-Urm", "sh", "-c", setup + script});
    std::istringstream text(child.finish());
    Words words;
    for (std::string word; text >> word;) words.push_back(word);
    return words;
}

bool can_mount() {
    static bool const can = on_small_disk("64k", "echo yes") == Words{"yes"};
    return can;
}

/// The newest version of "<newest>-<oldest>".
unsigned long newest(std::string const& walked) { return std::stoul(walked); }

TEST_CASE("history on a full disk: files", "[history][process]") {
    if (!can_mount()) SKIP("no rights to mount a small file system: a full disk cannot be made");
    std::string const more = "file://$d/s none ";
    // It fills the disk itself; somebody makes 16 KiB of room elsewhere; a prune makes the rest.
    Words const words = on_small_disk("256k", "head -c 16384 /dev/zero > $d/other; $child " + more +
                                                  "fill:10000 check; cat /dev/zero > $d/rest 2>/dev/null; $child " +
                                                  more + "update:10000 prune:2 pin check; rm $d/other; $child " + more +
                                                  "prune:2 stored check update:10000 fill:10000 check");
    REQUIRE(words.size() == 12);
    std::string const full = words[1];
    unsigned long const n = newest(full);
    CAPTURE(words);
    CHECK(words[0] == "out_of_space");
    CHECK(n > 10);
    CHECK(full == std::to_string(n) + "-1");
    // Not even the floor can be noted: nothing is pruned, nothing is lost.
    CHECK(Words(words.begin() + 2, words.begin() + 6) == Words{"out_of_space", "out_of_space", "out_of_space", full});
    std::string const oldest = "-" + std::to_string(n - 1);
    // All but the last two; of the current state there is a version already: it was kept, and could not be replaced.
    CHECK(words[6] == std::to_string(n - 2));
    CHECK(words[7] == "2");
    CHECK(words[8] == std::to_string(n) + oldest);
    CHECK(words[9] == std::to_string(n + 1));
    CHECK(words[10] == "out_of_space");
    CHECK(newest(words[11]) > n + 5);
    CHECK(words[11].ends_with(oldest));
}

TEST_CASE("a lease and a history on a full disk: files", "[history][process]") {
    if (!can_mount()) SKIP("no rights to mount a small file system: a full disk cannot be made");
    // The lease that was taken before the disk was full ends by itself; the next holder gets it once there is room.
    Words const words = on_small_disk(
        "256k",
        "head -c 16384 /dev/zero > $d/other; $child file://$d/s 200 update:100 lock fill:10000 release check; "
        "cat /dev/zero > $d/rest 2>/dev/null; $child file://$d/s 200 update:100 check; rm $d/other; "
        "$child file://$d/s 200 prune:3 lock update:100 renew update:100 release update:100 check");
    REQUIRE(words.size() == 15);
    unsigned long const n = newest(words[4]);
    CAPTURE(words);
    CHECK(Words(words.begin(), words.begin() + 3) == Words{"1", "ok", "out_of_space"});
    CHECK((words[3] == "ok" || words[3] == "out_of_space"));
    CHECK(words[5] == "out_of_space");
    CHECK(words[6] == words[4]);
    CHECK(words[7] == std::to_string(n - 3));
    CHECK(Words(words.begin() + 8, words.end()) == Words{"ok", std::to_string(n + 1), "ok", std::to_string(n + 2), "ok",
                                                         std::to_string(n + 3),
                                                         std::to_string(n + 3) + "-" + std::to_string(n - 2)});
}

TEST_CASE("history on a full disk: SQLite", "[history][process]") {
    if (!can_mount()) SKIP("no rights to mount a small file system: a full disk cannot be made");
    std::string const more = "sqlite://$d/s none ";
    // Its log of some 4 MiB must find room in the database before it can be used again.
    Words const words = on_small_disk("12m", "head -c 4500000 /dev/zero > $d/other; $child " + more +
                                                 "fill:50000 check; cat /dev/zero > $d/rest 2>/dev/null; $child " +
                                                 more + "update:50000 check; rm $d/other; $child " + more +
                                                 "prune:2 stored check update:50000 check");
    REQUIRE(words.size() == 9);
    unsigned long const n = newest(words[1]);
    CAPTURE(words);
    CHECK(words[0] == "out_of_space");
    CHECK(words[1] == std::to_string(n) + "-1");
    CHECK(words[2] == "out_of_space");
    CHECK(words[3] == words[1]);
    std::string const oldest = "-" + std::to_string(n - 1);
    CHECK(Words(words.begin() + 4, words.end()) == Words{std::to_string(n - 2), "1", std::to_string(n) + oldest,
                                                         std::to_string(n + 1), std::to_string(n + 1) + oldest});
}

}  // namespace history_limits
