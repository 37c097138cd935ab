#ifndef HOLDFAST_OBJECT_OBJECT_PREFIX_HPP
#define HOLDFAST_OBJECT_OBJECT_PREFIX_HPP

#include <holdfast/object/object_store.hpp>

#include <string>
#include <string_view>

namespace holdfast::detail {

/// What every store can have before its names, a bucket and a directory, so that a tree can be copied from one to the
/// other: parts of up to 255 bytes, 200 at most, of the printable ASCII characters that need no care anywhere; none that
/// ends in a dot, and none with which a directory begins its own.
///
/// Sources: Amazon S3, "Naming Amazon S3 objects" (characters to avoid); Azure, "Naming and referencing containers, blobs,
/// and metadata" (dots at the end, 254 parts); POSIX NAME_MAX.
inline Result<void> check_object_prefix(std::string_view prefix) {
    if (auto fine = check_object_name(prefix); !fine) return fine;
    constexpr std::string_view careless = "\\{}^%`[]\"<>~#|";
    char const* wrong = nullptr;
    std::size_t parts = 0;
    for (std::string_view rest = prefix; !rest.empty() && wrong == nullptr;) {
        std::size_t const slash = rest.find('/');
        std::string_view const part = rest.substr(0, slash);
        if (part.size() > 255) wrong = "a part of more than 255 bytes";
        if (part.ends_with('.')) wrong = "a part that ends in a dot";
        if (++parts > 200) wrong = "more than 200 parts";
        if (part.starts_with(".holdfast")) wrong = "a part that begins with '.holdfast', as what is a directory's own";
        for (char const c : part)
            if (c <= ' ' || c > '~' || careless.find(c) != careless.npos) wrong = "a character that not every store takes";
        rest.remove_prefix(slash == rest.npos ? rest.size() : slash + 1);
    }
    if (wrong == nullptr) return {};
    return Error(Errc::invalid_argument, "the prefix has " + std::string(wrong) +
                                             ": choose one that can be had in every bucket and directory, such as "
                                             "'team/state'")
        .on(std::string(prefix.substr(0, 200)));
}

}  // namespace holdfast::detail

#endif
