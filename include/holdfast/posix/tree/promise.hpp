#ifndef HOLDFAST_POSIX_TREE_PROMISE_HPP
#define HOLDFAST_POSIX_TREE_PROMISE_HPP

#include <holdfast/format/layout_mark.hpp>
#include <holdfast/posix/directory_reader.hpp>
#include <holdfast/posix/sync_path.hpp>
#include <holdfast/posix/tree/durability_note.hpp>
#include <holdfast/posix/tree/renew_names.hpp>
#include <holdfast/process/fd.hpp>
#include <holdfast/process/fork_watch.hpp>
#include <holdfast/process/lock_descriptor.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <sys/file.h>

namespace holdfast::detail {

/// How durable writes in a directory are. One who syncs less than another would take from that one what it promised:
/// a record that was synced is lost with the one that replaces it and is not. So the strongest durability with which
/// anybody ever opened the directory holds for all who open it afterwards, and is noted in its directory for itself.
///
/// Those who may sync less than fully hold a shared lock of the kernel, on `.holdfast` itself, as long as they have the
/// directory open; it is raised only when there is none of them. Then all that they wrote is synced. That this begins
/// is noted before: should it fail, nobody who comes later is told so, and its success would prove nothing.
class Promise {
public:
    /// Opens the note, and makes or raises it if need be. Full durability is noted only after the directory, and all
    /// above it up to the mount point, were synced: whoever finds no note does that again.
    /// `own`: its directory for itself. `only_look`: nothing is made, noted or locked. Cost: 3 system calls; 6 and a
    /// descriptor if it is not fully durable; more the first time. Errors: `busy` (weaker ones have it open),
    /// `incompatible` (also where raising failed before), `malformed`, …
    static Result<Promise> open(int root, int own, Durability wanted, bool only_look = false) {
        auto const marked = DurabilityNote::read(own);
        if (!marked) return marked.error();
        Promise promise;
        if (only_look) return promise;
        Durability durability = *marked ? (*marked)->durability : Durability::none;
        if (!*marked || durability < wanted) {
            auto const made = make(root, own, wanted);
            if (!made) return made.error();
            durability = *made;
        }
        if (durability < Durability::full) {
            promise.share_ = std::make_unique<Share>();
            if (auto held = promise.share_->hold(own); !held) return std::move(held).error();
            if (promise.durability() == Durability::full) promise.share_.reset();
        }
        return promise;
    }

    Durability durability() const noexcept {
        return share_ ? share_->durability.load(std::memory_order_relaxed) : Durability::full;
    }

    /// To be called before each write: a child that was forked does not hold its parent's lock, takes one of its own,
    /// and may find that the durability was raised meanwhile. Cost: nothing otherwise. Errors: as of `open`.
    Result<void> keep(int own) const {
        if (!share_ || share_->holder.load(std::memory_order_acquire) == process_generation()) return {};
        share_->fork.look([this] { ::new (&share_->mutex) std::mutex; });
        std::lock_guard const lock(share_->mutex);
        return share_->holder.load(std::memory_order_relaxed) == process_generation() ? Result<void>()
                                                                                      : share_->hold(own);
    }

private:
    /// Of one who has it open with less than full durability.
    struct Share {
        /// From then on nobody raises the durability.
        Result<void> hold(int own) {
            auto shared = until(
                Context(Environment::system(), std::chrono::seconds(30)),
                [&] { return try_lock(own, directory, LOCK_SH); },
                [] { return std::string("somebody has been syncing the directory for long: repeat it"); });
            if (!shared) return shared;
            auto const marked = DurabilityNote::read(own);
            if (!marked) return marked.error();
            if (!*marked) return system_error(ENOENT, "open", DurabilityNote::file_name);
            durability.store((*marked)->durability, std::memory_order_relaxed);
            holder.store(process_generation(), std::memory_order_release);
            return {};
        }

        LockDescriptor directory;
        std::atomic<Durability> durability{Durability::full};
        std::atomic<unsigned> holder{0};  ///< the generation of the process that has the lock
        ForkWatch fork;
        std::mutex mutex;
    };

    static Result<Durability> make(int root, int own, Durability wanted) {
        LockFile note;
        if (auto locked = DurabilityNote::lock(own, note); !locked) return std::move(locked).error();
        auto const now = DurabilityNote::read_open(note.fd());  // somebody may have been faster
        if (!now) return now.error();
        if (*now && (*now)->durability >= wanted) return (*now)->durability;
        // What was written without it may be anywhere in the directory, also where the note was lost.
        bool const full = wanted == Durability::full;
        bool const raised = wanted != Durability::none && (*now || has_files(root));
        DurabilityNote::Words const before = *now ? **now : DurabilityNote::Words{Durability::none, false};
        LockDescriptor alone;
        if (raised) {
            if (auto may = may_raise(own, alone, before, wanted); !may) return std::move(may).error();
            if (int const error = DurabilityNote::write(note.fd(), {before.durability, true}); error != 0) {
                bool const kept = *now && DurabilityNote::write(note.fd(), before) == 0;  // nothing was begun
                return kept ? not_written(error) : take_back(note.fd(), error);
            }
        }
        // Somebody may have been told that a sync of the root failed, and nobody is told that again.
        int error = full && !raised ? renew_names(root, Environment::system().new_write_id()) : 0;
        if (error == 0) error = raised ? sync_file_system(root) : full ? sync_path(root) : 0;
        if (error != 0) return system_error(error, "sync", "the directory and those above it");
        error = DurabilityNote::write(note.fd(), {wanted, false});
        if (error == 0 && full && raised) error = sync_file_system(own);
        if (error == 0 && full && !raised) error = sync_file(note.fd());
        if (error == 0 && full && !raised) error = sync_directory(own);
        if (error != 0) return take_back(note.fd(), error);
        return wanted;
    }

    static Error take_back(int note, int error) {
        DurabilityNote::take_back(note);
        return not_written(error);
    }
    static Error not_written(int error) { return system_error(error, "write", DurabilityNote::file_name); }

    static Result<void> may_raise(int own, LockDescriptor& alone, DurabilityNote::Words const& before, Durability wanted) {
        std::string const from(name(before.durability)), to(name(wanted));
        if (before.raising)
            return Error(Errc::incompatible,
                         "the directory was to be raised from durability '" + from +
                             "', and that was interrupted or a sync failed: what was not written then looks as if it "
                             "were, whatever later syncs say; copy all but .holdfast into a new directory and open "
                             "that, or go on with durability '" +
                             from + "'");
        auto const taken = try_lock(own, alone, LOCK_EX);
        if (!taken) return taken.error();
        if (*taken) return {};
        return Error(Errc::busy, "the directory is open in programs that keep it at durability '" + from +
                                     "', less than the '" + to + "' of this one: end them, then open it again");
    }

    /// Whether there may be any, beside what is of the tree itself and the mark of the layout; also if that cannot be seen.
    static bool has_files(int root) {
        Fd const own = open_directory_at(root, ".");  // a position of its own
        DirectoryReader names(own.get(), 4096);
        while (auto const name = names.next())
            if (!name->text.starts_with(".holdfast") && name->text != LayoutMark::file_name) return true;
        return names.error() != 0;
    }

    /// The lock is on the directory: no file of its own that may be lacking, removed, or not ours to open.
    static Result<bool> try_lock(int own, LockDescriptor& directory, int how) {
        bool const open = directory.ours() || directory.use([own] { return open_directory_at(own, ".").release(); });
        if (open && uninterrupted([&] { return ::flock(directory.get(), how | LOCK_NB); }) == 0) return true;
        if (open && errno == EWOULDBLOCK) return false;
        return system_error(errno, "lock", "the directory's own");
    }

    std::unique_ptr<Share> share_;  ///< where it is less than full
};

}  // namespace holdfast::detail

#endif
