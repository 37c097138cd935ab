#ifndef HOLDFAST_TESTS_PROCESS_SHORT_MEMORY_HPP
#define HOLDFAST_TESTS_PROCESS_SHORT_MEMORY_HPP

// Memory that runs out where a test wants it to. For programs of one source file: `malloc` is defined here.

#include <holdfast/core/result.hpp>
#include <holdfast/process/lock_descriptor.hpp>

#include <sanitizers.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <unistd.h>

namespace test {

/// Allocations of this thread, or of all, of which one fails, or all from there on.
class Shortage {
public:
    enum class Kind : unsigned char { passing, lasting };
    enum class Of : unsigned char { this_thread, everybody };

    /// After `count` allocations that do not fail.
    static void begin(long count, Kind kind, Of whom = Of::this_thread) noexcept {
        struck_.store(false);
        kind_.store(kind);
        of_all_.store(whom == Of::everybody);
        of_this_ = true;
        left_.store(count);
    }
    static void end() noexcept { left_.store(never), of_this_ = false; }
    /// This thread has memory again, for as long as it lives.
    class Relief {
    public:
        Relief() noexcept : suffers_(std::exchange(of_this_, false)) {}
        Relief(Relief const&) = delete;
        Relief& operator=(Relief const&) = delete;
        ~Relief() { of_this_ = suffers_; }

    private:
        bool suffers_;
    };
    /// Whether an allocation failed since it began.
    static bool struck() noexcept { return struck_.load(); }

    static bool strikes() noexcept {
        if (left_.load(std::memory_order_relaxed) == never || !(of_this_ || of_all_.load())) return false;
        long left = left_.load();
        do {
            if (left == never) return false;
        } while (!left_.compare_exchange_weak(left, left > 0 ? left - 1 : kind_.load() == Kind::lasting ? 0 : never));
        if (left > 0) return false;
        struck_.store(true);
        return true;
    }

private:
    static constexpr long never = -1;
    static inline constinit std::atomic<long> left_{never};
    static inline constinit std::atomic<Kind> kind_{Kind::passing};
    static inline constinit std::atomic<bool> of_all_{false}, struck_{false};
    static inline thread_local constinit bool of_this_ = false;
};

}  // namespace test

#if defined(__GLIBC__) && !defined(HOLDFAST_UNDER_ADDRESS_SANITIZER) && !defined(HOLDFAST_UNDER_THREAD_SANITIZER)
// Those of the libraries written in C, too.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void* malloc(std::size_t size) { return test::Shortage::strikes() ? (errno = ENOMEM, nullptr) : __libc_malloc(size); }
void* calloc(std::size_t n, std::size_t size) {
    return test::Shortage::strikes() ? (errno = ENOMEM, nullptr) : __libc_calloc(n, size);
}
void* realloc(void* old, std::size_t size) {
    return test::Shortage::strikes() ? (errno = ENOMEM, nullptr) : __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return test::Shortage::strikes() ? (errno = ENOMEM, nullptr) : __libc_memalign(alignment, size);
}
}
#else
void* operator new(std::size_t size) {
    if (test::Shortage::strikes()) throw std::bad_alloc();
    if (void* const at = std::malloc(size != 0 ? size : 1)) return at;
    throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
#endif

namespace test {

inline int failures = 0;
inline unsigned points = 0;

template <class... Values>
void complain(char const* format, Values... values) {
    std::printf(format, values...);
    ++failures;
}

/// How an operation ended. Thrown: nothing was done, as with an error.
enum class End : unsigned char { applied, error, thrown, unknown };

inline char const* name(End end) noexcept {
    switch (end) {
        case End::applied: return "was applied";
        case End::error: return "is an error";
        case End::thrown: return "threw";
        default: return "is unknown";
    }
}

/// Where the program is, for the case that it dies there.
struct Here {
    static inline char const* what = "";
    static inline long point = 0;
    static inline Shortage::Kind kind{};

    static void tell_if_it_dies() noexcept {
        for (int const signal : {SIGABRT, SIGSEGV, SIGBUS, SIGALRM}) (void)std::signal(signal, &died);
        (void)::alarm(300);
    }
    static void died(int signal) noexcept {
        char text[256];
        int const size = std::snprintf(text, sizeof text, "%s: signal %d at allocation %ld%s\n", what, signal, point,
                                       kind == Shortage::Kind::passing ? "" : " and all later ones");
        (void)!::write(STDOUT_FILENO, text, static_cast<std::size_t>(size));
        ::_exit(3);
    }
};

/// All, or of the lock files that somebody uses: those that nobody uses are closed before.
inline unsigned open_descriptors(bool only_of_locks = false) {
    if (only_of_locks) holdfast::detail::LockDescriptor::close_idle();
    DIR* const all = ::opendir("/proc/self/fd");
    if (all == nullptr) return 0;
    unsigned count = 0;
    while (dirent const* const one = ::readdir(all)) {
        char name[512];
        ssize_t const size = ::readlinkat(::dirfd(all), one->d_name, name, sizeof name);
        std::string_view const file(name, size > 0 ? static_cast<std::size_t>(size) : 0);
        bool const of_lock = file.ends_with(".lock") || file.ends_with("-turn") ||
                             file.substr(file.rfind('/') + 1).starts_with("shard-");
        if (of_lock || !only_of_locks) ++count;
    }
    ::closedir(all);
    return count;
}

/// What `result` says. What is short is memory, so it has to say `unavailable`, or one of `expected`: no other word is
/// honest.
template <class R, class... Expected>
End end_of(R const& result, char const* what, Expected... expected) {
    using holdfast::Errc;
    if (result) return End::applied;
    if (result.error() == Errc::unknown_outcome) return End::unknown;
    if (result.error() != Errc::unavailable && !((result.error() == expected) || ...))
        complain("%s: said %s\n", what, result.error().describe().c_str());
    return End::error;
}

/// Runs `operation` on a fresh store for every allocation that it makes: that one fails, or all from there on.
/// `before` and `after` are what `look` may find then; no descriptor may be left open or in use. Of many allocations
/// each of the first 200 fails, and then one of 17.
template <class Make, class Operation, class Look>
void every_point(char const* what, Shortage::Kind kind, Make& make, Operation& operation, Look& look, long before,
                 long after) {
    Here::what = what;
    Here::kind = kind;
    bool const passing = kind == Shortage::Kind::passing;
    for (long n = 0; n < 50'000; n += n < 200 ? 1 : 17, ++points) {
        Here::point = n;
        unsigned const open = open_descriptors();
        End end = End::thrown;
        long now = 0;
        {
            auto store = make();
            Shortage::begin(n, kind);
            try {
                end = operation(store);
            } catch (std::bad_alloc const&) {
            }
            Shortage::end();
            now = look(store);
            if (open_descriptors(true) != 0)
                complain("%s: allocation %ld%s failed, and lock files stay in use\n", what, n,
                         passing ? "" : " and all later ones");
        }
        bool const whole = now == before || now == after;
        bool const true_word = before == after || end == End::unknown || (end == End::applied) == (now == after);
        if (!whole || !true_word)
            complain("%s: allocation %ld%s failed, and it %s, and then there is %ld\n", what, n,
                     passing ? "" : " and all later ones", name(end), now);
        if (unsigned const left = open_descriptors(); left != open)
            complain("%s: allocation %ld%s failed, and %u descriptors were open, and then %u\n", what, n,
                     passing ? "" : " and all later ones", open, left);
        if (Shortage::struck()) continue;
        if (end != End::applied) complain("%s: fails with memory enough\n", what);
        return;
    }
    complain("%s: never ends\n", what);
}

template <class Make, class Operation, class Look>
void every_point(std::string const& what, Make make, Operation operation, Look look, long before, long after) {
    {  // What a thread makes at its first use must be there: without memory for that glibc itself ends the program.
        auto store = make();
        (void)operation(store);
    }
    for (auto const kind : {Shortage::Kind::passing, Shortage::Kind::lasting})
        every_point(what.c_str(), kind, make, operation, look, before, after);
}

}  // namespace test

#endif
