// What Environment::system() says of the time of day and of who asks.

#include <holdfast/core/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include <unistd.h>

namespace system_environment_test {

using namespace holdfast;

TEST_CASE("system environment: the time of day is told in microseconds", "[core]") {
    Environment& env = Environment::system();
    bool fine = false;
    for (int i = 0; i < 1'000 && !fine; ++i) {  // one of a thousand is a whole millisecond by chance
        fine = env.wall().time_since_epoch().count() % 1'000 != 0;
        std::this_thread::sleep_for(std::chrono::microseconds(7));
    }
    CHECK(fine);
}

TEST_CASE("system environment: who has no name is told by number", "[core]") {
    char const* const before = std::getenv("USER");
    std::optional<std::string> const user = before != nullptr ? std::optional<std::string>(before) : std::nullopt;
    auto const who = [] {
        std::string text;
        std::thread([&] { text = Environment::system().who().view(); }).join();  // a thread asks anew who it is
        return text;
    };
    std::string const number = std::to_string(::geteuid()) + "@";
    (void)::setenv("USER", "", 1);
    CHECK(who().starts_with(number));
    (void)::unsetenv("USER");
    CHECK(who().starts_with(number));
    if (user) (void)::setenv("USER", user->c_str(), 1);
}

}  // namespace system_environment_test
