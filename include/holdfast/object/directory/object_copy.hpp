#ifndef HOLDFAST_OBJECT_DIRECTORY_OBJECT_COPY_HPP
#define HOLDFAST_OBJECT_DIRECTORY_OBJECT_COPY_HPP

#include <holdfast/object/directory/object_file.hpp>
#include <holdfast/posix/descriptor_of_caller.hpp>

#include <string_view>
#include <utility>

namespace holdfast::detail {

/// Reads what was asked for of a file into `found`.
inline Result<void> read_object(ObjectFile const& file, ObjectRead const& read, Fetched& found) {
    if (read.first < file.size()) {
        auto part = file.read_all(read.first, true);
        if (!part) return system_error(errno, "read", "the object");
        found.body = Bytes(*std::move(part));
        return {};
    }
    auto all = file.read_all(read.most);
    if (!all) return errno == EFBIG ? body_too_large(read, file.size()) : system_error(errno, "read", "the object");
    std::string_view const body = all->view();
    found.size = body.size();
    found.revision = content_revision({&body, 1});
    if (!read.known.empty() && found.revision == read.known) found.kind = Fetched::Kind::unchanged;
    else found.body = Bytes(*std::move(all));
    return {};
}

/// Writes it to another file, in pieces. It is that which was opened, even if another has taken its place meanwhile.
inline Result<void> copy_out(ObjectFile const& file, ObjectRead const& read, int to, Context const& context,
                             Fetched& found) {
    if (!read.known.empty()) {
        auto now = file.digest(context);
        if (!now) return std::move(now).error();
        if (::lseek(file.fd(), 0, SEEK_SET) != 0) return system_error(errno, "read", "the object");
        found.revision = *now;
        if (*now == read.known) return found.kind = Fetched::Kind::unchanged, Result<void>();
    }
    DescriptorOfCaller copy(to, DescriptorOfCaller::Use::write, "the copy", context);
    Sha256 hash;
    std::uint64_t size = 0;
    Result<void> done;
    bool const whole = file.read([&](std::string_view part) {
        hash.update(part);
        size += part.size();
        if (size > read.most) done = body_too_large(read, size);
        else done = copy.write(part);
        return done.has_value();
    });
    if (!whole && done) return system_error(errno, "read", "the object");
    if (!done) return done;
    found.revision = content_revision(hash);
    found.size = size;
    return {};
}

}  // namespace holdfast::detail

#endif
