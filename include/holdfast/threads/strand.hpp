#ifndef HOLDFAST_THREADS_STRAND_HPP
#define HOLDFAST_THREADS_STRAND_HPP

#include <atomic>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace holdfast::detail {

/// Who runs: a thread, or an actor of a simulation, of which one thread runs many.
struct Strand {
    /// Names it. Unlike a `std::thread::id` never used again in the life of the process, so that what a thread left
    /// behind is not taken for that of a later one. 0: not drawn yet.
    std::uint64_t number = 0;
    bool has_turn = false;  ///< see `TurnTakingStorage`: who has one waits for no other
};

/// The strand of the caller. It may be asked at any time, also by destructors at the end of a thread and at exit.
class ThisStrand {
public:
    static Strand& get() noexcept {
        if (now_.number == 0) [[unlikely]]
            now_.number = drawn_.fetch_add(1, std::memory_order_relaxed) + 1;
        return now_;
    }

    /// Makes the thread run as another strand, for as long as this lives.
    class As {
    public:
        explicit As(Strand& strand) noexcept : strand_(strand) { std::swap(now_, strand_); }
        As(As const&) = delete;
        As& operator=(As const&) = delete;
        ~As() { std::swap(now_, strand_); }

    private:
        Strand& strand_;  ///< meanwhile what the thread was before
    };

private:
    static_assert(std::is_trivially_destructible_v<Strand>);
    static inline thread_local constinit Strand now_{};
    static inline constinit std::atomic<std::uint64_t> drawn_{0};
};

inline Strand& this_strand() noexcept { return ThisStrand::get(); }

}  // namespace holdfast::detail

#endif
