// Keys whose names are cut: no two share a file, and short names are enough.

#include <unit/storage/file_fixture.hpp>

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <set>
#include <string>

namespace file_long_names_test {

using namespace holdfast;
using file_test::applied;
using file_test::contents;
using file_test::context;
using file_test::Directory;
using file_test::get;
using file_test::set;
using Storage = FileStorage<SlotFirst, Durability::none>;

Key key_of(std::string text) { return Key::parse(std::move(text)).value(); }

std::string const dashes(24, '-');
// Made by hand so that XXH64 gives both the same, with either seed.
Key const one = key_of(std::string(192, 'k') + "vf07a1uo" + dashes + "brevm2k7" + dashes);
Key const other = key_of(std::string(192, 'k') + "q0vn58lp" + dashes + "msys1dsl" + dashes);

std::set<std::string> keys(Storage& storage) {
    std::set<std::string> found;
    auto const page = storage.list(context(), {}).value();
    CHECK(page.unreadable.empty());
    for (auto const& listed : page.records) found.insert(listed.key.str());
    return found;
}

TEST_CASE("file names: keys that were made to collide do not", "[file]") {
    CHECK(SlotFirst::directory(one) != SlotFirst::directory(other));
    Directory const directory;
    auto storage = Storage::open(directory).value();
    REQUIRE(applied(set(storage, RecordId(one), "1")));
    REQUIRE(applied(set(storage, RecordId(other), "2")));
    CHECK(get(storage, RecordId(one)) == "1");
    CHECK(get(storage, RecordId(other)) == "2");
    CHECK(keys(storage) == std::set{one.str(), other.str()});
}

TEST_CASE("file names: 143 bytes are enough for whatever is stored and locked", "[file]") {
    Directory const directory;
    StateStore<std::string, Storage, FileLock, History<>, RawBytes> store(Storage::open(directory).value());
    for (std::string const letter : {"x", "X", "\xc3\xa9"}) {
        std::string text;
        while (text.size() + letter.size() <= 1024) text += letter;
        for (int i = 0; i < 3; ++i) REQUIRE(store.update(key_of(text), [](std::string& state) { state += "."; }));
        REQUIRE(store.pin(key_of(text)));
    }
    for (std::size_t size = 100; size < 160; ++size) REQUIRE(store.create(key_of(std::string(size, 'k')), "v"));
    std::size_t longest = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(directory.path()))
        longest = std::max(longest, entry.path().filename().string().size());
    CHECK(longest == 143);
}

/// A layout with a mistake.
template <int Kind>
struct Astray : SlotFirst {
    static constexpr std::string_view layout_name = "astray";
    static constexpr std::string_view names[] = {"", "..", ".", "../outside", "/tmp/outside", "a/b"};
    static std::string directory(KeyView) { return std::string(names[Kind]); }
};

template <int Kind>
void stays_inside() {
    Directory const directory;
    auto storage = FileStorage<Astray<Kind>, Durability::none>::open(directory.path() + "/root").value();
    RecordId const id("k");
    CHECK(storage.read(context(), id).error() == Errc::invalid_argument);
    CHECK(storage.reread(context(), id, nullptr).error() == Errc::invalid_argument);
    CHECK(storage.write(context(), id, file_test::next(nullptr, "k", "x"), Precondition::none()).error() ==
          Errc::invalid_argument);
    CHECK(storage.remove(context(), id, Precondition::none()).error() == Errc::invalid_argument);
    CHECK(storage.wait_for_change(context(Duration(0)), id, Revision()).error() == Errc::invalid_argument);
    CHECK(file_test::count_files(directory, "current") == 0);
}

TEST_CASE("file names: no path leads out of the root, whatever the layout", "[file]") {
    stays_inside<0>();
    stays_inside<1>();
    stays_inside<2>();
    stays_inside<3>();
    stays_inside<4>();
    stays_inside<5>();
}

TEST_CASE("file names: a key without text is refused with a sentence", "[file]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    Key key("orders");
    Key const taken = std::move(key);
    CHECK(taken.view() == "orders");
    auto const read = storage.read(context(), RecordId(key));  // NOLINT(bugprone-use-after-move)
    if (key.view().empty()) CHECK((!read && read.error() == Errc::invalid_argument));
    CHECK(file_test::count_files(directory, "current") == 0);
}

}  // namespace file_long_names_test
