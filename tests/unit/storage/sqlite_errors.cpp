// What is said about a failure below SQLite: its kind, and what to do.

#include <unit/storage/sqlite_support.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <csignal>
#include <string>

#include <sys/mount.h>
#include <sys/resource.h>

namespace sqlite_errors_test {

using namespace sqlite_test;
using Catch::Matchers::ContainsSubstring;
using detail::sqlite::doubt;
using detail::sqlite::failure;

struct Told {
    int code, number;
    Errc is;
    char const* says;
};

TEST_CASE("sqlite: a system call that failed decides what is said", "[sqlite]") {
    for (int const code : {SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_IOERR_TRUNCATE, SQLITE_CANTOPEN}) {
        for (auto const& [ignored, number, is, says] : {
                 Told{0, ENOSPC, Errc::out_of_space, "file system is full"},
                 Told{0, EDQUOT, Errc::out_of_space, "quota"},
                 Told{0, EFBIG, Errc::out_of_space, "file size limit"},
                 Told{0, EIO, Errc::unavailable, "disk reports a failure"},
                 Told{0, EACCES, Errc::permission_denied, "mode=ro"},
                 Told{0, EPERM, Errc::permission_denied, "mode=ro"},
                 Told{0, EROFS, Errc::permission_denied, "mounted read-only"},
                 Told{0, ENOENT, Errc::not_found, "correct the path"},
                 Told{0, EMFILE, Errc::unavailable, "too many files are open"},
                 Told{0, EBADF, Errc::unavailable, "closes descriptors"},
                 Told{0, ENOLCK, Errc::not_supported, "no file locks"},
                 Told{0, ENOMEM, Errc::unavailable, "memory ran out"},
                 Told{0, ESTALE, Errc::unavailable, "lost the file"},
             }) {
            auto const error = failure(code, number);
            CAPTURE(code, number, error.describe());
            CHECK(error == is);
            CHECK_THAT(std::string(error.message()), ContainsSubstring(says));
            CHECK_THAT(std::string(error.backend()),
                       ContainsSubstring("(" + std::to_string(code) + "), errno " + std::to_string(number)));
        }
    }
}

TEST_CASE("sqlite: an error number means what it means to files, but for the rights that the log needs", "[sqlite]") {
    for (int number = 1; number < 134; ++number) {
        auto const known = detail::known_remedy(number), told = detail::sqlite::system_remedy(number);
        CAPTURE(number);
        CHECK(told.code == known.code);
        if (number == EACCES || number == EPERM) continue;
        CHECK(std::string(told.sentence != nullptr ? told.sentence : "") ==
              (known.sentence != nullptr ? known.sentence : ""));
    }
    Error const of_file = detail::system_error(ENOTDIR, "open", "there");
    CHECK(detail::sqlite::place_error(ENOTDIR, "the database cannot be found") == of_file.code());
    CHECK(detail::sqlite::place_error(ENOTDIR, "the database cannot be found").backend() == of_file.backend());
}

TEST_CASE("sqlite: where no system call failed the result code does", "[sqlite]") {
    for (auto const& [code, number, is, says] : {
             Told{SQLITE_FULL, ENOSPC, Errc::out_of_space, "make room"},
             Told{SQLITE_IOERR_WRITE, 0, Errc::unavailable, "file system failed"},
             Told{SQLITE_IOERR_SHORT_READ, EIO, Errc::malformed, "shorter than it should be"},
             Told{SQLITE_IOERR_NOMEM, ENOMEM, Errc::unavailable, "memory ran out"},
             Told{SQLITE_READONLY, 0, Errc::permission_denied, "mode=ro"},
             Told{SQLITE_READONLY_CANTLOCK, 0, Errc::permission_denied, "put in order"},
             Told{SQLITE_CANTOPEN_ISDIR, EISDIR, Errc::malformed, "a directory stands"},
             Told{SQLITE_CORRUPT, 0, Errc::malformed, "restore a backup"},
             Told{SQLITE_BUSY_SNAPSHOT, 0, Errc::busy, "repeat later"},
             Told{SQLITE_CONSTRAINT_TRIGGER, 0, Errc::incompatible, "trigger"},
         }) {
        auto const error = failure(code, number);
        CAPTURE(code, error.describe());
        CHECK(error == is);
        CHECK_THAT(std::string(error.message()), ContainsSubstring(says));
    }
}

TEST_CASE("sqlite: a write that may have been made is not advised to be repeated", "[sqlite]") {
    using detail::sqlite::Trouble;
    for (int const number : {0, ENOSPC, EDQUOT, EFBIG, EIO, ENOMEM}) {
        auto const open = failure(SQLITE_IOERR_FSYNC, number), why = doubt(open);
        CAPTURE(number, why.describe());
        CHECK(why == open.code());
        CHECK(why.backend() == open.backend());
        CHECK_FALSE(why.message().empty());
        CHECK(open.message().starts_with(why.message()));
        CHECK_THAT(std::string(why.message()), !ContainsSubstring("repeat") && !ContainsSubstring("make room"));
    }
    for (auto const trouble : {Trouble::log_gone, Trouble::log_renewed, Trouble::log_replaced, Trouble::index_gone,
                               Trouble::index_replaced, Trouble::replaced}) {
        std::string const why(doubt(detail::sqlite::trouble_error(trouble)).message());
        CAPTURE(why);
        CHECK_THAT(why, ContainsSubstring("in use") && !ContainsSubstring("repeat") && !ContainsSubstring("its own"));
    }
}

/// The error of a write of 1 MB, or of why its outcome is open; afterwards the old value is there, and a write is made.
template <class Limit, class Lift>
Error too_much(std::string const& path, Limit&& limit, Lift&& lift) {
    auto storage = open(path);
    auto const first = make("k", "old");
    put(storage, first);
    limit();
    auto const done = storage.write(patient(), RecordId("k"), make("k", std::string(1 << 20, 'x'), first),
                                    Precondition::matches(first->revision));
    lift();
    CHECK(get(storage, KeyView("k"))->payload.view() == "old");
    CHECK(put(storage, make("k", "new", first), Precondition::matches(first->revision)) == Kind::applied);
    if (!done) return done.error();
    REQUIRE(done->kind() == Kind::unknown);
    return done->why();
}

TEST_CASE("sqlite: no more room is told as what it is", "[sqlite]") {
    Place const place;
    SECTION("the limit of a file's size") {
        auto const handler = std::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
        rlimit const small{256 * 1024, before.rlim_max};
        auto const error = too_much(
            place / "state.db", [&] { CHECK(::setrlimit(RLIMIT_FSIZE, &small) == 0); },
            [&] { CHECK(::setrlimit(RLIMIT_FSIZE, &before) == 0); });
        std::signal(SIGXFSZ, handler);
        CAPTURE(error.describe());
        CHECK(error == Errc::out_of_space);
        CHECK_THAT(std::string(error.message()), ContainsSubstring("file size limit"));
    }
    SECTION("a full disk") {
        std::string const disk = place / "disk";
        std::filesystem::create_directory(disk);
        if (::mount("none", disk.c_str(), "tmpfs", 0, "size=512k") != 0) SKIP("no right to mount");
        auto const error = too_much(
            disk + "/state.db", [] {}, [] {});
        ::umount2(disk.c_str(), MNT_DETACH);
        CAPTURE(error.describe());
        CHECK(error == Errc::out_of_space);
        CHECK_THAT(std::string(error.message()), ContainsSubstring("full"));
    }
}

}  // namespace sqlite_errors_test
