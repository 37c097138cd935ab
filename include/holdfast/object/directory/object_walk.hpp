#ifndef HOLDFAST_OBJECT_DIRECTORY_OBJECT_WALK_HPP
#define HOLDFAST_OBJECT_DIRECTORY_OBJECT_WALK_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/hex.hpp>
#include <holdfast/object/directory/object_file.hpp>
#include <holdfast/object/directory/object_path.hpp>
#include <holdfast/posix/directory_reader.hpp>
#include <holdfast/posix/file_error.hpp>
#include <holdfast/posix/open_beneath.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace holdfast::detail {

/// Makes one page of a listing of a tree of any depth.
///
/// The way down is a stack of directories, each with the position behind the name that was gone into; a few of them, the
/// deepest, are open. The cursor is that stack: positions in hexadecimal, with dots between them, then `:` and the
/// directory where the page ended.
class ObjectWalk {
public:
    ObjectWalk(int root, Context const& context, ObjectQuery const& query)
        : root_(root), context_(context), query_(query), limit_(query.limit > 0 ? query.limit : 1) {
        std::size_t const slash = query.prefix.rfind('/');
        base_ = slash == query.prefix.npos ? std::string() : std::string(query.prefix.substr(0, slash));
        rest_ = slash == query.prefix.npos ? query.prefix : query.prefix.substr(slash + 1);
        // No name begins so, and the way there may lead out of the tree.
        nothing_ = slash != query.prefix.npos && !object_path(base_);
    }

    ObjectWalk(int, Context const&, ObjectQuery&&) = delete;  // it is looked at to the end

    Result<ObjectPage> page() {
        if (nothing_) return std::move(page_);
        auto done = begin();
        while (done && !levels_.empty() && page_.next.empty()) done = step();
        if (!done) return std::move(done).error().during("list");
        return std::move(page_);
    }

private:
    static constexpr std::size_t open_at_once = 16, buffer_size = 32 * 1024;

    struct Level {
        std::string path;            ///< below the root; empty: the root itself
        std::uint64_t position = 0;  ///< where to go on when it is opened again
        Fd fd{};
        std::optional<DirectoryReader> names{};
    };

    Result<void> begin() {
        if (query_.cursor.empty()) return levels_.push_back({base_}), Result<void>();
        std::size_t const colon = query_.cursor.find(':');
        std::string_view positions = query_.cursor.substr(0, colon);
        std::string_view const last = colon == query_.cursor.npos ? std::string_view() : query_.cursor.substr(colon + 1);
        bool fine = colon != query_.cursor.npos && is_below(last) && (last.empty() || object_path(last));
        for (std::size_t end = base_.size(); fine && !positions.empty();) {
            std::size_t const dot = positions.find('.') < positions.size() ? positions.find('.') : positions.size();
            auto const position = from_hex(positions.substr(0, dot));
            fine = position && end <= last.size();
            if (!fine) break;
            levels_.push_back({std::string(last.substr(0, end)), *position});
            positions.remove_prefix(dot < positions.size() ? dot + 1 : dot);
            std::size_t const slash = last.find('/', end + (end > 0 ? 1 : 0));
            end = end == last.size() ? last.size() + 1 : slash == last.npos ? last.size() : slash;
        }
        if (fine && !levels_.empty() && levels_.back().path == last) return {};
        return odd_cursor();
    }
    static Error odd_cursor() {
        return Error(Errc::invalid_argument, "the cursor is not one of this store: begin the listing anew");
    }
    bool is_below(std::string_view path) const noexcept {
        return path == base_ || (path.starts_with(base_) && (base_.empty() || path[base_.size()] == '/'));
    }

    /// Looks at the next name of the deepest directory.
    Result<void> step() {
        if (context_.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        if (++seen_ % 1024 == 1023 && context_.expired()) return Error(Errc::timed_out, "the listing took too long");
        Level& level = levels_.back();
        if (!level.names && !open(level)) {
            int const error = errno;
            struct stat about {};
            bool const removed = level.fd && ::fstat(level.fd.get(), &about) == 0 && about.st_nlink == 0;
            if (level.fd && error == EINVAL && !removed) return odd_cursor();  // no position of this directory
            return leave(removed ? ENOENT : error);
        }
        auto const name = level.names->next();
        if (!name) return leave(level.names->error());
        level.position = name->after;
        bool const of_base = level.path == base_;
        if (is_own_name(name->text) || (of_base && !name->text.starts_with(rest_))) return {};
        return add(level, std::string(name->text));
    }

    bool open(Level& level) {
        level.fd = level.path.empty() ? open_directory_at(root_, ".") : open_directory_beneath(root_, level.path.c_str());
        if (!level.fd) return false;
        level.names.emplace(level.fd.get(), buffer_size);
        return level.position == 0 || level.names->seek(level.position);
    }

    /// Goes on above. A directory that went away is none; one that cannot be looked at is said, and hides no other.
    Result<void> leave(int error) {
        std::string const path = std::move(levels_.back().path);
        levels_.pop_back();
        if (error == 0 || error == ENOENT) return {};
        if (error == ENOTDIR && path != base_) return {};  // it was one a moment ago
        if (error == ENOTDIR && !ObjectFile::is_odd_way(root_, path + "/")) return {};  // an object: nothing is below it
        bool const of_all = error == EMFILE || error == ENFILE || error == ENOMEM || error == EBADF;
        if (of_all || (path == base_ && !peeks_))
            return file_error(error, "list", root_, path.empty() ? "." : path);
        return unreadable(file_error(error, "list", root_, path));
    }
    Result<void> unreadable(Error why) {
        page_.unreadable.push_back(std::move(why));
        end_if_full();
        return {};
    }
    void end_if_full() {
        if (page_.objects.size() + page_.prefixes.size() + page_.unreadable.size() >= limit_ && !levels_.empty())
            page_.next = cursor();
    }

    Result<void> add(Level const& level, std::string const& name) {
        struct stat about {};
        std::string path = level.path.empty() ? name : level.path + "/" + name;
        if (::fstatat(level.fd.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) return {};  // just removed
            return unreadable(file_error(errno, "list", root_, path));
        }
        if (auto fine = check_object_name(path); !fine) return unreadable(std::move(fine).error());  // of no store's
        if (S_ISDIR(about.st_mode)) {
            if (!query_.one_level) return enter(std::move(path));
            auto const holds = holds_objects(path);
            if (!holds) return std::move(holds).error();
            if (*holds) page_.prefixes.push_back(path + "/");
        } else if (S_ISREG(about.st_mode)) {
            page_.objects.push_back({std::move(path), static_cast<std::uint64_t>(about.st_size)});
        } else {
            return unreadable(ObjectFile::no_file(S_ISLNK(about.st_mode), path));
        }
        end_if_full();
        return {};
    }

    Result<void> enter(std::string path) {
        if (levels_.size() >= open_at_once) {
            Level& far = levels_[levels_.size() - open_at_once];
            far.names.reset();
            far.fd = Fd();
        }
        levels_.push_back({std::move(path)});
        return {};
    }

    /// Directories that are left empty are nothing in a bucket.
    Result<bool> holds_objects(std::string const& path) {
        std::string const below = path + "/";
        ObjectQuery const one{.prefix = below, .limit = 1};
        ObjectWalk walk(root_, context_, one);
        walk.peeks_ = true;
        auto page = walk.page();
        if (!page) return std::move(page).error();
        bool const hidden = !page->unreadable.empty() && page->unreadable.front().subject() == path;  // all of it
        if (hidden) (void)unreadable(std::move(page->unreadable.front()));
        return !hidden && (!page->objects.empty() || !page->unreadable.empty());
    }

    std::string cursor() const {
        std::string text;
        for (Level const& level : levels_) {
            auto const digits = to_hex(level.position);
            text.append(text.empty() ? "" : ".").append(digits.data(), digits.size());
        }
        return text.append(":").append(levels_.back().path);
    }

    int root_;
    Context const& context_;
    ObjectQuery const& query_;
    std::size_t limit_;
    std::string base_;       ///< the directory that holds all that is asked for
    std::string_view rest_;  ///< with what the names there begin
    bool nothing_ = false;   ///< can begin so
    bool peeks_ = false;     ///< for the sake of another walk, which goes on whatever cannot be looked at
    std::vector<Level> levels_;
    std::size_t seen_ = 0;
    ObjectPage page_;
};

}  // namespace holdfast::detail

#endif
