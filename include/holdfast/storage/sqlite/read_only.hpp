#ifndef HOLDFAST_STORAGE_SQLITE_READ_ONLY_HPP
#define HOLDFAST_STORAGE_SQLITE_READ_ONLY_HPP

#include <holdfast/core/error.hpp>
#include <holdfast/storage/sqlite/remains.hpp>

#include <string>

#include <sys/statvfs.h>

namespace holdfast::detail::sqlite {

/// Whether a database can be read without its log and without locks: on a file system that is mounted read-only, with
/// nothing in the log. Who wrote it through another mount would be noticed (`Identity::frozen`).
inline bool never_changes(std::string const& path) noexcept {
    struct statvfs about {};
    return ::statvfs(path.c_str(), &about) == 0 && (about.f_flag & ST_RDONLY) != 0 && size_of(path + "-wal") <= 0 &&
           size_of(path + "-shm") < 0 && size_of(path + "-journal") < 0;
}

/// The name by which SQLite opens such a database.
inline std::string frozen_uri(std::string const& path) {
    std::string uri = "file:";
    for (char const c : path)
        if (c == '%') uri.append("%25");
        else if (c == '?') uri.append("%3f");
        else if (c == '#') uri.append("%23");
        else uri.push_back(c);
    return uri.append("?immutable=1");
}

/// Why a database cannot be read by who may not write: its log needs an index, which somebody has to make.
inline Error explain_unreadable(Error error) {
    bool const index = error.backend().starts_with("SQLITE_CANTOPEN") || error.backend().starts_with("SQLITE_READONLY");
    if (!index) return error;
    return Error(Errc::permission_denied,
                 "reading needs the files -wal and -shm beside the database, which this user may not make: have a "
                 "program "
                 "that writes keep it open, allow this user to write to the directory, or read a copy")
        .from(error.backend());
}

}  // namespace holdfast::detail::sqlite

#endif
