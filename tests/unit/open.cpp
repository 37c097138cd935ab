#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <unit/storage/file_fixture.hpp>

#include <filesystem>
#include <string>

namespace open_tests {

using namespace holdfast;
using Catch::Matchers::ContainsSubstring;

using Any = OneOf<MemoryStorage, FileStorage<>, SqliteStorage>;

template <class Storage = Any>
Error error_of(std::string const& uri) {
    auto const store = open<std::string, Storage, RawBytes>(uri);
    REQUIRE_FALSE(store);
    return store.error();
}

TEST_CASE("A URI is taken apart") {
    auto const locator = parse_locator("SQLite://Host:5432/var/lib/a%20b/%C3%A9t%C3%A9+1.db?mode=a%26b+c&empty=&bare");
    REQUIRE(locator);
    REQUIRE(locator->scheme == "sqlite");
    REQUIRE(locator->host == "Host:5432");
    REQUIRE(locator->path == "/var/lib/a b/été+1.db");
    REQUIRE(locator->options.size() == 3);
    REQUIRE(*locator->option("mode") == "a&b+c");
    REQUIRE(locator->option("empty")->empty());
    REQUIRE(locator->option("bare")->empty());
    REQUIRE(locator->option("absent") == nullptr);
    REQUIRE(locator->shown == "sqlite://Host:5432/var/lib/a%20b/%C3%A9t%C3%A9+1.db?mode=a%26b+c&empty=&bare");
    REQUIRE(parse_locator("sqlite:here.db")->path == "here.db");
    REQUIRE(parse_locator("file:///a//b/../c")->path == "/a//b/../c");
}

TEST_CASE("What is no URI is refused, and not repeated") {
    std::string const text = GENERATE("", "state.db", "/var/lib/state.db", ":memory:", "sqlite:///a b", "sqlite:///%4",
                                      "sqlite:///%zz", "sqlite:///é", "1sql:///x", "sqlite:///a?x=[%]", "file:///a\n");
    CAPTURE(text);
    Error const error = error_of(text);
    REQUIRE(error == Errc::invalid_argument);
    REQUIRE_THAT(error.describe(), ContainsSubstring("this is not a URI: write scheme:path"));
    if (text.size() > 1) REQUIRE_THAT(error.describe(), !ContainsSubstring(text));
}

TEST_CASE("NUL is refused wherever it stands") {
    std::string const text = GENERATE("file:///a%00b", "file:///a?x%00=1", "file:///a?create=yes%00");
    REQUIRE(error_of(text) == Errc::invalid_argument);
    REQUIRE_THAT(error_of(text).describe(), ContainsSubstring("no %00"));
}

TEST_CASE("Secrets are not shown") {
    REQUIRE(parse_locator("s3://bucket/p?AccessKey=abc&access_token=def&region=eu&p%61ssword=ghi&Sig=jkl")->shown ==
            "s3://bucket/p?AccessKey=***&access_token=***&region=eu&p%61ssword=***&Sig=***");
    for (auto const* const uri :
         {"file://me:hunter2@localhost/x?token=hunter2", "file://hunter2@/x", "file:///x?secret=hunter2#hunter2",
          "file:///x?token=hunter2&token=hunter2", "ftp://me:hunter2@host/"}) {
        CAPTURE(uri);
        Error const error = error_of(uri);
        REQUIRE(error == Errc::invalid_argument);
        REQUIRE_THAT(error.describe(), !ContainsSubstring("hunter2"));
    }
}

TEST_CASE("User, password and fragment are refused") {
    REQUIRE_THAT(error_of("file://me@localhost/x").describe(), ContainsSubstring("no user and password"));
    REQUIRE_THAT(error_of("file:///x#y").describe(), ContainsSubstring("write %23"));
    REQUIRE(error_of("file:///x?#y").subject() == "file:///x?");  // an empty query, and a fragment
    REQUIRE(parse_locator("file:///x%23y")->path == "/x#y");
}

TEST_CASE("A wrong scheme is refused with those that are accepted") {
    REQUIRE_THAT(error_of("sqlite3:///x").describe(),
                 ContainsSubstring("the scheme 'sqlite3' is not one of these; accepted: memory file sqlite"));
    REQUIRE_THAT(error_of<MemoryStorage>("sqlite:///x").describe(),
                 ContainsSubstring("the scheme 'sqlite' is not this storage's; accepted: memory"));
}

TEST_CASE("Options are refused if unknown, given twice, or of another value") {
    REQUIRE_THAT(error_of("memory:?size=1").describe(),
                 ContainsSubstring("the option 'size' is not known: this storage takes no options"));
    REQUIRE_THAT(error_of("file:///x?creat=no").describe(), ContainsSubstring("the option 'creat' is not known"));
    REQUIRE_THAT(error_of("file:///x?create=no&create=yes").describe(), ContainsSubstring("given twice"));
    REQUIRE_THAT(error_of("file:///x?create=maybe").describe(),
                 ContainsSubstring("the option 'create' has the value 'maybe'; accepted: yes no"));
}

TEST_CASE("What is refused makes nothing") {
    file_test::Directory const directory;
    for (std::string const scheme : {"file://", "sqlite://"})
        for (std::string const& uri :
             {scheme + "host" + directory.path() + "/x", scheme + directory.path() + "/x?colour=blue",
              scheme + directory.path() + "/x?mode=rw&mode=rw", scheme + directory.path() + "/x?create=maybe"}) {
            CAPTURE(uri);
            CHECK(error_of(uri) == Errc::invalid_argument);
            CHECK(std::filesystem::is_empty(directory.path()));
        }
}

TEST_CASE("What one URI names has the same records each time, if it outlives its handles") {
    file_test::Directory const directory;
    for (std::string const scheme : {"file", "sqlite", "memory"}) {
        CAPTURE(scheme);
        std::string const uri = scheme == "memory" ? "memory:" : scheme + "://" + directory.path() + "/" + scheme;
        auto first = open<std::string, Any, RawBytes>(uri);
        REQUIRE(first);
        REQUIRE(first->create("k", "v"));
        auto second = open<std::string, Any, RawBytes>(uri);
        REQUIRE(second);
        auto const found = second->get("k");
        REQUIRE(found);
        CHECK(found->has_value() == (scheme != "memory"));
    }
}

TEST_CASE("Hosts are refused by storages of this machine") {
    for (auto const* const uri : {"memory://host", "file://host/x", "sqlite://host/x"}) {
        CAPTURE(uri);
        REQUIRE(error_of(uri) == Errc::invalid_argument);
        REQUIRE_THAT(error_of(uri).describe(), ContainsSubstring("host"));
    }
}

TEST_CASE("Any storage is opened by its URI, with policies behind it") {
    file_test::Directory const directory;
    std::string const uri =
        GENERATE(as<std::string>(), "memory:", "file://@/some%20states", "file://localhost@/t", "sqlite://@/%C3%A9.db");
    CAPTURE(uri);
    std::string whole = uri;
    if (auto const at = whole.find('@'); at != whole.npos) whole.replace(at, 1, directory.path());
    auto store = open<std::string, RawBytes, Any, MutexLock>(whole, MutexLock(), RawBytes(),
                                                             StoreOptions{.timeout = std::chrono::seconds(5)});
    REQUIRE(store);
    REQUIRE(store->create("k", "v"));
    REQUIRE(store->get("k").value()->value() == "v");
    if (uri.starts_with("sqlite")) {
        REQUIRE(store->storage().get_if<SqliteStorage>() != nullptr);
        REQUIRE(store->storage().get_if<MemoryStorage>() == nullptr);
        REQUIRE(std::filesystem::exists(directory.path() + "/é.db"));
    }
}

TEST_CASE("A relative path names a database in the current directory") {
    file_test::Directory const directory;
    auto const before = std::filesystem::current_path();
    std::filesystem::current_path(directory.path());
    auto const opened = open<std::string, Any, RawBytes>("sqlite:here.db");
    bool const there = std::filesystem::exists("here.db");
    std::filesystem::current_path(before);
    REQUIRE(opened);
    REQUIRE(there);
    REQUIRE_THAT(error_of("file:here").describe(), ContainsSubstring("not absolute"));
}

TEST_CASE("Errors of the storage say the place") {
    Error const error = error_of("file:///nowhere/here?create=no");
    REQUIRE(error == Errc::not_found);
    REQUIRE_THAT(error.describe(), ContainsSubstring("/nowhere/here"));
}

}  // namespace open_tests
