#ifndef HOLDFAST_FORMAT_FILE_NAME_HPP
#define HOLDFAST_FORMAT_FILE_NAME_HPP

#include <holdfast/core/hex.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/format/sha256.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// Longest file name that `to_file_name` makes, in bytes: with room for an ending of 5 in the 143 that encrypting file
/// systems (eCryptfs) leave of the usual 255.
inline constexpr std::size_t max_file_name = 138;

/// Between the beginning of a name that was cut and the hash. No other name holds it.
inline constexpr std::string_view cut_mark = "!-";

/// How much of a name is left before the mark, at most, in bytes.
inline constexpr std::size_t cut_room = max_file_name - cut_mark.size() - 64;

/// The first names of devices; some go on with a digit.
inline constexpr std::array<std::string_view, 6> device_names = {"con", "prn", "aux", "nul", "com", "lpt"};

/// Names that some file systems keep for devices, also with an ending.
constexpr bool is_device_name(std::string_view name) noexcept {
    std::string_view const stem = name.substr(0, name.find('.'));
    bool const numbered = stem.size() == 4 && stem[3] >= '0' && stem[3] <= '9';
    for (std::size_t i = 0; i < device_names.size(); ++i)
        if (numbered && i >= 4 ? stem.starts_with(device_names[i]) : i < 4 && stem == device_names[i]) return true;
    return false;
}

/// Bytes that stand for themselves in a name: the same in every bucket, URL and shell. Amazon's list of characters to
/// avoid, or to handle with care, names none of them, nor the exclamation mark.
inline constexpr std::array<bool, 256> plain_in_names = [] {
    std::array<bool, 256> plain{};
    for (char const c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789_-."))
        plain[static_cast<unsigned char>(c)] = true;
    return plain;
}();

inline void append_escaped_byte(std::string& name, char c) {
    auto const byte = static_cast<unsigned char>(c);
    name.append({'!', hex_digits[byte >> 4], hex_digits[byte & 15]});
}

/// A name for any key, of a file and in a bucket: readable and injective, on case-insensitive and Unicode-folding file
/// systems too.
///
/// `a-z 0-9 _ - .` stand for themselves, `!41` (lowercase hexadecimal) for any other byte. A dot at either end, a hyphen
/// at the beginning and the first letter of a device name are escaped. Names that would have more than 138 bytes are cut
/// and end in `!-` and the 64 digits of the key's SHA-256, as `sha256sum` gives it; then whatever is stored must say the
/// whole key.
inline std::string to_file_name(KeyView key) {
    std::string_view const text = key.view();
    auto const is_plain = [text](std::size_t i) {
        if (!plain_in_names[static_cast<unsigned char>(text[i])]) return false;
        if (i > 0) return text[i] != '.' || i + 1 < text.size();
        return text[0] != '.' && text[0] != '-' && !is_device_name(text);
    };
    std::string name;
    name.reserve(2 * text.size());
    std::size_t cut = 0;  // the last end of a byte that leaves room
    for (std::size_t i = 0; i < text.size();) {
        std::size_t const begin = i, size = name.size();
        if (is_plain(i)) {
            do ++i;
            while (i + 1 < text.size() && plain_in_names[static_cast<unsigned char>(text[i])]);
            if (i < text.size() && is_plain(i)) ++i;
            name.append(text, begin, i - begin);
            if (size <= cut_room) cut = name.size() < cut_room ? name.size() : cut_room;
            continue;
        }
        append_escaped_byte(name, text[i++]);
        if (name.size() <= cut_room) cut = name.size();
    }
    if (name.size() <= max_file_name) return name;
    name.resize(cut);
    name.append(cut_mark);
    auto const digits = sha256_hex(text);
    name.append(digits.data(), digits.size());
    return name;
}

/// Whether a name holds only a hash of its key.
constexpr bool is_cut_file_name(std::string_view name) noexcept {
    std::size_t const mark = name.find(cut_mark);
    if (mark == name.npos || name.size() - mark != cut_mark.size() + 64) return false;
    for (char const c : name.substr(mark + cut_mark.size()))
        if (hex_digits.find(c) == hex_digits.npos) return false;
    return true;
}

/// The key of a name that holds it whole. No value for all that `to_file_name` does not make.
inline std::optional<Key> from_file_name(std::string_view name) {
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] != '!') {
            text.push_back(name[i]);
            continue;
        }
        auto const byte = from_hex(name.substr(i + 1, 2));
        if (!byte) return std::nullopt;
        text.push_back(static_cast<char>(*byte));
        i += 2;
    }
    auto key = Key::parse(std::move(text));
    if (!key || to_file_name(*key) != name) return std::nullopt;
    return *std::move(key);
}

/// The longest text, up to a limit, with which the name of every key begins that begins with `prefix`: what to ask a
/// bucket for. The keys of what it finds are still to be compared.
inline std::string to_file_name_prefix(std::string_view prefix) {
    while (prefix.ends_with('.')) prefix.remove_suffix(1);  // escaped where a key ends with it
    bool const whole_stem = prefix.find('.') != prefix.npos;
    bool may_become_device = is_device_name(prefix);
    for (std::string_view const device : device_names) may_become_device = may_become_device || device.starts_with(prefix);
    if (!whole_stem && may_become_device) return {};  // escaped where it does
    std::string name;
    for (std::size_t i = 0; i < prefix.size() && name.size() < cut_room; ++i) {
        bool const first = i == 0 && (prefix[0] == '.' || prefix[0] == '-' || is_device_name(prefix));
        if (plain_in_names[static_cast<unsigned char>(prefix[i])] && !first) name.push_back(prefix[i]);
        else append_escaped_byte(name, prefix[i]);
    }
    constexpr std::size_t sure = cut_room - 2;  // a byte of three characters is left out whole
    if (name.size() > sure) name.resize(sure);
    return name;
}

}  // namespace holdfast::detail

#endif
