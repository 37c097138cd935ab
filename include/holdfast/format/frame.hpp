#ifndef HOLDFAST_FORMAT_FRAME_HPP
#define HOLDFAST_FORMAT_FRAME_HPP

#include <holdfast/core/record.hpp>
#include <holdfast/format/frame_reader.hpp>
#include <holdfast/format/frame_writer.hpp>

namespace holdfast {

/// The frame: the bytes of a record in files and in objects of a bucket. The same everywhere, so that a tree can be
/// copied with any tool; `head -1` shows the header to a person, `tail -n +2` the payload.
///
///     {"holdfast":"2","key":"orders","size":"12","tombstone":"false","sequence":"7", … ,"xxh64":"44bc2cf5ad770999"}
///     payload…
///
/// The header is one line: a JSON object without spaces, every value a string, the members always in this order:
/// `holdfast` (format version), `key`, `size` (of the payload, in bytes), `tombstone`, `sequence`, `discipline`,
/// `epoch`, `when` (RFC 3339, UTC), `who`, `lineage`, `payload_id`, `ids` (newest first, separated by spaces), where
/// history is kept `previous` (payload_id of the content before), `set_when` and `set_who` (of the content, where a
/// later write left that as it was) and after a roll back `restored` (a sequence), an `a:<name>` for each attribute,
/// the members of a lease if one lives here (`format/lease_text.hpp` describes them), where the length needs it `pad`
/// (spaces), and last `xxh64`: the XXH64 (seed
/// 0, 16 hexadecimal digits) of all bytes of the header before these digits, followed by the payload. The four bytes
/// that remain (`"}`, newline) are checked too.
///
/// The length of a frame says whether it is a tombstone: then it is a multiple of 1,024 bytes, and else it is not. So
/// who lists files or objects need not read them. `pad` is there for that: of most tombstones, and of a state in 1,024.
///
/// Compatibility: every version keeps `holdfast` as the first member and `xxh64` as the last, with the same rule, and
/// what the length says. A version other than 2 is `incompatible`; version 1, of early programs, has no such lengths.
/// Members that are not known are skipped in version 2: a member that must not be lost when an older program rewrites
/// the record makes a new version.
///
/// This is the header of `record`, newline included; the payload follows it. Errors: `too_large` (payload, attributes),
/// `invalid_argument` (attributes that are not UTF-8, a discipline that is not known).
inline Result<Buffer> encode_frame_header(Record const& record) {
    if (auto fine = detail::fits(record); !fine) return std::move(fine).error();
    return detail::FrameWriter::header(record);
}

/// The record that a frame holds; the payload shares the frame's storage, the revision is left empty.
///
/// Errors: `malformed` for every damage (cut, changed byte, wrong size, other bytes), `incompatible` for a frame of
/// another format version. Cost: one pass over the bytes for the checksum.
inline Result<Record> decode_frame(Bytes const& frame) { return detail::FrameReader::record(frame); }

}  // namespace holdfast

#endif
