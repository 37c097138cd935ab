#ifndef HOLDFAST_TESTING_SIMULATION_FIBRE_SANITIZER_HPP
#define HOLDFAST_TESTING_SIMULATION_FIBRE_SANITIZER_HPP

#include <boost/context/stack_context.hpp>

#include <cstddef>

// Of the address sanitizer; weak, so that they are null in a program without it.
extern "C" {
[[gnu::weak]] void __asan_unpoison_memory_region(void const volatile* at, std::size_t size);
[[gnu::weak]] void __sanitizer_start_switch_fiber(void** fake, void const* bottom, std::size_t size);
[[gnu::weak]] void __sanitizer_finish_switch_fiber(void* fake, void const** bottom, std::size_t* size);
}

namespace holdfast::testing::detail {

/// Tells the address sanitizer which stack is in use. Does nothing in a program without it.
///
/// The program is asked, not the compiler: some files of it may be compiled for the sanitizer and others not, and all
/// of them have the same class.
class FibreSanitizer {
public:
    static bool is_here() noexcept { return __sanitizer_start_switch_fiber != nullptr; }

    /// The memory is used anew: what stood there is no fault any more.
    static void forget(void const* at, std::size_t size) noexcept {
        if (__asan_unpoison_memory_region != nullptr) __asan_unpoison_memory_region(at, size);
    }

    void enter(boost::context::stack_context const& stack) noexcept {
        start(&outside_fake_, static_cast<char*>(stack.sp) - stack.size, stack.size);
    }
    void back_outside() noexcept { finish(outside_fake_, nullptr, nullptr); }
    void arrive_inside() noexcept {
        finish(inside_fake_, &outside_bottom_, &outside_size_);
        inside_fake_ = nullptr;
    }
    void leave() noexcept { start(&inside_fake_, outside_bottom_, outside_size_); }
    void leave_for_ever() noexcept { start(nullptr, outside_bottom_, outside_size_); }

private:
    static void start(void** fake, void const* bottom, std::size_t size) noexcept {
        if (is_here()) __sanitizer_start_switch_fiber(fake, bottom, size);
    }
    static void finish(void* fake, void const** bottom, std::size_t* size) noexcept {
        if (__sanitizer_finish_switch_fiber != nullptr) __sanitizer_finish_switch_fiber(fake, bottom, size);
    }

    void* outside_fake_ = nullptr;
    void* inside_fake_ = nullptr;
    void const* outside_bottom_ = nullptr;
    std::size_t outside_size_ = 0;
};

}  // namespace holdfast::testing::detail

#endif
