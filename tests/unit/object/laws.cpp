// The laws of object stores, over each.

#include <holdfast/object/directory_objects.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/testing/laws/objects.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/support/counting_objects.hpp>
#include <unit/storage/file_fixture.hpp>

namespace object_laws_test {

using namespace holdfast;
using testing::check_objects;

TEST_CASE("objects: those in memory obey the laws", "[object]") {
    for (auto const kind : {RevisionKind::counter, RevisionKind::content}) {
        MemoryObjects objects(kind);
        CHECK(check_objects(objects).text() == "");
    }
}

TEMPLATE_TEST_CASE_SIG("objects: those in a directory obey the laws", "[object]", ((Durability D), D), Durability::none,
                       Durability::full) {
    file_test::Directory const directory;
    auto objects = DirectoryObjects<D>::open(directory).value();
    CHECK(check_objects(objects).text() == "");
    CHECK(file_test::count_files(directory.path() + "/.holdfast/temporary", "") == 0);
}

TEST_CASE("objects: those at the end of a line that is not bad obey the laws", "[object]") {
    testing::LateObjects objects{MemoryObjects()};
    CHECK(check_objects(objects).text() == "");
    file_test::Directory const directory;
    testing::LateObjects files(DirectoryObjects<Durability::none>::open(directory).value());
    CHECK(check_objects(files).text() == "");
}

/// Cannot remove what is of one revision: by its type, or by what it was told of the service.
template <bool can>
struct Blind : MemoryObjects {
    static constexpr bool conditional_remove = can;
    bool removes_conditionally() const { return false; }
    Result<WriteOutcome> remove(Context const& ctx, std::string_view name, Precondition const& when) {
        if (when.kind() == Precondition::Kind::matches) return detail::blind_removal();
        return MemoryObjects::remove(ctx, name, when);
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<ObjectRemoval const> removals) {
        std::vector<Result<WriteOutcome>> all;
        for (ObjectRemoval const& one : removals) all.push_back(remove(ctx, one.name, one.when));
        return all;
    }
};

TEST_CASE("objects: those that cannot remove conditionally obey the laws, too", "[object]") {
    Blind<true> told;
    CHECK(check_objects(told).text() == "");
    Blind<false> known;
    CHECK(check_objects(known).text() == "");
}

}  // namespace object_laws_test
