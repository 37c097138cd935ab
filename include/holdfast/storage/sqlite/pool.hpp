#ifndef HOLDFAST_STORAGE_SQLITE_POOL_HPP
#define HOLDFAST_STORAGE_SQLITE_POOL_HPP

#include <holdfast/storage/sqlite/connection.hpp>
#include <holdfast/storage/sqlite/fork_guard.hpp>
#include <holdfast/storage/sqlite/place.hpp>
#include <holdfast/storage/sqlite/schema.hpp>

#include <mutex>
#include <utility>
#include <vector>

namespace holdfast::detail::sqlite {

/// The connections of a storage: one for each call that runs at a time, kept afterwards for the next.
///
/// The one that was given back last goes out first: a single thread always gets the same, whose pages are warm. Readers
/// do not wait for anybody; writers for each other, by SQLite's own lock, which holds between processes, too.
///
/// All connections have the same files open (`Identity`). When the names come to mean others, the call that notices gets
/// an error, and once the calls under way have ended, the next one opens what stands there, if it is a database of ours.
/// Every commit looks, and who takes a connection if nobody has looked for 50 ms.
class Pool final : private ForkGuard {
public:
    /// A connection that somebody has; it goes back at the end of the block.
    class Lease {
    public:
        Lease(Pool& pool, std::unique_ptr<Connection> connection) noexcept
            : pool_(&pool), connection_(std::move(connection)) {}
        Lease(Lease&& other) noexcept
            : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (pool_ != nullptr) pool_->give_back(std::move(connection_));
        }

        Connection& operator*() const noexcept { return *connection_; }
        Connection* operator->() const noexcept { return connection_.get(); }

    private:
        friend Pool;
        Pool* pool_;
        std::unique_ptr<Connection> connection_;
    };

    Pool(std::string path, SqliteOptions const& options) : path_(std::move(path)), options_(options) {
        idle_.reserve(most_idle);
    }
    ~Pool() { leave(); }

    std::string const& path() const noexcept { return path_; }

    /// A connection for one call; `create`: with the tables of the database, if it has none. Errors: `cancelled`, those
    /// of opening one more, and what has become of the files.
    Result<Lease> take(Context const& ctx, bool create = false) {
        if (ctx.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        Instant const now = ctx.env.monotonic();
        std::unique_ptr<Connection> idle;
        bool look = false;
        {
            std::lock_guard const lock(mutex_);
            if (forked_in_use_)
                return Error(Errc::not_supported,
                             "the process was forked while another thread used the database: let the parent do this, "
                             "or fork at a time when nobody does");
            ++leased_;
            look = suspicious_ || now - looked_ >= look_every || now < looked_;
            if (look) looked_ = now;
            suspicious_ = false;
            if (!idle_.empty()) {
                idle = std::move(idle_.back());
                idle_.pop_back();
            }
        }
        Lease lease(*this, std::move(idle));
        if (!lease.connection_) {
            auto opened = open_one(ctx, create);
            if (!opened) return std::move(opened).error();
            lease.connection_ = *std::move(opened);
            look = true;
        }
        lease->serve(&ctx);
        if (look && lease->look() != Trouble::none) return trouble_error(lease->trouble());
        return lease;
    }

private:
    static constexpr std::size_t most_idle = 16;

    static constexpr Duration look_every = std::chrono::milliseconds(50);
    static constexpr Duration time_to_save = std::chrono::milliseconds(100);

    /// One more, of the files that the others have open. If there are no others it is found out which files these are.
    Result<std::unique_ptr<Connection>> open_one(Context const& ctx, bool create) {
        std::shared_ptr<Identity> identity;
        {
            std::lock_guard const lock(mutex_);
            if (identity_.use_count() == 1) identity_.reset();
            identity = identity_;
            if (!identity)
                if (auto settled = may_begin(); !settled) return std::move(settled).error();
        }
        if (!identity)
            if (auto fine = check_place(path_); !fine) return std::move(fine).error();
        auto opened = Connection::open(path_, options_, ctx);
        if (!opened) return opened;
        Connection& connection = **opened;
        if (!identity) {
            if (auto ready = Schema::prepare(connection, create); !ready) return std::move(ready).error();
            Trouble trouble{};
            identity = Identity::of(path_, trouble);
            if (!identity) return trouble_error(trouble);
            std::lock_guard const lock(mutex_);
            if (!identity_) identity_ = identity;
            else if (*identity_ == *identity) identity = identity_;
            else return trouble_error(Trouble::replaced);
        }
        connection.attach(std::move(identity));
        return opened;
    }

    /// Whether the files that were given up are out of the way.
    Result<void> may_begin() {
        if (!retired_) return {};
        if (retired_.use_count() > 1)
            return Error(Errc::unavailable,
                         "other calls still use the files that stood here before: repeat when they have ended");
        if (retired_->left_log_to_another())
            return Error(Errc::malformed,
                         "the log (-wal) of the database that stood here before lies beside the one that took its place "
                         "and must not be mixed with it: end all programs that use the old one, then remove -wal and "
                         "-shm");
        retired_.reset();
        return {};
    }

    void give_back(std::unique_ptr<Connection> connection) noexcept {
        if (connection) connection->serve(nullptr);
        {
            std::lock_guard const lock(mutex_);
            if (connection && connection->trouble() != Trouble::none) distrust(*connection);
            bool const kept = connection && !connection->in_transaction() && connection->identity() == identity_ &&
                              idle_.size() < most_idle;
            if (kept) idle_.push_back(std::move(connection));
            if (kept || !connection) {
                --leased_;
                return;
            }
        }
        Context const patience(Environment::system(), time_to_save);
        connection->serve(&patience);
        connection->save_log();
        connection.reset();
        std::lock_guard const lock(mutex_);
        --leased_;
    }

    /// With the mutex: what one connection found out concerns all of them.
    void distrust(Connection const& connection) noexcept {
        suspicious_ = true;
        if (!may_open_anew(connection.trouble()) || connection.identity() != identity_) return;
        identity_->pin_log();
        retired_ = std::move(identity_);
        idle_.clear();
    }

    void before_fork() noexcept override {
        mutex_.lock();
        idle_.clear();
    }
    void after_fork(bool child) noexcept override {
        if (child && leased_ > 0) forked_in_use_ = true;
        mutex_.unlock();
    }

    std::string const path_;
    SqliteOptions const options_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t leased_ = 0;
    bool forked_in_use_ = false;
    std::shared_ptr<Identity> identity_, retired_;
    Instant looked_{};
    bool suspicious_ = false;
};

}  // namespace holdfast::detail::sqlite

#endif
