#ifndef HOLDFAST_STORAGE_FILE_LISTING_HPP
#define HOLDFAST_STORAGE_FILE_LISTING_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/listing.hpp>
#include <holdfast/detail/posix/directory_reader.hpp>
#include <holdfast/storage/file/load.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// Makes one page of a listing.
///
/// The cursor says where to go on: `<position in the root>`, or `<position>.<position in the versions>.<directory>`
/// inside a key's versions. Positions are hexadecimal; `-` is the end of the root.
template <class Layout>
class FileListing {
public:
    FileListing(int root, Context const& context, ListRequest const& request)
        : root_(root), context_(context), request_(request), limit_(request.limit > 0 ? request.limit : 1) {}

    Result<ListPage> page() {
        if (auto done = fill(); !done) return std::move(done).error().during("list");
        return std::move(page_);
    }

private:
    Result<void> fill() {
        std::string_view cursor = request_.cursor;
        std::string_view const position = field(cursor), below = field(cursor), directory = cursor;
        if (request_.whole_key && directory.empty()) {
            auto const key = Key::parse(std::string(request_.prefix));
            if (!key) return key.error();
            return visit(Layout::directory(*key), "-", 0);
        }
        auto const start = position.empty() || position == "-" ? 0 : from_hex(position);
        auto const inside = below.empty() ? 0 : from_hex(below);
        if (!start || !inside || directory.find('/') != directory.npos)
            return Error(Errc::invalid_argument, "the cursor is not one of this storage: begin the listing anew");
        if (!directory.empty())
            if (auto rest = visit(std::string(directory), position, *inside); !rest || full()) return rest;
        if (position == "-") return {};
        return walk(*start);
    }

    Result<void> walk(std::uint64_t start) {
        Fd const own(::openat(root_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // a position of its own
        if (!own) return system_error(errno, "list", ".");
        DirectoryReader names(own.get(), buffer_size);
        if (start != 0 && !names.seek(start)) return system_error(errno, "list", ".");
        for (std::size_t seen = 0; auto const name = names.next(); ++seen) {
            if (auto going = patient(seen); !going) return going;
            if (name->text.starts_with('.')) continue;
            std::string const after = position(name->after);
            if (auto visited = visit(std::string(name->text), after, 0); !visited || !page_.next.empty())
                return visited;
            if (full()) return page_.next = after, Result<void>();
        }
        if (names.error() != 0) return system_error(names.error(), "list", ".");
        return {};
    }

    Result<void> patient(std::size_t seen) const {
        if (context_.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        if (seen % 1024 == 1023 && context_.expired()) return Error(Errc::timed_out, "the listing took too long");
        return {};
    }

    /// Lists what the directory of a key has; sets `next` if the page is full before its end.
    Result<void> visit(std::string const& directory, std::string_view after, std::uint64_t below) {
        auto const key = Layout::key(directory);
        if (!key && !Layout::may_be_ours(directory)) return {};
        if (key && !wanted(*key)) return {};
        if (request_.slot == Slot::version) return visit_versions(directory, key, after, below);
        return add(key, directory, directory + "/" + Layout::file(RecordId("-", request_.slot)), {});
    }

    Result<void> visit_versions(std::string const& directory, std::optional<Key> const& key, std::string_view after,
                                std::uint64_t below) {
        std::string const path = directory + "/" + Layout::versions;
        Fd const fd = open_directory_at(root_, path.c_str());
        if (!fd) return errno == ENOENT || errno == ENOTDIR ? Result<void>() : system_error(errno, "list", path);
        DirectoryReader names(fd.get(), buffer_size);
        if (below != 0 && !names.seek(below)) return system_error(errno, "list", path);
        for (std::size_t seen = 0; auto const name = names.next(); ++seen) {
            if (auto going = patient(seen); !going) return going;
            auto const version = Layout::version(name->text);
            if (!version) continue;
            std::uint64_t const position_after = name->after;
            if (auto added = add(key, directory, path + "/" + std::string(name->text), *version); !added) return added;
            if (full()) {
                page_.next = std::string(after) + "." + position(position_after) + "." + directory;
                return {};
            }
        }
        if (names.error() != 0) return system_error(names.error(), "list", path);
        return {};
    }

    /// Adds the record in a file, unless there is none or it is not wanted.
    Result<void> add(std::optional<Key> const& key, std::string const& directory, std::string const& path,
                     VersionId version) {
        if (key && request_.slot != Slot::current) {
            if (request_.slot == Slot::version || ::faccessat(root_, path.c_str(), F_OK, 0) == 0)
                page_.records.push_back({*key, version});
            return {};
        }
        auto const head = load_head(root_, path.c_str());
        int const error = head ? 0 : errno;
        if (error == ENOENT || error == ENOTDIR) return {};
        if (error != 0 && error != EISDIR && error != ELOOP) return system_error(error, "list", path);
        if (head && head->tombstone && request_.slot == Slot::current) return {};
        if (key) {  // damaged ones too: reading them says so
            page_.records.push_back({*key, version});
            return {};
        }
        auto told = head ? Key::parse(head->key) : Result<Key>(Error(Errc::malformed));
        if (!told || Layout::directory(*told) != directory)
            return Error(Errc::malformed,
                         "the file should tell its key and does not: restore it from a copy, or remove its directory")
                .on(path);
        if (wanted(*told)) page_.records.push_back({*std::move(told), version});
        return {};
    }

    bool wanted(Key const& key) const noexcept {
        return request_.whole_key ? key.view() == request_.prefix : key.view().starts_with(request_.prefix);
    }
    bool full() const noexcept { return page_.records.size() >= limit_; }

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
    ListPage page_;
};

}  // namespace holdfast::detail

#endif
