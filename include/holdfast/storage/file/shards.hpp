#ifndef HOLDFAST_STORAGE_FILE_SHARDS_HPP
#define HOLDFAST_STORAGE_FILE_SHARDS_HPP

#include <holdfast/detail/hex.hpp>
#include <holdfast/detail/posix/lock_file.hpp>
#include <holdfast/detail/xxh64.hpp>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace holdfast::detail {

/// 256 locks for the writers of a file storage, so that most keys do not wait for each other. Their files are made when
/// first needed, never removed, and stay open.
class Shards {
public:
    /// `directory` holds the lock files; it must outlive this.
    explicit Shards(int directory) noexcept : directory_(directory) {}

    class Guard;

    /// Waits as the context says. Errors: `busy`, `cancelled`, `permission_denied`, `not_supported`, …
    /// Cost: 1 system call, and 1 to unlock; more the first time.
    Result<Guard> lock(Context const& context, std::string_view directory);

private:
    /// A directory that was swept, and how often it was written since. One that is forgotten is swept once more.
    struct Swept {
        std::uint64_t directory = 0;  ///< hash of its name
        unsigned writes = 0;
    };
    static constexpr unsigned writes_between_sweeps = 256;

    struct Shard {
        std::mutex mutex;  ///< excludes threads: they share the description, for which the file lock is one holder
        LockFile file;
        std::array<Swept, 4> swept{};
    };

    static Result<void> lock_threads(Context const& context, std::mutex& mutex) {
        if (mutex.try_lock()) return {};
        if (may_block(context)) return mutex.lock(), Result<void>();
        return until(
            context, [&]() -> Result<bool> { return mutex.try_lock(); },
            [] { return std::string("another thread of this process is writing here: try later"); });
    }

    int directory_;
    std::array<Shard, 256> shards_;
};

class Shards::Guard {
public:
    Guard(Guard&& other) noexcept : shard_(std::exchange(other.shard_, nullptr)), directory_(other.directory_) {}
    ~Guard() {
        if (shard_ == nullptr) return;
        (void)shard_->file.unlock({});
        shard_->mutex.unlock();
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
    Guard(Shard& shard, std::uint64_t directory) noexcept : shard_(&shard), directory_(directory) {}

    Shard* shard_;
    std::uint64_t directory_;
};

inline Result<Shards::Guard> Shards::lock(Context const& context, std::string_view directory) {
    std::uint64_t const hash = xxh64(directory);
    std::size_t const index = hash >> 56;
    std::string const name = {'s', 'h', 'a', 'r', 'd', '-', hex_digits[index >> 4], hex_digits[index & 15]};
    Shard& shard = shards_[index];
    if (auto locked = lock_threads(context, shard.mutex); !locked) return std::move(locked).error();
    auto locked = shard.file.open(directory_, name);
    if (locked) locked = shard.file.lock(context, name);
    if (locked) return Guard(shard, hash);
    shard.mutex.unlock();
    return std::move(locked).error();
}

}  // namespace holdfast::detail

#endif
