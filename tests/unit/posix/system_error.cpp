// What a number of the system means for the caller: its kind, and what helps.

#include <holdfast/posix/system_error.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cerrno>
#include <string>

namespace system_error_test {

using namespace holdfast;

TEST_CASE("system errors: each is told as what it is, with what helps", "[file][errors]") {
    struct Told {
        int number;
        Errc is;
        char const* helps;
    };
    for (auto const& [number, is, helps] : {
             Told{ENOSPC, Errc::out_of_space, "make room"},
             Told{EDQUOT, Errc::out_of_space, "quota is used up"},
             Told{EFBIG, Errc::out_of_space, "file size limit"},
             Told{EACCES, Errc::permission_denied, "rights"},
             Told{EPERM, Errc::permission_denied, "rights"},
             Told{EROFS, Errc::permission_denied, "mode=ro"},
             Told{ENOTDIR, Errc::malformed, "a file stands where a directory belongs"},
             Told{EISDIR, Errc::malformed, "a directory stands where a file belongs"},
             Told{ENOTEMPTY, Errc::malformed, "a directory stands where a file belongs"},
             Told{ELOOP, Errc::malformed, "symbolic link"},
             Told{ENXIO, Errc::malformed, "socket or a pipe"},
             Told{EBUSY, Errc::not_supported, "mounted inside"},
             Told{EXDEV, Errc::not_supported, "mounted inside"},
             Told{ENAMETOOLONG, Errc::too_large, "shorter key"},
             Told{EBADF, Errc::unavailable, "closed under it"},
             Told{ENOTCONN, Errc::unavailable, "mount it again"},
             Told{EMFILE, Errc::unavailable, "too many files are open"},
             Told{ENFILE, Errc::unavailable, "too many files are open"},
             Told{ENOLCK, Errc::not_supported, "local disk"},
             Told{EOPNOTSUPP, Errc::not_supported, "local disk"},
             Told{ENOENT, Errc::not_found, "correct the path"},
             Told{ENOMEM, Errc::unavailable, "memory ran out"},
             Told{ESTALE, Errc::unavailable, "lost the file"},
             Told{EIO, Errc::unavailable, "disk reports a failure"},
             Told{ENODATA, Errc::unavailable, "error number"},
         }) {
        Error const told = detail::system_error(number, "write", "k/current");
        CAPTURE(number, told.describe());
        CHECK(told == is);
        CHECK_THAT(std::string(told.message()), Catch::Matchers::ContainsSubstring(helps));
        CHECK(told.operation() == "write");
        CHECK(told.subject() == "k/current");
        CHECK(told.backend() == "errno " + std::to_string(number));
    }
}

}  // namespace system_error_test
