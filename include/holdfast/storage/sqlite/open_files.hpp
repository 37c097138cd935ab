#ifndef HOLDFAST_STORAGE_SQLITE_OPEN_FILES_HPP
#define HOLDFAST_STORAGE_SQLITE_OPEN_FILES_HPP

#include <holdfast/storage/sqlite/place.hpp>
#include <holdfast/storage/sqlite/read_only.hpp>
#include <holdfast/storage/sqlite/schema.hpp>

#include <mutex>
#include <utility>

namespace holdfast::detail::sqlite {

/// The files that all connections of a storage have open, and what becomes of these.
///
/// When the names come to mean other files, the call that notices gets an error, and once the calls under way have
/// ended, the next one opens what stands there, if it is a database of ours. Every commit looks, and so does who takes
/// a connection if nobody has looked for 50 ms.
///
/// Thread safety: all members.
class OpenFiles {
public:
    OpenFiles(std::string path, SqliteOptions const& options) : path_(std::move(path)), options_(options) {}

    std::string const& path() const noexcept { return path_; }

    /// One more connection, to the files that the others have open. The first finds out which these are, and makes the
    /// tables if there are none and `create` says so.
    Result<std::unique_ptr<Connection>> open(Context const& ctx, bool create) {
        std::shared_ptr<Identity> identity;
        {
            std::lock_guard const lock(mutex_);
            if (identity_.use_count() == 1) identity_.reset();  // nobody has them open any more
            identity = identity_;
            if (!identity)
                if (auto settled = may_begin(); !settled) return std::move(settled).error();
        }
        bool const first = !identity;
        if (first)
            if (auto fine = check_place(path_); !fine) return std::move(fine).error();
        bool const frozen = options_.read_only && never_changes(path_);
        auto opened = Connection::open(frozen ? frozen_uri(path_) : path_, options_, ctx);
        if (!opened) return explained(std::move(opened).error());
        Connection& connection = **opened;
        if (first) {
            if (auto ready = Schema::prepare(connection, options_, create); !ready)
                return explained(std::move(ready).error());
            if (!options_.read_only) {
                if (auto may = connection.may_write(); !may) return std::move(may).error();
                share_log(path_);
            }
            identity = Identity::of(path_, options_.read_only, frozen);
        }
        connection.attach(identity);
        if (auto settled = Schema::settle_durability(connection, options_); !settled) return std::move(settled).error();
        bool const log_too = first && !options_.read_only;
        if ((log_too ? connection.look_first() : connection.look_closely()) != Trouble::none) {
            Error told = trouble_error(connection.trouble());
            close(*std::move(opened));
            return told;
        }
        if (!first) return opened;
        std::lock_guard const lock(mutex_);
        if (!identity_) identity_ = std::move(identity);
        else if (*identity_ == *identity) connection.attach(identity_);
        else return trouble_error(Trouble::replaced);
        return opened;
    }

    /// Whether who takes a connection now has to look.
    bool due(Context const& ctx) {
        Instant const now = ctx.env.monotonic();
        std::lock_guard const lock(mutex_);
        bool const look =
            suspicious_ || now - looked_ >= look_every || now < looked_ || (identity_ && identity_->frozen());
        if (look) looked_ = now;
        suspicious_ = false;
        return look;
    }

    /// Whether a connection has the files open that are in use; what it found out concerns all.
    bool has(Connection& connection) {
        Trouble const trouble = connection.trouble();
        std::lock_guard const lock(mutex_);
        if (trouble != Trouble::none) suspicious_ = true;
        if (!identity_ || connection.identity() != identity_) return false;
        if (trouble == Trouble::none || !(may_open_anew(trouble) || options_.read_only)) return true;
        if (!save(connection)) return true;  // who has the only copy keeps it
        retired_ = std::move(identity_);
        return false;
    }

    /// Closes one that is not kept.
    void close(std::unique_ptr<Connection> connection) noexcept { (void)save(*connection); }

private:
    static constexpr Duration look_every = std::chrono::milliseconds(50);

    Error explained(Error error) const {
        return options_.read_only ? explain_unreadable(std::move(error)) : std::move(error);
    }

    bool save(Connection& connection) const noexcept {
        if (options_.read_only) return true;
        Context const patience(Environment::system(), std::chrono::milliseconds(100));
        connection.serve(&patience);
        bool const saved = connection.save_log();
        connection.serve(nullptr);
        return saved;
    }

    /// Whether the files that were given up are out of the way.
    Result<void> may_begin() {
        if (!retired_) return {};
        if (retired_.use_count() > 1)
            return Error(Errc::unavailable,
                         "other calls still use the files that stood here before: repeat when they have ended");
        if (retired_->left_log_to_another())
            return Error(
                Errc::malformed,
                "the log (-wal) of the database that stood here before lies beside the one that took its place "
                "and must not be mixed with it: end all programs that use the old one, then remove -wal and "
                "-shm");
        retired_.reset();
        return {};
    }

    std::string const path_;
    SqliteOptions const options_;
    std::mutex mutex_;
    std::shared_ptr<Identity> identity_, retired_;
    Instant looked_{};
    bool suspicious_ = false;
};

}  // namespace holdfast::detail::sqlite

#endif
