#ifndef HOLDFAST_PROCESS_PROCESSOR_RANDOM_HPP
#define HOLDFAST_PROCESS_PROCESSOR_RANDOM_HPP

#include <atomic>
#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace holdfast::detail {

/// A random word that the processor makes when it is asked, so that no copy of the memory holds it; 0 if it gives none.
/// Whether it can is asked of the processor, not of the compiler.
///
/// Source: Intel SDM, volume 1, §7.3.17 (RDRAND). Cost: about 20 ns.
#if defined(__x86_64__)
class ProcessorRandom {
public:
    static std::uint64_t word() noexcept {
        Known known = known_.load(std::memory_order_relaxed);
        if (known == Known::nothing) [[unlikely]]
            known_.store(known = ask(), std::memory_order_relaxed);
        // It may be busy: the manual asks for ten attempts. All ones are what some answer that are broken.
        for (int attempt = known == Known::there ? 0 : 10; attempt < 10; ++attempt) {
            unsigned long long made = 0;
            unsigned char valid = 0;
            __asm__ volatile("rdrand %0; setc %1" : "=r"(made), "=qm"(valid) : : "cc");
            if (valid != 0 && made != ~0ull) return made;
        }
        return 0;
    }

private:
    enum class Known : unsigned char { nothing, there, missing };

    static Known ask() noexcept {
        unsigned a = 0, b = 0, c = 0, d = 0;
        return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_RDRND) != 0 ? Known::there : Known::missing;
    }

    static inline constinit std::atomic<Known> known_{Known::nothing};
};
#else
class ProcessorRandom {
public:
    static std::uint64_t word() noexcept { return 0; }
};
#endif

}  // namespace holdfast::detail

#endif
