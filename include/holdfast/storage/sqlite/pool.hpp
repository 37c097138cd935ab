#ifndef HOLDFAST_STORAGE_SQLITE_POOL_HPP
#define HOLDFAST_STORAGE_SQLITE_POOL_HPP

#include <holdfast/detail/posix/fd.hpp>
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
    /// A connection that is open, or about to be. What a copy of the process inherited is left alone for ever.
    struct Counted {
        Counted(InUse begun, std::unique_ptr<Connection> opened) noexcept
            : use(std::move(begun)), connection(std::move(opened)) {}
        Counted(Counted&&) noexcept = default;
        Counted& operator=(Counted&&) = delete;
        ~Counted() {
            if (!InUse::ours()) (void)connection.release();
        }

        InUse use;  // the first, since it must end last
        std::unique_ptr<Connection> connection;
    };

public:
    /// A connection that somebody has; it goes back at the end of the block.
    class Lease {
    public:
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (counted_.connection) pool_->give_back(std::move(counted_));
        }

        Connection& operator*() const noexcept { return *counted_.connection; }
        Connection* operator->() const noexcept { return counted_.connection.get(); }

    private:
        friend class Pool;
        Lease(Pool& pool, Counted counted) noexcept : pool_(&pool), counted_(std::move(counted)) {}

        Pool* pool_;
        Counted counted_;
    };

    Pool(std::string path, SqliteOptions const& options) : path_(std::move(path)), options_(options) {
        idle_.reserve(most_idle);
        join();
    }
    ~Pool() { leave(); }

    std::string const& path() const noexcept { return path_; }

    /// A connection for one call. Errors: `cancelled`, `not_supported` (see `InUse`), and those of opening one more.
    Result<Lease> take(Context const& ctx) {
        if (ctx.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        auto use = InUse::begin();
        if (!use) return std::move(use).error();
        {
            std::lock_guard const lock(mutex_);
            if (!idle_.empty()) {
                Lease lease(*this, std::move(idle_.back()));
                idle_.pop_back();
                lease->serve(&ctx);
                return lease;
            }
        }
        StandardDescriptors const occupied;  // SQLite opens the log, too
        auto opened = Connection::open(path_, options_, ctx);
        if (!opened) return std::move(opened).error();
        return Lease(*this, Counted(*std::move(use), *std::move(opened)));
    }

private:
    static constexpr std::size_t most_idle = 16;

    void give_back(Counted counted) {
        if (!InUse::ours()) return;
        counted.connection->serve(nullptr);
        std::lock_guard const lock(mutex_);
        if (!counted.connection->in_transaction() && idle_.size() < most_idle && !forking())
            idle_.push_back(std::move(counted));
    }

    void close_unused() noexcept override {
        std::lock_guard const lock(mutex_);
        idle_.clear();
    }

    std::string const path_;
    SqliteOptions const options_;
    std::mutex mutex_;  ///< held only by who is counted as a user
    std::vector<Counted> idle_;
};

}  // namespace holdfast::detail::sqlite

#endif
