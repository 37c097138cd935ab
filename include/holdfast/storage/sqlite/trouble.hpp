#ifndef HOLDFAST_STORAGE_SQLITE_TROUBLE_HPP
#define HOLDFAST_STORAGE_SQLITE_TROUBLE_HPP

#include <holdfast/core/error.hpp>

namespace holdfast::detail::sqlite {

/// What has happened to the files of a database while a connection had them open.
enum class Trouble : unsigned char {
    none,
    gone,          ///< nothing can be found at the database's path
    replaced,      ///< another file stands there
    linked,        ///< the database has a second name
    emptied,       ///< it was cut to nothing
    cut,           ///< it was cut to a part
    log_gone,      ///< the log has no name any more
    log_renewed,   ///< likewise, and another program has moved what it held into the database and begun a new one
    log_replaced,  ///< another log stands beside the database
    log_cut,       ///< the log is shorter than what was written into it
    index_gone,    ///< the log's index has no name any more
    index_replaced,
};

/// Whether what stands at the names now may be opened in place of what is open. With the others that would mix two
/// databases, or two programs that do not see each other's locks: somebody has to put the files in order.
constexpr bool may_open_anew(Trouble trouble) noexcept {
    return trouble == Trouble::gone || trouble == Trouble::replaced || trouble == Trouble::log_gone ||
           trouble == Trouble::log_renewed || trouble == Trouble::index_gone;
}

/// Nothing was written by the call that gets it.
inline Error trouble_error(Trouble trouble) {
    switch (trouble) {
        case Trouble::none: break;
        case Trouble::gone:
            return Error(Errc::not_found,
                         "the database is no longer at its path: put it back, or open the one that is to be used");
        case Trouble::replaced:
            return Error(
                Errc::unavailable,
                "another file was put in the place of the database while it was in use: repeat to use that one");
        case Trouble::linked:
            return Error(Errc::not_supported,
                         "the database has a second name (a hard link), under which others would use another log and "
                         "lose writes: remove all names but one");
        case Trouble::emptied:
            return Error(
                Errc::malformed,
                "the database was cut to 0 bytes while it was in use: end all programs that use it and restore "
                "a backup");
        case Trouble::cut:
            return Error(Errc::malformed,
                         "the database was cut to a part while it was in use: end all programs that use it and restore "
                         "a backup");
        case Trouble::log_cut:
            return Error(Errc::malformed,
                         "the log of the database (-wal) was cut while it was in use, and the writes that were only "
                         "there are gone: restore a backup; or end all other programs that use the database, and "
                         "repeat to go on with what is left");
        case Trouble::log_gone:
        case Trouble::log_renewed:
            return Error(
                Errc::unavailable,
                "the log of the database (-wal) was removed while it was in use: leave the file alone and repeat");
        case Trouble::log_replaced:
            return Error(Errc::malformed,
                         "another log (-wal) was put beside the database while it was in use: put its own back, or end "
                         "all programs that use the database before they are started again");
        case Trouble::index_gone:
            return Error(
                Errc::unavailable,
                "the index of the log (-shm) was removed while it was in use: leave the file alone and repeat");
        case Trouble::index_replaced:
            return Error(Errc::malformed,
                         "another index of the log (-shm) was put beside the database while it was in use: put its own "
                         "back, or end all programs that use the database before they are started again");
    }
    return Error(Errc::unavailable, "the files of the database have changed: repeat");
}

}  // namespace holdfast::detail::sqlite

#endif
