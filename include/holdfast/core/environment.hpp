#ifndef HOLDFAST_CORE_ENVIRONMENT_HPP
#define HOLDFAST_CORE_ENVIRONMENT_HPP

#include <holdfast/core/stamp.hpp>
#include <holdfast/core/time.hpp>
#include <holdfast/core/write_id.hpp>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#if !__has_include(<unistd.h>)
#error "holdfast needs a POSIX system (Linux, macOS, BSD); this platform has no <unistd.h>"
#endif
#include <pthread.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

namespace holdfast {

/// Time, sleep, randomness and identity: the only way by which the library reaches the system's own, so that a test
/// can put a world of its own in their place.
///
/// Thread safety: every member may be called from any thread.
class Environment {
public:
    virtual ~Environment() = default;

    /// The time line of deadlines and leases: it never goes back and counts the time that the machine was suspended.
    virtual Instant monotonic() = 0;
    /// The time of day: for people and file dates, never for decisions.
    virtual Timestamp wall() = 0;
    virtual void sleep(Duration duration) = 0;
    /// Fills `size` bytes from a source that no two processes share, not even after `fork`.
    virtual void random(void* out, std::size_t size) = 0;
    /// Who writes: `user@host:pid`.
    virtual Writer who() = 0;

    WriteId new_write_id() {
        WriteId id;
        do random(&id, sizeof id);
        while (!id);
        return id;
    }

    /// Evenly distributed in [0, bound).
    Duration random_below(Duration bound) {
        if (bound <= Duration::zero()) return Duration::zero();
        std::uint64_t bits = 0;
        random(&bits, sizeof bits);
        return Duration(static_cast<Duration::rep>(bits % static_cast<std::uint64_t>(bound.count())));
    }

    /// The real one.
    static Environment& system();

    /// An environment variable of the process, or null.
    static char const* variable(char const* name) noexcept { return std::getenv(name); }
};

namespace detail {

/// Counts the forks that led to this process, so that nothing random is used on both sides of one.
inline std::atomic<unsigned>& fork_generation() {
    static std::atomic<unsigned> generation{1};
    static bool const watched =
        pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); }) == 0;
    (void)watched;
    return generation;
}

class SystemEnvironment final : public Environment {
public:
    Instant monotonic() override {
#if defined(CLOCK_BOOTTIME)
        return Instant(read(CLOCK_BOOTTIME));
#else
        return Instant(read(CLOCK_MONOTONIC));
#endif
    }

    Timestamp wall() override {
        return Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(read(CLOCK_REALTIME)));
    }

    void sleep(Duration duration) override {
        if (duration <= Duration::zero()) return;
        timespec left{static_cast<time_t>(duration.count() / 1'000'000'000),
                      static_cast<long>(duration.count() % 1'000'000'000)};
        while (nanosleep(&left, &left) != 0 && errno == EINTR) {
        }
    }

    void random(void* out, std::size_t size) override {
        Local& local = this_thread();
        if (size > sizeof local.pool) return fill(out, size);
        if (local.used + size > sizeof local.pool) local.refill();
        std::memcpy(out, local.pool + local.used, size);
        local.used += size;
    }

    Writer who() override { return this_thread().who; }

private:
    struct Local {
        unsigned generation = 0;
        std::size_t used = 0;
        unsigned char pool[1024];
        Writer who;

        void refill() {
            fill(pool, sizeof pool);
            used = 0;
        }
    };

    static Local& this_thread() {
        thread_local Local local;
        unsigned const now = fork_generation().load(std::memory_order_relaxed);
        if (local.generation != now) {
            local.generation = now;
            local.refill();
            local.who = describe_process();
        }
        return local;
    }

    static Writer describe_process() {
        char host[256] = "";
        (void)gethostname(host, sizeof host - 1);
        char const* const user = variable("USER");
        std::string text = user != nullptr && *user != 0 ? user : std::to_string(getuid());
        text.append("@").append(host);
        std::string const pid = ":" + std::to_string(getpid());
        return Writer(text.substr(0, 47 - pid.size()) + pid);
    }

    static Duration read(clockid_t clock) {
        timespec now{};
        (void)clock_gettime(clock, &now);
        return std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec);
    }

    static void fill(void* out, std::size_t size) {
        for (auto* at = static_cast<unsigned char*>(out); size > 0;) {
#if defined(__linux__)
            ssize_t const got = getrandom(at, size, 0);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) std::abort();  // there is no safe way on without randomness
            auto const part = static_cast<std::size_t>(got);
#else
            std::size_t const part = size < 256 ? size : 256;  // the most that getentropy gives at once
            if (getentropy(at, part) != 0) std::abort();       // there is no safe way on without randomness
#endif
            at += part;
            size -= part;
        }
    }
};

}  // namespace detail

inline Environment& Environment::system() {
    static detail::SystemEnvironment environment;
    return environment;
}

}  // namespace holdfast

#endif
