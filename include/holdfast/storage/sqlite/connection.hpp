#ifndef HOLDFAST_STORAGE_SQLITE_CONNECTION_HPP
#define HOLDFAST_STORAGE_SQLITE_CONNECTION_HPP

#include <holdfast/core/contain.hpp>
#include <holdfast/storage/sqlite/busy.hpp>
#include <holdfast/storage/sqlite/error.hpp>
#include <holdfast/storage/sqlite/identity.hpp>
#include <holdfast/storage/sqlite/log_index.hpp>
#include <holdfast/storage/sqlite/options.hpp>
#include <holdfast/storage/sqlite/place.hpp>
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
        constexpr int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW;
        int const rights = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
        sqlite3* database = nullptr;
        int const named = path.starts_with("file:") ? SQLITE_OPEN_URI : 0;  // a true path is absolute
        int code = sqlite3_open_v2(path.c_str(), &database, flags | rights | named, nullptr);
        made->database_.reset(database);
        if (code != SQLITE_OK) return made->error(code);
        if (!options.read_only && made->read_only())  // SQLite would not say so before somebody writes
            return place_error(::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0 ? EACCES : errno,
                               "the database cannot be written");
        made->syncs_commits_ = options.durability == Durability::full;
        code = made->configure(options);
        if (code != SQLITE_OK) return made->error(code);
        return Result<std::unique_ptr<Connection>>(std::move(made));
    }

    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    /// What SQLite does when the last connection ends, move the log into the database and remove it by its name, would
    /// harm whoever these names belong to by now.
    ~Connection() {
        if (identity_ && look_closely() != Trouble::none) leave_names_alone();
    }

    /// The files that it has open. From then on each of its commits looks first whether they still stand where they
    /// stood, and is rolled back if not.
    void attach(std::shared_ptr<Identity> identity) noexcept {
        identity_ = std::move(identity);
        if (!identity_) return;
        sqlite3_exec(database_.get(), "pragma journal_mode", &Connection::note_log, &has_log_, nullptr);
        sqlite3_commit_hook(database_.get(), &Connection::before_commit, this);
    }
    std::shared_ptr<Identity> const& identity() const noexcept { return identity_; }

    /// Looks whether the files are still those that their names mean; `trouble` keeps what was found.
    Trouble look() noexcept { return trouble_ = identity_ ? identity_->look() : Trouble::none; }
    /// The same, and whether they are those that SQLite has open, which opened them by their names before anybody noted
    /// which files these mean.
    Trouble look_closely() noexcept {
        if (look() == Trouble::none && has_moved()) trouble_ = Trouble::replaced;
        return trouble_;
    }
    /// The same of the log and its index, by who noted it and may write.
    Trouble look_first() noexcept {
        if (look_closely() != Trouble::none) return trouble_;
        if (!identity_->has_log_open()) trouble_ = Trouble::log_replaced;
        else if (!identity_->has_index_open()) trouble_ = Trouble::index_replaced;
        if (trouble_ != Trouble::none) leave_names_alone();
        return trouble_;
    }
    /// The same of the log alone, for what was committed just now, if that took the time of a sync. What went into a
    /// log that was removed in the last microseconds is saved by whoever finds out.
    bool log_in_place() noexcept {
        if (identity_ && syncs_commits_) trouble_ = identity_->look_beside();
        return trouble_ == Trouble::none;
    }
    Trouble trouble() const noexcept { return trouble_; }

    /// Before the files are given up: saves what only the log of this connection holds. False: that is for later.
    bool save_log() noexcept {
        Trouble const trouble = look_closely();
        // Nobody else will ever read a log that has no name, nor may two programs use one by different indexes: move it
        // into the database.
        if (trouble == Trouble::log_gone || trouble == Trouble::index_gone) {
            if (sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) !=
                SQLITE_OK)
                return false;
            identity_->drop_log();
        }
        // The log that was left behind must not be taken for that of another database: move it into the one that it
        // belongs to, wherever that is by now. SQLite does so only for the last one who has that database open.
        if ((trouble == Trouble::gone || trouble == Trouble::replaced) && identity_->look_beside() == Trouble::none &&
            identity_->has_log_open()) {
            has_log_ = false;
            sqlite3_exec(database_.get(), "pragma journal_mode = delete", nullptr, nullptr, nullptr);
        }
        return true;
    }

    /// Whom the next statements are for: how long they wait for a busy database. Null at the end.
    void serve(Context const* ctx) noexcept {
        ctx_ = ctx;
        waits_ = true;
        if (ctx != nullptr) trouble_ = Trouble::none;
    }
    /// Until `serve` is called again, statements do not wait for a busy database: who calls waits in order.
    void do_not_wait() noexcept { waits_ = false; }

    /// Whether the log and its index may be written, which SQLite would not say before somebody writes. If another
    /// writes at this moment it is left to the first write. Cost: 5 system calls.
    Result<void> may_write() {
        bool const waited = std::exchange(waits_, false);
        int code = try_once("begin immediate");
        if (code == SQLITE_OK) code = try_once("rollback");
        waits_ = waited;
        if (code == SQLITE_OK || code == SQLITE_BUSY) return {};
        return error(code);
    }

    /// The kept statement of a query. Prepared at its first use.
    Result<Statement*> statement(Query query, Slot slot) {
        auto const index = static_cast<std::size_t>(slot) * query_count + static_cast<std::size_t>(query);
        return prepared(statements_[index], [&] { return sql(query, slot); });
    }

    /// Steps a statement of at most one row, waiting while the database is busy. SQLite's result code.
    int step(Statement& statement) {
        int const code = step_once(statement);
        if (!is_busy(code) || !waits_) return code;
        return patiently(*ctx_, [&] { return step_once(statement); });
    }

    /// Runs statements that return nothing that matters.
    int execute(char const* sql) {
        return patiently(*ctx_, [&] { return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr); });
    }

    /// The same, without patience.
    int try_once(char const* sql) { return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) & 0xff; }
    /// For who repeats a call without patience, within the time of the call that is served.
    Backoff pauses() const noexcept { return backoff(*ctx_); }

    /// `renew` writes what is there already: a page of the log.
    enum class Batch : unsigned char { begin, commit, rollback, renew };
    int run(Batch step_of_batch) {
        static constexpr std::string_view texts[] = {"begin immediate", "commit", "rollback", set_application_id};
        auto const index = static_cast<std::size_t>(step_of_batch);
        auto const statement = prepared(batch_[index], [&] { return texts[index]; });
        if (!statement) return sqlite3_extended_errcode(database_.get());
        int const code = step(**statement);
        (*statement)->reset();
        return code == SQLITE_DONE ? SQLITE_OK : code;
    }

    /// The first column of the first row that a query finds, whose text is not made from data.
    Result<std::string> ask(std::string_view query) {
        Statement statement;
        int code = patiently(*ctx_, [&] { return statement.prepare(database_.get(), query); });
        if (code == SQLITE_OK) code = step(statement);
        if (code == SQLITE_DONE) return std::string();
        if (code != SQLITE_ROW) return error(code);
        std::string text(statement.bytes(0));
        if (text.empty() && sqlite3_errcode(database_.get()) == SQLITE_NOMEM) return error(SQLITE_NOMEM);
        return text;
    }

    /// The error of a result code, for the call that is served. Files that were moved about are the cause of many
    /// codes.
    Error error(int code) {
        int const number = std::exchange(errno_of_step_, 0);
        Error told = failure(code, number != 0 ? number : sqlite3_system_errno(database_.get()));
        if (is_busy(code) && ctx_->stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        if (is_busy(code) && identity_ &&
            !identity_->has_index_open())  // SQLite takes every lock that fails for a busy one
            return failure(SQLITE_IOERR, EBADF).from(told.backend());
        if (is_busy(code)) return told;
        if (trouble_ != Trouble::none || look() != Trouble::none) return trouble_error(trouble_).from(told.backend());
        return told;
    }

    bool changed() const noexcept { return sqlite3_changes64(database_.get()) > 0; }
    bool in_transaction() const noexcept { return sqlite3_get_autocommit(database_.get()) == 0; }
    bool read_only() const noexcept { return sqlite3_db_readonly(database_.get(), "main") == 1; }

private:
    Connection() = default;

    bool has_moved() const noexcept {
        int moved = 0;
        return sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
    }
    void leave_names_alone() noexcept {
        sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }

    static bool is_busy(int code) noexcept { return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_PROTOCOL; }

    /// Keeps the `errno` of a commit that failed, which SQLite tells only of what fails before.
    int step_once(Statement& statement) {
        errno = 0;
        int const code = statement.step();
        if (code == SQLITE_ROW || code == SQLITE_DONE) return code;
        if ((code & 0xff) == SQLITE_IOERR) errno_of_step_ = errno;
        statement.reset();
        return code;
    }

    int configure(SqliteOptions const& options) {
        sqlite3_extended_result_codes(database_.get(), 1);
        sqlite3_busy_handler(database_.get(), &Connection::wait_while_busy, this);
        sqlite3_wal_hook(database_.get(), &Connection::after_commit, this);
        // Text inside the file, which others may have written, is not trusted to call functions.
        sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
        // Without syncs, too, until it is known that nobody was promised more: see `Schema`.
        return execute(options.durability == Durability::full
                           ? "pragma synchronous = full; pragma fullfsync = on; pragma journal_size_limit = 16777216"
                           : "pragma synchronous = normal; pragma journal_size_limit = 16777216");
    }

    template <class Text>
    Result<Statement*> prepared(Statement& statement, Text&& text) {
        if (!statement) {
            int const code = patiently(*ctx_, [&] { return statement.prepare(database_.get(), text()); });
            if (code != SQLITE_OK) return error(code);
        }
        return &statement;
    }

    static int note_log(void* has_log, int, char** values, char**) noexcept {
        *static_cast<bool*>(has_log) = values[0] != nullptr && std::string_view(values[0]) == "wal";
        return SQLITE_OK;
    }
    Trouble look_before_commit() noexcept {
        sqlite3* const database = database_.get();
        auto const index = has_log_ ? LogIndex::of(database) : LogIndex();
        trouble_ = identity_->look_quickly();
        if (trouble_ != Trouble::none) return trouble_;
        trouble_ = index.look(database, identity_->size());
        if (trouble_ != Trouble::none) leave_names_alone();
        return trouble_;
    }
    static int before_commit(void* self) noexcept {
        return static_cast<Connection*>(self)->look_before_commit() != Trouble::none;
    }

    // What SQLite calls throws nothing through it, be it of memory that is short: it would never let its locks go.

    static int after_commit(void* self, sqlite3*, char const*, int pages) noexcept {
        static_cast<Connection*>(self)->move_log(pages);
        return SQLITE_OK;  // the commit has happened, whatever becomes of the rest
    }

    /// Moves the log into the database, so that the next writer begins it anew. That needs a moment in which no reader
    /// uses the log: those who use it are waited for, and who comes meanwhile reads the database alone.
    void move_log(int pages) noexcept {
        Duration left{};
        if (pages < next_move_ || !contained([&] { left = ctx_->remaining(); })) return;
        Context const brief(ctx_->env, left < longest_move ? left : longest_move);
        Context const* const caller = std::exchange(ctx_, &brief);
        bool const waited = std::exchange(waits_, true);
        int const code =
            sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
        waits_ = waited;
        ctx_ = caller;
        // Soon again while the log is short; a reader that stays must not hold up each MiB.
        int const further = pages < 2 * pages_of_log ? pages_of_log / 4 : pages_of_log;
        next_move_ = code == SQLITE_OK ? pages_of_log : pages + further;
    }

    static int wait_while_busy(void* self, int attempt) noexcept {
        auto const& connection = *static_cast<Connection*>(self);
        bool again = false;
        if (connection.ctx_ != nullptr && connection.waits_)
            contained([&] { again = pause(*connection.ctx_, attempt); });
        return again ? 1 : 0;
    }

    struct Close {
        void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
    };

    std::unique_ptr<sqlite3, Close> database_;  // first, since its statements must end before it
    static constexpr int pages_of_log = 1000;
    static constexpr Duration longest_move = std::chrono::milliseconds(100);

    Context const* ctx_ = nullptr;
    bool waits_ = true;
    int next_move_ = pages_of_log;
    bool syncs_commits_ = true, has_log_ = false;
    int errno_of_step_ = 0;
    std::shared_ptr<Identity> identity_;
    Trouble trouble_ = Trouble::none;
    std::array<Statement, tables.size() * query_count> statements_;
    std::array<Statement, 4> batch_;
};

}  // namespace holdfast::detail::sqlite

#endif
