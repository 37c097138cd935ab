#ifndef HOLDFAST_STORAGE_SQLITE_POOL_HPP
#define HOLDFAST_STORAGE_SQLITE_POOL_HPP

#include <holdfast/storage/sqlite/connection.hpp>
#include <holdfast/storage/sqlite/fork_guard.hpp>

#include <mutex>
#include <vector>

namespace holdfast::detail::sqlite {

/// The connections of a storage: one for each call that runs at a time, kept afterwards for the next.
///
/// The one that was given back last goes out first: a single thread always gets the same, whose pages are warm. Readers
/// do not wait for anybody; writers for each other, by SQLite's own lock, which holds between processes, too.
class Pool final : private ForkGuard {
public:
    /// A connection that somebody has; it goes back at the end of the block.
    class Lease {
    public:
        Lease(Pool& pool, std::unique_ptr<Connection> connection) noexcept
            : pool_(&pool), connection_(std::move(connection)) {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (connection_) pool_->give_back(std::move(connection_));
        }

        Connection& operator*() const noexcept { return *connection_; }
        Connection* operator->() const noexcept { return connection_.get(); }

    private:
        Pool* pool_;
        std::unique_ptr<Connection> connection_;
    };

    Pool(std::string path, SqliteOptions const& options) : path_(std::move(path)), options_(options) {
        idle_.reserve(most_idle);
    }
    ~Pool() { leave(); }

    std::string const& path() const noexcept { return path_; }

    /// A connection for one call. Errors: `cancelled`, and those of opening one more.
    Result<Lease> take(Context const& ctx) {
        if (ctx.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        {
            std::lock_guard const lock(mutex_);
            if (forked_in_use_)
                return Error(Errc::not_supported,
                             "the process was forked while another thread used the database: let the parent do this, "
                             "or fork at a time when nobody does");
            ++leased_;
            if (!idle_.empty()) {
                Lease lease(*this, std::move(idle_.back()));
                idle_.pop_back();
                lease->serve(&ctx);
                return lease;
            }
        }
        auto opened = Connection::open(path_, options_, ctx);
        if (opened) return Lease(*this, *std::move(opened));
        give_back(nullptr);
        return std::move(opened).error();
    }

private:
    static constexpr std::size_t most_idle = 16;

    void give_back(std::unique_ptr<Connection> connection) {
        if (connection) connection->serve(nullptr);
        std::lock_guard const lock(mutex_);
        --leased_;
        if (connection && !connection->in_transaction() && idle_.size() < most_idle)
            idle_.push_back(std::move(connection));
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
};

}  // namespace holdfast::detail::sqlite

#endif
