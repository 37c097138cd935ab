#ifndef HOLDFAST_TESTS_PROCESS_SHORT_MEMORY_STATES_HPP
#define HOLDFAST_TESTS_PROCESS_SHORT_MEMORY_STATES_HPP

// What the programs about memory that runs out keep in their stores, and how they look at it.

#include "short_memory.hpp"

#include <holdfast/core/environment.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/core/options.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

namespace test {

using namespace std::chrono_literals;

// Nothing here fits into a small string: all of it takes memory.
constexpr holdfast::KeyView first = "the first key, which is longer than a small string";
constexpr holdfast::KeyView second = "the second key, which is longer than a small string";
constexpr holdfast::KeyView other = "another key, which is longer than a small string";

inline std::string text(long number) { return std::to_string(number) + ", and more than fits into a small string"; }
inline long number(std::string const& text) { return std::strtol(text.c_str(), nullptr, 10); }

constexpr holdfast::CallOptions at_once{.timeout = 1s}, briefly{.timeout = 4ms};

template <class Store>
void put(Store& store, holdfast::KeyView key, long wanted) {
    Shortage::Relief const relief;
    store.update(key, [&](std::string& state) { state = text(wanted); }).value();
}
template <class Store>
void remove(Store& store, holdfast::KeyView key) {
    Shortage::Relief const relief;
    if (auto const entry = store.get(key).value()) store.remove(*entry).value();
}

inline void increment(std::string& state) { state = text(number(state) + 1); }

/// What the first two keys hold, after an update of the third, which works at once: -1 if that is not so.
template <class Store>
long look(Store& store) {
    if (auto const raised = store.update(other, increment, at_once); !raised) {
        std::printf("then: %s\n", raised.error().describe().c_str());
        return -1;
    }
    long both = 0;
    for (holdfast::KeyView const key : {first, second}) {
        auto const entry = store.get(key, at_once);
        if (!entry) std::printf("then: %s\n", entry.error().describe().c_str());
        if (!entry) return -1;
        both = both * 1000 + (*entry ? number(***entry) : 0);
    }
    return both;
}

/// Another thread, which keeps what `take()` returns until this ends, or for some time. Its memory is not short.
class SomebodyElse {
public:
    template <class Take>
    explicit SomebodyElse(Take take, std::chrono::milliseconds time = 1h) {
        Shortage::Relief const relief;
        thread_ = std::thread([this, take, time] {
            [[maybe_unused]] auto const had = take();
            std::unique_lock lock(mutex_);
            has_ = true;
            changed_.notify_all();
            changed_.wait_for(lock, time, [this] { return over_; });
        });
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return has_; });
    }
    SomebodyElse(SomebodyElse const&) = delete;
    SomebodyElse& operator=(SomebodyElse const&) = delete;
    ~SomebodyElse() {
        {
            std::lock_guard const lock(mutex_);
            over_ = true;
            changed_.notify_all();
        }
        thread_.join();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool has_ = false, over_ = false;
    std::thread thread_;
};

/// A wait that is in vain when memory is enough: then `result` says so.
template <class R, class... Expected>
End in_vain(R const& result, char const* what, Expected... expected) {
    if (!result && ((result.error() == expected) || ...)) return End::applied;
    return result ? End::unknown : end_of(result, what);
}

/// Of an operation in several steps, which goes on when it is called again: unless it is done, a part of it may be.
template <class Operation>
End in_steps(Operation operation) {
    try {
        if (operation() == End::applied) return End::applied;
    } catch (std::bad_alloc const&) {
    }
    return End::unknown;
}

}  // namespace test

#endif
