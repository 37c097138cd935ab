#include <holdfast/core/outcome.hpp>
#include <holdfast/storage/file.hpp>

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace result_contract {

using namespace holdfast;

/// What a program says on standard error when `body` ends it by a signal; empty if it goes on.
template <class Body>
std::string last_words(Body body) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    pid_t const child = fork();
    if (child == 0) {
        (void)std::signal(SIGABRT, SIG_DFL);  // not the test's own
        (void)dup2(ends[1], 2);
        body();
        _exit(0);
    }
    (void)close(ends[1]);
    std::string text;
    char part[512];
    for (ssize_t n; (n = read(ends[0], part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(n));
    (void)close(ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) return "";
    CHECK(WTERMSIG(status) == SIGABRT);
    return text;
}

TEST_CASE("result: a program that takes what is not there ends with a sentence that says why") {
    auto const open = [] { return FileStorage<>::open("/dev/null/states"); };
    auto const words = last_words([&] { (void)*open(); });
    CHECK(words.starts_with("holdfast: * or -> of a result without a value; ask it first, or use value(): "));
    CHECK(words.find("/dev/null") != words.npos);
    Result<std::string> const lost = Error(Errc::lost, "it is gone");
    CHECK(last_words([&] { (void)lost->size(); }).find("lost: it is gone") != std::string::npos);
    CHECK(last_words([&] { (void)*lost; }).find("lost: it is gone") != std::string::npos);
    Outcome<std::string> const unknown = Error(Errc::busy);
    CHECK(last_words([&] { (void)*unknown; }).ends_with("value(): busy\n"));
    CHECK(last_words([&] { (void)unknown->size(); }).ends_with("value(): busy\n"));
    Result<std::string> const there = std::string("x");
    CHECK(last_words([&] { (void)there.error(); }).find("error() of a success") != std::string::npos);
    CHECK(last_words([&] { (void)*there, (void)there->size(), (void)lost.error(); }).empty());
}

}  // namespace result_contract
