// Nothing that somebody else put into the directory of a storage is followed, changed, or written through.

#include <process/child.hpp>
#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

#include <sys/stat.h>

namespace planted_link_test {

namespace fs = std::filesystem;
using namespace holdfast;
using file_test::applied;
using file_test::set;

TEST_CASE("file storage: a link that comes while a directory is made", "[file][process]") {
    for (std::string const when : {"before", "after"})
        for (std::string const name : {".holdfast", "states", "k", "versions"}) {
            CAPTURE(when, name);
            test::TemporaryDirectory const directory;
            std::string const root = directory.path() + "/s", victim = directory.path() + "/victim";
            fs::create_directory(root);
            fs::create_directory(victim);
            REQUIRE(::chmod(victim.c_str(), 01777) == 0);
            test::Child child({test::child_program("planted_link_child"), root, name, when, victim});
            std::string const printed = child.finish();
            CHECK(printed == (name == ".holdfast" ? "malformed\n"
                              : name == "versions" ? "opened\nwritten\nmalformed\n"
                              : name == "states"   ? "opened\nmalformed\nwritten\n"
                                                   : "opened\nmalformed\nmalformed\n"));
            struct stat about {};
            REQUIRE(::stat(victim.c_str(), &about) == 0);
            CHECK((about.st_mode & 07777) == 01777);
            CHECK(fs::is_empty(victim));
        }
}

template <class Storage>
void follows_nothing() {
    test::TemporaryDirectory const directory;
    std::string const root = directory.path() + "/s", victim = directory.path() + "/victim";
    auto storage = Storage::open(root).value();
    fs::create_directory(victim);
    RecordId const current("k"), version("k", Slot::version, {1, {1, 1}});
    for (RecordId const& id : {current, version}) REQUIRE(applied(set(storage, id, "mine")));
    // The records are moved out, and links put in place of their directories.
    for (std::string const area : {"/states", "/versions"}) {
        fs::create_directory(victim + area);
        fs::rename(root + area + "/k", victim + area + "/k");
        fs::create_directory_symlink(victim + area + "/k", root + area + "/k");
    }
    std::string const before = file_test::contents(victim + "/states/k/current");
    for (RecordId const& id : {current, version}) {
        auto const read = storage.read(file_test::context(), id);
        REQUIRE_FALSE(read);
        CHECK(read.error() == Errc::malformed);
        CHECK(read.error().message().find("symbolic link") != std::string_view::npos);
        for (Precondition const& when : {Precondition::none(), Precondition::absent()}) {
            auto const record = file_test::next(nullptr, "k", "x");
            CHECK(storage.write(file_test::context(), id, record, when).error() == Errc::malformed);
            CHECK(storage.remove(file_test::context(), id, when).error() == Errc::malformed);
        }
    }
    CHECK(file_test::contents(victim + "/states/k/current") == before);
    CHECK(std::distance(fs::recursive_directory_iterator(victim), fs::recursive_directory_iterator()) == 6);
    auto const page = storage.list(file_test::context(), {}).value();
    CHECK(page.records.empty());
    REQUIRE(page.unreadable.size() == 1);
    CHECK(page.unreadable[0].message().find("symbolic link") != std::string_view::npos);
}

TEST_CASE("file storage: a link in place of a key's directory is neither read nor written through", "[file]") {
    follows_nothing<FileStorage<>>();
    follows_nothing<FileStorage<SlotFirst, Durability::none>>();
}

TEST_CASE("file storage: links in place of the storage's own directory and of the root", "[file]") {
    test::TemporaryDirectory const directory;
    std::string const root = directory.path() + "/s";
    REQUIRE(FileStorage<>::open(root));
    fs::rename(root + "/.holdfast", directory.path() + "/moved");
    fs::create_directory_symlink(directory.path() + "/moved", root + "/.holdfast");
    auto const own = FileStorage<>::open(root);
    REQUIRE_FALSE(own);
    CHECK(own.error().describe().find("a symbolic link stands where a directory belongs") != std::string::npos);

    fs::create_directory_symlink("/nowhere/at/all", directory.path() + "/dangling");
    for (bool const create : {true, false}) {
        auto const dangling = FileStorage<>::open(directory.path() + "/dangling", {.create = create});
        REQUIRE_FALSE(dangling);
        CHECK(dangling.error() == Errc::not_found);
        CHECK(dangling.error().message().find("leads nowhere") != std::string_view::npos);
    }
}

}  // namespace planted_link_test
