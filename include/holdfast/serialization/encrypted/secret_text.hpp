#ifndef HOLDFAST_SERIALIZATION_ENCRYPTED_SECRET_TEXT_HPP
#define HOLDFAST_SERIALIZATION_ENCRYPTED_SECRET_TEXT_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/posix/system_error.hpp>
#include <holdfast/process/fd.hpp>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace holdfast::detail {

/// A few bytes that are overwritten when they go. Never grows, so that no copy is left behind.
class SecretText {
public:
    static constexpr std::size_t most = 16384;

    SecretText() : text_(new char[most]) {}
    SecretText(SecretText&& other) noexcept
        : text_(std::exchange(other.text_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    SecretText& operator=(SecretText&&) = delete;
    ~SecretText() {
        if (text_ == nullptr) return;
        OPENSSL_cleanse(text_, size_);
        delete[] text_;
    }

    std::string_view view() const noexcept { return {text_, size_}; }

    bool append(std::string_view more) noexcept {
        if (more.size() > most - size_) return false;
        std::memcpy(text_ + size_, more.data(), more.size());
        size_ += more.size();
        return true;
    }

    /// A file that nobody can change but this user and root, and that nobody else is meant to read: of this user, with
    /// rights for nobody else; or of root and for nobody to write, as orchestrators mount secrets (0440, 0444), which
    /// others may read. Links are followed, for those are mounted by links.
    static Result<SecretText> from_file(std::string const& path) {
        StandardDescriptors const occupied;  // nobody who reads from standard input reads a key, if only for a moment
        Fd const file = open_through_links(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK);
        struct stat about {};
        if (!file || ::fstat(file.get(), &about) != 0) return system_error(errno, "read", path);
        if (!S_ISREG(about.st_mode)) return unfit(Errc::invalid_argument, "a key is kept in a regular file", path);
        if (char const* const danger = danger_of(about)) return unfit(Errc::permission_denied, danger, path);
        SecretText text;
        for (;;) {
            if (text.size_ == most) return unfit(Errc::too_large, "a file of keys has fewer than 16 KiB", path);
            auto const got =
                uninterrupted([&] { return ::read(file.get(), text.text_ + text.size_, most - text.size_); });
            if (got < 0) return system_error(errno, "read", path);
            if (got == 0) return text;
            text.size_ += static_cast<std::size_t>(got);
        }
    }

private:
    static char const* danger_of(struct stat const& file) noexcept {
        constexpr mode_t nobody_else = S_IRWXG | S_IRWXO, writable = S_IWUSR | S_IWGRP | S_IWOTH;
        bool const of_root = file.st_uid == 0;
        if (!of_root && file.st_uid != ::geteuid())
            return "this file of keys belongs to another user, who can change them; make it root's or this user's "
                   "(chown), and take new keys";
        if ((file.st_mode & nobody_else) == 0) return nullptr;
        if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0)
            return "others than its owner may write this file of keys; take the rights away (chmod 600), and take new "
                   "keys";
        if (of_root && (file.st_mode & writable) == 0) return nullptr;
        return "others than its owner have rights to this file of keys; take them away (chmod 600; where root mounts "
               "it for this program: mode 0440), and take new keys if somebody may have read it";
    }

    static Error unfit(Errc code, char const* why, std::string const& path) {
        return Error(code, why).during("read").on(path);
    }

    char* text_;
    std::size_t size_ = 0;
};

inline Result<std::string_view> secret_variable(std::string const& name) {
    char const* const text = Environment::variable(name.c_str());
    if (text != nullptr && *text != 0) return std::string_view(text);
    return Error(Errc::not_found, "the environment variable with the key is not set; set it, or correct its name")
        .on("environment variable " + name);
}

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// 64 digits of either case to 32 bytes.
inline bool read_hex_key(std::string_view text, char* out) noexcept {
    if (text.size() != 64) return false;
    for (std::size_t i = 0; i < 64; ++i) {
        char const c = text[i], lower = static_cast<char>(c | 0x20);
        bool const decimal = c >= '0' && c <= '9';
        if (!decimal && (lower < 'a' || lower > 'f')) return false;
        int const digit = decimal ? c - '0' : lower - 'a' + 10;
        out[i / 2] = static_cast<char>(i % 2 == 0 ? digit << 4 : static_cast<unsigned char>(out[i / 2]) | digit);
    }
    return true;
}

/// 44 characters, the last of them '=', to 32 bytes.
inline bool read_base64_key(std::string_view text, char* out) noexcept {
    if (text.size() != 44 || text[43] != '=') return false;
    for (char const c : text.substr(0, 43)) {
        char const lower = static_cast<char>(c | 0x20);
        bool const known = (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || c == '+' || c == '/';
        if (!known) return false;
    }
    unsigned char bytes[33] = {};
    int const got = EVP_DecodeBlock(bytes, reinterpret_cast<unsigned char const*>(text.data()), 44);
    bool const right = got == 33 && bytes[32] == 0;
    if (right) std::memcpy(out, bytes, 32);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return right;
}

}  // namespace holdfast::detail

#endif
