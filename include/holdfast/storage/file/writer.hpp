#ifndef HOLDFAST_STORAGE_FILE_WRITER_HPP
#define HOLDFAST_STORAGE_FILE_WRITER_HPP

#include <holdfast/core/precondition.hpp>
#include <holdfast/posix/tree/writer.hpp>
#include <holdfast/storage/file/file_place.hpp>
#include <holdfast/storage/file/load.hpp>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// One write or removal of a record in a file (`TreeWriter`).
///
/// What is compared is the id of the newest write. If the header says the expected one, nothing else of the record is
/// looked at: the caller has read it whole, and what it holds is replaced anyway. In all other cases the record is read
/// and verified, so that damage is never taken for a conflict, nor for the success of an earlier attempt.
class FileWriter {
public:
    FileWriter(Root& root, Context const& context, FilePlace const& place, RecordId const& id, Precondition const& when)
        : root_(root), context_(context), place_(place), id_(id), when_(when) {}

    Result<WriteOutcome> write(Record const& record) {
        if (!record.stamp.ids.newest())
            return Error(Errc::invalid_argument, "a record needs the id of its write: stamp it");
        if (record.key.view() != id_.key.view())
            return Error(Errc::invalid_argument, "the record is of another key than the id");
        auto const header = encode_frame_header(record);
        if (!header) return header.error();
        mine_ = record.stamp.ids.newest();
        frame_ = {header->view(), record.payload.view()};
        return tree().write();
    }

    Result<WriteOutcome> remove() { return tree().remove(); }

    // What the writer of a tree asks.

    /// Without a precondition damage does not matter, but what is of another key is never taken.
    Result<FileBefore> compare(std::optional<Rights>* rights) const {
        using Kind = Precondition::Kind;
        if (when_.kind() == Kind::matches) {
            auto const newest = load_newest_id(root_.fd(), place_.path.c_str(), id_.key, rights);
            if (newest && *newest != mine_ && Revision(*newest) == when_.revision()) return FileBefore{true, true, false};
        }
        auto const record = load_record(root_.fd(), place_.path, id_, nullptr, rights);
        if (record) return FileBefore{*record != nullptr, when_.holds(record->get()), mine_ && is_mine(*record)};
        if (when_.kind() != Kind::none || record.error().code() != Errc::malformed) return record.error();
        auto const head = load_head(root_.fd(), place_.path.c_str());
        if (head && head->key != id_.key.view()) return record.error();
        return FileBefore{false, true, false};
    }
    bool creates() const noexcept { return when_.kind() == Precondition::Kind::absent; }
    int fill(int fd) const noexcept { return write_all(fd, frame_); }
    Revision revision() const noexcept { return Revision(mine_); }
    Result<bool> stands() const {
        auto const now = load_record(root_.fd(), place_.path, id_);
        return now ? Result<bool>(is_mine(*now)) : Result<bool>(now.error());
    }

private:
    TreeWriter<FileWriter> tree() { return {root_, context_, place_.path, FilePlace::kept, *this}; }

    bool is_mine(RecordPtr const& record) const noexcept {
        return record != nullptr && record->stamp.ids.newest() == mine_;
    }

    Root& root_;
    Context const& context_;
    FilePlace const& place_;
    RecordId const& id_;
    Precondition const& when_;
    WriteId mine_{};
    std::array<std::string_view, 2> frame_{};
};

}  // namespace holdfast::detail

#endif
