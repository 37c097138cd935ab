#ifndef HOLDFAST_STORAGE_FILE_PROMISE_HPP
#define HOLDFAST_STORAGE_FILE_PROMISE_HPP

#include <holdfast/detail/posix/rights.hpp>
#include <holdfast/storage/file/layout_mark.hpp>
#include <holdfast/storage/file/sync_path.hpp>

#include <string>
#include <string_view>
#include <utility>

#include <sys/file.h>

namespace holdfast::detail {

/// How durable writes in a directory are. One who syncs less than another would take from that one what it promised:
/// a record that was synced is lost with the one that replaces it and is not. So the strongest durability with which
/// anybody ever opened the directory holds for all who open it afterwards, and is noted in its mark.
///
/// Those who may sync less than fully hold a shared lock of the kernel as long as they have the directory open; it is
/// raised only when there is none of them.
class Promise {
public:
    /// Opens the mark, and makes or raises it if need be. Full durability is noted only after the directory, and all
    /// above it up to the mount point, were synced: whoever finds no mark does that again.
    /// `own`: its directory for itself. `only_look`: nothing is made, noted or locked. Cost: 3 system calls; 6 and a
    /// descriptor if it is not fully durable; more the first time. Errors: `busy` (weaker ones have it open),
    /// `incompatible`, `malformed`, …
    static Result<Promise> open(int root, int own, std::string_view layout, Durability wanted, bool only_look = false) {
        auto marked = LayoutMark::read(own, layout);
        if (!marked) return std::move(marked).error();
        Promise promise;
        if (only_look) return promise;
        if (!*marked || **marked < wanted) {
            auto made = make(root, own, layout, wanted);
            if (!made) return std::move(made).error();
            marked = *made;
        }
        if (**marked < Durability::full) {
            auto shared = until(
                Context(Environment::system(), std::chrono::seconds(30)),
                [&] { return try_lock(own, promise.share_, LOCK_SH); },
                [] { return std::string("somebody has been syncing the directory for long: open it again"); });
            if (!shared) return std::move(shared).error();
            marked = LayoutMark::read(own, layout);  // from here on nobody raises it
            if (!marked) return std::move(marked).error();
            if (!*marked) return system_error(ENOENT, "open", LayoutMark::file_name);
            if (**marked == Durability::full) promise.share_ = Fd();
        }
        promise.durability_ = **marked;
        return promise;
    }

    Durability durability() const noexcept { return durability_; }

private:
    static constexpr char const* lock_name = "unsynced";

    static Result<Durability> make(int root, int own, std::string_view layout, Durability wanted) {
        LockFile mark;
        if (auto locked = LayoutMark::lock(own, mark); !locked) return std::move(locked).error();
        auto const now = LayoutMark::read_open(mark.fd(), layout);  // somebody may have been faster
        if (!now) return now.error();
        if (*now && **now >= wanted) return **now;
        Fd alone;
        if (*now) {
            auto const taken = try_lock(own, alone, LOCK_EX);
            if (!taken) return taken.error();
            if (!*taken)
                return Error(Errc::busy, "the directory is open in programs that keep it at durability '" +
                                             std::string(name(**now)) + "', less than the '" +
                                             std::string(name(wanted)) + "' of this one: end them, then open it again");
        }
        // What weaker ones have written may be anywhere in it: the whole file system is synced.
        bool const raised = now->has_value(), full = wanted == Durability::full;
        int error = !full ? 0 : raised ? sync_file_system(root) : sync_path(root);
        if (error != 0) return system_error(error, "sync", "the directory and those above it");
        error = LayoutMark::write(mark.fd(), layout, wanted);
        if (error == 0 && full && raised) error = sync_file_system(own);
        if (error == 0 && full && !raised) error = sync_file(mark.fd());
        if (error == 0 && full && !raised) error = sync_directory(own);
        if (error == 0) return wanted;
        LayoutMark::take_back(mark.fd());
        return system_error(error, "write", LayoutMark::file_name);
    }

    static Result<bool> try_lock(int own, Fd& file, int how) {
        if (!file) file = open_or_make(own);
        if (file && uninterrupted([&] { return ::flock(file.get(), how | LOCK_NB); }) == 0) return true;
        if (file && errno == EWOULDBLOCK) return false;
        return system_error(errno, "lock", lock_name);
    }

    /// Whoever may use the directory may use the lock, whatever the umask, and on a medium that is mounted read-only.
    static Fd open_or_make(int own) {
        Fd file = open_at(own, lock_name, O_RDONLY);
        if (file || errno != ENOENT) return file;
        Rights rights;
        if (int const error = rights.read_directory(own); error != 0) return errno = error, Fd();
        file = open_at(own, lock_name, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (!file && errno == EEXIST) return open_at(own, lock_name, O_RDONLY);  // somebody was faster
        if (file) (void)Rights::inherit(file.get(), rights, rights);
        return file;
    }

    Durability durability_ = Durability::full;
    Fd share_;  ///< held while it is less than full
};

}  // namespace holdfast::detail

#endif
