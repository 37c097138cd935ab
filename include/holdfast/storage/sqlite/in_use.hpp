#ifndef HOLDFAST_STORAGE_SQLITE_IN_USE_HPP
#define HOLDFAST_STORAGE_SQLITE_IN_USE_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/process/process_image.hpp>

#include <atomic>
#include <cstdint>
#include <utility>

namespace holdfast::detail::sqlite {

/// Says that SQLite is in use: by a thread that is about to enter it, or by a connection that is open. Counted over the
/// process, for a copy of it that is made meanwhile cannot use SQLite at all.
///
/// Locks on files are not inherited, but SQLite in the child believes that it has them, even for a connection that the
/// child opens itself, and another process may then remove the log under it (sqlite.org/howtocorrupt.html, 2.6). What a
/// thread of the parent has locked inside SQLite stays locked in the child for ever, whichever database it was at.
///
/// Thread safety: every member, from any thread. Cost: an atomic exchange at the beginning and one at the end.
class InUse {
public:
    /// Errors: `not_supported` in a copy of a process that used SQLite when the copy was made.
    static Result<InUse> begin() {
        Count const now = of(process_generation());
        for (Count count = count_.load(std::memory_order_relaxed);;) {
            bool const inherited = (count & generation) != now;
            if (inherited && (count & users) != 0)
                return Error(Errc::not_supported,
                             "the process was forked while a thread used a database, or copied by _Fork or clone while "
                             "one was open, and SQLite cannot be used in such a copy: let the parent do this, start a "
                             "program of its own for it, or fork when nobody uses a database");
            if (count_.compare_exchange_weak(count, (inherited ? now : count) + 1, std::memory_order_acq_rel))
                return InUse(true);
        }
    }

    InUse(InUse&& other) noexcept : counted_(std::exchange(other.counted_, false)) {}
    InUse& operator=(InUse&& other) noexcept {
        std::swap(counted_, other.counted_);
        return *this;
    }
    ~InUse() {
        if (counted_ && ours()) count_.fetch_sub(1, std::memory_order_acq_rel);
    }

    /// Whether it began in this process, and not in the one of which this is a copy.
    static bool ours() noexcept {
        return (count_.load(std::memory_order_relaxed) & generation) == of(process_generation());
    }

private:
    using Count = std::uint64_t;  ///< of users, below the generation of the process that they are of
    static constexpr Count users = 0xffff'ffff, generation = ~users;

    explicit InUse(bool counted) noexcept : counted_(counted) {}

    static Count of(unsigned number) noexcept { return Count{number} << 32; }

    static inline constinit std::atomic<Count> count_{0};

    bool counted_;
};

}  // namespace holdfast::detail::sqlite

#endif
