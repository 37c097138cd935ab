#ifndef HOLDFAST_TESTING_SIMULATION_FIBRE_HPP
#define HOLDFAST_TESTING_SIMULATION_FIBRE_HPP

#include <holdfast/testing/simulation/fibre_sanitizer.hpp>
#include <holdfast/testing/simulation/stack_pool.hpp>

#include <boost/context/fiber.hpp>

#include <cxxabi.h>
#include <cstring>
#include <memory>
#include <utility>

namespace holdfast::testing::detail {

/// A function with a stack of its own, which can be left in the middle and gone on with. One thread only.
///
/// Beyond what `boost::context::fiber` does: each fibre has its own state of exceptions, so that one may be left inside
/// a handler or while a destructor runs because of one; and the address sanitizer is told of every switch.
class Fibre {
public:
    Fibre() noexcept = default;
    Fibre(Fibre const&) = delete;
    Fibre& operator=(Fibre const&) = delete;
    /// A fibre that has not ended is left behind with all that is on its stack: end it first.
    ~Fibre() { abandon(); }

    explicit operator bool() const noexcept { return static_cast<bool>(fiber_); }

    /// Makes it, without running it yet. `body` must not throw.
    template <class Body>
    void start(StackPool& pool, Body body) {
        exceptions_ = {};
        fiber_ = boost::context::fiber(std::allocator_arg, PooledStack{&pool, &stack_},
                                       [this, body = std::move(body)](boost::context::fiber&& main) mutable {
                                           main_ = std::move(main);
                                           sanitizer_.arrive_inside();
                                           body();
                                           sanitizer_.leave_for_ever();
                                           return std::move(main_);
                                       });
    }

    /// Goes on with it until it is left or ends. From outside only.
    void enter() {
        ExceptionState* const thread = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
        ExceptionState const mine = *thread;
        *thread = exceptions_;
        sanitizer_.enter(stack_);
        fiber_ = std::move(fiber_).resume();
        sanitizer_.back_outside();
        exceptions_ = *thread;
        *thread = mine;
    }

    /// Leaves it, back to whoever entered. From inside only.
    void leave() {
        sanitizer_.leave();
        main_ = std::move(main_).resume();
        sanitizer_.arrive_inside();
    }

    /// Never goes on with it, and never gives back what it holds.
    void abandon() noexcept {
        if (fiber_) (void)new boost::context::fiber(std::move(fiber_));  // its destructor would unwind
    }

private:
    /// `__cxa_eh_globals` of the Itanium C++ ABI (§2.2.2), which keeps it secret.
    struct ExceptionState {
        void* caught = nullptr;
        unsigned uncaught = 0;
    };

    boost::context::fiber fiber_, main_;
    boost::context::stack_context stack_;
    ExceptionState exceptions_;
    FibreSanitizer sanitizer_;
};

}  // namespace holdfast::testing::detail

#endif
