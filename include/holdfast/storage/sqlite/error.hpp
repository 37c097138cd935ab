#ifndef HOLDFAST_STORAGE_SQLITE_ERROR_HPP
#define HOLDFAST_STORAGE_SQLITE_ERROR_HPP

#include <holdfast/core/error.hpp>

#include <sqlite3.h>

#include <string>

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

struct Remedy {
    Errc code;
    char const* text;
};

/// What a result code means for the caller, and what to do about it.
constexpr Remedy remedy(int code) noexcept {
    if (code == SQLITE_CANTOPEN_ISDIR)
        return {Errc::invalid_argument, "a directory stands in the place of the database; name a file"};
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return {Errc::busy, "another connection is writing to the database; repeat later or allow more time"};
        case SQLITE_NOTADB:
            return {Errc::malformed, "the file is not a SQLite database; name another, or restore it from a backup"};
        case SQLITE_CORRUPT:
            return {Errc::malformed,
                    "the database is damaged; save what `sqlite3 <file> .recover` finds, or restore a backup"};
        case SQLITE_FULL: return {Errc::out_of_space, "the disk or quota is full; make room and repeat"};
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {Errc::permission_denied,
                    "the database cannot be written; allow this user to write to the file and to its directory"};
        case SQLITE_CANTOPEN:
            return {Errc::unavailable,
                    "the database or its log cannot be opened; check that its directory exists and "
                    "may be written, and the limit of open files"};
        case SQLITE_TOOBIG: return {Errc::too_large, "SQLite refuses a value of this size"};
        case SQLITE_CONSTRAINT:
        case SQLITE_ERROR:
        case SQLITE_SCHEMA:
            return {Errc::incompatible,
                    "the tables of the database are not as this program knows them; was the "
                    "schema changed by hand?"};
        case SQLITE_NOMEM: return {Errc::unavailable, "memory ran out; free some and repeat"};
        case SQLITE_IOERR:
            return {Errc::unavailable, "the file system failed; look for its errors in the system's log and repeat"};
        default: return {Errc::unavailable, "SQLite failed; see its code"};
    }
}

/// An extended result code as an error. The code stands in `backend()`, as in "SQLITE_BUSY (5)".
inline Error failure(int code) {
    Remedy const what = remedy(code);
    std::string backend(code_name(code));
    backend.append(" (").append(std::to_string(code)).append(")");
    return Error(what.code, what.text).from(backend);
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
