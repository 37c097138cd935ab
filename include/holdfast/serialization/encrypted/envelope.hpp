#ifndef HOLDFAST_SERIALIZATION_ENCRYPTED_ENVELOPE_HPP
#define HOLDFAST_SERIALIZATION_ENCRYPTED_ENVELOPE_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/format/little_endian.hpp>
#include <holdfast/format/xxh64.hpp>
#include <holdfast/serialization/encrypted/key_ring.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// What stands in clear before an encrypted payload. All of it is authenticated: it is the associated data, byte by
/// byte. Numbers are little-endian.
///
///     at   bytes
///      0   7  89 "HFENC" 0a: neither text nor anything that is cut off or converted like text
///      7   1  version of the format: 1
///      8   1  cipher
///      9   1  length of the key id, k
///     10   1  length of the store's name, s
///     11   1  0
///     12   2  length of the record's key, r
///     14   2  0
///     16   8  content sequence
///     24   8  size of the encrypted text, n
///     32   8  fingerprint of the key
///     40  12  nonce
///     52   k  key id;  s  store's name;  r  record's key
///          8  XXH64 of all before: damage by accident is told from what a wrong key looks like
///          n  encrypted text
///          t  tag
struct Envelope {
    static constexpr std::string_view magic = "\x89HFENC\n";
    static constexpr unsigned char version = 1;
    static constexpr std::size_t fixed_size = 52, nonce_size = 12;

    std::uint8_t cipher = 0;
    std::uint64_t sequence = 0, size = 0, fingerprint = 0;
    std::string_view nonce, key_id, store, key;
    std::string_view header;  ///< the whole of it as it stands there
    std::string_view text;    ///< encrypted text and tag

    std::size_t header_size() const noexcept { return fixed_size + key_id.size() + store.size() + key.size() + 8; }

    /// Writes the header into `header_size()` bytes.
    void write(char* const begin) const noexcept {
        char* at = begin;
        std::memcpy(at, magic.data(), magic.size());
        at += magic.size();
        *at++ = static_cast<char>(version);
        at = store_little(at, cipher | key_id.size() << 8 | store.size() << 16 | key.size() << 32);
        at = store_little(at, sequence);
        at = store_little(at, size);
        at = store_little(at, fingerprint);
        for (auto const part : {nonce, key_id, store, key}) {
            std::memcpy(at, part.data(), part.size());
            at += part.size();
        }
        (void)store_little(at, xxh64({begin, static_cast<std::size_t>(at - begin)}));
    }

    /// Whether a payload is one, whole or cut off.
    static bool recognizes(std::string_view payload) noexcept {
        return payload.size() >= magic.size() ? payload.starts_with(magic)
                                              : !payload.empty() && magic.starts_with(payload);
    }

    /// Takes a payload apart. Nothing in it is to be trusted yet. Errors: `malformed`, `incompatible`.
    static Result<Envelope> read(std::string_view payload, std::size_t tag_size) {
        if (payload.size() < fixed_size) return cut_off();
        if (auto const found = static_cast<unsigned char>(payload[magic.size()]); found != version)
            return Error(Errc::incompatible, "the payload is encrypted in the format of version " +
                                                 std::to_string(found) +
                                                 ", and this program knows version 1; use a "
                                                 "newer one (or restore the record, if it is damaged there)");
        char const* const at = payload.data();
        Envelope e;
        std::uint64_t const lengths = load_little<8>(at + 8);
        e.cipher = static_cast<std::uint8_t>(lengths);
        e.sequence = load_little<8>(at + 16);
        e.size = load_little<8>(at + 24);
        e.fingerprint = load_little<8>(at + 32);
        std::size_t used = 40;
        auto const take = [&](std::size_t n) {
            auto const part = payload.substr(used, n);
            used += n;
            return part;
        };
        std::size_t const id_size = lengths >> 8 & 0xff, store_size = lengths >> 16 & 0xff,
                          key_size = lengths >> 32 & 0xffff;
        if (payload.size() < fixed_size + id_size + store_size + key_size + 8 + tag_size) return cut_off();
        e.nonce = take(nonce_size);
        e.key_id = take(id_size);
        e.store = take(store_size);
        e.key = take(key_size);
        bool const intact = load_little<8>(take(8).data()) == xxh64(payload.substr(0, used - 8));
        if (!intact || !valid_key_id(e.key_id))
            return Error(Errc::malformed, "the head of the encrypted payload is damaged; restore the record");
        e.header = payload.substr(0, used);
        e.text = payload.substr(used);
        std::size_t const there = e.text.size() - tag_size;
        if (there < e.size) return cut_off(" by " + std::to_string(e.size - there) + " bytes");
        if (there > e.size)
            return Error(Errc::malformed, "something was added behind the encrypted payload; restore the record");
        return e;
    }

private:
    static Error cut_off(std::string const& by = {}) {
        return Error(Errc::malformed, "the encrypted payload was cut off" + by + "; restore the record");
    }
};

}  // namespace holdfast::detail

#endif
