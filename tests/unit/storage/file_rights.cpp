// Who owns what is written, and who may read it: kept of what is replaced, inherited from the directory.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

#include <grp.h>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace file_rights_test {

using namespace holdfast;
namespace fs = std::filesystem;
using file_test::applied;
using file_test::context;
using file_test::Directory;
using file_test::get;
using file_test::next;
using file_test::set;
using Full = FileStorage<>;
using Fast = FileStorage<SlotFirst, Durability::none>;

constexpr unsigned alice = 12345, bob = 12346, team = 23456;

struct stat about(std::string const& path) {
    struct stat result {};
    REQUIRE(::stat(path.c_str(), &result) == 0);
    return result;
}
unsigned mode(std::string const& path) { return about(path).st_mode & 07777; }

/// Whether all below a path fits an expression of find(1).
bool all(std::string const& path, std::string const& what) {
    return std::system(("test -z \"$(find '" + path + "' ! \\( " + what + " \\))\"").c_str()) == 0;
}

bool become(unsigned user, unsigned group, std::vector<gid_t> const& more = {}) {
    return ::setgroups(more.size(), more.data()) == 0 && ::setgid(group) == 0 && ::setuid(user) == 0;
}

/// A place that everybody can reach.
struct Reachable {
    Directory directory;
    std::string path = directory.path() + "/s";
    Reachable() { REQUIRE(::chmod(directory.path().c_str(), 0755) == 0); }
};

TEMPLATE_TEST_CASE("file rights: an administrator's chmod survives every write", "[file]", Full, Fast) {
    Directory const directory;
    auto storage = TestType::open(directory).value();
    RecordId const ids[] = {RecordId("k"), RecordId("k", Slot::retention), RecordId("k", Slot::version, {1, {1, 1}})};
    for (RecordId const& id : ids) REQUIRE(applied(set(storage, id, "one")));
    std::string const files[] = {"/states/k/current", "/retention/k/retention", "/versions/k/" + to_string(VersionId{1, {1, 1}})};
    for (auto const& file : files) {
        CHECK(mode(directory.path() + file) == 0600);
        REQUIRE(::chmod((directory.path() + file).c_str(), 0640) == 0);
    }
    for (RecordId const& id : ids)
        for (int i = 0; i < 3; ++i) REQUIRE(applied(set(storage, id, "two")));
    for (auto const& file : files) CHECK(mode(directory.path() + file) == 0640);

    // Also through another object, by a write without precondition, and of a damaged record.
    std::string const file = directory.path() + "/states/k/current";
    auto another = TestType::open(directory).value();
    REQUIRE(::chmod(file.c_str(), 0644) == 0);
    REQUIRE(applied(another.write(context(), RecordId("k"), next(nullptr, "k", "x"), Precondition::none())));
    CHECK(mode(file) == 0644);
    file_test::put(file, "damage");
    REQUIRE(applied(another.write(context(), RecordId("k"), next(nullptr, "k", "x"), Precondition::none())));
    CHECK(mode(file) == 0644);
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
    REQUIRE(applied(set(storage, RecordId("k"), "x")));
    CHECK(mode(file) == 0600);
}

TEST_CASE("file rights: new ones are the owner's alone, whatever the directory of an unprepared storage", "[file]") {
    Directory const directory;
    for (std::string const& rights : {std::string("0777"), std::string("0775"), std::string("1777")}) {
        CAPTURE(rights);
        std::string const path = directory.path() + "/" + rights;
        REQUIRE(std::system(("mkdir -m " + rights + " '" + path + "'").c_str()) == 0);
        auto storage = Full::open(path).value();
        REQUIRE(applied(set(storage, RecordId("k", Slot::version, {1, {1, 1}}), "v")));
        REQUIRE(applied(set(storage, RecordId("k"), "v")));
        CHECK(all(path, "-path '" + path + "' -o -type d -perm 0700 -o -type f -perm 0600"));
    }
}

TEST_CASE("file rights: what the superuser writes into a user's storage is the user's", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Reachable const place;
    REQUIRE(::mkdir((place.directory.path() + "/home").c_str(), 0700) == 0);
    REQUIRE(::chown((place.directory.path() + "/home").c_str(), alice, alice) == 0);
    std::string const path = place.directory.path() + "/home/new/s";
    auto by_root = Full::open(path).value();
    REQUIRE(applied(set(by_root, RecordId("a"), "root")));
    REQUIRE(applied(set(by_root, RecordId("a", Slot::version, {1, {1, 1}}), "root")));
    CHECK(all(place.directory.path() + "/home", "-user 12345 -group 12345"));
    auto const by_alice = [&](auto&& body) {
        return test::in_child([&] {
            if (!become(alice, alice)) return 50;
            auto storage = Full::open(path);
            return storage ? body(*storage) : 51;
        });
    };
    CHECK(by_alice([](Full& storage) {
              if (get(storage, RecordId("a")) != "root" || !applied(set(storage, RecordId("a"), "alice"))) return 1;
              return applied(set(storage, RecordId("b"), "alice")) ? 0 : 2;
          }) == 0);
    for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c")})
        REQUIRE(applied(set(by_root, RecordId(key), "root again")));
    CHECK(all(place.directory.path() + "/home", "-user 12345 -group 12345"));
    CHECK(by_alice([](Full& storage) {
              for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c")})
                  if (get(storage, RecordId(key)) != "root again" || !applied(set(storage, RecordId(key), "x")))
                      return 1;
              return 0;
          }) == 0);
}

TEST_CASE("file rights: an owner is never shut out", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Reachable const place;
    REQUIRE(::mkdir(place.path.c_str(), 0700) == 0);
    REQUIRE(::chown(place.path.c_str(), alice, alice) == 0);
    auto storage = Fast::open(place.path).value();
    REQUIRE(applied(set(storage, RecordId("k"), "alice")));
    int const outcome = test::in_child([&] {
        if (!test::refuse_calls({{SYS_fchown, EPERM}})) return 77;  // a superuser without CAP_CHOWN
        auto const written = set(storage, RecordId("k"), "root");
        if (written || written.error() != Errc::permission_denied) return 1;
        return get(storage, RecordId("k")) == "alice" ? 0 : 2;
    });
    if (outcome == 77) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
    CHECK(all(place.path, "-user 12345"));
}

/// Two users of one group create, replace and remove each other's records.
void both_use(std::string const& path, DirectoryOptions const& options, unsigned of_alice, unsigned of_bob) {
    auto const as = [&](unsigned user, unsigned group, int round) {
        return test::in_child([&] {
            ::umask(round % 2 == 0 ? 077 : 0);
            if (!become(user, group, {team})) return 50;
            auto storage = Fast::open(path, options);
            if (!storage) return 51;
            for (KeyView const key : {KeyView("a"), KeyView("b")}) {
                if (!applied(set(*storage, RecordId(key), "x"))) return 1;
                if (!applied(set(*storage, RecordId(key, Slot::version, {1, {1, 1}}), "x"))) return 2;
            }
            Key const own = Key::parse("own-" + std::to_string(user) + "-" + std::to_string(round)).value();
            if (!applied(set(*storage, RecordId(own), "x"))) return 3;
            if (round == 3 && !applied(storage->remove(context(), RecordId("b"), Precondition::none()))) return 4;
            return 0;
        });
    };
    for (int round = 0; round < 4; ++round) {
        CHECK(as(alice, of_alice, round) == 0);
        CHECK(as(bob, of_bob, round) == 0);
    }
    CHECK(all(path, "-group 23456 -type d -perm 2770 -o -group 23456 -type f -perm 0660"));
}

TEST_CASE("file rights: a group that shares a prepared directory", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Reachable const place;
    REQUIRE(::mkdir(place.path.c_str(), 0700) == 0);
    REQUIRE(::chown(place.path.c_str(), 0, team) == 0);
    REQUIRE(::chmod(place.path.c_str(), 02770) == 0);
    both_use(place.path, {}, alice, bob);
}

TEST_CASE("file rights: a group that shares a storage by the option", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Reachable const place;
    REQUIRE(::mkdir((place.directory.path() + "/t").c_str(), 0700) == 0);
    REQUIRE(::chown((place.directory.path() + "/t").c_str(), alice, team) == 0);
    REQUIRE(::chmod((place.directory.path() + "/t").c_str(), 0770) == 0);
    both_use(place.directory.path() + "/t/s", {.group = true}, team, team);
    // Found again without the option, too, as is the option's refusal where the storage is not so.
    CHECK(Fast::open(place.directory.path() + "/t/s"));
    REQUIRE(Fast::open(place.directory.path() + "/private"));
    auto const refused = Fast::open(place.directory.path() + "/private", {.group = true});
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::incompatible);
    CHECK(refused.error().message().find("chmod -R g+rwX") != std::string_view::npos);
}

TEST_CASE("file rights: a storage that an administrator shares afterwards", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Reachable const place;
    {
        auto storage = Fast::open(place.path).value();
        for (KeyView const key : {KeyView("a"), KeyView("b")}) REQUIRE(applied(set(storage, RecordId(key), "x")));
    }
    REQUIRE(std::system(("cd '" + place.path +
                         "' && chgrp -R 23456 . && chmod -R g+rwX . && "
                         "find . -type d -exec chmod g+s {} +")
                            .c_str()) == 0);
    both_use(place.path, {.group = true}, alice, bob);
}

TEST_CASE("file rights: strangers cannot widen them", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Reachable const place;
    REQUIRE(::mkdir(place.path.c_str(), 0700) == 0);
    REQUIRE(::chmod(place.path.c_str(), 01777) == 0);
    auto storage = Fast::open(place.path).value();
    REQUIRE(applied(set(storage, RecordId("k"), "mine")));
    std::string const forged = file_test::contents(place.path + "/states/k/current");
    // Who may write into the directory of the storage was there before the first write, with a record for all to read.
    REQUIRE(applied(storage.remove(context(), RecordId("k"), Precondition::none())));
    fs::create_directories(place.path + "/states/k");
    fs::create_directories(place.path + "/locks");
    file_test::put(place.path + "/states/k/current", forged);
    REQUIRE(std::system(("cd '" + place.path +
                         "' && chmod 01777 states locks && chmod a+r holdfast.json && chown -R 12346 states/k && "
                         "chmod -R 0777 states/k")
                            .c_str()) == 0);
    REQUIRE(std::system(("chown -R 12345:12345 '" + place.path + "/.holdfast'").c_str()) == 0);
    CHECK(test::in_child([&] {
              if (!become(alice, alice)) return 50;
              auto by_alice = Fast::open(place.path);
              if (!by_alice || !applied(set(*by_alice, RecordId("k"), "secret"))) return 1;
              return applied(set(*by_alice, RecordId("k", Slot::lock), "secret")) ? 0 : 2;
          }) == 0);
    CHECK(mode(place.path + "/states/k/current") == 0600);
    CHECK(mode(place.path + "/locks/k/lock") == 0600);
}

/// As the kernel has them: version 2, then tag, rights, id.
std::string list_of(unsigned user_rights, unsigned mask) {
    std::string text("\2\0\0\0", 4);
    auto const entry = [&](unsigned tag, unsigned rights, unsigned id) {
        for (unsigned const part : {tag & 255, tag >> 8, rights, 0u}) text.push_back(static_cast<char>(part));
        for (int shift = 0; shift < 32; shift += 8) text.push_back(static_cast<char>(id >> shift & 255));
    };
    constexpr unsigned nobody = 0xffffffff;
    entry(1, 6, nobody);           // user::rw-
    entry(2, user_rights, alice);  // user:12345:
    entry(4, 0, nobody);           // group::---
    entry(16, mask, nobody);       // mask::
    entry(32, 0, nobody);          // other::---
    return text;
}

TEST_CASE("file rights: access lists survive, and their mask is not taken for the group's rights", "[file]") {
    Directory const directory;
    auto storage = Full::open(directory).value();
    REQUIRE(applied(set(storage, RecordId("k"), "one")));
    std::string const file = directory.path() + "/states/k/current", list = list_of(4, 4);
    if (::setxattr(file.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0)
        SKIP("this file system has no access lists");
    REQUIRE(mode(file) == 0640);  // the mask
    REQUIRE(applied(set(storage, RecordId("k"), "two")));
    char now[256];
    auto const size = ::getxattr(file.c_str(), "system.posix_acl_access", now, sizeof now);
    REQUIRE(size == static_cast<ssize_t>(list.size()));
    CHECK(std::string(now, list.size()) == list);

    int const outcome = test::in_child([&] {  // where it cannot be kept nobody gets more
        if (!test::refuse_calls({{SYS_fsetxattr, EOPNOTSUPP}})) return 77;
        return applied(set(storage, RecordId("k"), "three")) ? 0 : 1;
    });
    if (outcome == 77) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
    CHECK(mode(file) == 0600);
}

}  // namespace file_rights_test
