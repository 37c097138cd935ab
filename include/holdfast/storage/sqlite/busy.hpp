#ifndef HOLDFAST_STORAGE_SQLITE_BUSY_HPP
#define HOLDFAST_STORAGE_SQLITE_BUSY_HPP

#include <holdfast/core/backoff.hpp>

#include <sqlite3.h>

namespace holdfast::detail::sqlite {

/// The pauses of somebody who waits for a lock of the database, which another connection of this or another process
/// has: short, since nothing wakes who waits for such a lock.
inline constexpr Duration first_pause = std::chrono::microseconds(50), longest_pause = 64 * first_pause;

inline Backoff backoff(Context const& ctx) noexcept { return Backoff(ctx, first_pause, longest_pause); }

/// The same for SQLite's busy handler, whose attempts SQLite counts. False: the deadline is over or the caller wants to
/// stop.
inline bool pause(Context const& ctx, int attempt) {
    return ctx.wait(ctx.env.random_below(attempt < 6 ? first_pause * (1 << attempt) : longest_pause)).has_value();
}

/// Repeats `call` while it returns one of the codes of a busy database, for as long as the context allows. Not every
/// such code reaches the busy handler: those of a recovery, of a snapshot and of a change of the journal do not.
template <class Call>
int patiently(Context const& ctx, Call&& call) {
    for (Backoff pauses = backoff(ctx);;) {
        int const code = call();
        int const primary = code & 0xff;
        if ((primary != SQLITE_BUSY && primary != SQLITE_PROTOCOL) || !pauses.wait()) return code;
    }
}

}  // namespace holdfast::detail::sqlite

#endif
