#ifndef HOLDFAST_LOCKING_FILE_LOCK_HPP
#define HOLDFAST_LOCKING_FILE_LOCK_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/format/file_name.hpp>
#include <holdfast/locking/lock_text.hpp>
#include <holdfast/posix/lock_place.hpp>
#include <holdfast/posix/ticket_queue.hpp>
#include <holdfast/threads/keyed_mutex.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace holdfast {

/// Excludes the processes of this host, and their threads, key by key. Over storages that live in a directory of the
/// host; the lock files lie in their `lock_directory()` and are never removed.
///
/// The kernel releases the lock when its holder dies, however it dies, also if children that it forked live on (but
/// those of `_Fork` and `clone` that never use a lock again keep it). A stopped holder (SIGSTOP) keeps it. The lock has
/// no epoch, since a holder cannot be overtaken while it lives. In a child that is forked, the copy of a guard is dead.
///
/// Who waits gets it in order of arrival: the threads of a process one after the other, and the processes. One that is
/// stopped when its turn comes is passed over after 20 ms. Who asks without patience tries once, whoever waits. Where
/// file systems lock whole files only (`flock`) processes have no order.
///
/// A lock file that is removed or replaced (by a cleaner, or by hand) excludes no more: `confirm` and `renew` say
/// `lost`, and nothing is written under the guard. The next one who acquires makes a new file.
///
/// A thread that acquires a key again while it holds it, through this object or a copy, gets `already_held`.
///
/// Thread safety: every member may be called from any thread. Cost: acquire 5 system calls, release 1, `confirm` 1;
/// more if others wait. Descriptors of free locks stay open while there is room for them (`detail::LockDescriptor`).
class FileLock {
    /// Used by who holds the mutex of its name.
    struct KeyLock {
        detail::LockFile file;
        detail::TicketQueue queue{0};
        detail::LockPlace place;
    };
    using Mutex = detail::KeyedMutex<KeyLock>;
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
            std::swap(directory_, other.directory_);
            std::swap(held_, other.held_);
            std::swap(use_, other.use_);
            return *this;
        }
        ~Guard() { (void)unlock(); }

        Epoch epoch() const noexcept { return 0; }
        /// For as long as the process lives, unless somebody removes the lock file.
        Instant reliable_until() const noexcept { return held_ ? (Instant::max)() : (Instant::min)(); }
        /// Whether the lock is held, and its file still stands in its place. Errors: `lost`.
        Result<void> confirm(Context const& context) {
            if (!held_) return Error(Errc::lost, "the lock was released, or is the parent's: acquire it again");
            held_.use();
            KeyLock& lock = held_.data();
            std::string const name = file_name(directory_, held_);
            auto const stands = lock.place.stands(lock.file, directory_, name, context.env);
            if (stands && *stands) return {};
            if (!stands)
                return Error::because(Errc::lost, "others may hold the lock, too", stands.error())
                    .on(directory_.path() + "/" + name);
            return Error(Errc::lost,
                         "the lock file was removed or replaced while the lock was held, so others may hold it, too: "
                         "stop what removes it, then acquire the lock again")
                .on(directory_.path() + "/" + name);
        }
        Result<void> renew(Context const& context) { return confirm(context); }
        /// Again is nothing.
        Result<void> release(Context const&) {
            int const error = unlock();
            return error == 0 ? Result<void>() : detail::system_error(error, "unlock", directory_.path());
        }

    private:
        friend class FileLock;
        Guard(LockDirectory directory, Mutex::Held held, detail::LockFile::Use use) noexcept
            : directory_(std::move(directory)), held_(std::move(held)), use_(std::move(use)) {}

        /// 0 or the error number.
        int unlock() noexcept {
            if (!held_) return 0;
            KeyLock& lock = held_.data();
            int const error = lock.file.unlock();
            lock.queue.leave(lock.file);
            use_.end();
            held_.release();
            return error;
        }

        LockDirectory directory_;
        Mutex::Held held_;
        detail::LockFile::Use use_;
    };

    /// `purpose` is shown to others by `inspect`; at most 1 KiB of it is kept. Errors: `busy`, `cancelled`,
    /// `already_held`, `permission_denied`, `not_supported`, …
    template <HostStorage S>
    Result<Guard> acquire(S& storage, Context const& context, KeyView key, std::string_view purpose) {
        auto const place = [key](Error error) { return std::move(error).during("lock").on(key.view()); };
        auto directory = storage.lock_directory();
        if (!directory) return place(std::move(directory).error());
        std::string const name = lock_name(key);
        auto held = Mutex::acquire(mutex_, context, directory->identity() + "/" + name);
        if (!held) return place(std::move(held).error());
        for (int left = 8; left > 0; --left) {
            KeyLock& lock = held->data();
            if (auto opened = lock.file.open(directory->fd(), name); !opened) return place(std::move(opened).error());
            detail::LockFile::Use use(lock.file);
            auto locked =
                detail::busy_if_late(lock.queue.get(lock.file, context, [&] { return lock.file.try_lock(name); }), [&] {
                    return "another process, or another store of this one, holds '" + directory->path() + "/" + name +
                           "': wait for it, or end it if it hangs";
                });
            if (!locked) return place(std::move(locked).error());
            auto const stands = lock.place.stands(lock.file, *directory, name, context.env);
            if (stands && *stands) {
                introduce(lock.file, name, key, {context.env.who(), std::string(purpose), context.env.wall()});
                return Guard(*std::move(directory), *std::move(held), std::move(use));
            }
            (void)lock.file.unlock();
            lock.queue.leave(lock.file);
            lock.file.close();
            if (!stands) return place(stands.error());
        }
        return place(Error(Errc::unavailable, "somebody keeps removing the lock file: stop them, then repeat"));
    }

    /// Who holds the lock of a key, in any process. A holder that could not say its name is shown without one. Errors:
    /// `permission_denied`, …: what cannot be looked at may be held.
    template <HostStorage S>
    Result<std::optional<LockInfo>> inspect(S& storage, Context const&, KeyView key) {
        auto const place = [key](Error error) { return std::move(error).during("inspect").on(key.view()); };
        auto const directory = storage.lock_directory();
        if (!directory) return place(directory.error());
        std::string const name = lock_name(key);
        detail::LockFile file;  // a description of its own: one does not see its own locks
        auto const there = file.open_existing(directory->fd(), name);
        if (!there) return place(there.error());
        if (!*there) return std::optional<LockInfo>();
        for (int again = 3;; --again) {
            auto const held = file.held_elsewhere(name, Part::exclusion);
            if (!held) return place(held.error());
            if (!*held) return std::optional<LockInfo>();
            auto const told = file.held_elsewhere(name, Part::text);
            if (!told) return place(told.error());
            auto info = *told ? read_text(file.fd()) : std::nullopt;
            if (info || again == 0) return std::optional(std::move(info).value_or(LockInfo()));
        }
    }

private:
    static std::string lock_name(KeyView key) { return detail::to_file_name(key) + ".lock"; }
    static std::string file_name(LockDirectory const& directory, Mutex::Held const& held) {
        return held.name().substr(directory.identity().size() + 1);
    }

    /// Writes who we are, and marks that as true by a second lock, which dies with the first: the text that a killed
    /// holder left is never taken for its successor's. If that fails the lock is held all the same.
    static void introduce(detail::LockFile& file, std::string const& name, KeyView key, LockInfo const& info) {
        Buffer const text = detail::to_lock_text(key, info);
        auto const written = ::pwrite(file.fd(), text.data(), text.size(), 0);
        if (written == static_cast<ssize_t>(text.size())) (void)file.try_lock(name, Part::text);
    }
    static std::optional<LockInfo> read_text(int fd) {
        char text[detail::max_lock_text];
        auto const size = ::pread(fd, text, sizeof text, 0);
        return size > 0 ? detail::from_lock_text({text, static_cast<std::size_t>(size)}) : std::nullopt;
    }

    detail::Handle<Mutex> mutex_ = std::make_shared<Mutex>();
};

}  // namespace holdfast

#endif
