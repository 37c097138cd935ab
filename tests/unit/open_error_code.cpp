#include <holdfast/error_code.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <cstddef>
#include <set>
#include <string>

namespace error_code_tests {

using boost::system::error_code;
using holdfast::Errc;
using holdfast::Error;

TEST_CASE("A code of ours is one of Boost's") {
    error_code const code = Errc::fenced;
    REQUIRE(code.failed());
    REQUIRE(code == Errc::fenced);
    REQUIRE(code != Errc::busy);
    REQUIRE(code.message() == "fenced");
    REQUIRE(code.to_string() == "holdfast:" + std::to_string(static_cast<int>(Errc::fenced)));
    REQUIRE_FALSE(error_code(Errc()).failed());
}

TEST_CASE("The category is known by its id, not by its address") {
    holdfast::ErrorCategory const other;  // as in another shared library
    REQUIRE(other == holdfast::error_category());
    REQUIRE(error_code(8, other) == error_code(8, holdfast::error_category()));
    REQUIRE(error_code(8, other) != error_code(8, boost::system::system_category()));
}

TEST_CASE("Every code has its name and goes there and back") {
    std::set<std::string> names;
    for (int i = 1; i <= static_cast<int>(Errc::store_violates_conditions); ++i) {
        Error const error(static_cast<Errc>(i), "what happened");
        error_code const code = holdfast::to_error_code(error);
        REQUIRE(holdfast::to_error(code).code() == error.code());
        names.insert(code.message());
    }
    REQUIRE(names.size() == static_cast<std::size_t>(Errc::store_violates_conditions));
    REQUIRE_FALSE(names.contains("error"));
}

TEST_CASE("Codes of others become errors by what can be done") {
    namespace errc = boost::system::errc;
    auto const of = [](errc::errc_t code) { return holdfast::to_error(errc::make_error_code(code)); };
    REQUIRE(of(errc::no_space_on_device) == Errc::out_of_space);
    REQUIRE(of(errc::permission_denied) == Errc::permission_denied);
    REQUIRE(of(errc::timed_out) == Errc::timed_out);
    REQUIRE(of(errc::connection_reset) == Errc::unavailable);
    error_code const raw(ENOENT, boost::system::system_category());
    Error const error = holdfast::to_error(raw, Errc::malformed);
    REQUIRE(error == Errc::not_found);
    REQUIRE(error.message() == raw.message());
    REQUIRE(error.backend() == "system:" + std::to_string(ENOENT));
    REQUIRE(holdfast::to_error(error_code(1234, boost::system::system_category()), Errc::malformed) == Errc::malformed);
}

}  // namespace error_code_tests
