#ifndef HOLDFAST_CORE_ENVIRONMENT_HPP
#define HOLDFAST_CORE_ENVIRONMENT_HPP

#include <holdfast/core/boot_id.hpp>
#include <holdfast/core/stamp.hpp>
#include <holdfast/core/time.hpp>
#include <holdfast/core/write_id.hpp>
#include <holdfast/process/fd.hpp>
#include <holdfast/process/process_image.hpp>
#include <holdfast/process/processor_random.hpp>
#include <holdfast/process/random_pool.hpp>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <type_traits>

#if !__has_include(<unistd.h>)
#error "holdfast needs a POSIX system (Linux, macOS, BSD); this platform has no <unistd.h>"
#endif
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

namespace holdfast {

/// What one waits on until another wakes him: a number that says whether there is still something to wait for.
using WaitWord = std::atomic<std::uint32_t>;
static_assert(WaitWord::is_always_lock_free && sizeof(WaitWord) == sizeof(std::uint32_t));

/// Who is meant by a wait, and by the wake that ends it.
struct WaitScope {
    /// The word lies in a mapping that processes share. Then nothing but its address is used: who waits is woken, or
    /// his time is over, also when the file behind it was cut off.
    bool shared = false;
    /// A wake ends the waits that have a bit in common with it.
    std::uint32_t bits = 0xffffffff;
};

/// Time, sleep, waiting, randomness and identity: the only way by which the library reaches the system's own, so that a
/// test can put a world of its own in their place.
///
/// Thread safety: every member may be called from any thread.
class Environment {
public:
    virtual ~Environment() = default;

    /// The time line of deadlines and leases: it never goes back and counts the time that the machine was suspended.
    virtual Instant monotonic() = 0;
    /// Names that time line: instants of two processes can be compared if they have one name. That of the system is
    /// one for a machine (and what has a clock of its own in it) from one start to the next; unless overridden it is
    /// another for every object of every process. Cost: that of the system 4 system calls.
    virtual WriteId timeline();
    /// The time of day: for people and file dates, never for decisions.
    virtual Timestamp wall() = 0;
    virtual void sleep(Duration duration) = 0;
    /// Waits while `word` is `expected`, until a `wake` of the same word or until `at_most` is over. Returns now and
    /// then without a reason, so the caller looks again. Change the word first, then wake: no wake is lost.
    ///
    /// Unless overridden it sleeps a millisecond at a time, which wakes nobody early and everybody soon. That of the
    /// system is woken at once (Linux; 1 system call).
    virtual void wait(WaitWord const* word, std::uint32_t expected, Duration at_most, WaitScope scope = {}) {
        constexpr Duration step = std::chrono::milliseconds(1);
        if (!scope.shared && word->load(std::memory_order_acquire) != expected) return;
        sleep(at_most < step ? at_most : step);
    }
    /// Ends the waits on `word`. Uses only its address: it need not be there any more. Cost: 1 system call.
    virtual void wake(WaitWord const* word, WaitScope scope = {}) noexcept { (void)word, (void)scope; }
    /// Fills `size` bytes from a source that no two processes share: not after `fork`, nor as two copies that nobody
    /// told of each other (a snapshot of a machine, resumed twice).
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

/// Names the time lines of this process that have no name of their own. 0: not drawn yet.
inline constinit std::atomic<std::uint64_t> unnamed_timeline{0};

class SystemEnvironment final : public Environment {
public:
    constexpr SystemEnvironment() noexcept = default;
    constexpr ~SystemEnvironment() override {}  // g++ 12 has no use for one that is defaulted

    Instant monotonic() override {
#if defined(CLOCK_BOOTTIME)
        return Instant(read(CLOCK_BOOTTIME));
#else
        return Instant(read(CLOCK_MONOTONIC));
#endif
    }

    WriteId timeline() override {
        WriteId const boot = read_boot_id();
        return boot ? boot : Environment::timeline();
    }

    Timestamp wall() override {
        return Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(read(CLOCK_REALTIME)));
    }

    void sleep(Duration duration) override {
        if (duration <= Duration::zero()) return;
        auto left = split<timespec>(duration);
        (void)uninterrupted([&] { return nanosleep(&left, &left); });
    }

#if defined(__linux__)
    void wait(WaitWord const* word, std::uint32_t expected, Duration at_most, WaitScope scope) override {
        if (at_most <= Duration::zero()) return;
        timespec end{};
        bool const ends = at_most < std::chrono::hours(24 * 365);
        if (ends) {
            end = split<timespec>(kernel_time() + at_most);
        }
        if (futex(word, FUTEX_WAIT_BITSET, expected, ends ? &end : nullptr, scope) == 0) return;
        if (errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT) return;
        Environment::wait(word, expected, at_most, scope);  // the page is gone: no reason to ask without a pause
    }
    void wake(WaitWord const* word, WaitScope scope) noexcept override {
        (void)futex(word, FUTEX_WAKE_BITSET, 0x7fffffff, nullptr, scope);
    }
#endif

    void random(void* out, std::size_t size) override {
        Local& local = this_thread();
        if (unsigned const now = process_generation(); local.drawn_in != now) {
            local.pool.discard();
            local.drawn_in = now;
        }
        local.pool.draw(out, size);
    }

    Writer who() override {
        Local& local = this_thread();
        if (unsigned const now = process_generation(); local.described_in != now) {
            local.who = describe_process();
            local.described_in = now;
        }
        return local.who;
    }

private:
    struct Source : ProcessorRandom {
        static void fill(void* out, std::size_t size) {
            for (auto* at = static_cast<unsigned char*>(out); size > 0;) {
#if defined(__linux__)
                ssize_t const got = uninterrupted([&] { return getrandom(at, size, 0); });
                if (got < 0 && read_device(at, size)) return;  // a filter of a container, or an old kernel, refuses
                if (got <= 0) std::abort();                    // there is no safe way on without randomness
                auto const part = static_cast<std::size_t>(got);
#else
                std::size_t const part = size < 256 ? size : 256;  // the most that getentropy gives at once
                if (getentropy(at, part) != 0) std::abort();       // there is no safe way on without randomness
#endif
                at += part;
                size -= part;
            }
        }

    private:
        static bool read_device(unsigned char* out, std::size_t size) {
            Fd const device = open_at(AT_FDCWD, "/dev/urandom", O_RDONLY);
            while (device && size > 0) {
                ssize_t const got = uninterrupted([&] { return ::read(device.get(), out, size); });
                if (got <= 0) return false;
                out += got;
                size -= static_cast<std::size_t>(got);
            }
            return size == 0;
        }
    };

    /// What a thread keeps, and in which copy of the process it was made.
    struct Local {
        unsigned drawn_in = 0, described_in = 0;
        RandomPool<Source> pool;
        Writer who;
    };

    static Local& this_thread() noexcept {
        static_assert(std::is_trivially_destructible_v<Local>);  // whatever else ends with the thread may use it
        thread_local constinit Local local;
        return local;
    }

    static Writer describe_process() {
        char host[256] = "";
        (void)gethostname(host, sizeof host - 1);
        char const* const user = variable("USER");
        std::string text = user != nullptr && *user != 0 ? user : std::to_string(geteuid());
        text.append("@").append(host);
        std::string const pid = ":" + std::to_string(getpid());
        return Writer(tidy_text(text, 47 - pid.size()) + pid);
    }

#if defined(__linux__)
    /// By the clock that ends its waits, whatever has been put in the place of the library's (faketime does).
    static Duration kernel_time() {
#if defined(SYS_clock_gettime64) && !defined(SYS_clock_gettime)
        constexpr long number = SYS_clock_gettime64;
#elif defined(SYS_clock_gettime64)
        constexpr long number = sizeof(time_t) > sizeof(long) ? SYS_clock_gettime64 : SYS_clock_gettime;
#else
        constexpr long number = SYS_clock_gettime;
#endif
        timespec now{};
        (void)::syscall(number, CLOCK_MONOTONIC, &now);
        return std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec);
    }

    static long futex(WaitWord const* word, int operation, std::uint32_t value, timespec const* end, WaitScope scope) {
#if defined(SYS_futex_time64) && !defined(SYS_futex)
        constexpr long number = SYS_futex_time64;
#elif defined(SYS_futex_time64)
        constexpr long number = sizeof(time_t) > sizeof(long) ? SYS_futex_time64 : SYS_futex;
#else
        constexpr long number = SYS_futex;
#endif
        int const saved = errno;  // a wake is no event of whoever makes it
        long const done = ::syscall(number, word, scope.shared ? operation : operation | FUTEX_PRIVATE_FLAG, value, end,
                                    nullptr, scope.bits);
        if (operation == FUTEX_WAKE_BITSET) errno = saved;
        return done;
    }
#endif

    /// As a `timespec`, whose fields have another type on each system: a template, since where it is their own a cast
    /// is one of those that g++ warns of.
    template <class Spec>
    static Spec split(Duration duration) noexcept {
        Spec spec{};
        spec.tv_sec = static_cast<decltype(spec.tv_sec)>(duration.count() / 1'000'000'000);
        spec.tv_nsec = static_cast<decltype(spec.tv_nsec)>(duration.count() % 1'000'000'000);
        return spec;
    }
    static Duration read(clockid_t clock) {
        timespec now{};
        (void)clock_gettime(clock, &now);
        return std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec);
    }
};

}  // namespace detail

inline WriteId Environment::timeline() {
    std::uint64_t process = detail::unnamed_timeline.load(std::memory_order_relaxed);
    if (process == 0) {
        std::uint64_t const mine = system().new_write_id().high | 1;
        process = detail::unnamed_timeline.compare_exchange_strong(process, mine) ? mine : process;
    }
    return {process, reinterpret_cast<std::uintptr_t>(this)};
}

inline Environment& Environment::system() {
    // Made by the compiler and never destroyed, so that it is there before `main` and after it. It has no members to
    // be constant.
    static constexpr detail::SystemEnvironment environment;
    return const_cast<detail::SystemEnvironment&>(environment);
}

}  // namespace holdfast

#endif
