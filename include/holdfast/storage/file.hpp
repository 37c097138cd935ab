#ifndef HOLDFAST_STORAGE_FILE_HPP
#define HOLDFAST_STORAGE_FILE_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/core/locator.hpp>
#include <holdfast/format/slot_first.hpp>
#include <holdfast/fwd.hpp>
#include <holdfast/storage/file/file_layout.hpp>
#include <holdfast/storage/file/listing.hpp>
#include <holdfast/storage/file/watch.hpp>
#include <holdfast/storage/file/writer.hpp>

#include <array>
#include <string>
#include <string_view>

namespace holdfast {

/// Keeps records in a directory of this host: one file each, the frame of `format/frame.hpp`, under the names of
/// `SlotFirst`.
///
/// Many threads and processes may use the directory at once, each through any number of objects. Writers of a key
/// exclude each other by a lock that the kernel releases when its holder dies; readers take none. A write that was
/// applied is whole or not there after `kill -9` at any moment, and after a power loss as `Durability` says.
///
/// All programs that share a directory use the same layout: `holdfast.json` says which, and is copied with the records.
/// It is written before the first of them; a directory with records and without it, or with that of another layout or
/// format, is refused (`incompatible`). What stands beside the records under other names is left alone. A copy by any
/// tool, without `.holdfast`, is a store, too; its files have the rights that the tool gave them.
///
/// The strongest durability with which anybody opened the directory holds for all who open it afterwards; while programs
/// with a weaker one have it open, a stronger one is refused as `busy`. Raising it syncs the file system; if that fails
/// or is interrupted it is refused from then on, as `incompatible`: copy all but `.holdfast` into a new directory.
///
/// Files keep owner, rights and access list when they are replaced, so that what an administrator set stays. New ones
/// are their owner's alone (0600 and 0700, whatever the umask) unless the storage is shared with its group, see
/// `DirectoryOptions`; what the superuser makes belongs to whom the directory belongs to. No symbolic link is followed
/// below the root, whoever put it there.
///
/// Names of long keys are cut and end in a SHA-256 (`detail::to_file_name`); file systems whose names have fewer than
/// 143 bytes are refused.
///
/// All goes by the descriptor of the root. If its path leads elsewhere by now, since the directory was moved, replaced
/// or removed, the next write is refused (`not_found`), for nobody would find it; reads go on, and so does all after a
/// `chroot`.
///
/// A write whose last sync fails has taken effect, but a power loss may undo it, whatever later syncs say: it is
/// `unknown`, and is not repeated. `seal` writes what is there anew. The same write given again does so, too.
///
/// A copy of the object shares the descriptors. After `fork` the child may go on; locks of the parent are not its own.
/// A full disk, a quota and `RLIMIT_FSIZE` are `out_of_space` and leave the old state as it was; ignore `SIGXFSZ`, or
/// the system kills the process at that limit.
///
/// Precondition `none` also replaces and removes a damaged record. With any other, damage is an error, but for one
/// case: if the header still names the write that `matches` expects, no more is read, whatever the size, and damage
/// that came after the caller's own read is replaced or removed with the rest.
///
/// A writer that is killed leaves at most one temporary file, in `.holdfast/temporary`. They are removed by the first and
/// each 256th write under the same lock, of 256, through an object. `.holdfast` is on the same file system as the rest.
///
/// Writers of a key get their turns in order of arrival, threads and processes, and an update of a store keeps its turn
/// from read to write once somebody waits. That is courtesy: who is stopped while he waits is passed over after 20 ms,
/// who does not come to his write within 10 s, too; a process that is stopped in the middle of a write is waited for.
///
/// The lock files (`.holdfast/shard-…`) are found in the directory that was opened, also if it is moved. One that is
/// removed is made again, and the write that notices begins again; if `.holdfast` itself is removed or replaced writes
/// are refused (`unavailable`, `not_found`). Of their descriptors, an eighth of the files that the process may have
/// open is kept at most (and 256), and given up when it can open no other file (`detail::LockDescriptor`).
///
/// Cost in system calls: read 3 (4 above 6 KiB); update 16 and 2 fsyncs (`full`) or 1 (`data`), 17 where it removes
/// temporary files; create 19, under `full` 22 and 1 fsync more, for the directory that was made; remove 16 and 1
/// fsync (`full`). A write that conflicts reads once more (3); 4 more while others make or remove lock files, and some
/// when others wait. Where openat2 is not known, 2 more for each record that is opened.
///
/// Thread safety: every member may be called from any thread at any time.
template <class Layout, Durability D>
class FileStorage {
    static_assert(Durability{2} == Durability::full, "fwd.hpp says so");
    static_assert(FileLayout<Layout>, "the first argument of FileStorage names files: it models FileLayout");

public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;  // a call that returned has nothing under way
    static constexpr std::string_view scheme = "file";

    /// Opens a directory, and makes it if it is not there. Errors: `permission_denied`, `not_supported` (network file
    /// systems: their locks may not exclude anybody), `malformed` (a file stands there), `incompatible` (the directory
    /// is of another layout or a newer format, or was not made to be shared with a group, or raising its durability has
    /// failed before; nothing was changed), `busy` (programs of a weaker durability have it open), …
    static Result<FileStorage> open(std::string directory, DirectoryOptions const& options = {}) {
        return open_root(directory, options);
    }

    /// `file:///path`. Options: `durability` (must be that of the type), `create` (`yes`, `no`), `mode` (`rw`, `ro`),
    /// `group` (`yes`, `no`), `network` (`refuse`, `trust`); see `DirectoryOptions`. Errors: also `invalid_argument`,
    /// `not_found`.
    static Result<FileStorage> open(Locator const& locator) {
        if (auto known = locator.accept({"durability", "create", "mode", "group", "network"}); !known)
            return std::move(known).error();
        if (auto here = locator.on_this_machine(); !here) return std::move(here).error();
        if (!locator.path.starts_with('/'))
            return locator.refuse("the path '" + locator.path + "' is not absolute: write file:///full/path", {});
        auto const durability = locator.choice("durability", {name(D)}, name(D));
        if (!durability) return durability.error();
        auto const create = locator.choice("create", {"yes", "no"}, "yes");
        if (!create) return create.error();
        auto const mode = locator.choice("mode", {"rw", "ro"}, "rw");
        if (!mode) return mode.error();
        auto const group = locator.choice("group", {"yes", "no"}, "no");
        if (!group) return group.error();
        auto const network = locator.choice("network", {"refuse", "trust"}, "refuse");
        if (!network) return network.error();
        return open_root(locator.path, {.create = *create == "yes",
                                        .read_only = *mode == "ro",
                                        .group = *group == "yes",
                                        .trust_network = *network == "trust"});
    }

    Result<RecordPtr> read(Context const&, RecordId const& id) {
        auto const where = place(id);
        auto record = where ? detail::load_record(root_->fd(), where->path, id) : where.error();
        if (record) return record;
        return std::move(record).error().during("read").on(to_string(id));
    }

    /// Cost: 3 system calls, whatever the size; that of a read if the record is another.
    Result<RecordPtr> reread(Context const&, RecordId const& id, RecordPtr const& known) {
        auto const where = place(id);
        auto record = where ? detail::load_record(root_->fd(), where->path, id, known) : where.error();
        if (record) return record;
        return std::move(record).error().during("read").on(to_string(id));
    }

    Result<WriteOutcome> write(Context const& context, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return located("write", id, [&](detail::FilePlace const& place) {
            return Writer(*root_, context, place, id, when).write(*record);
        });
    }

    /// Removes the file, and with the last one of a key in this slot its directory.
    Result<WriteOutcome> remove(Context const& context, RecordId const& id, Precondition const& when) {
        return located("remove", id, [&](detail::FilePlace const& place) {
            return Writer(*root_, context, place, id, when).remove();
        });
    }

    /// Memory: one page and a buffer of 32 KiB. The cursor is a position in the directory, valid as long as the
    /// directory is, in other processes too, on file systems whose positions stay: ext4, xfs, btrfs, and tmpfs since
    /// Linux 6.6. Where they merely count names (tmpfs before that, and overlayfs if a lower layer of an image has the
    /// directory too), keys that come or go between two pages make the next one repeat or miss others: ask there for
    /// all in one page, or put the storage on a volume. Cost: 1 system call for each key, none for its versions unless
    /// they are asked for, then 3 and none for each of them; 3 more for each key whose name is cut.
    Result<ListPage> list(Context const& context, ListRequest const& request) {
        return detail::FileListing<Layout>(root_->fd(), context, request).page();
    }

    /// On Linux the kernel wakes the waiter (inotify). A change that the kernel does not tell about, as on layered or
    /// network file systems, is noticed within a second. If the kernel gives no notices, within 0.1 s.
    ///
    /// Cost: one file descriptor while it waits, of the 128 such that many systems allow a user (up to 4 are kept for
    /// later waits). In system calls: 5 to begin, 5 a second, 5 when the record was written; nothing for other keys.
    Result<bool> wait_for_change(Context const& context, RecordId const& id, Revision const& since) {
        auto where = place(id);
        auto changed = where ? detail::FileWatch(*root_, context, *std::move(where), id, since).wait() : where.error();
        if (changed) return changed;
        return std::move(changed).error().during("wait for a change").on(to_string(id));
    }

    /// The turn of a record is that of its shard. It is courtesy: who has it and does not write within 10 s is passed.
    /// Cost: 1 system call if nobody waits; the write that follows asks no more.
    Result<Turn> turn(Context const& context, RecordId const& id, bool always) {
        if (root_->read_only()) return Turn();
        auto const where = place(id);
        if (!where) return where.error();
        return root_->shards().turn(context, where->directory(), always);
    }

    /// Of all writes in the directory: at least that of the type.
    Durability durability() const noexcept { return root_->durability(); }

    /// Where this storage keeps its lock files, and others may.
    Result<LockDirectory> lock_directory() const {
        if (auto may = root_->check_writable(); !may) return std::move(may).error();
        return root_->own();
    }

private:
    using Writer = detail::FileWriter;

    explicit FileStorage(std::shared_ptr<detail::Root> root) noexcept : root_(std::move(root)) {}

    static Result<FileStorage> open_root(std::string const& directory, DirectoryOptions const& asked) {
        std::array<std::string_view, 4> const areas = {Layout::area(Slot::current), Layout::area(Slot::version),
                                                           Layout::area(Slot::lock), Layout::area(Slot::retention)};
        auto root = detail::Root::open(directory, {asked, D, Layout::layout_name, areas});
        if (!root) return std::move(root).error();
        return FileStorage(*std::move(root));
    }

    Result<detail::FilePlace> place(RecordId const& id) const {
        detail::FilePlace place(Layout::area(id.slot), Layout::directory(id.key), Layout::file(id));
        if (auto inside = place.check(id); !inside) return std::move(inside).error();
        return place;
    }

    template <class Call>
    Result<WriteOutcome> located(std::string_view operation, RecordId const& id, Call&& call) {
        auto where = place(id);
        Result<WriteOutcome> outcome = where ? call(*where) : where.error();
        if (outcome) return outcome;
        return std::move(outcome).error().during(operation).on(to_string(id));
    }

    detail::Handle<detail::Root> root_;
};

}  // namespace holdfast

#endif
