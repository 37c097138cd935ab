#ifndef HOLDFAST_STORAGE_FILE_SHARDS_HPP
#define HOLDFAST_STORAGE_FILE_SHARDS_HPP

#include <holdfast/detail/hex.hpp>
#include <holdfast/detail/posix/lock_file.hpp>
#include <holdfast/detail/xxh64.hpp>

#include <array>
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
    struct Shard {
        std::mutex mutex;  ///< excludes threads: they share the description, for which the file lock is one holder
        LockFile file;
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
    Guard(Guard&& other) noexcept : shard_(std::exchange(other.shard_, nullptr)) {}
    ~Guard() {
        if (shard_ == nullptr) return;
        (void)shard_->file.unlock({});
        shard_->mutex.unlock();
    }

private:
    friend class Shards;
    explicit Guard(Shard& shard) noexcept : shard_(&shard) {}

    Shard* shard_;
};

inline Result<Shards::Guard> Shards::lock(Context const& context, std::string_view directory) {
    std::size_t const index = xxh64(directory) >> 56;
    std::string const name = {'s', 'h', 'a', 'r', 'd', '-', hex_digits[index >> 4], hex_digits[index & 15]};
    Shard& shard = shards_[index];
    if (auto locked = lock_threads(context, shard.mutex); !locked) return std::move(locked).error();
    auto locked = shard.file.open(directory_, name);
    if (locked) locked = shard.file.lock(context, name);
    if (locked) return Guard(shard);
    shard.mutex.unlock();
    return std::move(locked).error();
}

}  // namespace holdfast::detail

#endif
