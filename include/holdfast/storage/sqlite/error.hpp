#ifndef HOLDFAST_STORAGE_SQLITE_ERROR_HPP
#define HOLDFAST_STORAGE_SQLITE_ERROR_HPP

#include <holdfast/core/error.hpp>
#include <holdfast/posix/system_error.hpp>

#include <sqlite3.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace holdfast::detail::sqlite {

/// The name of a primary result code, as in SQLite's manual.
constexpr std::string_view code_name(int code) noexcept {
    switch (code & 0xff) {
        case SQLITE_ERROR: return "SQLITE_ERROR";
        case SQLITE_PERM: return "SQLITE_PERM";
        case SQLITE_BUSY: return "SQLITE_BUSY";
        case SQLITE_LOCKED: return "SQLITE_LOCKED";
        case SQLITE_NOMEM: return "SQLITE_NOMEM";
        case SQLITE_READONLY: return "SQLITE_READONLY";
        case SQLITE_IOERR: return "SQLITE_IOERR";
        case SQLITE_CORRUPT: return "SQLITE_CORRUPT";
        case SQLITE_FULL: return "SQLITE_FULL";
        case SQLITE_CANTOPEN: return "SQLITE_CANTOPEN";
        case SQLITE_PROTOCOL: return "SQLITE_PROTOCOL";
        case SQLITE_SCHEMA: return "SQLITE_SCHEMA";
        case SQLITE_TOOBIG: return "SQLITE_TOOBIG";
        case SQLITE_CONSTRAINT: return "SQLITE_CONSTRAINT";
        case SQLITE_AUTH: return "SQLITE_AUTH";
        case SQLITE_NOTADB: return "SQLITE_NOTADB";
        default: return "SQLITE";
    }
}

/// What a failed system call below SQLite means, by its `errno`; no sentence where the result code says more.
constexpr Remedy system_remedy(int number) noexcept {
    Remedy const known = known_remedy(number);
    if (number != EACCES && number != EPERM) return known;
    return {known.code,
            "the operating system refuses: allow this user to write to the database, to the files -wal and -shm beside "
            "it, and to its directory; who only reads opens it with mode=ro"};
}

/// What a result code means for the caller, and what to do about it.
constexpr Remedy remedy(int code) noexcept {
    if (code == SQLITE_CANTOPEN_ISDIR) return system_remedy(EISDIR);
    if (code == SQLITE_CANTOPEN_SYMLINK) return system_remedy(ELOOP);
    if (code == SQLITE_IOERR_NOMEM) return system_remedy(ENOMEM);
    if (code == SQLITE_READONLY_RECOVERY || code == SQLITE_READONLY_CANTINIT || code == SQLITE_READONLY_CANTLOCK)
        return {Errc::permission_denied,
                "the log of the database must be put in order by somebody who may write: open it once with the right "
                "to write to the database and its directory, or read a copy"};
    if (code == SQLITE_IOERR_SHORT_READ)
        return {Errc::malformed,
                "a file of the database is shorter than it should be; was it cut or removed while in use? End all "
                "programs that use it, then open it again or restore a backup"};
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return {Errc::busy,
                    "another connection is writing to the database, or has it for itself; repeat later or allow "
                    "more time"};
        case SQLITE_NOTADB:
            return {Errc::malformed, "the file is not a SQLite database; name another, or restore it from a backup"};
        case SQLITE_CORRUPT:
            return {Errc::malformed,
                    "the database is damaged; restore a backup, or save what can be read: sqlite3 FILE .dump | sed "
                    "'s/^ROLLBACK.*/COMMIT;/' | sqlite3 NEW"};
        case SQLITE_FULL: return {Errc::out_of_space, "the disk or quota is full; make room and repeat"};
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH: return system_remedy(EACCES);
        case SQLITE_CANTOPEN:
            return {Errc::unavailable,
                    "the database or its log cannot be opened; check that its directory exists and "
                    "may be written, and the limit of open files"};
        case SQLITE_TOOBIG: return {Errc::too_large, "SQLite refuses a value of this size"};
        case SQLITE_CONSTRAINT:
            return {Errc::incompatible,
                    "a trigger, an index or a rule that was added to the database refuses the write; remove it"};
        case SQLITE_ERROR:
        case SQLITE_SCHEMA:
            return {Errc::incompatible,
                    "the tables of the database are not as this program knows them; was the schema changed by hand?"};
        case SQLITE_NOMEM: return system_remedy(ENOMEM);
        case SQLITE_IOERR:
            return {Errc::unavailable, "the file system failed; look for its errors in the system's log and repeat"};
        default: return {Errc::unavailable, "SQLite failed; see its code"};
    }
}

/// An extended result code as an error; `number` is the `errno` of the system call that failed, 0 if none did. Both
/// stand in `backend()`, as in "SQLITE_CANTOPEN (14), errno 24".
inline Error failure(int code, int number = 0) {
    int const primary = code & 0xff;
    bool const of_system = number != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) &&
                           code != SQLITE_IOERR_SHORT_READ && code != SQLITE_IOERR_NOMEM;
    Remedy what = remedy(code);
    if (Remedy const told = system_remedy(of_system ? number : 0); told.sentence != nullptr) what = told;
    std::string backend(code_name(code));
    backend.append(" (").append(std::to_string(code)).append(")");
    if (of_system) backend.append(", errno ").append(std::to_string(number));
    return Error(what.code, what.sentence).from(backend);
}

/// Why the fate of a commit is open: the error without its advice, which is for what was not written.
inline Error doubt(Error const& error) {
    auto const text = error.message();
    return Error(error.code(), std::string(text.substr(0, text.find_first_of(":;")))).from(error.backend());
}

/// Whether a commit that ended so may still have put its frames into the log, where a recovery would find them.
///
/// Only a failing file system leaves that open. A full disk does not: the frame that makes a transaction valid is
/// written last, and was not.
constexpr bool may_have_committed(int code) noexcept {
    int const primary = code & 0xff;
    return primary == SQLITE_IOERR || primary == SQLITE_NOMEM;
}

}  // namespace holdfast::detail::sqlite

#endif
