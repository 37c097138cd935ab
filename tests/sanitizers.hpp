#ifndef HOLDFAST_TESTS_SANITIZERS_HPP
#define HOLDFAST_TESTS_SANITIZERS_HPP

// g++ defines macros, clang has features.
#if defined(__SANITIZE_ADDRESS__)
#define HOLDFAST_UNDER_ADDRESS_SANITIZER 1
#elif defined(__SANITIZE_THREAD__)
#define HOLDFAST_UNDER_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOLDFAST_UNDER_ADDRESS_SANITIZER 1
#elif __has_feature(thread_sanitizer)
#define HOLDFAST_UNDER_THREAD_SANITIZER 1
#endif
#endif

namespace test {

#if defined(HOLDFAST_UNDER_ADDRESS_SANITIZER)
inline constexpr bool under_address_sanitizer = true;
#else
inline constexpr bool under_address_sanitizer = false;
#endif
#if defined(HOLDFAST_UNDER_THREAD_SANITIZER)
inline constexpr bool under_thread_sanitizer = true;
#else
inline constexpr bool under_thread_sanitizer = false;
#endif

}  // namespace test

#endif
