// What a URI of a file storage means, where people expect something else.

#include <holdfast/holdfast.hpp>
#include <holdfast/open.hpp>

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

namespace open_paths_test {

using namespace holdfast;
using Catch::Matchers::ContainsSubstring;

Error refused(std::string_view uri) {
    auto store = open<std::string, FileStorage<>, RawBytes>(uri);
    REQUIRE_FALSE(store);
    CHECK(store.error() == Errc::invalid_argument);
    CHECK_THAT(store.error().describe(), !ContainsSubstring("accepted: none"));
    return store.error();
}

TEST_CASE("A relative path in a file URI is refused, and the sentence says what to write") {
    CHECK_THAT(refused("file:state").describe(),
               ContainsSubstring("the path 'state' is not absolute: write file:///full/path"));
    CHECK_THAT(refused("file:./state/here").describe(), ContainsSubstring("is not absolute"));
    CHECK_THAT(refused("file:").describe(), ContainsSubstring("is not absolute"));
    CHECK_THAT(refused("file://state/here").describe(), ContainsSubstring("'state' is not this machine"));
    CHECK_THAT(refused("file://./here").describe(), ContainsSubstring("three slashes, as in file:///full/path"));
}

TEST_CASE("A home directory is not guessed, and no directory is made that is called ~") {
    for (auto const* const uri : {"file:///~/state", "file:~/state", "file:///~user/state", "file:///%7E/state",
                                  "file://localhost/~/state", "file:////~/state"}) {
        CAPTURE(uri);
        CHECK_THAT(refused(uri).describe(), ContainsSubstring("a home directory in a shell only"));
    }
    file_test::Directory const directory;
    CHECK(open<std::string, FileStorage<>, RawBytes>("file://" + directory.path() + "/a~/~b"));
}

TEST_CASE("A storage without options says so") {
    Locator const locator{"mine", "", "", {{"size", "1"}}, "mine:?size=1"};
    CHECK(locator.accept({}).error().message() == "the option 'size' is not known: this storage takes no options");
    CHECK(locator.refuse("it is wrong", {}).message() == "it is wrong");
}

}  // namespace open_paths_test
