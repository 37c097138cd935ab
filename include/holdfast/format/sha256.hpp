#ifndef HOLDFAST_FORMAT_SHA256_HPP
#define HOLDFAST_FORMAT_SHA256_HPP

#include <holdfast/core/hex.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holdfast::detail {

/// SHA-256, fed in parts, also by the compiler. Two texts with one digest are not to be found, by intent either.
///
/// Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.1.1, 5.3.3 and 6.2. Cost: a few nanoseconds a byte.
class Sha256 {
public:
    using Digest = std::array<unsigned char, 32>;

    constexpr void update(std::string_view part) noexcept {
        std::size_t const used = total_ % block_.size();
        total_ += part.size();
        if (used + part.size() < block_.size()) return keep(used, part);
        if (used > 0) {
            keep(used, part.substr(0, block_.size() - used));
            part.remove_prefix(block_.size() - used);
            compress(block_.data());
        }
        for (; part.size() >= block_.size(); part.remove_prefix(block_.size())) compress(part.data());
        keep(0, part);
    }

    /// Of all that was fed so far.
    constexpr Digest digest() const noexcept {
        Sha256 rest = *this;
        std::uint64_t const bits = total_ * 8;
        std::array<char, 72> tail{'\x80'};  // zeros up to the last 8 bytes of a block, which tell the length
        std::size_t const zeros = (2 * block_.size() - 9 - total_ % block_.size()) % block_.size();
        for (std::size_t i = 0; i < 8; ++i) tail[1 + zeros + i] = static_cast<char>(bits >> (56 - 8 * i) & 0xff);
        rest.update({tail.data(), zeros + 9});
        Digest digest{};
        for (std::size_t i = 0; i < digest.size(); ++i)
            digest[i] = static_cast<unsigned char>(rest.state_[i / 4] >> (24 - 8 * (i % 4)) & 0xff);
        return digest;
    }

private:
    constexpr void keep(std::size_t used, std::string_view part) noexcept {
        for (std::size_t i = 0; i < part.size(); ++i) block_[used + i] = part[i];
    }

    constexpr void compress(char const* block) noexcept {
        std::array<std::uint32_t, 64> w{};
        for (std::size_t i = 0; i < block_.size(); ++i) w[i / 4] = w[i / 4] << 8 | static_cast<unsigned char>(block[i]);
        for (std::size_t i = 16; i < 64; ++i) {
            std::uint32_t const x = w[i - 15], y = w[i - 2];
            w[i] = w[i - 16] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ x >> 3) + w[i - 7] +
                   (std::rotr(y, 17) ^ std::rotr(y, 19) ^ y >> 10);
        }
        auto [a, b, c, d, e, f, g, h] = state_;
        for (std::size_t i = 0; i < 64; ++i) {
            std::uint32_t const one = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                      ((e & f) ^ (~e & g)) + constants[i] + w[i];
            std::uint32_t const two =
                (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g;
            g = f;
            f = e;
            e = d + one;
            d = c;
            c = b;
            b = a;
            a = one + two;
        }
        std::array<std::uint32_t, 8> const more{a, b, c, d, e, f, g, h};
        for (std::size_t i = 0; i < 8; ++i) state_[i] += more[i];
    }

    static constexpr std::array<std::uint32_t, 64> constants = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

    std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<char, 64> block_{};
    std::uint64_t total_ = 0;
};

/// The digest as `sha256sum` prints it: 64 lowercase hexadecimal digits.
constexpr std::array<char, 64> sha256_hex(std::string_view bytes) noexcept {
    Sha256 hash;
    hash.update(bytes);
    auto const digest = hash.digest();
    std::array<char, 64> text{};
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = hex_digits[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    return text;
}

}  // namespace holdfast::detail

#endif
