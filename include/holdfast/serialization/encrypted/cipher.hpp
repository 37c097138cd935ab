#ifndef HOLDFAST_SERIALIZATION_ENCRYPTED_CIPHER_HPP
#define HOLDFAST_SERIALIZATION_ENCRYPTED_CIPHER_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holdfast {

/// What became of a decryption.
enum class Opened : unsigned char {
    whole,     ///< the text is what was encrypted
    altered,   ///< text, tag, associated data or key are not those of the encryption; what was written is worthless
    unusable,  ///< the cryptographic library did not do its work
};

/// Authenticated encryption with associated data, for `Encrypted`.
///
/// *Minimal complete definition*
/// - `static constexpr std::uint8_t id`: names the algorithm in the envelope. Ids below 128 belong to this library.
/// - `static constexpr std::size_t key_size, nonce_size, tag_size`: in bytes; a key has 32 and a nonce 12.
/// - `static constexpr std::string_view name`: for messages.
/// - `static bool seal(key, nonce, associated, char* text, std::size_t size, char* tag)`: encrypts in place and writes
///   the tag; false if the cryptographic library cannot.
/// - `static Opened open(key, nonce, associated, char const* text, std::size_t size, char const* tag, char* out)`.
///
/// *Laws*: open(seal(x)) is x and `whole`; after any change of text, tag, nonce, associated data or key it is
/// `altered`. *Models*: `Aes256Gcm`.
///
/// Thread safety: all members may be called from any thread at any time.
template <class C>
concept AuthenticatedCipher = C::key_size == 32 && C::nonce_size == 12 &&
                              requires(std::string_view bytes, char const* in, std::size_t size, char* out) {
                                  { C::id } -> std::convertible_to<std::uint8_t>;
                                  { C::tag_size } -> std::convertible_to<std::size_t>;
                                  { C::name } -> std::convertible_to<std::string_view>;
                                  { C::seal(bytes, bytes, bytes, out, size, out) } -> std::same_as<bool>;
                                  { C::open(bytes, bytes, bytes, in, size, in, out) } -> std::same_as<Opened>;
                              };

}  // namespace holdfast

#endif
