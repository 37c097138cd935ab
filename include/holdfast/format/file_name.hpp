#ifndef HOLDFAST_FORMAT_FILE_NAME_HPP
#define HOLDFAST_FORMAT_FILE_NAME_HPP

#include <holdfast/core/hex.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/format/sha256.hpp>
#include <holdfast/format/xxh64.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// How names are cut that are too long for a file.
struct FileNameForm {
    std::size_t longest;  ///< in bytes; what is longer is cut
    std::size_t digits;   ///< of the hash behind the cut
};
/// With room for an ending of 5 bytes in the 143 that encrypting file systems (eCryptfs) leave of the usual 255.
/// The digits are those of `sha256sum` of the key.
inline constexpr FileNameForm sha256_names{138, 64};
/// Of directories that were made before: two XXH64. Keys that somebody chose to that end can have one name there, and
/// then the second of them is refused.
inline constexpr FileNameForm xxh64_names{200, 32};

/// Longest file name that `to_file_name` makes, in bytes.
inline constexpr std::size_t max_file_name = sha256_names.longest;

/// Names that some file systems keep for devices, also with an ending.
constexpr bool is_device_name(std::string_view name) noexcept {
    std::string_view const stem = name.substr(0, name.find('.'));
    if (stem.size() == 4) {
        bool const numbered = stem[3] >= '0' && stem[3] <= '9';
        return numbered && (stem.starts_with("com") || stem.starts_with("lpt"));
    }
    return stem == "con" || stem == "prn" || stem == "aux" || stem == "nul";
}

/// Bytes that stand for themselves in a file name.
inline constexpr std::array<bool, 256> plain_in_names = [] {
    std::array<bool, 256> plain{};
    for (char const c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789_-.@="))
        plain[static_cast<unsigned char>(c)] = true;
    return plain;
}();

/// A file name for any key, readable and injective, on case-insensitive and Unicode-folding file systems too.
///
/// `a-z 0-9 _ - . @ =` stand for themselves, `,` for `/`, `+x` for the capital X, `%41` (lowercase hexadecimal) for any
/// other byte. A dot at either end, a hyphen at the beginning and the first letter of a device name are escaped. Names
/// that would have more than 138 bytes are cut and end in `~` and the 64 digits of the key's SHA-256; then whatever is
/// stored must say the whole key.
inline std::string to_file_name(KeyView key, FileNameForm form = sha256_names) {
    std::size_t const room = form.longest - form.digits - 1;
    std::string_view const text = key.view();
    auto const is_plain = [text](std::size_t i) {
        if (!plain_in_names[static_cast<unsigned char>(text[i])]) return false;
        if (i > 0) return text[i] != '.' || i + 1 < text.size();
        return text[0] != '.' && text[0] != '-' && !is_device_name(text);
    };
    std::string name;
    name.reserve(2 * text.size());
    std::size_t cut = 0;  // the last end of a character that leaves room
    for (std::size_t i = 0; i < text.size();) {
        std::size_t const begin = i, size = name.size();
        if (is_plain(i)) {
            do ++i;
            while (i + 1 < text.size() && plain_in_names[static_cast<unsigned char>(text[i])]);
            if (i < text.size() && is_plain(i)) ++i;
            name.append(text, begin, i - begin);
            if (size <= room) cut = name.size() < room ? name.size() : room;
            continue;
        }
        char const c = text[i++];
        auto const byte = static_cast<unsigned char>(c);
        if (c == '/') name.push_back(',');
        else if (c >= 'A' && c <= 'Z') name.append({'+', static_cast<char>(c - 'A' + 'a')});
        else name.append({'%', hex_digits[byte >> 4], hex_digits[byte & 15]});
        if (name.size() <= room) cut = name.size();
    }
    if (name.size() <= form.longest) return name;
    name.resize(cut);
    name.push_back('~');
    auto const append = [&name](auto const& digits) { name.append(digits.data(), digits.size()); };
    if (form.digits == sha256_names.digits) return append(sha256_hex(text)), name;
    for (std::uint64_t const seed : {0u, 1u}) append(to_hex(xxh64(text, seed)));
    return name;
}

/// Whether a name holds only a hash of its key.
constexpr bool is_cut_file_name(std::string_view name, FileNameForm form = sha256_names) noexcept {
    std::size_t const mark = name.find('~');
    if (mark == name.npos || name.size() - mark != form.digits + 1) return false;
    for (char const c : name.substr(mark + 1))
        if (hex_digits.find(c) == hex_digits.npos) return false;
    return true;
}

/// The key of a name that holds it whole. No value for all that `to_file_name` does not make.
inline std::optional<Key> from_file_name(std::string_view name, FileNameForm form = sha256_names) {
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] == ',') {
            text.push_back('/');
        } else if (name[i] == '+' && i + 1 < name.size()) {
            text.push_back(static_cast<char>(name[++i] - 'a' + 'A'));
        } else if (name[i] == '%') {
            auto const byte = from_hex(name.substr(i + 1, 2));
            if (!byte) return std::nullopt;
            text.push_back(static_cast<char>(*byte));
            i += 2;
        } else {
            text.push_back(name[i]);
        }
    }
    auto key = Key::parse(std::move(text));
    if (!key || to_file_name(*key, form) != name) return std::nullopt;
    return *std::move(key);
}

}  // namespace holdfast::detail

#endif
