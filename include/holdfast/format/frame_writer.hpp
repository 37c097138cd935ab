#ifndef HOLDFAST_FORMAT_FRAME_WRITER_HPP
#define HOLDFAST_FORMAT_FRAME_WRITER_HPP

#include <holdfast/core/decimal.hpp>
#include <holdfast/format/lease_text.hpp>
#include <holdfast/format/limits.hpp>
#include <holdfast/format/rfc3339.hpp>
#include <holdfast/format/tombstone_size.hpp>
#include <holdfast/format/xxh64.hpp>

#include <cstring>
#include <string_view>

namespace holdfast::detail {

/// What the first member of a frame says.
inline constexpr std::string_view frame_version = "2";

/// What comes before the checksum; 16 digits, quote, brace and a newline follow.
inline constexpr std::string_view frame_closing = ",\"xxh64\":\"";

/// Room for all that can be in a header, escaped.
inline constexpr std::size_t max_frame_header = std::size_t{256} << 10;

/// Writes the header of a frame (`format/frame.hpp` describes it) of a record that `fits`.
class FrameWriter {
public:
    static Result<Buffer> header(Record const& record) {
        FrameWriter writer;
        writer.members(record);
        writer.padding(record);
        writer.out_.append(frame_closing);
        Xxh64 hash;
        hash.update(writer.out_.view());
        hash.update(record.payload.view());
        auto const digits = to_hex(hash.digest());
        writer.out_.append(digits.data(), digits.size());
        writer.out_.append("\"}\n");
        if (writer.out_.size() > max_frame_header) return too_many_attributes();
        return std::move(writer.out_);
    }

private:
    FrameWriter() : out_(640) {}

    /// Makes the length of the frame say what it is: `is_tombstone_size`.
    void padding(Record const& record) {
        constexpr std::string_view opening = ",\"pad\":\"";
        constexpr std::size_t least = opening.size() + 1;
        std::size_t const size = out_.size() + frame_closing.size() + 19 + record.payload.size();
        std::size_t pad = is_tombstone_size(size) ? least : 0;
        if (record.stamp.tombstone) {
            pad = (tombstone_unit - size % tombstone_unit) % tombstone_unit;
            if (pad != 0 && pad < least) pad += tombstone_unit;
        }
        if (pad == 0) return;
        out_.append(opening);
        std::memset(out_.extend(pad - least), ' ', pad - least);
        out_.push_back('"');
    }

    void members(Record const& record) {
        Stamp const& stamp = record.stamp;
        out_.append("{\"holdfast\":\"");
        out_.append(frame_version);
        text("\",\"key\":\"", record.key.view());
        number("\",\"size\":\"", record.payload.size());
        out_.append(stamp.tombstone ? "\",\"tombstone\":\"true" : "\",\"tombstone\":\"false");
        number("\",\"sequence\":\"", stamp.sequence);
        out_.append("\",\"discipline\":\"");
        out_.append(named(stamp.discipline).name);
        number("\",\"epoch\":\"", stamp.epoch);
        auto const when = to_rfc3339(stamp.when);
        out_.append("\",\"when\":\"");
        out_.append(when.data(), when.size());
        text("\",\"who\":\"", cut_to_utf8(stamp.who.view()));  // its 47 bytes may end inside a character
        out_.append("\",\"lineage\":\"");
        id(stamp.lineage);
        out_.append("\",\"payload_id\":\"");
        id(stamp.payload_id);
        out_.append("\",\"ids\":\"");
        for (std::size_t i = 0; i < stamp.ids.size(); ++i) {
            if (i > 0) out_.push_back(' ');
            id(stamp.ids[i]);
        }
        if (stamp.previous) {
            out_.append("\",\"previous\":\"");
            id(stamp.previous);
        }
        if (stamp.set_by) {
            auto const set = to_rfc3339(stamp.set_by->when);
            out_.append("\",\"set_when\":\"");
            out_.append(set.data(), set.size());
            text("\",\"set_who\":\"", cut_to_utf8(stamp.set_by->who.view()));
        }
        if (stamp.restored != 0) number("\",\"restored\":\"", stamp.restored);
        for (auto const& [attribute, value] : record.attributes) {
            text("\",\"a:", attribute);
            text("\":\"", value);
        }
        out_.push_back('"');
        if (record.lease) append_lease(out_, *record.lease);
    }

    void text(std::string_view before, std::string_view value) {
        out_.append(before);
        append_escaped(out_, value);
    }
    void number(std::string_view before, std::uint64_t value) {
        out_.append(before);
        out_.append(Decimal(value).view());
    }
    void id(WriteId value) {
        auto const digits = value.text();
        out_.append(digits.data(), digits.size());
    }

    Buffer out_;
};

}  // namespace holdfast::detail

#endif
