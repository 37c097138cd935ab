#ifndef HOLDFAST_SERIALIZATION_ENCRYPTED_SECRET_KEY_HPP
#define HOLDFAST_SERIALIZATION_ENCRYPTED_SECRET_KEY_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/format/little_endian.hpp>
#include <holdfast/serialization/encrypted/openssl.hpp>
#include <holdfast/serialization/encrypted/secret_text.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace holdfast {

/// A key of 32 bytes. Overwritten when it goes; cannot be copied, compared or printed. No error shows any of it. After
/// a move it is none, and no ring takes it.
///
/// Make one with `openssl rand -hex 32`.
/// Thread safety: as for any value.
class SecretKey {
public:
    static constexpr std::size_t size = 32;

    SecretKey(SecretKey&& other) noexcept { take(other); }
    SecretKey& operator=(SecretKey&& other) noexcept {
        if (this != &other) take(other);
        return *this;
    }
    ~SecretKey() { OPENSSL_cleanse(this, sizeof *this); }

    /// A fresh one, from OpenSSL's generator. Errors: `unavailable`.
    static Result<SecretKey> generate() {
        SecretKey key;
        if (auto drawn = detail::Openssl::random(key.bytes_); !drawn) return std::move(drawn).error();
        return key;
    }

    /// 32 bytes as they are. Errors: `invalid_argument`.
    static Result<SecretKey> from_bytes(std::string_view bytes) {
        if (bytes.size() != size) return wrong(bytes.size());
        SecretKey key;
        std::memcpy(key.bytes_, bytes.data(), size);
        return key;
    }

    /// 64 hexadecimal digits, or 44 characters of base64 (RFC 4648, section 4); space around them is skipped. Errors:
    /// `invalid_argument`.
    static Result<SecretKey> from_text(std::string_view text) {
        text = detail::trimmed(text);
        SecretKey key;
        if (!detail::read_hex_key(text, key.bytes_) && !detail::read_base64_key(text, key.bytes_))
            return wrong(text.size());
        return key;
    }

    /// A file that holds 32 bytes, or text as for `from_text`: this user's, with rights for nobody else; or root's, as
    /// orchestrators mount it, with no right to write for anybody (0440, 0444). Errors: `permission_denied`,
    /// `not_found`, `invalid_argument` and others of the system.
    static Result<SecretKey> from_file(std::string const& path) {
        auto const text = detail::SecretText::from_file(path);
        if (!text) return text.error();
        auto key = text->view().size() == size ? from_bytes(text->view()) : from_text(text->view());
        if (!key) return std::move(key).error().during("read").on(path);
        return key;
    }

    /// An environment variable with text as for `from_text`. Errors: `not_found`, `invalid_argument`.
    static Result<SecretKey> from_variable(std::string const& name) {
        auto const text = detail::secret_variable(name);
        if (!text) return text.error();
        auto key = from_text(*text);
        if (!key) return std::move(key).error().on("environment variable " + name);
        return key;
    }

    /// Whether this is a key, and not what one was moved from.
    explicit operator bool() const noexcept { return here_; }
    /// The key itself, for ciphers.
    std::string_view expose() const noexcept { return {bytes_, size}; }

    /// Tells keys apart and says nothing about them: eight bytes of a SHA-256. 0 if OpenSSL cannot make one.
    std::uint64_t fingerprint() const {
        auto const openssl = detail::Openssl::use();
        if (!openssl) return 0;
        detail::SecretText text;
        text.append("holdfast: fingerprint of a key");
        text.append(expose());
        unsigned char digest[EVP_MAX_MD_SIZE] = {};
        if (EVP_Digest(text.view().data(), text.view().size(), digest, nullptr, EVP_sha256(), nullptr) != 1) return 0;
        return detail::load_little<8>(reinterpret_cast<char const*>(digest));
    }

private:
    SecretKey() noexcept = default;

    void take(SecretKey& other) noexcept {
        std::memcpy(bytes_, other.bytes_, size);
        OPENSSL_cleanse(other.bytes_, size);
        here_ = std::exchange(other.here_, false);
    }

    static Error wrong(std::size_t given) {
        return Error(Errc::invalid_argument,
                     "a key is 32 bytes, as text 64 hexadecimal digits or 44 characters of base64; what is given has " +
                         std::to_string(given) + " characters, or others; make one with: openssl rand -hex 32");
    }

    char bytes_[size] = {};
    bool here_ = true;
};

}  // namespace holdfast

#endif
