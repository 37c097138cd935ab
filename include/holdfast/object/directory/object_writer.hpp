#ifndef HOLDFAST_OBJECT_DIRECTORY_OBJECT_WRITER_HPP
#define HOLDFAST_OBJECT_DIRECTORY_OBJECT_WRITER_HPP

#include <holdfast/core/precondition.hpp>
#include <holdfast/object/directory/object_file.hpp>
#include <holdfast/posix/descriptor_of_caller.hpp>
#include <holdfast/posix/tree/writer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace holdfast::detail {

/// One put or removal of an object in a directory (`TreeWriter`). What is compared is the content. An object that has the
/// wanted content already is never taken for the success of an earlier attempt: somebody else may have put it.
class ObjectWriter {
public:
    ObjectWriter(Root& root, Context const& context, std::string const& path, Precondition const& when)
        : root_(root), context_(context), path_(path), when_(when) {}

    Result<WriteOutcome> put(BodyParts body) {
        body_ = body;
        revision_ = content_revision(body);
        return told(tree().write());
    }

    /// In pieces, and without anybody's lock until all of it is there.
    Result<WriteOutcome> put_from(int fd, std::uint64_t size) {
        if (auto may = root_.check_writable(); !may) return std::move(may).error();
        if (auto kept = root_.keep_promise(); !kept) return std::move(kept).error();  // how durable that is it tells
        Fd const directory = root_.make_temporary();
        if (!directory) return system_error(errno, "write", path_);
        StagedFile staged(directory.get(), context_.env);
        if (int const error = staged.create(); error != 0) return system_error(error, "write", path_);
        if (auto copied = copy(fd, size, staged.fd()); !copied) return std::move(copied).error();
        if (root_.durability() != Durability::none)
            if (int const error = sync_file(staged.fd()); error != 0) return system_error(error, "sync", path_);
        return told(tree().write(&staged));
    }

    Result<WriteOutcome> remove() { return told(tree().remove()); }

    // What the writer of a tree asks.

    Result<FileBefore> compare(std::optional<Rights>* rights) {
        auto const opened = ObjectFile::open(root_.fd(), path_);
        if (!opened) return opened.error();
        if (!*opened) return absent();
        if (rights != nullptr && rights->emplace().read((*opened)->fd()) != 0) rights->reset();
        if (when_.kind() != Precondition::Kind::matches) return FileBefore{true, when_.kind() == Precondition::Kind::none, false};
        auto now = (*opened)->digest(context_);
        if (!now) return std::move(now).error();
        return FileBefore{true, *now == when_.revision(), false};
    }
    bool creates() const noexcept { return when_.kind() == Precondition::Kind::absent; }
    int fill(int fd) const noexcept { return write_all(fd, body_); }
    Revision const& revision() const noexcept { return revision_; }
    Result<bool> stands() const {
        auto const opened = ObjectFile::open(root_.fd(), path_);
        if (!opened) return opened.error();
        if (!*opened) return false;
        auto now = (*opened)->digest(context_);
        if (!now) return std::move(now).error();
        return *now == revision_;
    }

private:
    TreeWriter<ObjectWriter> tree() { return {root_, context_, path_, 0, *this}; }

    /// Also where a directory of that name is, with other objects: that is refused, whatever the condition, and nothing in
    /// it is touched. One without any is in nobody's way, and goes where something is to be done.
    Result<FileBefore> absent() const {
        bool const holds = when_.kind() != Precondition::Kind::matches;
        std::size_t const slash = path_.rfind('/');
        Fd const above = slash == path_.npos ? open_directory_at(root_.fd(), ".")
                                             : open_directory_beneath(root_.fd(), path_.substr(0, slash).c_str());
        char const* const name = path_.c_str() + (slash == path_.npos ? 0 : slash + 1);
        struct stat about {};
        bool const directory = above && ::fstatat(above.get(), name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(about.st_mode);
        if (directory && !(EmptyTree::is(above.get(), name) && (!holds || EmptyTree::remove(above.get(), name))))
            return object_error(Error(Errc::invalid_argument), EISDIR, path_);
        return FileBefore{false, holds, false};
    }

    Result<void> copy(int from, std::uint64_t size, int to) {
        auto const buffer = std::make_unique_for_overwrite<char[]>(ObjectFile::piece);
        Sha256 hash;
        DescriptorOfCaller source(from, DescriptorOfCaller::Use::read, "the file to be put", context_);
        for (std::uint64_t left = size; left > 0;) {
            auto const got = source.read(buffer.get(), left < ObjectFile::piece ? left : ObjectFile::piece);
            if (!got) return got.error();
            if (*got == 0)
                return Error(Errc::malformed, "the file to be put ends " + std::to_string(left) +
                                                  " bytes before what was said of it: nothing was put");
            std::string_view const part(buffer.get(), *got);
            if (int const error = write_all(to, {&part, 1}); error != 0) return system_error(error, "write", path_);
            hash.update(part);
            left -= part.size();
        }
        revision_ = content_revision(hash);
        return {};
    }

    /// What the system says of names that are the beginning of others.
    Result<WriteOutcome> told(Result<WriteOutcome> outcome) const {
        if (outcome) return outcome;
        Error const& why = outcome.error();
        for (int const number : {ENOTDIR, EISDIR, EEXIST, ENOTEMPTY})
            // What was there may be gone by now; links and pipes are no names of objects.
            if (why.backend() == "errno " + std::to_string(number) && !ObjectFile::is_odd_way(root_.fd(), path_))
                return object_error(why, number, path_);
        return outcome;
    }

    Root& root_;
    Context const& context_;
    std::string const& path_;
    Precondition const& when_;
    BodyParts body_{};
    Revision revision_{};
};

}  // namespace holdfast::detail

#endif
