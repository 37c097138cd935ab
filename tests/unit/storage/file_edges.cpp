// FileStorage: names that just fit, layouts that lead elsewhere, cursors that nobody gave, marks that were lost.

#include <holdfast/storage/file.hpp>

#include <holdfast/posix/inotify.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/storage/file_fixture.hpp>

#include <string>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace file_edges_test {

using namespace file_test;

TEST_CASE("file names: what takes exactly the room before a cut stays whole", "[file-edges]") {
    constexpr std::size_t room = detail::cut_room;
    for (auto const& rest : {std::string(300, 'b'), std::string(300, 'B')})  // that stands for itself, or does not
        for (auto const& [character, written] :
             {std::pair<std::string, std::string>{"/", "!2f"}, {"X", "!58"}, {"!", "!21"}}) {
            std::string const before(room - written.size(), 'a');
            std::string const exact = detail::to_file_name(Key::parse(before + character + rest).value());
            CHECK(exact.starts_with(before + written + "!-"));
            std::string const over = detail::to_file_name(Key::parse("a" + before + character + rest).value());
            CHECK(over.starts_with("a" + before + "!-"));
        }
}

/// Of somebody who did not think of slashes in keys.
struct Outside : SlotFirst {
    static constexpr std::string_view layout_name = "outside";
    static std::string file(RecordId const& id) {
        return id.key.view().find('/') == std::string_view::npos ? "a" : "../../a";
    }
};
struct Nothing : SlotFirst {
    static constexpr std::string_view layout_name = "nothing";
    static std::string file(RecordId const&) { return ""; }
};

TEST_CASE("file: a layout that names a file elsewhere reads and writes nothing", "[file-edges]") {
    Directory const directory, other;
    auto storage = FileStorage<Outside, Durability::none>::open(directory).value();
    CHECK(applied(set(storage, RecordId("k"), "1")));
    auto const refused = storage.write(context(), RecordId("k/l"), next(nullptr, "k/l", "2"), Precondition::none());
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::invalid_argument);
    CHECK_FALSE(storage.read(context(), RecordId("k/l")));
    auto empty = FileStorage<Nothing, Durability::none>::open(other).value();
    auto const nothing = empty.write(context(), RecordId("k"), next(nullptr, "k", "2"), Precondition::none());
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error() == Errc::invalid_argument);
}

TEST_CASE("file: a cursor that leads out of the directory is none", "[file-edges]") {
    Directory const directory;
    auto storage = FileStorage<SlotFirst, Durability::none>::open(directory).value();
    CHECK(applied(set(storage, RecordId("k"), "1")));
    for (char const* cursor : {"-.0000000000000000.k/current", "-..../k", "0.0.../../etc"}) {
        INFO(cursor);
        auto const page = storage.list(context(), {.cursor = cursor});
        REQUIRE_FALSE(page);
        CHECK(page.error() == Errc::invalid_argument);
    }
}

TEST_CASE("file: a listing of a directory in which there is much else ends with its time limit", "[file-edges]") {
    Directory const directory;
    auto storage = FileStorage<SlotFirst, Durability::none>::open(directory).value();
    CHECK(applied(set(storage, RecordId("k"), "1")));
    for (int i = 0; i < 2'100; ++i) REQUIRE(::mkdir((directory.path() + "/states/N" + std::to_string(i)).c_str(), 0700) == 0);
    CHECK(storage.list(context(), {}));
    auto const late = storage.list(context(Duration::zero()), {});
    REQUIRE_FALSE(late);
    CHECK(late.error() == Errc::timed_out);
}

TEST_CASE("file: where the note was lost others may keep records at a lower durability", "[file-edges]") {
    Directory const directory;
    {
        auto storage = FileStorage<SlotFirst, Durability::none>::open(directory).value();
        CHECK(applied(set(storage, RecordId("k"), "1")));
        REQUIRE(::unlink((directory.path() + "/.holdfast/durability").c_str()) == 0);
        auto const higher = FileStorage<SlotFirst, Durability::full>::open(directory);
        REQUIRE_FALSE(higher);
        CHECK(higher.error() == Errc::busy);
    }
    CHECK(FileStorage<SlotFirst, Durability::full>::open(directory).value().durability() == Durability::full);
}

TEST_CASE("file: a raising of the durability that did not come to its end is found again", "[file-edges]") {
    Directory const directory;
    {
        auto storage = FileStorage<SlotFirst, Durability::none>::open(directory).value();
        CHECK(applied(set(storage, RecordId("k"), "1")));
    }
    put(directory.path() + "/.holdfast/durability",
        "{\"holdfast\":\"2\",\"durability\":\"none\",\"raising\":\"yes\"}\n");
    auto const higher = FileStorage<SlotFirst, Durability::full>::open(directory);
    REQUIRE_FALSE(higher);
    CHECK(higher.error() == Errc::incompatible);
    auto same = FileStorage<SlotFirst, Durability::none>::open(directory);
    REQUIRE(same);
    CHECK(get(*same, RecordId("k")) == "1");
}

int open_files() {
    int count = 0;
    DIR* const all = ::opendir("/proc/self/fd");
    if (all == nullptr) return -1;
    while (::readdir(all) != nullptr) ++count;
    (void)::closedir(all);
    return count;
}

TEST_CASE("file: of the notices that nobody waits for any more few are kept", "[file-edges]") {
    int const before = open_files();
    if (before < 0) SKIP("no /proc");
    detail::IdleInotify idle;
    std::vector<detail::Inotify> used;
    for (int i = 0; i < 12; ++i) used.push_back(idle.take());
    if (!used.back()) SKIP("no inotify");
    for (auto& one : used) idle.give_back(std::move(one));
    used.clear();
    CHECK(open_files() == before + 4);
    detail::Inotify const again = idle.take();
    CHECK(open_files() == before + 4);
}

}  // namespace file_edges_test
