#ifndef HOLDFAST_OBJECT_DIRECTORY_OBJECTS_HPP
#define HOLDFAST_OBJECT_DIRECTORY_OBJECTS_HPP

#include <holdfast/core/handle.hpp>
#include <holdfast/fwd.hpp>
#include <holdfast/object/directory/file_ages.hpp>
#include <holdfast/object/directory/object_copy.hpp>
#include <holdfast/object/directory/object_walk.hpp>
#include <holdfast/object/directory/object_writer.hpp>
#include <holdfast/object/large_objects.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

/// Named bytes in a directory of this host: what a bucket is, with a directory's limits. A file for each object, its name
/// the path; directories come and go with what is in them.
///
/// Many threads and processes may use the directory at once. Writers of the objects in one directory exclude each other by
/// a lock that the kernel releases when its holder dies; readers take none. A put is whole or not there after `kill -9` at
/// any moment, and after a power loss as `Durability` says. Lock files and temporary files are in `.holdfast`. It may be
/// open as a `FileStorage`, too, and in any other way, at the same time: see there for rights, symbolic links,
/// directories that are moved, and `Durability`.
///
/// The revision of an object is the SHA-256 of its content: what other programs write, in whatever way, is noticed; the
/// same content again is the same revision. A condition on a revision therefore reads the file, under the lock.
///
/// Refused (`invalid_argument`): names with parts of more than 255 bytes, or that the directory keeps for itself
/// (`.holdfast`, `.holdfast-…`), and an object whose name is the beginning of another's before a slash. On a file system
/// that ignores case, names that differ in nothing else are one: do not use such.
///
/// Cost in system calls: get 5 (6 with content); put 16 (over an object; with a condition on a revision 4 and a piece of
/// 64 KiB more) and 2 fsyncs (`full`) or 1 (`data`); list 1 for each object and 5 for each directory.
///
/// Thread safety: every member may be called from any thread at any time.
template <Durability D>
class DirectoryObjects {
public:
    static constexpr bool conditional_put = true;
    static constexpr bool conditional_remove = true;
    static constexpr bool late_writes = false;

    /// Opens a directory, and makes it if it is not there. Errors: as `FileStorage`.
    static Result<DirectoryObjects> open(std::string const& directory, DirectoryOptions const& options = {}) {
        return open_root(directory, {options, D});
    }
    /// The same, for records that are named by a layout: with its mark, see `FileStorage`.
    template <class Layout>
    static Result<DirectoryObjects> open_for(std::string const& directory, DirectoryOptions const& options = {}) {
        static_assert(requires { std::span<std::string_view const>(Layout::areas); std::string_view(Layout::layout_name); },
                      "holdfast: a layout of a directory names in 'areas', an array of std::string_view, the directories that "
                      "its names begin with, so that records without their mark are noticed, and itself in 'layout_name'");
        return open_root(directory, {options, D, Layout::layout_name, Layout::areas});
    }

    Result<Fetched> get(Context const& context, ObjectRead const& read) const {
        auto path = detail::object_path(read.name);
        if (!path) return std::move(path).error().during("get");
        auto found = fetch(context, read, *path);
        if (!found) return std::move(found).error().during("get");
        return found;
    }

    Result<WriteOutcome> put(Context const& context, std::string_view name, BodyParts body, Precondition const& when) {
        return located("put", name, [&](std::string const& path) {
            return detail::ObjectWriter(root(), context, path, when).put(body);
        });
    }
    Result<WriteOutcome> remove(Context const& context, std::string_view name, Precondition const& when) {
        return located("remove", name, [&](std::string const& path) {
            return detail::ObjectWriter(root(), context, path, when).remove();
        });
    }

    Result<ObjectPage> list(Context const& context, ObjectQuery const& query) const {
        return detail::ObjectWalk(root().fd(), context, query).page();
    }

    Result<Fetched> get_to(Context const& context, ObjectRead const& read, int fd) const {
        auto path = detail::object_path(read.name);
        if (!path) return std::move(path).error().during("get");
        auto found = fetch(context, read, *path, fd);
        if (!found) return std::move(found).error().during("get");
        return found;
    }
    Result<WriteOutcome> put_from(Context const& context, std::string_view name, int fd, std::uint64_t size,
                                  Precondition const& when) {
        return located("put", name, [&](std::string const& path) {
            return detail::ObjectWriter(root(), context, path, when).put_from(fd, size);
        });
    }

    /// Of all puts in the directory: at least that of the type.
    Durability durability() const noexcept { return root().durability(); }

    /// Where this keeps its lock files, and others may.
    Result<LockDirectory> lock_directory() const {
        if (auto may = root().check_writable(); !may) return std::move(may).error();
        return root().own();
    }

private:
    struct Shared {
        explicit Shared(std::shared_ptr<detail::Root> opened) noexcept : root(std::move(opened)) {}

        std::shared_ptr<detail::Root> root;
        detail::FileAges ages;
        detail::OtherRoots others;
    };

    static Result<DirectoryObjects> open_root(std::string const& directory, detail::RootOptions const& options) {
        auto root = detail::Root::open(directory, options);
        if (!root) return std::move(root).error();
        return DirectoryObjects(std::make_shared<Shared>(*std::move(root)));
    }

    explicit DirectoryObjects(std::shared_ptr<Shared> shared) noexcept : shared_(std::move(shared)) {}

    detail::Root& root() const noexcept { return *shared_->root; }

    Result<Fetched> fetch(Context const& context, ObjectRead const& read, std::string const& path,
                          std::optional<int> to = {}) const {
        auto const opened = detail::ObjectFile::open(root().fd(), path);
        if (!opened) return opened.error();
        if (!*opened) return Fetched{};
        detail::ObjectFile const& file = **opened;
        Fetched found{Fetched::Kind::found, {}, {}, file.size(), shared_->ages.of(context.env, file.about())};
        if (file.size() > read.most && (to || read.first >= file.size())) {
            auto const same = read.known.empty() ? Result<Revision>(Revision()) : file.digest(context);
            if (!same) return Error(same.error()).on(path);
            if (same->empty() || *same != read.known) return detail::body_too_large(read, file.size());
            found.kind = Fetched::Kind::unchanged;
            found.revision = *same;
            return found;
        }
        auto done = to ? detail::copy_out(file, read, *to, context, found) : detail::read_object(file, read, found);
        if (!done) return std::move(done).error().on(path);
        return found;
    }

    template <class Call>
    Result<WriteOutcome> located(std::string_view operation, std::string_view name, Call&& call) {
        auto const path = detail::object_path(name);
        auto const mine = path ? shared_->others.refuse(root().fd(), detail::Root::own_directory, *path)
                               : Result<void>(path.error());
        Result<WriteOutcome> outcome = mine ? call(*path) : Result<WriteOutcome>(mine.error());
        if (outcome) return outcome;
        return std::move(outcome).error().during(operation).on(std::string(name.substr(0, 200)));
    }

    detail::Handle<Shared> shared_;
};

}  // namespace holdfast

#endif
