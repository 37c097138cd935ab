#ifndef HOLDFAST_STORAGE_SQLITE_REMAINS_HPP
#define HOLDFAST_STORAGE_SQLITE_REMAINS_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/process/fd.hpp>

#include <string>

#include <sys/stat.h>

namespace holdfast::detail::sqlite {

// An empty database, or none, is where state begins; unless something beside it says that there was state.

inline off_t size_of(std::string const& path) noexcept {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0 ? about.st_size : -1;
}

/// Whether the rollback journal of a database that was not empty lies beside it (fileformat.html, 3).
inline bool has_journal(std::string const& path) {
    constexpr std::string_view magic = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
    char header[20];
    Fd const journal = open_at(AT_FDCWD, (path + "-journal").c_str(), O_RDONLY | O_NONBLOCK);
    if (!journal || ::read(journal.get(), header, sizeof header) != static_cast<ssize_t>(sizeof header)) return false;
    std::string_view const all(header, sizeof header);
    return all.starts_with(magic) && all.substr(16) != std::string_view("\0\0\0\0", 4);
}

/// Refuses to begin anew beside a log that holds writes: SQLite would remove it. Errors: `malformed`.
inline Result<void> refuse_orphaned_log(std::string const& path) {
    bool const log = size_of(path) < 0 && (size_of(path + "-wal") > 0 || has_journal(path));
    if (!log || size_of(path) >= 0) return {};
    return Error(Errc::malformed,
                 "the database is gone, but its log (-wal or -journal), which may hold the last writes, is there: put "
                 "the database back or restore a backup; remove the log to begin with nothing")
        .on(path);
}

/// Refuses a database of 0 bytes beside which there is a log or what the first write leaves: it was not always empty.
/// The directory for locks says nothing: it stays where a database was removed. Errors: `malformed`.
inline Result<void> refuse_cut(std::string const& path) {
    if (size_of(path) != 0) return {};
    bool used = has_journal(path);
    for (char const* const beside : {"-wal", "-turn"}) used = used || size_of(path + beside) >= 0;
    if (!used || size_of(path) != 0) return {};  // somebody else makes it at this moment
    return Error(Errc::malformed,
                 "the database was cut to 0 bytes: what lies beside it (-wal, -journal or -turn) says that it was in "
                 "use; restore a backup, or remove all of them to begin with nothing")
        .on(path);
}

}  // namespace holdfast::detail::sqlite

#endif
