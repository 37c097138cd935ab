#ifndef HOLDFAST_STORAGE_FILE_HPP
#define HOLDFAST_STORAGE_FILE_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/locator.hpp>
#include <holdfast/storage/file/key_directories.hpp>
#include <holdfast/storage/file/listing.hpp>
#include <holdfast/storage/file/watch.hpp>
#include <holdfast/storage/file/writer.hpp>

namespace holdfast {

/// Keeps records in a directory of this host: one file each, the frame of `core/frame.hpp`.
///
/// Many threads and processes may use the directory at once, each through any number of objects. Writers of a key
/// exclude each other by a lock that the kernel releases when its holder dies; readers take none. A write that was
/// applied is whole or not there after `kill -9` at any moment, and after a power loss as `Durability` says. All
/// programs that share a directory use the same layout and durability.
///
/// A copy of the object shares the descriptors. After `fork` the child may go on if no other thread was in a call.
/// A full disk, a quota and `RLIMIT_FSIZE` are `out_of_space` and leave the old state as it was; ignore `SIGXFSZ`, or
/// the system kills the process at that limit.
///
/// Precondition `none` also replaces and removes a damaged record. With any other, damage is an error, but for one
/// case: if the header still names the write that `matches` expects, no more is read, whatever the size, and damage
/// that came after the caller's own read is replaced or removed with the rest.
///
/// A writer that is killed leaves at most one temporary file (`.tmp-…`). They are removed by every creation, every
/// removal, and the first and each 256th write of a key through an object (more often with thousands of keys).
///
/// Cost in system calls: read 3 (4 above 6 KiB); update 9, or 11 and 2 fsyncs (`full`), 9 and 1 (`data`); 12 where it
/// removes temporary files; create 13 and under `full` 1 fsync more, for the directory that was made; remove 10 to 12
/// and 1 fsync (`full`). A write that conflicts reads once more (3).
///
/// Thread safety: every member may be called from any thread at any time.
template <class Layout = KeyDirectories, Durability D = Durability::full>
class FileStorage {
    static_assert(FileLayout<Layout>, "the first argument of FileStorage names files: it models FileLayout");

public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;  // a call that returned has nothing under way
    static constexpr std::string_view scheme = "file";

    /// Opens a directory, and makes it (0700) if it is not there. Errors: `permission_denied`, `not_supported` (network
    /// file systems: their locks may not exclude anybody), `malformed` (a file stands there), `incompatible` (the
    /// directory is of another layout or a newer format; nothing was changed), …
    static Result<FileStorage> open(std::string directory) {
        return open(directory, {true, false, syncs, Layout::layout_name});
    }

    /// `file:///path`. Options: `durability` (must be that of the type), `create` (`yes`, `no`), `network` (`refuse`,
    /// `trust`). Errors: also `invalid_argument`, `not_found`.
    static Result<FileStorage> open(Locator const& locator) {
        if (auto known = locator.accept({"durability", "create", "network"}); !known) return std::move(known).error();
        if (!locator.host.empty() && locator.host != "localhost")
            return locator.refuse("a file storage is on this machine, but a host is named: write file:///path", {});
        if (!locator.path.starts_with('/')) return locator.refuse("the path is not absolute: write file:///path", {});
        auto const durability = locator.choice("durability", {name(D)}, name(D));
        if (!durability) return durability.error();
        auto const create = locator.choice("create", {"yes", "no"}, "yes");
        if (!create) return create.error();
        auto const network = locator.choice("network", {"refuse", "trust"}, "refuse");
        if (!network) return network.error();
        return open(locator.path, {*create == "yes", *network == "trust", syncs, Layout::layout_name});
    }

    Result<RecordPtr> read(Context const&, RecordId const& id) {
        auto record = detail::load_record(root_->fd(), place(id).path, id);
        if (record) return record;
        return std::move(record).error().during("read").on(to_string(id));
    }

    /// Cost: 3 system calls, whatever the size; that of a read if the record is another.
    Result<RecordPtr> reread(Context const&, RecordId const& id, RecordPtr const& known) {
        auto record = detail::load_record(root_->fd(), place(id).path, id, known);
        if (record) return record;
        return std::move(record).error().during("read").on(to_string(id));
    }

    Result<WriteOutcome> write(Context const& context, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return located("write", id, Writer(*root_, context, place(id), id, when).write(*record));
    }

    /// Removes the file, and the directory of the key with the last one.
    Result<WriteOutcome> remove(Context const& context, RecordId const& id, Precondition const& when) {
        return located("remove", id, Writer(*root_, context, place(id), id, when).remove());
    }

    /// Memory: one page and a buffer of 32 KiB. The cursor is a position in the directory, valid as long as the
    /// directory is, in other processes too, on file systems whose positions stay: ext4, xfs, btrfs, and tmpfs since
    /// Linux 6.6. Where they merely count names (tmpfs before that, and overlayfs if a lower layer of an image has the
    /// directory too), keys that come or go between two pages make the next one repeat or miss others: ask there for
    /// all in one page, or put the storage on a volume. Cost: 3 system calls for each key of slot `current` (tombstones
    /// must be told apart), 1 for each of the others.
    Result<ListPage> list(Context const& context, ListRequest const& request) {
        return detail::FileListing<Layout>(root_->fd(), context, request).page();
    }

    /// On Linux the kernel wakes the waiter (inotify). A change that the kernel does not tell about, as on layered or
    /// network file systems, is noticed within a second. If the kernel gives no notices, within 0.1 s.
    ///
    /// Cost: one file descriptor while it waits, of the 128 such that many systems allow a user (up to 4 are kept for
    /// later waits). In system calls: 5 to begin, 5 a second, 5 when the record was written; nothing for other keys.
    Result<bool> wait_for_change(Context const& context, RecordId const& id, Revision const& since) {
        auto changed = detail::FileWatch(*root_, context, place(id), id, since).wait();
        if (changed) return changed;
        return std::move(changed).error().during("wait for a change").on(to_string(id));
    }

    /// Where this storage keeps its lock files, and others may.
    std::string const& lock_directory() const noexcept { return root_->own_path(); }

private:
    using Writer = detail::FileWriter<D>;
    static constexpr bool syncs = D == Durability::full;

    explicit FileStorage(std::shared_ptr<detail::Root> root) noexcept : root_(std::move(root)) {}

    static Result<FileStorage> open(std::string const& directory, detail::RootOptions options) {
        auto root = detail::Root::open(directory, options);
        if (!root) return std::move(root).error();
        return FileStorage(*std::move(root));
    }

    static detail::FilePlace place(RecordId const& id) {
        return detail::FilePlace(Layout::directory(id.key), id.slot == Slot::version ? Layout::versions : nullptr,
                                 Layout::file(id));
    }

    static Result<WriteOutcome> located(std::string_view operation, RecordId const& id, Result<WriteOutcome> outcome) {
        if (outcome) return outcome;
        return std::move(outcome).error().during(operation).on(to_string(id));
    }

    std::shared_ptr<detail::Root> root_;
};

}  // namespace holdfast

#endif
