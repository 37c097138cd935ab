#ifndef HOLDFAST_SERIALIZATION_ENCRYPTED_AES_256_GCM_HPP
#define HOLDFAST_SERIALIZATION_ENCRYPTED_AES_256_GCM_HPP

#include <holdfast/process/loan.hpp>
#include <holdfast/serialization/encrypted/cipher.hpp>
#include <holdfast/serialization/encrypted/openssl.hpp>

#include <atomic>
#include <memory>

#include <openssl/evp.h>

namespace holdfast {

namespace detail {

struct CipherContextFree {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

/// A context of the thread, which is emptied (and with it the key in it) when the work is done. Null if OpenSSL is gone
/// or memory is out.
class CipherWork {
public:
    CipherWork() noexcept {
        if (openssl_ && !*context_) (*context_).reset(EVP_CIPHER_CTX_new());
    }
    CipherWork(CipherWork const&) = delete;
    CipherWork& operator=(CipherWork const&) = delete;
    ~CipherWork() {
        if (get() != nullptr) (void)EVP_CIPHER_CTX_reset(get());
    }

    EVP_CIPHER_CTX* get() const noexcept { return openssl_ ? (*context_).get() : nullptr; }

private:
    LibraryLife::Use const openssl_ = Openssl::use();
    Loan<std::unique_ptr<EVP_CIPHER_CTX, CipherContextFree>> context_;
};

inline unsigned char const* octets(char const* text) noexcept { return reinterpret_cast<unsigned char const*>(text); }
inline unsigned char const* octets(std::string_view text) noexcept { return octets(text.data()); }
inline unsigned char* octets(char* text) noexcept { return reinterpret_cast<unsigned char*>(text); }

}  // namespace detail

/// AES with 256 bits in Galois/Counter Mode, by OpenSSL: nonce 96 bits, tag 128 bits.
///
/// One nonce must never serve twice under one key. `Encrypted` draws them at random, and so a key is good for 2^32
/// writes (the chance that two of them share a nonce is then 2^-33); take a new one long before.
///
/// Cost: OpenSSL's; a context a thread, and one allocation a call, because no key stays in it.
/// Source: NIST SP 800-38D.
struct Aes256Gcm {
    static constexpr std::uint8_t id = 1;
    static constexpr std::size_t key_size = 32, nonce_size = 12, tag_size = 16;
    static constexpr std::string_view name = "AES-256-GCM";

    static bool seal(std::string_view key, std::string_view nonce, std::string_view associated, char* text,
                     std::size_t size, char* tag) noexcept {
        detail::CipherWork const work;
        auto* const context = work.get();
        int got = 0;
        return context != nullptr &&
               EVP_EncryptInit_ex(context, cipher(), nullptr, detail::octets(key), detail::octets(nonce)) == 1 &&
               EVP_EncryptUpdate(context, nullptr, &got, detail::octets(associated), number(associated.size())) == 1 &&
               (size == 0 ||
                EVP_EncryptUpdate(context, detail::octets(text), &got, detail::octets(text), number(size)) == 1) &&
               EVP_EncryptFinal_ex(context, detail::octets(tag), &got) == 1 &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, number(tag_size), tag) == 1;
    }

    static Opened open(std::string_view key, std::string_view nonce, std::string_view associated, char const* text,
                       std::size_t size, char const* tag, char* out) noexcept {
        detail::CipherWork const work;
        auto* const context = work.get();
        int got = 0;
        bool const ready =
            context != nullptr &&
            EVP_DecryptInit_ex(context, cipher(), nullptr, detail::octets(key), detail::octets(nonce)) == 1 &&
            EVP_DecryptUpdate(context, nullptr, &got, detail::octets(associated), number(associated.size())) == 1 &&
            (size == 0 ||
             EVP_DecryptUpdate(context, detail::octets(out), &got, detail::octets(text), number(size)) == 1) &&
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, number(tag_size), const_cast<char*>(tag)) == 1;
        if (!ready) return Opened::unusable;
        unsigned char nothing = 0;
        return EVP_DecryptFinal_ex(context, &nothing, &got) == 1 ? Opened::whole : Opened::altered;
    }

private:
    static int number(std::size_t size) noexcept { return static_cast<int>(size); }

    /// Looked up once, with OpenSSL in use. Never freed: OpenSSL ends earlier than anything that could do so.
    static EVP_CIPHER const* cipher() noexcept {
        EVP_CIPHER* known = fetched_.load(std::memory_order_acquire);
        if (known != nullptr) return known;
        EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
        if (fetched_.compare_exchange_strong(known, fetched, std::memory_order_acq_rel)) return fetched;
        EVP_CIPHER_free(fetched);
        return known;
    }

    static inline constinit std::atomic<EVP_CIPHER*> fetched_{nullptr};
};

}  // namespace holdfast

#endif
