#ifndef HOLDFAST_STORAGE_SQLITE_CONNECTION_HPP
#define HOLDFAST_STORAGE_SQLITE_CONNECTION_HPP

#include <holdfast/storage/sqlite/busy.hpp>
#include <holdfast/storage/sqlite/error.hpp>
#include <holdfast/storage/sqlite/options.hpp>
#include <holdfast/storage/sqlite/sql.hpp>
#include <holdfast/storage/sqlite/statement.hpp>

#include <memory>

namespace holdfast::detail::sqlite {

/// A connection with its prepared statements. Used by one thread at a time, on behalf of one call: see `serve`.
class Connection {
public:
    /// `ctx` is served until `serve` is called again.
    static Result<std::unique_ptr<Connection>> open(std::string const& path, SqliteOptions const& options,
                                                    Context const& ctx) {
        std::unique_ptr<Connection> made(new Connection);
        made->serve(&ctx);
        constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
        sqlite3* database = nullptr;
        int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
        made->database_.reset(database);
        if (code == SQLITE_OK) code = made->configure(options);
        if (code != SQLITE_OK) return made->error(code);
        return Result<std::unique_ptr<Connection>>(std::move(made));
    }

    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    ~Connection() = default;

    /// Whom the next statements are for: how long they wait for a busy database. Null at the end.
    void serve(Context const* ctx) noexcept { ctx_ = ctx; }

    /// The kept statement of a query. Prepared at its first use.
    Result<Statement*> statement(Query query, Slot slot) {
        auto const index = static_cast<std::size_t>(slot) * query_count + static_cast<std::size_t>(query);
        return prepared(statements_[index], [&] { return sql(query, slot); });
    }

    /// Steps a statement of at most one row, waiting while the database is busy. SQLite's result code.
    int step(Statement& statement) {
        int code = statement.step();
        if (code == SQLITE_ROW || code == SQLITE_DONE) return code;
        statement.reset();
        if (!is_busy(code)) return code;
        return patiently(*ctx_, [&] {
            int const again = statement.step();
            if (again != SQLITE_ROW && again != SQLITE_DONE) statement.reset();
            return again;
        });
    }

    /// Runs statements that return nothing that matters.
    int execute(char const* sql) {
        return patiently(*ctx_, [&] { return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr); });
    }

    enum class Batch : unsigned char { begin, commit, rollback };
    int run(Batch step_of_batch) {
        constexpr std::string_view texts[] = {"begin immediate", "commit", "rollback"};
        auto const index = static_cast<std::size_t>(step_of_batch);
        auto const statement = prepared(batch_[index], [&] { return texts[index]; });
        if (!statement) return sqlite3_extended_errcode(database_.get());
        int const code = step(**statement);
        (*statement)->reset();
        return code == SQLITE_DONE ? SQLITE_OK : code;
    }

    /// The first column of the first row that a query of constant text finds.
    Result<std::string> ask(char const* query) {
        Statement statement;
        int code = patiently(*ctx_, [&] { return statement.prepare(database_.get(), query); });
        if (code == SQLITE_OK) code = step(statement);
        if (code == SQLITE_DONE) return std::string();
        if (code != SQLITE_ROW) return error(code);
        return std::string(statement.bytes(0));
    }

    /// The error of a result code, for the call that is served.
    Error error(int code) const {
        if (is_busy(code) && ctx_->stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        return failure(code);
    }

    bool changed() const noexcept { return sqlite3_changes64(database_.get()) > 0; }
    bool in_transaction() const noexcept { return sqlite3_get_autocommit(database_.get()) == 0; }
    bool read_only() const noexcept { return sqlite3_db_readonly(database_.get(), "main") == 1; }

private:
    Connection() = default;

    static bool is_busy(int code) noexcept { return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_PROTOCOL; }

    int configure(SqliteOptions const& options) {
        sqlite3_extended_result_codes(database_.get(), 1);
        sqlite3_busy_handler(database_.get(), &Connection::wait_while_busy, this);
        // Text inside the file, which others may have written, is not trusted to call functions.
        sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
        constexpr char const* settings[] = {
            "pragma synchronous = full; pragma fullfsync = on; pragma journal_size_limit = 16777216",
            "pragma synchronous = normal; pragma journal_size_limit = 16777216",
            "pragma synchronous = off; pragma journal_size_limit = 16777216",
        };
        return execute(settings[static_cast<std::size_t>(options.durability)]);
    }

    template <class Text>
    Result<Statement*> prepared(Statement& statement, Text&& text) {
        if (!statement) {
            int const code = patiently(*ctx_, [&] { return statement.prepare(database_.get(), text()); });
            if (code != SQLITE_OK) return error(code);
        }
        return &statement;
    }

    static int wait_while_busy(void* self, int attempt) {
        Context const* const ctx = static_cast<Connection*>(self)->ctx_;
        return ctx != nullptr && pause(*ctx, attempt) ? 1 : 0;
    }

    struct Close {
        void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
    };

    std::unique_ptr<sqlite3, Close> database_;  // first, since its statements must end before it
    Context const* ctx_ = nullptr;
    std::array<Statement, tables.size() * query_count> statements_;
    std::array<Statement, 3> batch_;
};

}  // namespace holdfast::detail::sqlite

#endif
