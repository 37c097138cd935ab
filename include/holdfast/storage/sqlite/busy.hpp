#ifndef HOLDFAST_STORAGE_SQLITE_BUSY_HPP
#define HOLDFAST_STORAGE_SQLITE_BUSY_HPP

#include <holdfast/core/context.hpp>

#include <sqlite3.h>

namespace holdfast::detail::sqlite {

/// One pause of somebody who waits for a lock of the database, which another connection of this or another process
/// has: full jitter below a bound that grows from 0.05 to 3.2 ms, since nothing wakes who waits for such a lock.
/// False: the deadline is over or the caller wants to stop.
inline bool pause(Context const& ctx, int attempt) {
    Duration const bound = std::chrono::microseconds(50) * (1 << (attempt < 6 ? attempt : 6));
    return ctx.wait(ctx.env.random_below(bound)).has_value();
}

/// Repeats `call` while it returns one of the codes of a busy database, for as long as the context allows. Not every
/// such code reaches the busy handler: those of a recovery, of a snapshot and of a change of the journal do not.
template <class Call>
int patiently(Context const& ctx, Call&& call) {
    for (int attempt = 0;; ++attempt) {
        int const code = call();
        int const primary = code & 0xff;
        if ((primary != SQLITE_BUSY && primary != SQLITE_PROTOCOL) || !pause(ctx, attempt)) return code;
    }
}

}  // namespace holdfast::detail::sqlite

#endif
