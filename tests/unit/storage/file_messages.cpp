// What went wrong is named, and what helps.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cerrno>
#include <filesystem>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace file_messages_test {

using namespace holdfast;
using Catch::Matchers::ContainsSubstring;
using file_test::applied;
using file_test::context;
using file_test::Directory;
using file_test::get;
using file_test::set;
using Storage = FileStorage<SlotFirst, Durability::none>;

TEST_CASE("file messages: line ends that a tool changed") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    REQUIRE(applied(set(storage, RecordId("k"), "text")));
    std::string const file = directory.path() + "/states/k/current";
    std::string text = file_test::contents(file);
    text.insert(text.find('\n'), "\r");
    file_test::put(file, text);
    CHECK_THAT(get(storage, RecordId("k")), ContainsSubstring("CR LF"));
}

TEST_CASE("file messages: a home directory is one in a shell only") {
    for (std::string const path : {"~", "~/state", "~alice/state"}) {
        auto const refused = Storage::open(path);
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == Errc::invalid_argument);
        CHECK_THAT(refused.error().describe(), ContainsSubstring("a shell only"));
        CHECK_FALSE(std::filesystem::exists(path));
    }
}

TEST_CASE("file messages: a mark that is damaged or lost can be written anew") {
    Directory const directory;
    {
        auto storage = Storage::open(directory).value();
        REQUIRE(applied(set(storage, RecordId("k"), "text")));
    }
    std::string const mark = directory.path() + "/holdfast.json", good = file_test::contents(mark);
    for (char const* const bad : {"garbage", "", "{\"holdfast\":\"2\"}\n"}) {
        file_test::put(mark, bad);
        auto const refused = Storage::open(directory);
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == Errc::malformed);
        CHECK_THAT(refused.error().describe(), ContainsSubstring("write it anew: " + good.substr(0, good.size() - 1)));
    }
    std::filesystem::remove(mark);
    auto const refused = Storage::open(directory);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::incompatible);
    CHECK_THAT(refused.error().describe(), ContainsSubstring("write it anew: " + good.substr(0, good.size() - 1)));
    CHECK_FALSE(std::filesystem::exists(mark));
    file_test::put(mark, good);
    auto again = Storage::open(directory).value();
    CHECK(get(again, RecordId("k")) == "text");
}

TEST_CASE("file messages: descriptors that somebody else closed") {
    Directory const directory;
    CHECK(test::in_child([&] {
              auto storage = Storage::open(directory).value();
              for (int fd = 3; fd < 64; ++fd) (void)::close(fd);
              return get(storage, RecordId("k")).find("closed under it") != std::string::npos ? 0 : 1;
          }) == 0);
}

TEST_CASE("file messages: a socket in the place of a record") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    std::filesystem::create_directories(directory.path() + "/states/k");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string const path = directory.path() + "/states/k/current";
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    int const fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
    CHECK_THAT(get(storage, RecordId("k")), ContainsSubstring("a socket or a pipe stands"));
    ::close(fd);
}

TEST_CASE("file messages: names and paths that are too long") {
    CHECK(detail::system_error(ENAMETOOLONG, "write", "x").message().find("use a shorter key or directory") !=
          std::string_view::npos);
    auto const opened = Storage::open("/tmp/" + std::string(300, 'x'));
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == Errc::too_large);
}

}  // namespace file_messages_test
