#ifndef HOLDFAST_TESTING_LAWS_CHECK_HPP
#define HOLDFAST_TESTING_LAWS_CHECK_HPP

#include <holdfast/core/one_mode.hpp>
#include <holdfast/testing/laws/findings.hpp>

#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace holdfast::testing::law {

/// Says on the standard error which law is waited for when nothing has come back for four times the patience: what
/// hangs inside a policy nobody can end from outside, but whoever looks into the log of a test that was killed must know
/// where to look.
class Watch {
public:
    explicit Watch(Findings const& found) : found_(found), thread_([this] { watch(); }) {}
    Watch(Watch const&) = delete;
    Watch& operator=(Watch const&) = delete;
    ~Watch() {
        {
            std::lock_guard const lock(mutex_);
            over_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

private:
    void watch() {
        Duration const still = 4 * found_.patience();
        unsigned steps = found_.steps();
        std::unique_lock lock(mutex_);
        while (!changed_.wait_for(lock, still, [&] { return over_; })) {
            unsigned const now = found_.steps();
            if (now == steps)
                (void)std::fprintf(stderr,
                                   "holdfast: law %s (seed %llu): nothing has come back for %lld s: the policy hangs\n",
                                   found_.under_way().c_str(), static_cast<unsigned long long>(found_.seed()),
                                   static_cast<long long>(still / std::chrono::seconds(1)));
            steps = now;
        }
    }

    Findings const& found_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool over_ = false;
    std::thread thread_;
};

/// What `laws(found)` finds. An exception that comes out of them is a finding, and the laws after it are not checked.
template <class Laws>
Findings check(LawOptions const& options, Laws&& laws) {
    Findings found(options);
    Watch const watch(found);
#if defined(__cpp_exceptions)
    constexpr std::string_view did = "a call of this law", expected = "errors are returned, and nothing is thrown";
    try {
        laws(found);
    } catch (std::exception const& thrown) {
        found.expect(false, did, expected, thrown.what());
    } catch (...) {
        found.expect(false, did, expected, "an exception");
    }
#else
    laws(found);
#endif
    return found;
}

}  // namespace holdfast::testing::law

#endif
