#ifndef HOLDFAST_FORMAT_XXH64_HPP
#define HOLDFAST_FORMAT_XXH64_HPP

#include <holdfast/format/little_endian.hpp>

#include <array>
#include <string_view>

namespace holdfast::detail {

/// The 64-bit hash of xxHash, fed in parts. It finds damage and spreads names; it is no defence against intent.
///
/// Source: github.com/Cyan4973/xxHash, doc/xxhash_spec.md, section "XXH64".
class Xxh64 {
public:
    explicit Xxh64(std::uint64_t seed = 0) noexcept : lanes_{seed + p1 + p2, seed + p2, seed, seed - p1}, seed_(seed) {}

    void update(std::string_view part) noexcept {
        total_ += part.size();
        if (used_ > 0) {
            std::size_t const take = part.size() < 32 - used_ ? part.size() : 32 - used_;
            if (take > 0) std::memcpy(rest_.data() + used_, part.data(), take);
            used_ += take;
            part.remove_prefix(take);
            if (used_ < 32) return;
            stripes(rest_.data(), rest_.data() + 32);
            used_ = 0;
        }
        std::size_t const whole = part.size() & ~std::size_t{31};
        stripes(part.data(), part.data() + whole);
        used_ = part.size() - whole;
        if (used_ > 0) std::memcpy(rest_.data(), part.data() + whole, used_);
    }

    std::uint64_t digest() const noexcept {
        std::uint64_t hash = total_ < 32 ? seed_ + p5 : merged();
        hash += total_;
        char const* at = rest_.data();
        std::size_t left = used_;
        for (; left >= 8; left -= 8, at += 8) hash = std::rotl(hash ^ round(0, load_little<8>(at)), 27) * p1 + p4;
        if (left >= 4) {
            hash = std::rotl(hash ^ load_little<4>(at) * p1, 23) * p2 + p3;
            left -= 4;
            at += 4;
        }
        for (; left > 0; --left, ++at) hash = std::rotl(hash ^ load_little<1>(at) * p5, 11) * p1;
        hash = (hash ^ hash >> 33) * p2;
        hash = (hash ^ hash >> 29) * p3;
        return hash ^ hash >> 32;
    }

private:
    static constexpr std::uint64_t p1 = 0x9E3779B185EBCA87, p2 = 0xC2B2AE3D27D4EB4F, p3 = 0x165667B19E3779F9,
                                   p4 = 0x85EBCA77C2B2AE63, p5 = 0x27D4EB2F165667C5;

    static std::uint64_t round(std::uint64_t lane, std::uint64_t input) noexcept {
        return std::rotl(lane + input * p2, 31) * p1;
    }

    /// Lanes of their own, not of an array, stay in registers for all the way.
    void stripes(char const* at, char const* end) noexcept {
        auto [a, b, c, d] = lanes_;
        for (; at != end; at += 32) {
            a = round(a, load_little<8>(at));
            b = round(b, load_little<8>(at + 8));
            c = round(c, load_little<8>(at + 16));
            d = round(d, load_little<8>(at + 24));
        }
        lanes_ = {a, b, c, d};
    }

    std::uint64_t merged() const noexcept {
        std::uint64_t hash =
            std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) + std::rotl(lanes_[3], 18);
        for (std::uint64_t const lane : lanes_) hash = (hash ^ round(0, lane)) * p1 + p4;
        return hash;
    }

    std::array<std::uint64_t, 4> lanes_;
    std::array<char, 32> rest_{};
    std::uint64_t seed_;
    std::uint64_t total_ = 0;
    std::size_t used_ = 0;
};

inline std::uint64_t xxh64(std::string_view bytes, std::uint64_t seed = 0) noexcept {
    Xxh64 hash(seed);
    hash.update(bytes);
    return hash.digest();
}

}  // namespace holdfast::detail

#endif
