#ifndef HOLDFAST_STORAGE_SQLITE_STATEMENT_HPP
#define HOLDFAST_STORAGE_SQLITE_STATEMENT_HPP

#include <sqlite3.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace holdfast::detail::sqlite {

/// A prepared statement, kept for as long as its connection.
///
/// What is bound is not copied and must live until the statement is reset; every use binds everything anew.
class Statement {
public:
    Statement() noexcept = default;
    Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Statement& operator=(Statement&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Statement() { sqlite3_finalize(handle_); }

    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /// Returns SQLite's result code.
    int prepare(sqlite3* database, std::string_view sql) {
        return sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                  &handle_, nullptr);
    }

    void bind(int at, std::int64_t value) noexcept { sqlite3_bind_int64(handle_, at, value); }
    void bind_text(int at, std::string_view text) noexcept {
        // A null pointer would bind NULL.
        sqlite3_bind_text64(handle_, at, text.data() != nullptr ? text.data() : "", text.size(), SQLITE_STATIC,
                            SQLITE_UTF8);
    }
    void bind_blob(int at, std::string_view bytes) noexcept {
        sqlite3_bind_blob64(handle_, at, bytes.data() != nullptr ? bytes.data() : "", bytes.size(), SQLITE_STATIC);
    }
    void bind_null(int at) noexcept { sqlite3_bind_null(handle_, at); }

    int step() noexcept { return sqlite3_step(handle_); }
    /// Ends the statement, and with it the transaction that it began.
    void reset() noexcept { sqlite3_reset(handle_); }

    std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(handle_, column); }
    /// Text, or a blob, as it is stored; empty for NULL. Valid until the next step or reset.
    std::string_view bytes(int column) const noexcept {
        auto const* const data = static_cast<char const*>(sqlite3_column_blob(handle_, column));
        if (data == nullptr) return {};
        return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
    }

private:
    sqlite3_stmt* handle_ = nullptr;
};

/// Resets a statement at the end of a block.
class Running {
public:
    explicit Running(Statement& statement) noexcept : statement_(statement) {}
    Running(Running const&) = delete;
    Running& operator=(Running const&) = delete;
    ~Running() { statement_.reset(); }

private:
    Statement& statement_;
};

}  // namespace holdfast::detail::sqlite

#endif
