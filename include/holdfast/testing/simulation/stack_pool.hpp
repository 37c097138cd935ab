#ifndef HOLDFAST_TESTING_SIMULATION_STACK_POOL_HPP
#define HOLDFAST_TESTING_SIMULATION_STACK_POOL_HPP

#include <boost/context/protected_fixedsize_stack.hpp>

#include <cstddef>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define HOLDFAST_FIBRES_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOLDFAST_FIBRES_UNDER_ASAN 1
#endif
#endif
#if defined(HOLDFAST_FIBRES_UNDER_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace holdfast::testing::detail {

/// Stacks that are used again: making one takes two system calls and a page fault for each page that is touched. Below
/// each is a page that cannot be touched, so that too deep a call ends the program where it happens.
class StackPool {
public:
    explicit StackPool(std::size_t size) : maker_(size) {}
    StackPool(StackPool const&) = delete;
    StackPool& operator=(StackPool const&) = delete;
    ~StackPool() {
        for (auto& stack : free_) maker_.deallocate(stack);
    }

    boost::context::stack_context take() {
        if (free_.empty()) {
            ++made_;
            free_.reserve(made_);  // so that giving back cannot fail
            return maker_.allocate();
        }
        boost::context::stack_context const stack = free_.back();
        free_.pop_back();
#if defined(HOLDFAST_FIBRES_UNDER_ASAN)
        __asan_unpoison_memory_region(static_cast<char*>(stack.sp) - stack.size + page, stack.size - page);
#endif
        return stack;
    }
    void give_back(boost::context::stack_context const& stack) noexcept { free_.push_back(stack); }

private:
    static constexpr std::size_t page = 4096;

    boost::context::protected_fixedsize_stack maker_;
    std::vector<boost::context::stack_context> free_;
    std::size_t made_ = 0;
};

/// What `boost::context::fiber` calls for a stack.
struct PooledStack {
    StackPool* pool;
    boost::context::stack_context* taken;  ///< where to say which it is

    boost::context::stack_context allocate() { return *taken = pool->take(); }
    void deallocate(boost::context::stack_context& stack) noexcept { pool->give_back(stack); }
};

/// Tells the address sanitizer which stack is in use. Does nothing without it.
class FibreSanitizer {
public:
#if defined(HOLDFAST_FIBRES_UNDER_ASAN)
    void enter(boost::context::stack_context const& stack) noexcept {
        __sanitizer_start_switch_fiber(&outside_fake_, static_cast<char*>(stack.sp) - stack.size, stack.size);
    }
    void back_outside() noexcept { __sanitizer_finish_switch_fiber(outside_fake_, nullptr, nullptr); }
    void arrive_inside() noexcept {
        __sanitizer_finish_switch_fiber(inside_fake_, &outside_bottom_, &outside_size_);
        inside_fake_ = nullptr;
    }
    void leave() noexcept { __sanitizer_start_switch_fiber(&inside_fake_, outside_bottom_, outside_size_); }
    void leave_for_ever() noexcept { __sanitizer_start_switch_fiber(nullptr, outside_bottom_, outside_size_); }

private:
    void* outside_fake_ = nullptr;
    void* inside_fake_ = nullptr;
    void const* outside_bottom_ = nullptr;
    std::size_t outside_size_ = 0;
#else
    void enter(boost::context::stack_context const&) noexcept {}
    void back_outside() noexcept {}
    void arrive_inside() noexcept {}
    void leave() noexcept {}
    void leave_for_ever() noexcept {}
#endif
};

}  // namespace holdfast::testing::detail

#endif
