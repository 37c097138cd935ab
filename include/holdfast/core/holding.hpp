#ifndef HOLDFAST_CORE_HOLDING_HPP
#define HOLDFAST_CORE_HOLDING_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/process/process_image.hpp>

#include <utility>

namespace holdfast {

/// Whether whoever has this still holds what it was made for: not once it was moved from or ended, and not in a child
/// that was forked meanwhile. A part of guards, for their `confirm` and `reliable_until`.
///
/// Cost: two loads a question. Not for use from several threads at once.
class Holding {
public:
    Holding() noexcept : generation_(detail::process_generation()) {}
    Holding(Holding&& other) noexcept : generation_(std::exchange(other.generation_, ended)) {}
    Holding& operator=(Holding other) noexcept {
        generation_ = other.generation_;
        return *this;
    }

    /// Holds nothing.
    static Holding none() noexcept {
        Holding nothing;
        nothing.end();
        return nothing;
    }

    explicit operator bool() const noexcept { return generation_ == detail::process_generation(); }
    /// In the copy of it that a child has.
    bool forked() const noexcept { return generation_ != ended && !*this; }
    void end() noexcept { generation_ = ended; }

    /// Errors: `lost`.
    Result<void> confirm() const {
        if (*this) return {};
        return Error(Errc::lost, forked() ? "the lock is the parent's, which made this process by fork: acquire one"
                                          : "the lock was released: acquire it again");
    }
    /// For locks that end with their holder.
    Instant reliable_until() const noexcept { return *this ? (Instant::max)() : (Instant::min)(); }

private:
    static constexpr unsigned ended = 0;  // no process has this generation

    unsigned generation_;
};

}  // namespace holdfast

#endif
