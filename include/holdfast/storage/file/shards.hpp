#ifndef HOLDFAST_STORAGE_FILE_SHARDS_HPP
#define HOLDFAST_STORAGE_FILE_SHARDS_HPP

#include <holdfast/core/hex.hpp>
#include <holdfast/format/xxh64.hpp>
#include <holdfast/posix/lock_place.hpp>
#include <holdfast/posix/turnstile.hpp>
#include <holdfast/process/fork_watch.hpp>

#include <array>
#include <cstdint>
#include <mutex>
#include <new>
#include <string>
#include <utility>

namespace holdfast::detail {

/// 256 locks for the writers of a file storage, so that most keys do not wait for each other. Their files are made when
/// first needed, never removed, and stay open while there is room for them (`LockDescriptor`).
///
/// Writers queue at each in order of arrival, and so do those who want a turn, which they keep from read to write. A
/// thread with a turn locks the shard without waiting again.
class Shards {
public:
    /// `directory` holds the lock files; it must outlive this.
    explicit Shards(LockDirectory const& directory) noexcept : directory_(directory) {}

    class Guard;

    enum class Purpose : unsigned char { write, removal };

    /// Waits as the context says. A removal needs no room on the disk for the lock's file: there is one in reserve.
    /// Errors: `busy`, `cancelled`, `permission_denied`, `not_supported`, …
    /// Cost: 2 system calls, and 1 to unlock; more the first time, and if others wait.
    Result<Guard> lock(Context const& context, std::string_view directory, Purpose purpose = Purpose::write);

    /// See `TurnTakingStorage`.
    Result<Turn> turn(Context const& context, std::string_view directory, bool always);

private:
    /// A directory that was swept, and how often it was written since. One that is forgotten is swept once more.
    struct Swept {
        std::uint64_t directory = 0;  ///< hash of its name
        unsigned writes = 0;
    };
    static constexpr unsigned writes_between_sweeps = 256;

    struct Shard {
        Turnstile turnstile{0};
        std::mutex mutex;  ///< excludes threads: they share the description, for which the file lock is one holder
        LockFile file;
        LockPlace place;
        std::array<Swept, 4> swept{};
    };

    static std::string name(std::uint64_t hash) {
        return {'s', 'h', 'a', 'r', 'd', '-', hex_digits[hash >> 60], hex_digits[hash >> 56 & 15]};
    }
    Shard& shard(std::uint64_t hash) noexcept {
        fork_.look([this] {
            for (Shard& shard : shards_) {
                ::new (&shard.turnstile) Turnstile(0);
                ::new (&shard.mutex) std::mutex;
            }
        });
        return shards_[hash >> 56];
    }

    LockDirectory const& directory_;
    ForkWatch fork_;
    std::array<Shard, 256> shards_;
};

class Shards::Guard {
public:
    Guard(Guard&& other) noexcept
        : use_(std::move(other.use_)),
          pass_(std::move(other.pass_)),
          shards_(other.shards_),
          shard_(std::exchange(other.shard_, nullptr)),
          directory_(other.directory_),
          has_mutex_(other.has_mutex_),
          locked_(other.locked_) {}
    ~Guard() {
        if (shard_ == nullptr) return;
        if (locked_) (void)shard_->file.unlock();
        if (has_mutex_) shard_->mutex.unlock();
    }

    /// Whether the lock still excludes everybody: to be asked last before something is changed. False: its file was
    /// removed, begin again with another lock. Errors: the storage must be opened again.
    Result<bool> confirm(Environment& env) const {
        auto const stands = shard_->place.stands(shard_->file, shards_->directory_, name(directory_), env);
        bool const alone = !shard_->file.shared() || shard_->turnstile.has_turn();
        if (stands && !*stands && alone) shard_->file.close();
        return stands;
    }

    /// Counts a write, and says whether it should sweep the directory: the first through this object, and each 256th
    /// from there. A killed writer leaves one file, and whoever comes in its place begins with a first write: so few
    /// are ever left, and not for long.
    bool sweep_is_due() const noexcept {
        Swept& known = shard_->swept[directory_ % shard_->swept.size()];
        if (known.directory != directory_) known = {directory_, 0};
        return known.writes++ % writes_between_sweeps == 0;
    }

private:
    friend class Shards;
    Guard(Shards& shards, std::uint64_t directory, Turnstile::Pass pass) noexcept
        : use_(shards.shard(directory).file),
          pass_(std::move(pass)),
          shards_(&shards),
          shard_(&shards.shard(directory)),
          directory_(directory) {}

    Result<bool> try_lock() {
        if (!has_mutex_) has_mutex_ = shard_->mutex.try_lock();
        if (!has_mutex_) return false;
        auto const taken = shard_->file.try_lock(name(directory_));
        locked_ = taken && *taken;
        return taken;
    }

    LockFile::Use use_;  // ends last
    Turnstile::Pass pass_;
    Shards* shards_;
    Shard* shard_;
    std::uint64_t directory_;
    bool has_mutex_ = false, locked_ = false;
};

inline Result<Shards::Guard> Shards::lock(Context const& context, std::string_view directory, Purpose purpose) {
    std::uint64_t const hash = xxh64(directory);
    Shard& shard = this->shard(hash);
    auto pass = shard.turnstile.enter(context);
    if (!pass)
        return busy_if_late(std::move(pass).error(),
                            [] { return std::string("other threads of this process are writing here: try later"); })
            .error();
    auto opened = shard.file.open(directory_.fd(), name(hash));
    if (!opened && opened.error() == Errc::out_of_space && purpose == Purpose::removal) {
        (void)LockFile::take_spare(directory_.fd(), name(hash));
        opened = shard.file.open(directory_.fd(), name(hash));
    }
    if (!opened) return std::move(opened).error();
    Guard guard(*this, hash, *std::move(pass));
    auto locked = guard.pass_.get(shard.file, context, [&] { return guard.try_lock(); });
    if (locked) return Result<Guard>(std::move(guard));
    return busy_if_late(std::move(locked),
                        [&] {
                            return "other processes hold '" + directory_.path() + "/" + name(hash) +
                                   "': wait for them, or end one that hangs";
                        })
        .error();
}

inline Result<Turn> Shards::turn(Context const& context, std::string_view directory, bool always) {
    std::uint64_t const hash = xxh64(directory);
    Shard& shard = this->shard(hash);
    if (shard.turnstile.has_turn()) return Turn();
    auto const open = [&] { return shard.file.open(directory_.fd(), name(hash)); };
    if (!always && shard.turnstile.is_free_here()) {
        if (auto opened = open(); !opened) return std::move(opened).error();
        LockFile::Use const use(shard.file);
        if (shard.turnstile.is_free_elsewhere(shard.file)) return shard.turnstile.found_free(), Turn();
    }
    return shard.turnstile.turn(context, shard.file, open);
}

}  // namespace holdfast::detail

#endif
