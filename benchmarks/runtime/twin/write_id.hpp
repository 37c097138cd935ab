#ifndef HOLDFAST_BENCHMARKS_RUNTIME_TWIN_WRITE_ID_HPP
#define HOLDFAST_BENCHMARKS_RUNTIME_TWIN_WRITE_ID_HPP

#include "../harness.hpp"

#include <array>
#include <cstring>
#include <string_view>

#include <sys/random.h>
#include <unistd.h>

namespace twin {

/// 128 random bits from the kernel, fetched 1024 bytes at a time.
inline std::array<unsigned char, 16> random_bits() {
    static thread_local unsigned char pool[1024];
    static thread_local std::size_t left = 0;
    if (left == 0) {
        bench::require(getrandom(pool, sizeof pool, 0) == sizeof pool, "getrandom");
        left = sizeof pool;
    }
    std::array<unsigned char, 16> bits;
    left -= bits.size();
    std::memcpy(bits.data(), pool + left, bits.size());
    return bits;
}

/// The same as text: 22 characters of base64url.
using IdText = std::array<char, 22>;

inline IdText text(std::array<unsigned char, 16> const& bits) {
    constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    IdText text;
    std::size_t at = 0;
    for (std::size_t i = 0; i < 15; i += 3) {
        unsigned const three =
            static_cast<unsigned>(bits[i]) << 16 | static_cast<unsigned>(bits[i + 1]) << 8 | bits[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) text[at++] = alphabet[three >> shift & 63];
    }
    text[20] = alphabet[bits[15] >> 2];
    text[21] = alphabet[bits[15] << 4 & 63];
    return text;
}

inline IdText new_id() { return text(random_bits()); }

inline std::string_view view(IdText const& id) noexcept { return {id.data(), id.size()}; }

/// The ids of the last eight writes, newest first, separated by spaces; kept as text.
struct Ring {
    std::array<char, 8 * 23> text;
    std::size_t size = 0;

    std::string_view all() const noexcept { return {text.data(), size}; }
    std::string_view newest() const noexcept { return all().substr(0, 22); }

    static Ring of(std::string_view ids) noexcept {
        Ring ring;
        ring.size = ids.size() < ring.text.size() ? ids.size() : ring.text.size() - 1;
        std::memcpy(ring.text.data(), ids.data(), ring.size);
        return ring;
    }
    void push(IdText const& id) noexcept {
        std::size_t const kept = size < 7 * 23 ? size : 7 * 23 - 1;
        std::memmove(text.data() + 23, text.data(), kept);
        std::memcpy(text.data(), id.data(), id.size());
        text[22] = ' ';
        size = kept > 0 ? kept + 23 : 22;
    }
};

/// `user@host:pid`
inline std::string const& who() {
    static std::string const text = [] {
        char host[256] = "";
        (void)gethostname(host, sizeof host - 1);
        return std::to_string(getuid()) + "@" + host + ":" + std::to_string(getpid());
    }();
    return text;
}

inline std::int64_t microseconds() noexcept {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
}

/// `2026-01-31T23:59:59.123456Z`
inline std::array<char, 27> utc(std::int64_t now) noexcept {
    time_t const seconds = now / 1'000'000;
    tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 27> text;
    std::memcpy(text.data(), "0000-00-00T00:00:00.000000Z", text.size());
    auto const put = [&](std::size_t end, std::int64_t value) {
        for (; value > 0; value /= 10) text[--end] = static_cast<char>('0' + value % 10);
    };
    put(4, parts.tm_year + 1900);
    put(7, parts.tm_mon + 1);
    put(10, parts.tm_mday);
    put(13, parts.tm_hour);
    put(16, parts.tm_min);
    put(19, parts.tm_sec);
    put(26, now % 1'000'000);
    return text;
}

}  // namespace twin

#endif
