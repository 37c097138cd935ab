// Which durability holds in a directory that is opened with several.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

namespace file_durability_test {

using namespace holdfast;
using file_test::contents;
using file_test::Directory;

template <Durability D>
auto open(std::string const& directory) {
    return FileStorage<SlotFirst, D>::open(directory);
}
template <Durability D>
Durability opened(std::string const& directory) {
    return open<D>(directory).value().durability();
}

TEST_CASE("file durability: the strongest that came first holds for all", "[file]") {
    Directory const directory;
    std::string const note = directory.path() + "/.holdfast/durability";
    CHECK(opened<Durability::none>(directory) == Durability::none);
    CHECK(contents(note) == "{\"holdfast\":\"2\",\"durability\":\"none\"}\n");
    CHECK(opened<Durability::data>(directory) == Durability::data);
    CHECK(contents(note) == "{\"holdfast\":\"2\",\"durability\":\"data\"}\n");
    CHECK(opened<Durability::none>(directory) == Durability::data);
    CHECK(opened<Durability::full>(directory) == Durability::full);
    CHECK(contents(note) == "{\"holdfast\":\"2\",\"durability\":\"full\"}\n");
    CHECK(opened<Durability::none>(directory) == Durability::full);
    CHECK(opened<Durability::data>(directory) == Durability::full);
    CHECK(contents(note) == "{\"holdfast\":\"2\",\"durability\":\"full\"}\n");
}

TEST_CASE("file durability: it is not raised under those who keep a weaker one", "[file]") {
    Directory const directory;
    {
        auto const weak = open<Durability::none>(directory).value();
        auto const also_weak = open<Durability::none>(directory).value();
        auto const full = open<Durability::full>(directory);
        for (Error const& refused : {full.error(), open<Durability::data>(directory).error()}) {
            CHECK(refused.code() == Errc::busy);
            CHECK(refused.message().find("'none'") != std::string_view::npos);
        }
        CHECK(weak.durability() == Durability::none);
    }
    auto const strong = open<Durability::full>(directory).value();
    CHECK(strong.durability() == Durability::full);
    CHECK(opened<Durability::none>(directory) == Durability::full);
}

TEST_CASE("file durability: a note that cannot be understood is no promise", "[file]") {
    Directory const directory;
    CHECK(opened<Durability::full>(directory) == Durability::full);
    file_test::put(directory.path() + "/.holdfast/durability", "{\"holdfast\":\"2\",\"durability\":\"some\"}\n");
    CHECK(open<Durability::full>(directory).error().code() == Errc::malformed);
}

TEST_CASE("file durability: a note of a newer format is left to newer programs", "[file]") {
    Directory const directory;
    CHECK(opened<Durability::full>(directory) == Durability::full);
    std::string const note = directory.path() + "/.holdfast/durability";
    for (std::string const more : {"\"durability\":\"full\"}\n", "\"safety\":\"some\"}\n"}) {
        std::string const text = "{\"holdfast\":\"3\"," + more;
        CAPTURE(text);
        file_test::put(note, text);
        auto const full = open<Durability::full>(directory);
        auto const read_only = FileStorage<>::open(directory, {.read_only = true});
        for (Error const& refused : {full.error(), open<Durability::none>(directory).error(), read_only.error()}) {
            CHECK(refused == Errc::incompatible);
            CHECK(refused.subject() == "durability");
            CHECK(refused.message().find("format version 3, this program knows version 2: use a newer program") !=
                  std::string_view::npos);
        }
        CHECK(contents(note) == text);
    }
}

TEST_CASE("file durability: those who come at once agree", "[file]") {
    for (int i = 0; i < 20; ++i) {
        Directory const directory;
        std::vector<Result<Durability>> found(4, Error(Errc::busy));
        std::vector<std::thread> threads;
        for (std::size_t who = 0; who < found.size(); ++who)
            threads.emplace_back([&, who] {
                auto const note = [&](auto const& storage) {
                    found[who] = storage ? Result<Durability>(storage->durability()) : storage.error();
                };
                if (who % 2 == 0) note(open<Durability::none>(directory));
                else note(open<Durability::full>(directory));
            });
        for (auto& thread : threads) thread.join();
        for (std::size_t who = 0; who < found.size(); ++who) {
            if (!found[who]) CHECK((who % 2 == 1 && found[who].error() == Errc::busy));
            else if (who % 2 == 1) CHECK(*found[who] == Durability::full);
        }
        CHECK(opened<Durability::full>(directory) == Durability::full);
    }
}

TEST_CASE("file durability: a directory that cannot be synced needs none, one that fails does", "[file]") {
    for (int const error : {EINVAL, ENOTSUP, EOPNOTSUPP, ENOSYS, EISDIR}) CHECK(detail::is_unsupported_sync(error));
    for (int const error : {0, EIO, ENOSPC, EROFS, EDQUOT, EBADF, EACCES})
        CHECK_FALSE(detail::is_unsupported_sync(error));
}

TEST_CASE("file durability: who tidies up .holdfast takes no lock from those who keep a weaker one", "[file]") {
    Directory const directory;
    std::string const own = directory.path() + "/.holdfast";
    auto weak = open<Durability::none>(directory).value();
    REQUIRE(file_test::applied(file_test::set(weak, RecordId("k"), "v")));
    for (auto const& file : std::filesystem::directory_iterator(own))
        if (file.path().filename() != "layout") std::filesystem::remove(file.path());
    CHECK(open<Durability::full>(directory).error() == Errc::busy);
    REQUIRE(file_test::applied(file_test::set(weak, RecordId("k"), "w")));
    CHECK(open<Durability::full>(directory).error() == Errc::busy);
    CHECK(weak.durability() == Durability::none);
}

TEST_CASE("file durability: it stays what it was where raising it cannot be noted", "[file]") {
    Directory const directory;
    REQUIRE(opened<Durability::data>(directory) == Durability::data);
    file_test::put(directory.path() + "/k", "");  // something may have been written
    std::string const note = contents(directory.path() + "/.holdfast/durability");
    CHECK(test::in_child([&] {
              (void)std::signal(SIGXFSZ, SIG_IGN);
              rlimit const most{note.size() + 3, note.size() + 3};
              if (::setrlimit(RLIMIT_FSIZE, &most) != 0) return 90;
              auto const refused = open<Durability::full>(directory);
              return !refused && refused.error() == Errc::out_of_space ? 0 : 1;
          }) == 0);
    CHECK(contents(directory.path() + "/.holdfast/durability") == note);
    CHECK(opened<Durability::none>(directory) == Durability::data);
}

}  // namespace file_durability_test
