#ifndef HOLDFAST_BENCHMARKS_RUNTIME_RELAY_HPP
#define HOLDFAST_BENCHMARKS_RUNTIME_RELAY_HPP

#include "harness.hpp"

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace bench {

/// Two processes run after each other around a ring of three locks, each taking the next before it lets go of its own:
/// one of them always waits for the other. An operation is one lock taken after waiting.
///
/// `make()` opens the locks, in each process for itself; `take(locks, i)` returns what holds lock `i` until destroyed.
template <class Make, class Take>
void relay(Run& run, Make&& make, Take&& take) {
    int ready[2];
    require(pipe(ready) == 0, "pipe");
    pid_t const other = fork();
    require(other >= 0, "fork");
    auto locks = make();
    auto held = take(locks, other == 0 ? 1 : 0);
    int at = other == 0 ? 1 : 0;
    auto const step = [&] {
        at = (at + 1) % 3;
        held = take(locks, at);
    };
    char byte = 0;
    if (other == 0) {
        require(write(ready[1], &byte, 1) == 1, "write");
        for (;;) step();
    }
    require(::read(ready[0], &byte, 1) == 1, "read");
    run.measure(step);
    kill(other, SIGKILL);
    waitpid(other, nullptr, 0);
}

}  // namespace bench

#endif
