// Details of the file storage that are easy to get wrong.

#include <holdfast/testing/archetypes.hpp>

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <filesystem>
#include <string>

#include <sys/stat.h>

namespace file_details_test {

using namespace holdfast;
using file_test::applied;
using file_test::context;
using file_test::Directory;
using file_test::set;
using Storage = FileStorage<SlotFirst, Durability::none>;

/// `FileLayout`, and nothing else.
struct LayoutArchetype {
    LayoutArchetype() = delete;
    static constexpr std::string_view layout_name = "archetype";
    static std::string_view area(Slot) { testing::detail::never_called(); }
    static std::string directory(KeyView) { testing::detail::never_called(); }
    static std::optional<Key> key(std::string_view) { testing::detail::never_called(); }
    static bool may_be_ours(std::string_view) { testing::detail::never_called(); }
    static std::string file(RecordId const&) { testing::detail::never_called(); }
    static std::optional<VersionId> version(std::string_view) { testing::detail::never_called(); }
};
struct Nameless : LayoutArchetype {
    static void layout_name();
};
struct SurelyOurs : LayoutArchetype {
    static Key key(std::string_view);
};
struct WithoutAreas : LayoutArchetype {
    static void area(Slot);
};
static_assert(FileLayout<LayoutArchetype> && FileLayout<SlotFirst>);
static_assert(!FileLayout<Nameless> && !FileLayout<SurelyOurs> && !FileLayout<WithoutAreas>);
// Compiled with what the concept promises and nothing more; never called.
void use_everything(FileStorage<LayoutArchetype>& storage, Context const& ctx, RecordId const& id,
                    RecordPtr const& record, Precondition const& when, ListRequest const& request) {
    (void)FileStorage<LayoutArchetype>::open("/");
    (void)storage.read(ctx, id);
    (void)storage.reread(ctx, id, record);
    (void)storage.write(ctx, id, record, when);
    (void)storage.remove(ctx, id, when);
    (void)storage.list(ctx, request);
    (void)storage.wait_for_change(ctx, id, Revision());
    (void)storage.turn(ctx, id, true);
}

TEST_CASE("file names: those that systems keep for devices are escaped, and no others", "[file]") {
    auto const name = [](std::string const& key) { return detail::to_file_name(Key::parse(key).value()); };
    CHECK(name("con") == "!63on");
    CHECK(name("prn") == "!70rn");
    CHECK(name("aux") == "!61ux");
    CHECK(name("nul") == "!6eul");
    CHECK(name("aux.txt") == "!61ux.txt");
    CHECK(name("com0") == "!63om0");
    CHECK(name("com9") == "!63om9");
    CHECK(name("lpt9.log") == "!6cpt9.log");
    for (char const* const plain : {"auxiliary", "com", "com10", "coma", "lpt", "console"}) CHECK(name(plain) == plain);
}

TEST_CASE("file storage: with the last record of a key its directories go", "[file]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    RecordId const first("k", Slot::version, {1, {1, 1}}), second("k", Slot::version, {2, {2, 2}});
    RecordId const lock("k", Slot::lock);
    for (RecordId const& id : {first, second, lock}) REQUIRE(applied(set(storage, id, "v")));
    auto const remove = [&](RecordId const& id) {
        REQUIRE(applied(storage.remove(context(), id, Precondition::none())));
    };
    auto const is_there = [&](char const* name) { return std::filesystem::exists(directory.path() + "/" + name); };
    remove(first);
    CHECK(is_there("versions/k"));
    remove(second);
    CHECK_FALSE(is_there("versions/k"));
    CHECK(is_there("locks/k"));
    remove(lock);
    CHECK_FALSE(is_there("locks/k"));
    CHECK(is_there("locks"));  // the areas stay
}

TEST_CASE("file storage: a key that was removed is made anew by whoever removed it", "[file]") {
    Directory const directory;
    auto storage = FileStorage<>::open(directory).value();
    std::string const path = directory.path() + "/states/k";
    for (int i = 0; i < 3; ++i) {
        REQUIRE(applied(set(storage, RecordId("k"), "v")));
        REQUIRE(applied(storage.remove(context(), RecordId("k"), Precondition::none())));
    }
    std::filesystem::create_directory(path);  // of a killed writer, whose sync may have failed
    detail::Fd const left = detail::open_directory_at(AT_FDCWD, path.c_str());
    REQUIRE(applied(set(storage, RecordId("k"), "v")));
    struct stat then {}, now {};
    REQUIRE(::fstat(left.get(), &then) == 0);
    REQUIRE(::stat(path.c_str(), &now) == 0);
    CHECK(then.st_ino != now.st_ino);
}

TEST_CASE("file storage: rights that the file system has fixed do not stop a write", "[file]") {
    Directory const directory;
    int const outcome = test::in_child([&] {
        auto storage = Storage::open(directory);
        if (!storage || !applied(set(*storage, RecordId("k"), "old"))) return 1;
        if (::chmod((directory.path() + "/states/k/current").c_str(), 0644) != 0) return 90;
        if (!test::refuse_calls({{SYS_fchmod, EPERM}})) return 77;
        return applied(set(*storage, RecordId("k"), "new")) ? 0 : 2;
    });
    if (outcome == 77) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
}

TEST_CASE("file storage: a new file that is linked into its place has no other name", "[file]") {
    Directory const directory;
    int const outcome = test::in_child([&] {
        auto storage = Storage::open(directory);
        if (!storage) return 1;
        if (!test::refuse_calls({{SYS_renameat2, EINVAL}})) return 77;
        return applied(set(*storage, RecordId("k"), "v")) ? 0 : 2;
    });
    if (outcome == 77) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
    CHECK(std::filesystem::hard_link_count(directory.path() + "/states/k/current") == 1);
    CHECK(file_test::count_files(directory.path() + "/.holdfast/temporary", "") == 0);
}

}  // namespace file_details_test
