#ifndef HOLDFAST_TESTING_LAWS_THREADS_HPP
#define HOLDFAST_TESTING_LAWS_THREADS_HPP

#include <atomic>
#include <cstddef>
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

/// The rounds of some threads that began together: who is quick goes on until the slow ones are through, so that all
/// meet.
class CommonRounds {
public:
    /// Each makes `rounds`, and up to `most` while others are not through.
    CommonRounds(std::size_t threads, std::size_t rounds, std::size_t most) noexcept
        : threads_(threads), rounds_(rounds), most_(most) {}

    /// Calls `body(round)` until it is false, after which nobody waits for anybody, or all are through. By each of the
    /// threads, once.
    template <class Body>
    void run(Body&& body) {
        for (std::size_t round = 0; round < rounds_ || (through_ < threads_ && round < most_); ++round) {
            if (!body(round)) {
                through_ = threads_;
                return;
            }
            if (round + 1 == rounds_) ++through_;
        }
    }

private:
    std::size_t const threads_, rounds_, most_;
    std::atomic<std::size_t> through_{0};
};

}  // namespace holdfast::testing::law

#endif
