#ifndef HOLDFAST_STORAGE_FILE_WRITER_HPP
#define HOLDFAST_STORAGE_FILE_WRITER_HPP

#include <holdfast/core/precondition.hpp>
#include <holdfast/core/write_outcome.hpp>
#include <holdfast/storage/file/file_place.hpp>
#include <holdfast/storage/file/load.hpp>
#include <holdfast/storage/file/replacement.hpp>
#include <holdfast/storage/file/root.hpp>

#include <optional>
#include <string>

namespace holdfast::detail {

/// One write or removal. The order is the point:
///
///     lock the shard; read and compare; [make the directory, sync its parent; sweep];
///     write a temporary file, sync it; see that the lock still excludes; rename it; sync the directory; unlock
///
/// What fails before the rename is an `Error`, what fails after it is `unknown`: it can be seen, and may not be on
/// disk. No later sync is asked whether it is, since its success would prove nothing; only what is written anew is
/// known to be there. So the same write again is made anew, and so are the names around what was removed before.
///
/// What is compared is the id of the newest write. If the header says the expected one, nothing else of the record is
/// looked at: the caller has read it whole, and what it holds is replaced anyway. In all other cases the record is read
/// and verified, so that damage is never taken for a conflict, nor for the success of an earlier attempt.
class FileWriter {
public:
    FileWriter(Root& root, Context const& context, FilePlace place, RecordId const& id, Precondition const& when)
        : root_(root), context_(context), place_(std::move(place)), id_(id), when_(when) {}

    Result<WriteOutcome> write(Record const& record) {
        if (!record.stamp.ids.newest())
            return Error(Errc::invalid_argument, "a record needs the id of its write: stamp it");
        if (record.key.view() != id_.key.view())
            return Error(Errc::invalid_argument, "the record is of another key than the id");
        auto const header = encode_frame_header(record);
        if (!header) return header.error();
        return locked(Shards::Purpose::write,
                      [&](Shards::Guard const& guard) { return try_write(guard, record, header->view()); });
    }

    Result<WriteOutcome> remove() {
        return locked(Shards::Purpose::removal, [&](Shards::Guard const& guard) { return try_remove(guard); });
    }

private:
    bool sync_data() const noexcept { return root_.durability() != Durability::none; }
    bool sync_names() const noexcept { return root_.durability() == Durability::full; }

    using Attempt = std::optional<Result<WriteOutcome>>;  // none: the directory or the lock went away, begin again

    /// Begins again with the comparison if somebody who knows no locks removed the directory or the lock's file.
    template <class Try>
    Result<WriteOutcome> locked(Shards::Purpose purpose, Try&& attempt) {
        if (auto may = root_.check_writable(); !may) return std::move(may).error();
        if (auto kept = root_.keep_promise(); !kept) return std::move(kept).error();
        for (int left = 8; left > 0; --left) {
            auto const guard = root_.shards().lock(context_, place_.directory(), purpose);
            if (!guard) return guard.error();
            if (auto here = root_.check_place(); !here) return std::move(here).error();
            if (Attempt outcome = attempt(*guard)) return *std::move(outcome);
        }
        return Error(Errc::unavailable,
                     "somebody keeps removing the directory of the key or the lock files: stop them, then repeat")
            .on(place_.path);
    }
    /// What comes of a lock that does not exclude everybody any more.
    static Attempt not_locked(Result<bool> const& confirmed) {
        if (!confirmed) return confirmed.error();
        return std::nullopt;
    }

    struct Before {
        bool present, holds, mine;
    };

    /// What is stored, compared with what is expected and with the write to be made (if any). Without a precondition
    /// damage does not matter, but what is of another key is never taken.
    Result<Before> compare(WriteId mine, std::optional<Rights>* rights) const {
        using Kind = Precondition::Kind;
        if (when_.kind() == Kind::matches) {
            auto const newest = load_newest_id(root_.fd(), place_.path.c_str(), id_.key, rights);
            if (newest && *newest != mine && Revision(*newest) == when_.revision()) return Before{true, true, false};
        }
        auto const record = load_record(root_.fd(), place_.path, id_, nullptr, rights);
        if (record) return Before{*record != nullptr, when_.holds(record->get()), mine && is_mine(*record, mine)};
        if (when_.kind() != Kind::none || record.error().code() != Errc::malformed) return record.error();
        auto const head = load_head(root_.fd(), place_.path.c_str());
        if (head && head->key != id_.key.view()) return record.error();
        return Before{false, true, false};
    }

    Attempt try_write(Shards::Guard const& guard, Record const& record, std::string_view header) {
        WriteId const mine = record.stamp.ids.newest();
        rights_.reset();
        auto const before = compare(mine, &rights_);
        if (!before) return before.error();
        if (!before->holds && !before->mine) return WriteOutcome::conflict();
        if (!before->present && is_of_file_system(root_.fd(), place_.directory()))
            return Error(Errc::invalid_argument,
                         "the directory of the key would be one that the file system keeps in its root for itself: "
                         "keep the store in a directory below that root, or choose another key")
                .on(place_.path);
        // The presence of a record says that its directories are there and were synced.
        bool const careful = guard.sweep_is_due() || !before->present || place_.subdirectory != nullptr;
        OpenPlace open(root_.fd(), place_);
        int error = careful ? open.open_or_make(sync_names(), root_.rights()) : open.open();
        if (error == ENOENT) return std::nullopt;
        if (error == 0 && !rights_) error = open.read_owner(directory_, root_.rights());
        bool const create = !before->present && when_.kind() == Precondition::Kind::absent;
        Attempt outcome = error == 0 ? replace(guard, open, record, header, create) : failed(error, "write");
        if (!before->present && outcome && !*outcome) open.remove_if_empty();
        return outcome;
    }

    /// By the descriptors of the directories: a name on the way may be somebody else's link by now.
    Attempt replace(Shards::Guard const& guard, OpenPlace const& open, Record const& record, std::string_view header,
                    bool create) {
        Replacement file(open.outer(), context_.env.new_write_id());
        auto const give = [&](int fd) {
            return rights_ ? Rights::keep(fd, *rights_, root_.rights())
                           : Rights::inherit(fd, directory_, root_.rights());
        };
        int error = file.write(header, record.payload.view(), sync_data(), give);
        if (error == ENOENT) return std::nullopt;
        if (error != 0) return failed(error, "write");
        if (auto const confirmed = guard.confirm(context_.env); !confirmed || !*confirmed) return not_locked(confirmed);
        error = file.put(open.target(), place_.file(), create);
        if (error == ENOENT) return std::nullopt;
        if (error == EEXIST && create) return WriteOutcome::conflict();  // by somebody who knows no locks
        WriteId const mine = record.stamp.ids.newest();
        if (error != 0) {  // a failing disk may have done it all the same: look
            auto const now = load_record(root_.fd(), place_.path, id_);
            if (!now && now.error().code() == Errc::unavailable) return uncertain(error, "the file was to be renamed");
            if (!now || !is_mine(*now, mine)) return failed(error, "write");
            file.is_put();
            return uncertain(error, "the record was written");
        }
        return synced(open.target(), Revision(mine), "the record was written");
    }

    Attempt try_remove(Shards::Guard const& guard) {
        auto const before = compare(WriteId(), nullptr);
        if (!before) return before.error();
        if (!before->holds) return WriteOutcome::conflict();
        OpenPlace open(root_.fd(), place_);
        int const error = open.open();
        if (error == ENOENT) return stay_absent(open);
        if (error != 0) return failed(error, "remove");
        (void)sweep(open.outer());
        if (auto const confirmed = guard.confirm(context_.env); !confirmed || !*confirmed) return not_locked(confirmed);
        if (::unlinkat(open.target(), place_.file(), 0) != 0) {
            if (errno == ENOENT) return stay_absent(open);
            int const failure = errno;  // a failing disk may have done it all the same: look
            struct stat now {};
            if (::fstatat(open.target(), place_.file(), &now, AT_SYMLINK_NOFOLLOW) == 0)
                return failed(failure, "remove");
            return uncertain(failure, "the record was removed");
        }
        auto outcome = synced(open.target(), Revision(), "the record was removed");
        open.remove_if_empty();
        return outcome;
    }

    /// There is nothing to remove; but an earlier removal may not have been synced. Where the directory is gone one
    /// that is made anew has nothing in it; and names that changed and changed back are written anew.
    Attempt stay_absent(OpenPlace& open) {
        if (!sync_names()) return WriteOutcome::applied(Revision());
        bool const outer_there = open.outer() >= 0, there = open.target() >= 0;
        Fd const root = outer_there ? Fd() : open_to_sync(root_.fd());
        if (!outer_there && !root) return failed(errno, "remove");
        int const error =
            there ? renew_names(open.target(), context_.env.new_write_id()) : open.open_or_make(false, root_.rights());
        int const changed = there ? open.target() : outer_there ? open.outer() : root.get();
        Attempt outcome = error != 0 ? failed(error, "remove") : synced(changed, Revision(), "the record is gone");
        open.remove_if_empty();
        return outcome;
    }

    static bool is_mine(RecordPtr const& record, WriteId mine) noexcept {
        return record != nullptr && record->stamp.ids.newest() == mine;
    }

    Attempt synced(int directory, Revision const& revision, char const* what) const {
        int const error = sync_names() ? sync_directory(directory) : 0;
        if (error != 0) return uncertain(error, what);
        return WriteOutcome::applied(revision);
    }
    Attempt failed(int error, std::string_view operation) const {
        return Result<WriteOutcome>(file_error(error, operation, root_.fd(), place_.path));
    }
    Attempt uncertain(int error, std::string what) const {
        what.append(", but the disk reports a failure and a power loss may undo it");
        return WriteOutcome::unknown(
            Error(Errc::unknown_outcome, std::move(what)).on(place_.path).from("errno " + std::to_string(error)));
    }

    Root& root_;
    Context const& context_;
    FilePlace place_;
    RecordId const& id_;
    Precondition const& when_;
    std::optional<Rights> rights_{};  ///< of the file that is replaced
    Rights directory_{};              ///< whose the directory is that it is put into, if there is none
};

}  // namespace holdfast::detail

#endif
