#ifndef HOLDFAST_STORAGE_SQLITE_LOG_INDEX_HPP
#define HOLDFAST_STORAGE_SQLITE_LOG_INDEX_HPP

#include <holdfast/storage/sqlite/trouble.hpp>

#include <cstdint>
#include <cstring>

#include <sqlite3.h>

namespace holdfast::detail::sqlite {

/// What the index of a database's log says about both: how much is in them. A file that is shorter was cut by somebody,
/// and what SQLite writes into it then lies behind a hole, where it is not found again, or ruins the database.
///
/// Source: SQLite's wal.c, `WalIndexHdr` (48 bytes, twice) and the `WalCkptInfo` behind it, and walformat.html; of the
/// pointers to the files, its `SQLITE_FCNTL_FILE_POINTER` and `SQLITE_FCNTL_JOURNAL_POINTER`.
class LogIndex {
public:
    /// Says nothing.
    LogIndex() noexcept = default;

    /// As it is now; asked under the lock of writers, of a connection that has the log open. Empty where it cannot be
    /// seen. Cost: no system call.
    static LogIndex of(sqlite3* database) noexcept {
        constexpr int size = 32 * 1024;  // what the unix VFS maps at once
        LogIndex found;
        sqlite3_file* const file = pointer(database, SQLITE_FCNTL_FILE_POINTER);
        void volatile* mapped = nullptr;
        if (file == nullptr || file->pMethods->iVersion < 2 ||
            file->pMethods->xShmMap(file, 0, size, 0, &mapped) != SQLITE_OK || mapped == nullptr)
            return found;
        auto const* const at = static_cast<std::uint32_t const volatile*>(mapped);
        std::uint32_t const word = at[3];  // two flags of 8 bits, and 16 bits
        std::uint16_t page = 0;
        std::memcpy(&page, reinterpret_cast<char const*>(&word) + 2, sizeof page);
        found.page_ = page == 1 ? 65536 : page;
        found.frames_ = at[4];
        found.pages_ = at[5];
        found.moved_ = at[24];
        return found;
    }

    /// Whether the log was cut, or the database, whose size was asked later than this. Cost: 1 system call.
    Trouble look(sqlite3* database, std::int64_t size) const noexcept {
        if (moved_ == frames_ && size < pages_ * page_) return Trouble::cut;
        sqlite3_file* const log = frames_ == 0 ? nullptr : pointer(database, SQLITE_FCNTL_JOURNAL_POINTER);
        sqlite3_int64 length = 0;
        bool const cut = log != nullptr && log->pMethods->xFileSize(log, &length) == SQLITE_OK &&
                         length < header + frames_ * (frame_header + page_);
        return cut ? Trouble::log_cut : Trouble::none;
    }

private:
    static constexpr std::int64_t header = 32, frame_header = 24;

    static sqlite3_file* pointer(sqlite3* database, int which) noexcept {
        sqlite3_file* file = nullptr;
        bool const known = sqlite3_file_control(database, "main", which, &file) == SQLITE_OK;
        return known && file != nullptr && file->pMethods != nullptr ? file : nullptr;
    }

    std::int64_t page_ = 0;    ///< bytes of one
    std::int64_t frames_ = 0;  ///< in the log
    std::int64_t pages_ = 0;   ///< of the database
    std::int64_t moved_ = 0;   ///< frames that are in the database as well
};

}  // namespace holdfast::detail::sqlite

#endif
