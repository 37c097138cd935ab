#ifndef HOLDFAST_TESTS_UNIT_DETAIL_QUEUE_PARTY_HPP
#define HOLDFAST_TESTS_UNIT_DETAIL_QUEUE_PARTY_HPP

#include <holdfast/posix/ticket_queue.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

#include <fcntl.h>

namespace holdfast_tests {

using holdfast::Context, holdfast::Duration, holdfast::Environment, holdfast::Result;

/// A process of its own, as far as the kernel's locks can tell.
struct Party {
    explicit Party(std::string const& path) { REQUIRE(file.open(AT_FDCWD, path)); }

    /// Its turn, which it keeps for longer than one is waited for who does not say so.
    void begin_slowly(Environment& env) {
        REQUIRE(queue.wait(file, Context(env), [] { return Result<bool>(true); }));
        queue.slow(file);
    }
    Result<void> get(Environment& env, Duration timeout) {
        return queue.get(file, Context(env, timeout), [this] { return ++attempts, Result<bool>(true); });
    }
    Result<void> wait(Environment& env, Duration timeout = std::chrono::seconds(60)) {
        return queue.wait(file, Context(env, timeout), [this] { return ++attempts, Result<bool>(true); });
    }
    void leave() { queue.leave(file); }

    holdfast::detail::LockFile file;
    holdfast::detail::TicketQueue queue{0};
    int attempts = 0;
};

}  // namespace holdfast_tests

#endif
