// Full disks, limits, and rights: an error with a remedy, and the old record.

#include <process/file_trace.hpp>

#include <catch2/catch_test_macros.hpp>

#include <sstream>
#include <string>

namespace file_limits_test {

using file_trace::Words;

/// Runs a script in which $child is file_child and $d a directory, where it may mount what it likes; its words.
Words in_own_mounts(std::string const& script) {
    test::TemporaryDirectory const directory;
    std::string const setup = "child='" + test::child_program("file_child") + "'; d='" + directory.path() + "'; ";
    Words command = {"unshare", geteuid() == 0 ? "-m" : "-Urm", "sh", "-c", setup + script};
    test::Child child(command);
    std::istringstream text(child.finish());
    Words words;
    for (std::string word; text >> word;) words.push_back(word);
    return words;
}

bool can_mount() {
    static bool const can =
        in_own_mounts("mount -t tmpfs -o size=64k tmpfs $d 2>/dev/null && echo yes") == Words{"yes"};
    return can;
}

TEST_CASE("file storage: a full disk", "[file][process]") {
    if (!can_mount()) SKIP("no rights to mount a small file system: a full disk cannot be made");
    CHECK(in_own_mounts("mount -t tmpfs -o size=256k tmpfs $d && $child full $d/s create:k:1000:o update:k:900000:n "
                        "read:k create:other:900000:n read:other update:k:2000:m read:k; ls $d/s/states; ls -A $d/s/states/k") ==
          Words{"applied", "out_of_space", "o1000", "out_of_space", "absent", "applied", "m2000", "k", "current"});
    CHECK(in_own_mounts("mount -t tmpfs -o size=1m,nr_inodes=13 tmpfs $d && $child full $d/s create:k:10:o && "
                        "touch $d/1 $d/2 2>/dev/null; $child full $d/s update:k:20:n read:k create:j:1:n read:k; "
                        "rm $d/1; $child full $d/s update:k:20:n read:k") ==
          Words{"applied", "out_of_space", "o10", "out_of_space", "o10", "applied", "n20"});
}

TEST_CASE("file storage: the limit of file sizes", "[file][process]") {
    test::TemporaryDirectory const directory;
    Words const calls = {"fsize:x:50000", "create:k:1000:o",  "update:k:100000:n",
                         "read:k",        "update:k:20000:n", "read:k"};
    CHECK(file_trace::run("full", directory.path(), calls) ==
          Words{"applied", "out_of_space", "o1000", "applied", "n20000"});
}

TEST_CASE("file storage: a file system that is mounted read-only", "[file][process]") {
    if (!can_mount()) SKIP("no rights to mount: a read-only file system cannot be made");
    CHECK(in_own_mounts("mount -t tmpfs tmpfs $d && $child full $d/s create:k:10:o && mount -o remount,ro $d && "
                        "$child full $d/s read:k update:k:10:n create:j:1:n remove:k read:k") ==
          Words{"applied", "o10", "permission_denied", "permission_denied", "permission_denied", "o10"});
    CHECK(in_own_mounts("mount -t tmpfs -o ro tmpfs $d && $child full $d/s read:k") == Words{"permission_denied"});
}

TEST_CASE("file storage: rights that are missing", "[file][process]") {
    if (geteuid() != 0) SKIP("only root can become another user: rights cannot be taken away");
    test::TemporaryDirectory const directory;
    std::string const root = directory.path() + "/s";
    auto const shell = [](std::string const& command) { REQUIRE(std::system(command.c_str()) == 0); };
    REQUIRE(file_trace::run("full", root, {"create:k:10:o", "create:j:10:o"}) == Words{"applied", "applied"});
    shell("chmod 755 " + directory.path() + "; chown -R 65534:65534 " + root + "; chmod 500 " + root + "/states/k");
    CHECK(file_trace::run("full", root,
                          {"user::65534", "read:k", "update:k:10:n", "remove:k", "read:k", "update:j:10:n"}) ==
          Words{"o10", "permission_denied", "permission_denied", "o10", "applied"});
    shell("chmod 700 " + root + "/states/k; chmod 0 " + root + "/states/k/current");
    CHECK(file_trace::run("full", root, {"user::65534", "read:k", "update:k:10:n"}) ==
          Words{"permission_denied", "permission_denied"});
    shell("chown 0 " + root + "; chmod 700 " + root);
    CHECK(file_trace::run("full", root, {"user::65534", "read:k"}) == Words{"permission_denied"});
    CHECK(file_trace::run("full", root, {"read:j"}) == Words{"n10"});
}

}  // namespace file_limits_test
