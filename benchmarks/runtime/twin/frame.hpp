#ifndef HOLDFAST_BENCHMARKS_RUNTIME_TWIN_FRAME_HPP
#define HOLDFAST_BENCHMARKS_RUNTIME_TWIN_FRAME_HPP

#include "write_id.hpp"

#include <charconv>
#include <memory>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace twin {

/// A record in the format of the library's files, handled the short way: what is only passed on stays text.
struct Frame {
    std::unique_ptr<char[]> bytes;
    std::string_view key, lineage, ids, payload;
    std::uint64_t sequence = 0;

    /// Takes over the bytes of a file. False if they are damaged.
    bool parse(std::unique_ptr<char[]> file, std::size_t size) {
        bytes = std::move(file);
        std::string_view const all(bytes.get(), size);
        std::size_t const end = all.find('\n');
        if (end == all.npos || end < 40) return false;
        std::string_view const line = all.substr(0, end);
        payload = all.substr(end + 1);
        std::uint64_t sum = 0, length = 0;
        if (!number(line.substr(end - 18, 16), sum, 16) || sum != checksum(line.substr(0, end - 18), payload))
            return false;
        std::string_view rest = line, text;
        if (!member(rest, "{\"holdfast\":\"", text) || text != "2" || !member(rest, ",\"key\":\"", key) ||
            !member(rest, ",\"size\":\"", text) || !number(text, length, 10) || length != payload.size())
            return false;
        if (!member(rest, ",\"tombstone\":\"", text) || text != "false" || !member(rest, ",\"sequence\":\"", text) ||
            !number(text, sequence, 10))
            return false;
        return member(rest, ",\"discipline\":\"", text) && text == "compare_and_swap" &&
               member(rest, ",\"epoch\":\"", text) && member(rest, ",\"when\":\"", text) && text.size() == 27 &&
               member(rest, ",\"who\":\"", text) && member(rest, ",\"lineage\":\"", lineage) && lineage.size() == 22 &&
               member(rest, ",\"payload_id\":\"", text) && text.size() == 22 && member(rest, ",\"ids\":\"", ids) &&
               ids.size() % 23 == 22;
    }

    static std::uint64_t checksum(std::string_view header, std::string_view payload) {
        XXH64_state_t state;
        XXH64_reset(&state, 0);
        XXH64_update(&state, header.data(), header.size());
        XXH64_update(&state, payload.data(), payload.size());
        return XXH64_digest(&state);
    }

private:
    static bool member(std::string_view& rest, std::string_view before, std::string_view& value) {
        if (!rest.starts_with(before)) return false;
        rest.remove_prefix(before.size());
        std::size_t const end = rest.find('"');
        if (end == rest.npos) return false;
        value = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        return true;
    }
    static bool number(std::string_view text, std::uint64_t& value, int base) {
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
        return error == std::errc() && end == text.data() + text.size();
    }
};

/// The header of the frame that replaces `base`, which is null for the first.
class FrameHeader {
public:
    FrameHeader(std::string_view key, Frame const* base, std::string_view payload) : id_(new_id()) {
        Ring ring = base ? Ring::of(base->ids) : Ring();
        ring.push(id_);
        put("{\"holdfast\":\"2\",\"key\":\"");
        put(key);
        put("\",\"size\":\"");
        put(payload.size());
        put("\",\"tombstone\":\"false\",\"sequence\":\"");
        put(base ? base->sequence + 1 : 1);
        put("\",\"discipline\":\"compare_and_swap\",\"epoch\":\"0\",\"when\":\"");
        put_time(microseconds());
        put("\",\"who\":\"");
        put(who());
        put("\",\"lineage\":\"");
        put(base ? base->lineage : view(id_));
        put("\",\"payload_id\":\"");
        put(view(id_));
        put("\",\"ids\":\"");
        put(ring.all());
        put((size_ + 30 + payload.size()) % 1024 == 0 ? "\",\"pad\":\"\",\"xxh64\":\"" : "\",\"xxh64\":\"");
        std::uint64_t const sum = Frame::checksum(all(), payload);
        for (int shift = 60; shift >= 0; shift -= 4) text_[size_++] = "0123456789abcdef"[sum >> shift & 15];
        put("\"}\n");
    }

    std::string_view all() const noexcept { return {text_, size_}; }
    IdText const& id() const noexcept { return id_; }

private:
    void put(std::string_view part) noexcept {
        std::memcpy(text_ + size_, part.data(), part.size());
        size_ += part.size();
    }
    void put(std::uint64_t value) noexcept {
        size_ = static_cast<std::size_t>(std::to_chars(text_ + size_, text_ + size_ + 20, value).ptr - text_);
    }
    void put_time(std::int64_t micros) noexcept {
        std::time_t const seconds = micros / 1'000'000;
        std::tm time;
        gmtime_r(&seconds, &time);
        put_digits(time.tm_year + 1900, 4, '-');
        put_digits(time.tm_mon + 1, 2, '-');
        put_digits(time.tm_mday, 2, 'T');
        put_digits(time.tm_hour, 2, ':');
        put_digits(time.tm_min, 2, ':');
        put_digits(time.tm_sec, 2, '.');
        put_digits(static_cast<int>(micros % 1'000'000), 6, 'Z');
    }
    void put_digits(int value, std::size_t width, char after) noexcept {
        for (std::size_t i = width; i-- > 0; value /= 10) text_[size_ + i] = static_cast<char>('0' + value % 10);
        size_ += width;
        text_[size_++] = after;
    }

    IdText id_;
    char text_[1024];
    std::size_t size_ = 0;
};

}  // namespace twin

#endif
