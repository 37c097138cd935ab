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
///     write a temporary file, sync it; rename it; sync the directory; unlock
///
/// What fails before the rename is an `Error`, what fails after it is `unknown`.
///
/// What is compared is the id of the newest write. If the header says the expected one, nothing else of the record is
/// looked at: the caller has read it whole, and what it holds is replaced anyway. In all other cases the record is read
/// and verified, so that damage is never taken for a conflict, nor for the success of an earlier attempt.
template <Durability D>
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
        return locked([&](Shards::Guard const& guard) { return try_write(guard, record, header->view()); });
    }

    Result<WriteOutcome> remove() {
        return locked([&](Shards::Guard const&) { return try_remove(); });
    }

private:
    static constexpr bool sync_data = D != Durability::none;
    static constexpr bool sync_names = D == Durability::full;

    using Attempt = std::optional<Result<WriteOutcome>>;  // none: the directory went away, begin again

    /// Begins again with the comparison if somebody who knows no locks removed the directory.
    template <class Try>
    Result<WriteOutcome> locked(Try&& attempt) {
        auto const guard = root_.shards().lock(context_, place_.directory());
        if (!guard) return guard.error();
        for (int left = 8; left > 0; --left)
            if (Attempt outcome = attempt(*guard)) return *std::move(outcome);
        return Error(Errc::unavailable, "somebody keeps removing the directory of the key: stop them, then repeat")
            .on(place_.path);
    }

    struct Before {
        bool present, holds, mine;
    };

    /// What is stored, compared with what is expected and with the write to be made (if any). Without a precondition
    /// damage does not matter, but what is of another key is never taken.
    Result<Before> compare(WriteId mine) const {
        using Kind = Precondition::Kind;
        if (when_.kind() == Kind::matches) {
            auto const newest = load_newest_id(root_.fd(), place_.path.c_str(), id_.key);
            if (newest && *newest != mine && Revision(*newest) == when_.revision()) return Before{true, true, false};
        }
        auto const record = load_record(root_.fd(), place_.path, id_);
        if (record) return Before{*record != nullptr, when_.holds(record->get()), mine && is_mine(*record, mine)};
        if (when_.kind() != Kind::none || record.error().code() != Errc::malformed) return record.error();
        auto const head = load_head(root_.fd(), place_.path.c_str());
        if (head && head->key != id_.key.view()) return record.error();
        return Before{false, true, false};
    }

    Attempt try_write(Shards::Guard const& guard, Record const& record, std::string_view header) {
        WriteId const mine = record.stamp.ids.newest();
        auto const before = compare(mine);
        if (!before) return before.error();
        if (before->mine) return confirm(mine);
        if (!before->holds) return WriteOutcome::conflict();
        // The presence of a record says that its directories are there and were synced.
        bool const careful = guard.sweep_is_due() || !before->present || place_.subdirectory != nullptr;
        if (!careful && !sync_names)  // then nobody needs the directory itself
            return replace({root_.fd(), place_.directory(), root_.fd(), place_.path.c_str()}, record, header);
        OpenPlace open(root_.fd(), place_);
        int const error = careful ? open.open_or_make(sync_names) : open.open();
        if (error == ENOENT) return std::nullopt;
        Attempt outcome = error == 0 ? replace({open.outer(), {}, open.target(), place_.file()}, record, header)
                                     : failed(error, "write");
        if (!before->present && outcome && !*outcome) open.remove_if_empty();
        return outcome;
    }

    /// Two directories, and what is named from there: the directory of the temporary file, and the file.
    struct Names {
        int from;
        std::string_view temporaries;
        int to;
        char const* file;
    };

    Attempt replace(Names const& names, Record const& record, std::string_view header) {
        Replacement file(names.from, context_.env.new_write_id(), names.temporaries);
        int error = file.write(header, record.payload.view(), sync_data, root_.umask_takes_our_rights());
        if (error == ENOENT) return std::nullopt;
        if (error != 0) return failed(error, "write");
        bool const create = when_.kind() == Precondition::Kind::absent;
        error = file.put(names.to, names.file, create);
        if (error == ENOENT) return std::nullopt;
        if (error == EEXIST && create) return WriteOutcome::conflict();  // by somebody who knows no locks
        WriteId const mine = record.stamp.ids.newest();
        if (error != 0) {  // a failing disk may have done it all the same: look
            auto const now = load_record(root_.fd(), place_.path, id_);
            if (!now && now.error().code() == Errc::unavailable) return uncertain(error, "the file was to be renamed");
            if (!now || !is_mine(*now, mine)) return failed(error, "write");
            file.is_put();
        }
        return synced(names.to, Revision(mine), "the record was written");
    }

    Attempt try_remove() {
        auto const before = compare(WriteId());
        if (!before) return before.error();
        if (!before->holds) return WriteOutcome::conflict();
        OpenPlace open(root_.fd(), place_);
        int const error = open.open();
        if (error == ENOENT)  // an earlier removal, perhaps not synced
            return synced(open.outer() < 0 ? root_.fd() : open.outer(), Revision(), "the record is gone");
        if (error != 0) return failed(error, "remove");
        (void)sweep(open.outer());
        if (::unlinkat(open.target(), place_.file(), 0) != 0 && errno != ENOENT) return failed(errno, "remove");
        auto outcome = synced(open.target(), Revision(), "the record was removed");
        open.remove_if_empty();
        return outcome;
    }

    static bool is_mine(RecordPtr const& record, WriteId mine) noexcept {
        return record != nullptr && record->stamp.ids.newest() == mine;
    }

    /// The same write was made before, but perhaps its sync failed.
    Attempt confirm(WriteId mine) {
        OpenPlace open(root_.fd(), place_);
        int const error = sync_names ? open.open() : 0;
        if (error != 0) return uncertain(error, "the record was written before");
        return synced(open.target(), Revision(mine), "the record was written before");
    }

    Attempt synced(int directory, Revision const& revision, char const* what) const {
        int const error = sync_names ? sync_directory(directory) : 0;
        if (error != 0) return uncertain(error, what);
        return WriteOutcome::applied(revision);
    }
    Attempt failed(int error, std::string_view operation) const {
        return Result<WriteOutcome>(system_error(error, operation, place_.path));
    }
    Attempt uncertain(int error, std::string what) const {
        what.append(", but the disk reports a failure and a power loss may undo it: repeat the same call");
        return WriteOutcome::unknown(
            Error(Errc::unknown_outcome, std::move(what)).on(place_.path).from("errno " + std::to_string(error)));
    }

    Root& root_;
    Context const& context_;
    FilePlace place_;
    RecordId const& id_;
    Precondition const& when_;
};

}  // namespace holdfast::detail

#endif
