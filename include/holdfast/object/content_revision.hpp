#ifndef HOLDFAST_OBJECT_CONTENT_REVISION_HPP
#define HOLDFAST_OBJECT_CONTENT_REVISION_HPP

#include <holdfast/core/revision.hpp>
#include <holdfast/format/sha256.hpp>

#include <array>
#include <span>
#include <string_view>

namespace holdfast::detail {

/// The revision of bytes that have no other: their SHA-256. Who chooses what is stored cannot choose two bodies of one
/// revision, as he can of shorter digests.
inline Revision content_revision(Sha256 const& hash) {
    auto const digest = hash.digest();
    std::array<char, 32> raw{};
    for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<char>(digest[i]);
    return Revision::parse({raw.data(), raw.size()}).value();
}
inline Revision content_revision(std::span<std::string_view const> parts) {
    Sha256 hash;
    for (std::string_view const part : parts) hash.update(part);
    return content_revision(hash);
}

}  // namespace holdfast::detail

#endif
