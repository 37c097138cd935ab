#ifndef HOLDFAST_TESTING_LAWS_THREADS_HPP
#define HOLDFAST_TESTING_LAWS_THREADS_HPP

#include <atomic>
#include <thread>
#include <vector>

namespace holdfast::testing::law {

/// Runs `body(i)` in `n` threads and waits for them.
template <class Body>
void in_threads(unsigned n, Body&& body) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < n; ++i) threads.emplace_back([&body, i] { body(i); });
    for (auto& thread : threads) thread.join();
}
/// The same, and they begin together: those that have a processor within some instructions of each other.
template <class Body>
void at_once(unsigned n, Body&& body) {
    std::atomic<unsigned> here{0}, running{0};
    in_threads(n, [&](unsigned me) {
        // Nobody spins until all are there, for on a busy machine that would take the time of those who are to come.
        if (++here == n) here.notify_all();
        for (unsigned now = here; now < n; now = here) here.wait(now);
        ++running;
        for (unsigned i = 0; i < 3000 && running < 2; ++i) {
        }
        body(me);
    });
}

}  // namespace holdfast::testing::law

#endif
