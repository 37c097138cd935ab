#ifndef HOLDFAST_THREADS_WAIT_QUEUE_HPP
#define HOLDFAST_THREADS_WAIT_QUEUE_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/threads/strand.hpp>

#include <cstdint>
#include <utility>

namespace holdfast::detail {

/// Those who wait for one thing, in order of arrival: whoever has it hands it to the first, so that nobody who comes
/// later gets it before. Each waits on a word of its own, and only the one whose turn it is is woken.
///
/// Its owner's mutex guards it, and the waiters that are in it.
class WaitQueue {
public:
    /// One who waits; it lies on the stack of its thread.
    class Waiter {
    public:
        explicit Waiter(Environment& env) noexcept : env_(env), strand_(this_strand().number) {}
        Waiter(Waiter const&) = delete;
        Waiter& operator=(Waiter const&) = delete;

        bool has_it() const noexcept { return word_.load(std::memory_order_acquire) != waiting; }

        /// Without the mutex: until it has the thing. Errors: `timed_out`, `cancelled`; it may have got it even so.
        Result<void> wait(Context const& ctx) {
            while (!has_it())
                if (auto more = ctx.wait(word_, waiting); !more) return more;
            return {};
        }

    private:
        friend class WaitQueue;
        static constexpr std::uint32_t waiting = 0, being_told = 1, told = 2;

        Environment& env_;
        std::uint64_t strand_;
        WaitWord word_{waiting};
        Waiter *before_ = nullptr, *after_ = nullptr;
    };

    /// One who was taken out.
    struct Next {
        Environment* env = nullptr;
        WaitWord* word = nullptr;
        std::uint64_t strand = 0;

        explicit operator bool() const noexcept { return env != nullptr; }
    };

    void join(Waiter& waiter) noexcept {
        waiter.before_ = std::exchange(last_, &waiter);
        (waiter.before_ != nullptr ? waiter.before_->after_ : first_) = &waiter;
    }
    void leave(Waiter& waiter) noexcept {
        (waiter.before_ != nullptr ? waiter.before_->after_ : first_) = waiter.after_;
        (waiter.after_ != nullptr ? waiter.after_->before_ : last_) = waiter.before_;
    }
    /// Takes the first out, who has the thing from now on: tell him. Null if nobody waits.
    Next next() noexcept {
        if (first_ == nullptr) return {};
        Waiter& waiter = *first_;
        leave(waiter);
        Next const next{&waiter.env_, &waiter.word_, waiter.strand_};
        waiter.word_.store(Waiter::being_told, std::memory_order_release);
        return next;
    }

    /// Without the mutex. He may have found out by himself, and be gone.
    static void tell(Next const& next) noexcept {
        next.env->wake(next.word);
        if (stays_until_told(*next.env)) next.word->store(Waiter::told, std::memory_order_release);
    }
    /// Of one who has the thing, before he goes: his environment may end with him, and is in use until he was told.
    static void part(Waiter const& waiter) {
        while (stays_until_told(waiter.env_) && waiter.word_.load(std::memory_order_acquire) == Waiter::being_told)
            waiter.env_.wait(&waiter.word_, Waiter::being_told, std::chrono::microseconds(50));
    }

private:
    static bool stays_until_told(Environment const& env) noexcept { return &env != &Environment::system(); }

    Waiter *first_ = nullptr, *last_ = nullptr;
};

}  // namespace holdfast::detail

#endif
