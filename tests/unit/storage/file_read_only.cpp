#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <holdfast/holdfast.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace file_read_only_test {

using namespace holdfast;
namespace fs = std::filesystem;
using file_test::Directory;
using Storage = FileStorage<SlotFirst, Durability::none>;
using Store = StateStore<std::string, Storage, History<>, RawBytes>;

Key const longest = Key::parse(std::string(400, 'x')).value();

void fill(std::string const& path) {
    Store store(Storage::open(path).value());
    for (int i = 0; i < 3; ++i) {
        REQUIRE(store.update("k", [](std::string& state) { state += "."; }));
        REQUIRE(store.update(longest, [](std::string& state) { state += "!"; }));
    }
}

/// All names, times and modes below a directory.
std::string look(std::string const& path) {
    std::string const out = path + ".look", command = "ls -AlR --time-style=full-iso '" + path + "' > '" + out + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    return file_test::contents(out);
}

/// Reads all, is refused all writes; 0, or the number of what went wrong.
int use(Storage storage) {
    Store store(storage);
    auto const state = store.get("k");
    if (!state || !*state || (*state)->value() != "...") return 1;
    auto const history = store.history("k");
    if (!history || history->versions.size() != 3) return 2;
    if (store.get("k", history->versions[2].id).value().value() != ".") return 3;
    int keys = 0;
    for (Result<Key> const& key : store.keys()) keys += key ? 1 : 100;
    if (keys != 2) return 4;
    if (!store.get(longest).value()) return 5;
    bool const changed = store.wait_for_change("k", *state, {.timeout = Duration(0)}).has_value();
    if (changed) return 6;
    auto const refused = [](auto const& outcome) {
        return !outcome && outcome.error() == Errc::permission_denied &&
               outcome.error().message().find("read-only") != std::string_view::npos;
    };
    if (!refused(store.update("k", [](std::string& text) { text += "x"; }))) return 7;
    if (!refused(store.create("new", "x"))) return 8;
    if (!refused(store.remove(**state))) return 9;
    return refused(store.pin("k")) ? 0 : 10;
}

TEST_CASE("file storage: opened read-only it changes nothing", "[file]") {
    Directory const directory;
    std::string const path = directory.path() + "/s";
    fill(path);
    std::string const before = look(path);
    CHECK(use(Storage::open(path, {.read_only = true}).value()) == 0);
    auto named = open<std::string, Storage, History<>, RawBytes>("file://" + path + "?durability=none&mode=ro");
    REQUIRE(named);
    CHECK(use(named->storage()) == 0);
    CHECK(look(path) == before);
    CHECK(open<std::string, Storage, RawBytes>("file://" + path + "?durability=none&mode=rw"));
    CHECK(open<std::string, Storage, RawBytes>("file://" + path + "?durability=none&mode=r").error() ==
          Errc::invalid_argument);
}

TEST_CASE("file storage: opened read-only it makes nothing", "[file]") {
    Directory const directory;
    auto const missing = Storage::open(directory.path() + "/s", {.read_only = true});
    REQUIRE_FALSE(missing);
    CHECK(missing.error() == Errc::not_found);
    CHECK_FALSE(fs::exists(directory.path() + "/s"));
    fs::create_directory(directory.path() + "/empty");
    CHECK(Storage::open(directory.path() + "/empty", {.read_only = true}).error() == Errc::not_found);
    CHECK(fs::is_empty(directory.path() + "/empty"));

    // A copy without the directory that the store keeps for itself stays as it is.
    fill(directory.path() + "/s");
    fs::remove_all(directory.path() + "/s/.holdfast");
    CHECK(use(Storage::open(directory.path() + "/s", {.read_only = true}).value()) == 0);
    CHECK_FALSE(fs::exists(directory.path() + "/s/.holdfast"));
    file_test::put(directory.path() + "/s/holdfast.json", "{\"holdfast\":\"3\"}\n");
    CHECK(Storage::open(directory.path() + "/s", {.read_only = true}).error() == Errc::incompatible);
}

TEST_CASE("file storage: the directory of another user, who lets this one read it", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Directory const directory;
    std::string const path = directory.path() + "/s";
    fill(path);
    REQUIRE(std::system(("chmod -R a+rX '" + directory.path() + "'").c_str()) == 0);
    std::string const before = look(path);
    CHECK(test::in_child([&] {
              if (::setgid(12345) != 0 || ::setuid(12345) != 0) return 50;
              return use(Storage::open(path, {.read_only = true}).value());
          }) == 0);
    CHECK(look(path) == before);
}

TEST_CASE("file storage: on a medium that is mounted read-only", "[file]") {
    if (::geteuid() != 0) SKIP("only root may mount");
    Directory const directory;
    std::string const path = directory.path() + "/s";
    fill(path);
    int const outcome = test::in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
            ::mount("none", path.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0)
            return 77;
        if (int const wrong = use(Storage::open(path, {.read_only = true}).value())) return wrong;
        // Who does not say so is told by the first write.
        int const wrong = use(Storage::open(path).value());
        return wrong == 0 ? 0 : 20 + wrong;
    });
    if (outcome == 77) SKIP("mounts cannot be made here");
    CHECK(outcome == 0);
}

}  // namespace file_read_only_test
