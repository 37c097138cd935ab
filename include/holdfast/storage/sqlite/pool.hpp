#ifndef HOLDFAST_STORAGE_SQLITE_POOL_HPP
#define HOLDFAST_STORAGE_SQLITE_POOL_HPP

#include <holdfast/process/fd.hpp>
#include <holdfast/storage/sqlite/connection.hpp>
#include <holdfast/storage/sqlite/fork_guard.hpp>
#include <holdfast/storage/sqlite/open_files.hpp>

#include <mutex>
#include <optional>
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

    Pool(std::string path, SqliteOptions const& options) : files_(std::move(path), options) {
        idle_.reserve(most_idle);
        join();
    }
    ~Pool() { leave(); }

    std::string const& path() const noexcept { return files_.path(); }

    /// A connection for one call; `create`: makes the tables if there are none. Errors: `cancelled`, `not_supported`
    /// (see `InUse`), those of opening one more, and what has become of the files.
    Result<Lease> take(Context const& ctx, bool create = false) {
        if (ctx.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        auto use = InUse::begin();
        if (!use) return std::move(use).error();
        bool const due = files_.due(ctx);
        while (auto idle = take_idle()) {
            if (!files_.has(*idle->connection)) {
                files_.close(std::move(idle->connection));
                continue;
            }
            Lease lease(*this, *std::move(idle));
            lease->serve(&ctx);
            if (due && lease->look() != Trouble::none) return trouble_error(lease->trouble());
            return lease;
        }
        StandardDescriptors const occupied;  // SQLite opens the log, too
        auto opened = files_.open(ctx, create);
        if (!opened) return std::move(opened).error();
        (*opened)->serve(&ctx);
        return Lease(*this, Counted(*std::move(use), *std::move(opened)));
    }

private:
    static constexpr std::size_t most_idle = 16;

    std::optional<Counted> take_idle() {
        std::lock_guard const lock(mutex_);
        if (idle_.empty()) return std::nullopt;
        std::optional<Counted> taken(std::move(idle_.back()));
        idle_.pop_back();
        return taken;
    }

    void give_back(Counted counted) {
        if (!InUse::ours()) return;
        counted.connection->serve(nullptr);
        if (!files_.has(*counted.connection)) return files_.close(std::move(counted.connection));
        std::lock_guard const lock(mutex_);
        if (!counted.connection->in_transaction() && idle_.size() < most_idle && !forking())
            idle_.push_back(std::move(counted));
    }

    void close_unused() noexcept override {
        std::lock_guard const lock(mutex_);
        idle_.clear();
    }

    OpenFiles files_;
    std::mutex mutex_;  ///< held only by who is counted as a user
    std::vector<Counted> idle_;
};

}  // namespace holdfast::detail::sqlite

#endif
