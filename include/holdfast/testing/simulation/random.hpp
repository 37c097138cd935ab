#ifndef HOLDFAST_TESTING_SIMULATION_RANDOM_HPP
#define HOLDFAST_TESTING_SIMULATION_RANDOM_HPP

#include <holdfast/core/time.hpp>

#include <cstdint>

namespace holdfast::testing {

/// From `least` to `most`, both included.
struct Span {
    Duration least{0}, most{0};
};

/// Chance that a seed fixes: SplitMix64 (Steele, Lea, Flood 2014). The same numbers on every platform; the
/// distributions of the standard library differ between implementations and are not used.
class SeededRandom {
public:
    explicit SeededRandom(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept { return mix(state_ += 0x9e3779b97f4a7c15u); }

    /// In [0, bound); 0 if `bound` is.
    std::uint64_t below(std::uint64_t bound) noexcept {
        if (bound <= 1) return 0;
        if (bound >> 32 == 0) return ((next() >> 32) * bound) >> 32;
        return next() % bound;
    }
    bool chance(unsigned per_thousand) noexcept { return per_thousand != 0 && below(1000) < per_thousand; }
    Duration within(Span span) noexcept {
        if (span.most <= span.least) return span.least;
        return span.least + Duration(static_cast<Duration::rep>(
                                below(static_cast<std::uint64_t>((span.most - span.least).count()) + 1)));
    }

    /// Well mixed; a bijection.
    static std::uint64_t mix(std::uint64_t z) noexcept {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

}  // namespace holdfast::testing

#endif
