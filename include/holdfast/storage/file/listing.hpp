#ifndef HOLDFAST_STORAGE_FILE_LISTING_HPP
#define HOLDFAST_STORAGE_FILE_LISTING_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/listing.hpp>
#include <holdfast/format/tombstone_size.hpp>
#include <holdfast/posix/directory_reader.hpp>
#include <holdfast/process/fd.hpp>
#include <holdfast/storage/file/file_place.hpp>
#include <holdfast/storage/file/load.hpp>

#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace holdfast::detail {

/// Makes one page of a listing: of the area of a slot, and of no other.
///
/// The cursor says where to go on: `<position in the area>`, or `<position>.<position in the directory>.<directory>`
/// inside a key's versions. Positions are hexadecimal; `-` is the end of the area.
template <class Layout>
class FileListing {
public:
    FileListing(int root, Context const& context, ListRequest const& request)
        : root_(root),
          context_(context),
          request_(request),
          limit_(request.limit > 0 ? request.limit : 1),
          area_name_(Layout::area(request.slot)) {}

    Result<ListPage> page() {
        if (auto done = fill(); !done) return std::move(done).error().during("list");
        return std::move(page_);
    }

private:
    Result<void> fill() {
        std::string_view cursor = request_.cursor;
        std::string_view const position = field(cursor), below = field(cursor), directory = cursor;
        auto const start = position.empty() || position == "-" ? 0 : from_hex(position);
        auto const inside = below.empty() ? 0 : from_hex(below);
        if (!start || !inside || directory.find('/') != directory.npos)
            return Error(Errc::invalid_argument, "the cursor is not one of this storage: begin the listing anew");
        area_ = open_directory_beneath(root_, area_name_.c_str());
        if (!area_) return errno == ENOENT ? Result<void>() : Result<void>(file_error(errno, "list", root_, area_name_));
        if (request_.whole_key && directory.empty()) {
            auto const key = Key::parse(std::string(request_.prefix));
            if (!key) return key.error();
            return visit(Layout::directory(*key), DT_UNKNOWN, "-", 0);
        }
        if (!directory.empty())
            if (auto rest = visit(std::string(directory), DT_UNKNOWN, position, *inside); !rest || !page_.next.empty()) return rest;
        if (position == "-") return {};
        if (full()) return page_.next = position, Result<void>();
        return walk(*start);
    }

    Result<void> walk(std::uint64_t start) {
        DirectoryReader names(area_.get(), buffer_size);
        if (start != 0 && !names.seek(start)) return system_error(errno, "list", area_name_);
        for (std::size_t seen = 0; auto const name = names.next(); ++seen) {
            if (auto going = patient(seen); !going) return going;
            if (name->text.starts_with('.')) continue;
            std::string const after = position(name->after);
            if (auto visited = visit(std::string(name->text), name->type, after, 0); !visited || !page_.next.empty())
                return visited;
            if (full()) return page_.next = after, Result<void>();
        }
        if (names.error() != 0) return system_error(names.error(), "list", area_name_);
        return {};
    }

    Result<void> patient(std::size_t seen) const {
        if (context_.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        if (seen % 1024 == 1023 && context_.expired()) return Error(Errc::timed_out, "the listing took too long");
        return {};
    }

    /// Lists what the directory of a key has; sets `next` if the page is full before its end.
    Result<void> visit(std::string const& directory, unsigned char type, std::string_view after, std::uint64_t below) {
        bool const cut = !request_.whole_key && Layout::may_be_ours(directory);
        auto const key = cut ? std::nullopt : key_of(directory);
        if (!cut && (!key || !wanted(*key))) return {};
        if (is_link(directory, type)) return missing(ELOOP, directory);
        if (request_.slot == Slot::version) return visit_versions(directory, key, after, below);
        return add(key, directory);
    }

    /// A link is never followed, and looked for only where the directory above has not said what it is.
    bool is_link(std::string const& directory, unsigned char type) const noexcept {
        struct stat about {};
        if (type != DT_UNKNOWN) return type == DT_LNK;
        return ::fstatat(area_.get(), directory.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(about.st_mode);
    }

    Result<void> visit_versions(std::string const& directory, std::optional<Key> key, std::string_view after,
                                std::uint64_t below) {
        Fd const fd = open_directory_beneath(area_.get(), directory.c_str());
        if (!fd) return missing(errno, directory);
        DirectoryReader names(fd.get(), buffer_size);
        if (below != 0 && !names.seek(below)) return missing(errno, directory);
        for (std::size_t seen = 0; auto const name = names.next(); ++seen) {
            if (auto going = patient(seen); !going) return going;
            auto const version = Layout::version(name->text);
            if (!version) continue;
            if (!key) key = tell_by_any(directory);
            if (!key) return page_.unreadable.push_back(untold(area_name_ + "/" + directory)), Result<void>();
            if (!wanted(*key)) return {};
            std::uint64_t const position_after = name->after;
            page_.records.push_back({*key, *version});
            if (full()) {
                page_.next = std::string(after) + "." + position(position_after) + "." + directory;
                return {};
            }
        }
        return names.error() != 0 ? missing(names.error(), directory) : Result<void>();
    }

    /// Adds the record in the directory, unless there is none. Damaged ones too: reading them says so.
    Result<void> add(std::optional<Key> key, std::string const& directory) {
        std::string const path = directory + "/" + Layout::file(RecordId("-", request_.slot));
        struct stat about {};
        if (::fstatat(area_.get(), path.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) return missing(errno, path);
        if (S_ISDIR(about.st_mode) || S_ISLNK(about.st_mode)) return missing(S_ISDIR(about.st_mode) ? EISDIR : ELOOP, path);
        if (!S_ISREG(about.st_mode)) return page_.unreadable.push_back(no_file(area_name_ + "/" + path)), Result<void>();
        if (request_.slot == Slot::current && is_tombstone_size(static_cast<std::uint64_t>(about.st_size))) return {};
        bool const cut = !key;
        if (cut) key = tell(directory, path);
        if (!key && ::fstatat(area_.get(), path.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
            return {};  // removed since it was looked at
        if (!key) page_.unreadable.push_back(untold(area_name_ + "/" + path));
        else if (!cut || wanted(*key)) page_.records.push_back({*std::move(key), {}});
        return {};
    }

    /// What cannot be looked at is named, and does not hide the others; only what would stop them all ends the listing.
    Result<void> missing(int error, std::string const& path) {
        if (error == ENOENT || error == ENOTDIR) return {};
        if (error == EMFILE || error == ENFILE || error == ENOMEM || error == EBADF)
            return system_error(error, "list", area_name_ + "/" + path);
        page_.unreadable.push_back(file_error(error, "list", root_, area_name_ + "/" + path));
        return {};
    }

    static Error no_file(std::string const& path) {
        return Error(Errc::malformed, "what stands here is no file: remove it").during("list").on(path);
    }
    static Error untold(std::string const& path) {
        return Error(Errc::malformed,
                     "the file should tell its key and does not: restore it from a copy, or remove its directory")
            .during("list")
            .on(path);
    }

    std::optional<Key> key_of(std::string const& directory) const {
        if (!request_.whole_key) return Layout::key(directory);
        auto key = Key::parse(std::string(request_.prefix));
        if (!key || Layout::directory(*key) != directory) return std::nullopt;
        return *std::move(key);
    }

    /// The key of a directory whose name holds only a hash, as a record in it says.
    std::optional<Key> tell(std::string const& directory, std::string const& path) const {
        auto const head = load_head(area_.get(), path.c_str());
        if (!head) return std::nullopt;
        auto key = Key::parse(head->key);
        if (!key || Layout::directory(*key) != directory) return std::nullopt;
        return *std::move(key);
    }

    /// The same, as one of its first versions says that can be read.
    std::optional<Key> tell_by_any(std::string const& directory) const {
        Fd const fd = open_directory_beneath(area_.get(), directory.c_str());
        DirectoryReader names(fd.get(), 4096);
        if (!fd || !names.fill()) return std::nullopt;
        while (auto const name = names.next_buffered())
            if (auto key = tell(directory, directory + "/" + std::string(name->text))) return key;
        return std::nullopt;
    }

    bool wanted(Key const& key) const noexcept {
        return request_.whole_key ? key.view() == request_.prefix : key.view().starts_with(request_.prefix);
    }
    bool full() const noexcept { return page_.records.size() + page_.unreadable.size() >= limit_; }

    static std::string_view field(std::string_view& rest) noexcept {
        std::string_view const first = rest.substr(0, rest.find('.'));
        rest.remove_prefix(first.size() < rest.size() ? first.size() + 1 : first.size());
        return first;
    }
    static std::string position(std::uint64_t value) {
        auto const digits = to_hex(value);
        return {digits.data(), digits.size()};
    }

    static constexpr std::size_t buffer_size = 32 * 1024;

    int root_;
    Context const& context_;
    ListRequest const& request_;
    std::size_t limit_;
    std::string area_name_;
    Fd area_{};
    ListPage page_;
};

}  // namespace holdfast::detail

#endif
