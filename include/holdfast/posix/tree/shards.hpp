#ifndef HOLDFAST_POSIX_TREE_SHARDS_HPP
#define HOLDFAST_POSIX_TREE_SHARDS_HPP

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

/// 256 locks for the writers of a tree, so that most files do not wait for each other: that of a file is found by the
/// path of its directory below the root, so that all who write there meet, whatever they take the names for. One more
/// is for who makes directories that have others below them. The lock files are made when first needed, never removed,
/// and stay open while there is room for them (`LockDescriptor`).
///
/// Writers queue at each in order of arrival, and so do those who want a turn, which they keep from read to write. A
/// thread with a turn locks the shard without waiting again.
class Shards {
public:
    /// `directory` holds the lock files; it must outlive this.
    explicit Shards(LockDirectory const& directory) noexcept : directory_(directory) {}

    class Guard;

    enum class Purpose : unsigned char { write, removal };

    /// Of the files in `directory`. Waits as the context says. A removal needs no room on the disk for the lock's file:
    /// there is one in reserve.
    /// Errors: `busy`, `cancelled`, `permission_denied`, `not_supported`, …
    /// Cost: 2 system calls, and 1 to unlock; more the first time, and if others wait.
    Result<Guard> lock(Context const& context, std::string_view directory, Purpose purpose = Purpose::write);
    /// Of who makes directories above others; he may have one of the others, and asks for none of them until he gives
    /// this one back.
    Result<Guard> lock_making(Context const& context);

    /// See `TurnTakingStorage`.
    Result<Turn> turn(Context const& context, std::string_view directory, bool always);

private:
    static constexpr unsigned writes_between_sweeps = 256;

    struct Shard {
        Turnstile turnstile{0};
        std::mutex mutex;  ///< excludes threads: they share the description, for which the file lock is one holder
        LockFile file;
        LockPlace place;
        unsigned writes = 0;
    };

    static constexpr std::size_t count = 256, making = count;

    static std::size_t index(std::string_view directory) noexcept { return xxh64(directory) >> 56; }
    static std::array<char, 2> digits(std::size_t index) noexcept {
        return {hex_digits[index >> 4 & 15], hex_digits[index & 15]};
    }
    static std::string name(std::size_t index) {
        if (index == making) return "making";
        auto const number = digits(index);
        return {'s', 'h', 'a', 'r', 'd', '-', number[0], number[1]};
    }
    Shard& shard(std::size_t index) noexcept {
        fork_.look([this] {
            for (Shard& shard : shards_) {
                ::new (&shard.turnstile) Turnstile(0);
                ::new (&shard.mutex) std::mutex;
            }
        });
        return shards_[index];
    }
    Result<Guard> take(Context const& context, std::size_t index, Purpose purpose);

    LockDirectory const& directory_;
    ForkWatch fork_;
    std::array<Shard, count + 1> shards_;
};

class Shards::Guard {
public:
    Guard(Guard&& other) noexcept
        : use_(std::move(other.use_)),
          pass_(std::move(other.pass_)),
          shards_(other.shards_),
          shard_(std::exchange(other.shard_, nullptr)),
          index_(other.index_),
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
        auto const stands = shard_->place.stands(shard_->file, shards_->directory_, name(index_), env);
        bool const alone = !shard_->file.shared() || shard_->turnstile.has_turn();
        if (stands && !*stands && alone) shard_->file.close();
        return stands;
    }

    /// Counts a write, and says whether it should sweep the temporary files of this lock: the first through this object,
    /// and each 256th from there. A killed writer leaves one file, and whoever comes in its place begins with a first
    /// write: so few are ever left, and not for long.
    bool sweep_is_due() const noexcept { return shard_->writes++ % writes_between_sweeps == 0; }

    /// How the names of the temporary files of this lock begin. They exist only while it is held, so its holder may
    /// remove all that it finds.
    std::array<char, 2> number() const noexcept { return digits(index_); }

private:
    friend class Shards;
    Guard(Shards& shards, std::size_t index, Turnstile::Pass pass) noexcept
        : use_(shards.shard(index).file),
          pass_(std::move(pass)),
          shards_(&shards),
          shard_(&shards.shard(index)),
          index_(index) {}

    Result<bool> try_lock() {
        if (!has_mutex_) has_mutex_ = shard_->mutex.try_lock();
        if (!has_mutex_) return false;
        auto const taken = shard_->file.try_lock(name(index_));
        locked_ = taken && *taken;
        return taken;
    }

    LockFile::Use use_;  // ends last
    Turnstile::Pass pass_;
    Shards* shards_;
    Shard* shard_;
    std::size_t index_;
    bool has_mutex_ = false, locked_ = false;
};

inline Result<Shards::Guard> Shards::take(Context const& context, std::size_t index, Purpose purpose) {
    Shard& shard = this->shard(index);
    auto pass = shard.turnstile.enter(context);
    if (!pass)
        return busy_if_late(std::move(pass).error(),
                            [] { return std::string("other threads of this process are writing here: try later"); })
            .error();
    auto opened = shard.file.open(directory_.fd(), name(index));
    if (!opened && opened.error() == Errc::out_of_space && purpose == Purpose::removal) {
        (void)LockFile::take_spare(directory_.fd(), name(index));
        opened = shard.file.open(directory_.fd(), name(index));
    }
    if (!opened) return std::move(opened).error();
    Guard guard(*this, index, *std::move(pass));
    auto locked = guard.pass_.get(shard.file, context, [&] { return guard.try_lock(); });
    if (locked) return Result<Guard>(std::move(guard));
    return busy_if_late(std::move(locked),
                        [&] {
                            return "other processes hold '" + directory_.path() + "/" + name(index) +
                                   "': wait for them, or end one that hangs";
                        })
        .error();
}

inline Result<Shards::Guard> Shards::lock(Context const& context, std::string_view directory, Purpose purpose) {
    return take(context, index(directory), purpose);
}
inline Result<Shards::Guard> Shards::lock_making(Context const& context) {
    return take(context, making, Purpose::write);
}

inline Result<Turn> Shards::turn(Context const& context, std::string_view directory, bool always) {
    std::size_t const index = Shards::index(directory);
    Shard& shard = this->shard(index);
    if (shard.turnstile.has_turn()) return Turn();
    auto const open = [&] { return shard.file.open(directory_.fd(), name(index)); };
    if (!always && shard.turnstile.is_free_here()) {
        if (auto opened = open(); !opened) return std::move(opened).error();
        LockFile::Use const use(shard.file);
        if (shard.turnstile.is_free_elsewhere(shard.file)) return shard.turnstile.found_free(), Turn();
    }
    return shard.turnstile.turn(context, shard.file, open);
}

}  // namespace holdfast::detail

#endif
