#ifndef HOLDFAST_TESTING_SIMULATION_STACK_POOL_HPP
#define HOLDFAST_TESTING_SIMULATION_STACK_POOL_HPP

#include <holdfast/testing/simulation/fibre_sanitizer.hpp>

#include <boost/context/protected_fixedsize_stack.hpp>

#include <cstddef>
#include <vector>

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
        FibreSanitizer::forget(static_cast<char*>(stack.sp) - stack.size + page, stack.size - page);
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

}  // namespace holdfast::testing::detail

#endif
