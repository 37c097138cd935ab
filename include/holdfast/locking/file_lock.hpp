#ifndef HOLDFAST_LOCKING_FILE_LOCK_HPP
#define HOLDFAST_LOCKING_FILE_LOCK_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/detail/keyed_mutex.hpp>
#include <holdfast/detail/lock_text.hpp>
#include <holdfast/detail/posix/lock_file.hpp>
#include <holdfast/storage/file/file_name.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace holdfast {

/// Excludes the processes of this host, and their threads, key by key. Over storages that live in a directory of the
/// host; the lock files lie in their `lock_directory()` and are never removed.
///
/// The kernel releases the lock when its holder dies, however it dies; a stopped holder (SIGSTOP) keeps it. Waiting has
/// no order: without a time limit the kernel wakes a waiter at once, with one (or with a request to stop) it looks
/// again in steps that grow to 10 ms. The lock has no epoch, since a holder cannot be overtaken while it lives. A child
/// that is forked while a guard lives does not hold the lock, and its copy of the guard is dead.
///
/// A thread that acquires a key again while it holds it, through this object or a copy, gets `already_held`.
///
/// Thread safety: every member may be called from any thread. Cost: acquire 3 system calls, release 1; up to 64
/// descriptors are kept open for that.
class FileLock {
    using Mutex = detail::KeyedMutex<detail::LockFile>;
    using Part = detail::LockFile::Part;

public:
    static constexpr Family family = Family::locking;

    template <class S>
    static consteval bool explain() {
        static_assert(HostStorage<S>,
                      "holdfast: FileLock needs a storage in a directory of this host (FileStorage, SqliteStorage); "
                      "choose MutexLock for threads, or another storage");
        return HostStorage<S>;
    }

    class Guard {
    public:
        Guard(Guard&&) noexcept = default;
        Guard& operator=(Guard other) noexcept {
            std::swap(held_, other.held_);
            return *this;
        }
        ~Guard() { (void)unlock(); }

        Epoch epoch() const noexcept { return 0; }
        Result<void> renew(Context const&) {
            if (!held_ || !held_.data().ours()) return Error(Errc::lost, "this process does not hold the lock");
            return {};
        }
        /// Again is nothing.
        Result<void> release(Context const&) { return unlock(); }

    private:
        friend class FileLock;
        explicit Guard(Mutex::Held held) noexcept : held_(std::move(held)) {}

        Result<void> unlock() {
            if (!held_) return {};
            auto const done = held_.data().ours() ? held_.data().unlock(held_.name()) : Result<void>();
            held_.release();
            return done;
        }

        Mutex::Held held_;
    };

    /// `purpose` is shown to others by `inspect`; at most 1 KiB of it is kept. Errors: `busy`, `cancelled`,
    /// `already_held`, `permission_denied`, `not_supported`, …
    template <HostStorage S>
    Result<Guard> acquire(S& storage, Context const& context, KeyView key, std::string_view purpose) {
        std::string const path = lock_path(storage, key);
        auto held = Mutex::acquire(mutex_, context, path);
        if (!held) return std::move(held).error().during("lock").on(key.view());
        auto locked = held->data().open(AT_FDCWD, path);
        if (locked) locked = held->data().lock(context, path);
        if (!locked) return std::move(locked).error().during("lock").on(key.view());
        introduce(held->data(), path, key,
                  {context.env.who(), std::string(purpose.substr(0, 1024)), context.env.wall()});
        return Guard(*std::move(held));
    }

    /// Who holds the lock of a key, in any process. A holder that could not say its name is shown without one.
    template <HostStorage S>
    Result<std::optional<LockInfo>> inspect(S& storage, Context const&, KeyView key) {
        std::string const path = lock_path(storage, key);
        if (::access(path.c_str(), F_OK) != 0) return std::optional<LockInfo>();
        detail::LockFile file;  // a description of its own: one does not see its own locks
        if (auto opened = file.open(AT_FDCWD, path); !opened) return std::move(opened).error();
        for (int again = 3;; --again) {
            auto const held = file.held_elsewhere(path, Part::exclusion);
            if (!held) return held.error();
            if (!*held) return std::optional<LockInfo>();
            auto const told = file.held_elsewhere(path, Part::text);
            if (!told) return told.error();
            auto info = *told ? read_text(file.fd()) : std::nullopt;
            if (info || again == 0) return std::optional(std::move(info).value_or(LockInfo()));
        }
    }

private:
    template <class S>
    static std::string lock_path(S const& storage, KeyView key) {
        std::string const& directory = storage.lock_directory();  // of some storages a reference, without a copy
        std::string const name = detail::to_file_name(key);
        std::string path;
        path.reserve(directory.size() + name.size() + 6);
        return path.append(directory).append("/").append(name).append(".lock");
    }

    /// Writes who we are, and marks that as true by a second lock, which dies with the first: the text that a killed
    /// holder left is never taken for its successor's. If that fails the lock is held all the same.
    static void introduce(detail::LockFile& file, std::string const& path, KeyView key, LockInfo const& info) {
        Buffer const text = detail::to_lock_text(key, info);
        auto const written = ::pwrite(file.fd(), text.data(), text.size(), 0);
        if (written == static_cast<ssize_t>(text.size())) (void)file.try_lock(path, Part::text);
    }
    static std::optional<LockInfo> read_text(int fd) {
        char text[8192];
        auto const size = ::pread(fd, text, sizeof text, 0);
        return size > 0 ? detail::from_lock_text({text, static_cast<std::size_t>(size)}) : std::nullopt;
    }

    std::shared_ptr<Mutex> mutex_ = std::make_shared<Mutex>();
};

}  // namespace holdfast

#endif
