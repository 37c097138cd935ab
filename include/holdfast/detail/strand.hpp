#ifndef HOLDFAST_DETAIL_STRAND_HPP
#define HOLDFAST_DETAIL_STRAND_HPP

#include <atomic>
#include <cstdint>

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
        Strand& now = lent_ != nullptr ? *lent_ : own_;
        if (now.number == 0) [[unlikely]]
            now.number = drawn_.fetch_add(1, std::memory_order_relaxed) + 1;
        return now;
    }

    /// Makes the thread run as another strand, for as long as this lives.
    class As {
    public:
        explicit As(Strand& strand) noexcept : before_(lent_) { lent_ = &strand; }
        As(As const&) = delete;
        As& operator=(As const&) = delete;
        ~As() { lent_ = before_; }

    private:
        Strand* before_;
    };

private:
    static inline thread_local constinit Strand own_{};
    static inline thread_local constinit Strand* lent_ = nullptr;
    static inline constinit std::atomic<std::uint64_t> drawn_{0};
};

inline Strand& this_strand() noexcept { return ThisStrand::get(); }

}  // namespace holdfast::detail

#endif
