#ifndef HOLDFAST_POSIX_TREE_WRITER_HPP
#define HOLDFAST_POSIX_TREE_WRITER_HPP

#include <holdfast/core/write_outcome.hpp>
#include <holdfast/posix/file_error.hpp>
#include <holdfast/posix/tree/branch.hpp>
#include <holdfast/posix/tree/replacement.hpp>
#include <holdfast/posix/tree/root.hpp>
#include <holdfast/posix/tree/staged_file.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// What stands in a place, compared with what is expected there and with the write that is to be made.
struct FileBefore {
    bool present;  ///< there is a file
    bool holds;    ///< the precondition does
    bool mine;     ///< it is what the write would make it
};

/// One write or removal of a file in a tree. The order is the point:
///
///     lock; compare; [make the directory, sync those above it; sweep];
///     write a temporary file, sync it; see that the lock still excludes; rename it; sync the directory; unlock
///
/// What fails before the rename is an `Error`, what fails after it is `unknown`: it can be seen, and may not be on
/// disk. No later sync is asked whether it is, since its success would prove nothing; only what is written anew is
/// known to be there. So the same write again is made anew, and so are the names around what was removed before.
///
/// `Guest` knows what the bytes mean:
/// - `Result<FileBefore> compare(std::optional<Rights>*)`: what stands there; may say the rights of the file
/// - `bool creates() const`: only where nothing is
/// - `int fill(int fd)`: writes the bytes; 0 or the error number
/// - `Revision revision() const`: of what was written
/// - `Result<bool> stands()`: whether that stands there now
///
/// What is long is staged: written before the lock is taken, and looked after by a lock of its own (`StagedFile`).
template <class Guest>
class TreeWriter {
public:
    /// `path`: of the file, below the root. `kept`: how many directories on the way to it stay when they are empty.
    TreeWriter(Root& root, Context const& context, std::string const& path, std::size_t kept, Guest& guest)
        : root_(root),
          context_(context),
          path_(path),
          slash_(path.rfind('/') == path.npos ? 0 : path.rfind('/')),
          kept_(kept),
          guest_(guest) {}

    Result<WriteOutcome> write(StagedFile* staged = nullptr) {
        staged_ = staged;
        return locked(Shards::Purpose::write, [&](Shards::Guard const& guard) { return try_write(guard); });
    }
    Result<WriteOutcome> remove() {
        return locked(Shards::Purpose::removal, [&](Shards::Guard const& guard) { return try_remove(guard); });
    }

private:
    bool sync_data() const noexcept { return root_.durability() != Durability::none; }
    bool sync_names() const noexcept { return root_.durability() == Durability::full; }
    std::string_view directory() const noexcept { return {path_.data(), slash_}; }
    char const* name() const noexcept { return path_.c_str() + (slash_ == 0 ? 0 : slash_ + 1); }

    using Attempt = std::optional<Result<WriteOutcome>>;  // none: the directory or the lock went away, begin again

    /// Begins again with the comparison if somebody who knows no locks removed the directory or the lock's file.
    template <class Try>
    Result<WriteOutcome> locked(Shards::Purpose purpose, Try&& attempt) {
        if (auto may = root_.check_writable(); !may) return std::move(may).error();
        if (auto kept = root_.keep_promise(); !kept) return std::move(kept).error();
        for (int tried = 0; tried < 32; ++tried) {
            if (tried >= 4)  // those who make the directory and those who remove it may have met again and again
                if (auto more = context_.wait(std::chrono::milliseconds(tried / 4)); !more) return std::move(more).error();
            auto const guard = root_.shards().lock(context_, directory(), purpose);
            if (!guard) return guard.error();
            if (auto here = root_.check_place(); !here) return std::move(here).error();
            if (Attempt outcome = attempt(*guard)) return *std::move(outcome);
        }
        return Error(Errc::unavailable,
                     "somebody keeps removing the directory of the file or the lock files: stop them, then repeat")
            .on(path_);
    }
    /// What comes of a lock that does not exclude everybody any more.
    static Attempt not_locked(Result<bool> const& confirmed) {
        if (!confirmed) return confirmed.error();
        return std::nullopt;
    }

    Attempt try_write(Shards::Guard const& guard) {
        rights_.reset();
        auto const before = guest_.compare(&rights_);
        if (!before) return before.error();
        if (!before->holds && !before->mine) return WriteOutcome::conflict();
        if (guard.sweep_is_due()) sweep(root_.temporary(), guard.number());
        // The presence of a file says that its directories are there and were synced.
        Branch branch(root_.fd(), directory());
        auto const opened = before->present ? Result<int>(branch.open())
                                            : branch.open_or_make(sync_names(), root_.rights(), root_.shards(), context_);
        if (!opened) return opened.error();
        int error = *opened;
        if (error == ENOENT) return std::nullopt;
        if (error == 0 && !rights_) error = branch.read_owner(owner_, root_.rights());
        Attempt outcome = error == 0 ? replace(guard, branch, !before->present && guest_.creates()) : failed(error, "write");
        if (!before->present && outcome && !*outcome) branch.remove_if_empty(kept_);
        return outcome;
    }

    /// By the descriptors of the directories: a name on the way may be somebody else's link by now.
    Attempt replace(Shards::Guard const& guard, Branch const& branch, bool create) {
        if (staged_ != nullptr) {
            if (int const error = give(staged_->fd()); error != 0) return failed(error, "write");
            return put(guard, branch, staged_->file(), create);
        }
        Fd another;
        for (int directory = root_.temporary();; directory = another.get()) {
            Replacement file(directory, guard.number(), context_.env.new_write_id());
            int const error = file.write(
                sync_data(), [&](int fd) { return give(fd); }, [&](int fd) { return guest_.fill(fd); });
            if (error == 0) return put(guard, branch, file, create);
            if (error != ENOENT || another) return failed(error, "write");
            another = root_.make_temporary();  // somebody removed the directory of temporary files
            if (!another) return failed(errno, "write");
        }
    }

    Attempt put(Shards::Guard const& guard, Branch const& branch, Replacement& file, bool create) {
        if (auto const confirmed = guard.confirm(context_.env); !confirmed || !*confirmed) return not_locked(confirmed);
        int const error = file.put(branch.fd(), name(), create);
        if (error == ENOENT) return std::nullopt;
        if (error == EEXIST || error == EISDIR || error == ENOTEMPTY) {
            if (is_directory(branch.fd())) return std::nullopt;  // of another's file, or left empty: look again
            if (create) return WriteOutcome::conflict();           // by somebody who knows no locks
        }
        if (error != 0) return not_put(file, error, create);
        return synced(branch.fd(), guest_.revision(), "the record was written");
    }

    bool is_directory(int directory) const {
        struct stat there {};
        return ::fstatat(directory, name(), &there, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(there.st_mode);
    }

    int give(int fd) const {
        return rights_ ? Rights::keep(fd, *rights_, root_.rights()) : Rights::inherit(fd, owner_, root_.rights());
    }

    /// A failing disk may have done it all the same: look. What stands there may have been the same before.
    Attempt not_put(Replacement& file, int error, bool create) {
        if (!create && file.stands()) return failed(error, "write");
        auto const now = guest_.stands();
        bool const unseen = !now && (now.error() == Errc::unavailable || now.error() == Errc::timed_out ||
                                     now.error() == Errc::cancelled);
        if (unseen) return uncertain(error, "the file was to be renamed");
        if (!now || !*now) return failed(error, "write");
        file.is_put();
        return uncertain(error, "the record was written");
    }

    Attempt try_remove(Shards::Guard const& guard) {
        auto const before = guest_.compare(nullptr);
        if (!before) return before.error();
        if (!before->holds) return WriteOutcome::conflict();
        Branch branch(root_.fd(), directory());
        int const error = branch.open();
        if (error == ENOENT) return stay_absent(branch, error);
        if (error != 0) return failed(error, "remove");
        if (auto const confirmed = guard.confirm(context_.env); !confirmed || !*confirmed) return not_locked(confirmed);
        if (::unlinkat(branch.fd(), name(), 0) != 0) {
            if (errno == ENOENT) return stay_absent(branch, 0);
            int const failure = errno;  // a failing disk may have done it all the same: look
            if (is_directory(branch.fd())) return std::nullopt;
            struct stat now {};
            if (::fstatat(branch.fd(), name(), &now, AT_SYMLINK_NOFOLLOW) == 0) return failed(failure, "remove");
            return uncertain(failure, "the record was removed");
        }
        auto outcome = synced(branch.fd(), Revision(), "the record was removed");
        branch.remove_if_empty(kept_);
        return outcome;
    }

    /// There is nothing to remove; but an earlier removal may not have been synced. Where the directory is gone the one
    /// above it is synced anew; and names that changed and changed back are written anew.
    Attempt stay_absent(Branch& branch, int missing) {
        if (!sync_names()) return WriteOutcome::applied(Revision());
        Fd const deepest = missing == 0 ? Fd() : branch.deepest();
        if (missing != 0 && !deepest) return failed(errno, "remove");
        int const changed = missing == 0 ? branch.fd() : deepest.get();
        int const renewed = renew_names(changed, context_.env.new_write_id());
        if (renewed == ENOENT) return std::nullopt;  // the directory was removed just now
        if (renewed != 0) return failed(renewed, "remove");
        Attempt outcome = synced(changed, Revision(), "the record is gone");
        branch.remove_if_empty(kept_);
        return outcome;
    }

    Attempt synced(int directory, Revision const& revision, char const* what) const {
        int const error = sync_names() ? sync_directory(directory) : 0;
        if (error != 0) return uncertain(error, what);
        return WriteOutcome::applied(revision);
    }
    Attempt failed(int error, std::string_view operation) const {
        if (error == EXDEV)
            return Error(Errc::not_supported,
                         "'.holdfast' is on another file system than the rest of the directory: let it be on the same, "
                         "since a file is written there before it is put into its place")
                .during(operation)
                .on(path_);
        return Result<WriteOutcome>(file_error(error, operation, root_.fd(), path_));
    }
    Attempt uncertain(int error, std::string what) const {
        what.append(", but the disk reports a failure and a power loss may undo it");
        return WriteOutcome::unknown(
            Error(Errc::unknown_outcome, std::move(what)).on(path_).from("errno " + std::to_string(error)));
    }

    Root& root_;
    Context const& context_;
    std::string const& path_;
    std::size_t slash_;
    std::size_t kept_;
    Guest& guest_;
    StagedFile* staged_ = nullptr;
    std::optional<Rights> rights_{};  ///< of the file that is replaced
    Rights owner_{};                  ///< whose the directory is that it is put into, if there is none
};

}  // namespace holdfast::detail

#endif
