#ifndef HOLDFAST_BENCHMARKS_RUNTIME_HARNESS_HPP
#define HOLDFAST_BENCHMARKS_RUNTIME_HARNESS_HPP

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

inline constexpr std::size_t value_size = 4096;

/// Ends the program: a benchmark that did not do its work has no time.
[[noreturn]] inline void fail(std::string_view what) {
    std::fprintf(stderr, "benchmark failed: %.*s\n", static_cast<int>(what.size()), what.data());
    std::exit(1);
}
inline void require(bool fine, std::string_view what) {
    if (!fine) [[unlikely]]
        fail(what);
}

/// Makes the compiler believe that somebody looks at it.
template <class T>
void look_at(T const& value) noexcept {
    asm volatile("" : : "g"(&value) : "memory");
}

/// What is changed in a value by an update: its first eight bytes count.
inline void count_up(char* bytes) noexcept {
    for (int i = 7; i >= 0; --i)
        if (++bytes[i] != 0) return;
}

/// Text like that of a real state.
inline std::string make_value() {
    std::string text(value_size, '\0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
    return text;
}

inline double now(clockid_t clock) noexcept {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// One measurement of one case.
class Run {
public:
    Run(double seconds, std::uint64_t operations, std::string directory)
        : seconds_(seconds), operations_(operations), directory_(std::move(directory)) {}

    /// An empty directory on the file system that is measured.
    std::string const& directory() const noexcept { return directory_; }

    /// Repeats `operation` for the time asked for, after a warm-up; or exactly as often as asked for.
    template <class F>
    void measure(F&& operation) {
        if (operations_ > 0) {
            for (std::uint64_t i = 0; i < operations_; ++i) operation();
            return report(operations_, 0, 0);
        }
        std::uint64_t batch = 1;  // grows to 1/200 of the time
        for (double const end = now(CLOCK_MONOTONIC) + seconds_ / 5; now(CLOCK_MONOTONIC) < end;) {
            double const begin = now(CLOCK_MONOTONIC);
            for (std::uint64_t i = 0; i < batch; ++i) operation();
            if (now(CLOCK_MONOTONIC) - begin < seconds_ / 400) batch *= 2;
        }
        std::vector<double> walls;
        std::uint64_t done = 0;
        double const cpu = now(CLOCK_PROCESS_CPUTIME_ID), end = now(CLOCK_MONOTONIC) + seconds_;
        for (double begin = now(CLOCK_MONOTONIC), next = 0; begin < end; begin = next) {
            for (std::uint64_t i = 0; i < batch; ++i) operation();
            next = now(CLOCK_MONOTONIC);
            walls.push_back((next - begin) / static_cast<double>(batch));
            done += batch;
        }
        double const spent = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        report(done, median(walls), spent / static_cast<double>(done));
    }

private:
    static double median(std::vector<double>& values) noexcept {
        for (std::size_t i = 1; i < values.size(); ++i)  // a few hundred
            for (std::size_t j = i; j > 0 && values[j] < values[j - 1]; --j) std::swap(values[j], values[j - 1]);
        return values[values.size() / 2];
    }
    static void report(std::uint64_t operations, double wall, double cpu) {
        std::printf("%llu %.3f %.3f\n", static_cast<unsigned long long>(operations), wall * 1e9, cpu * 1e9);
        std::fflush(stdout);
    }

    double seconds_;
    std::uint64_t operations_;
    std::string directory_;
};

/// A case registers itself by being defined at namespace scope.
struct Case {
    std::string_view name;
    void (*run)(Run&);

    Case(std::string_view n, void (*f)(Run&)) : name(n), run(f) { all().push_back(this); }
    Case(Case const&) = delete;
    Case& operator=(Case const&) = delete;

    static std::vector<Case const*>& all() {
        static std::vector<Case const*> cases;
        return cases;
    }
};

}  // namespace bench

#endif
