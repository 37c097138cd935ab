#ifndef HOLDFAST_STORAGE_SQLITE_RECORD_ROW_HPP
#define HOLDFAST_STORAGE_SQLITE_RECORD_ROW_HPP

#include <holdfast/format/lease_text.hpp>
#include <holdfast/storage/sqlite/attributes.hpp>
#include <holdfast/storage/sqlite/row.hpp>

namespace holdfast::detail::sqlite {

/// A record as a row, with the text that the row refers to. The record must outlive it.
class RecordRow {
public:
    RecordRow(RecordRow const&) = delete;
    RecordRow& operator=(RecordRow const&) = delete;

    RecordRow(Record const& record, std::string_view key, std::string_view version)
        : when_(to_rfc3339(record.stamp.when)),
          write_id_(record.stamp.ids.newest().text()),
          stamp_(record.stamp),
          attributes_(attributes_to_json(record.attributes)),
          lease_(lease_to_json(record.lease.get())),
          row_{.sequence = static_cast<std::int64_t>(record.stamp.sequence),
               .tombstone = record.stamp.tombstone ? 1 : 0,
               .updated_at = {when_.data(), when_.size()},
               .updated_by = record.stamp.who.view(),
               .write_id = {write_id_.data(), write_id_.size()},
               .stamp = stamp_.view(),
               .attributes = attributes_.view(),
               .lease = lease_.view(),
               .value = record.payload.view()} {
        stamp_.set_checksum(row_.sum(key, version));
    }

    void bind(Statement& statement) const noexcept { row_.bind(statement); }

private:
    std::array<char, 27> when_;
    std::array<char, WriteId::text_size> write_id_;
    PackedStamp stamp_;
    Buffer attributes_, lease_;
    Row row_;
};

[[gnu::cold]] inline Error damaged(char const* how) {
    return Error(Errc::malformed,
                 std::string("the stored record is damaged: ") + how + "; restore it from a backup, or delete its row");
}

/// The record that a row holds, its payload copied. Errors: `malformed`; `incompatible` (of a program of another format).
inline Result<RecordPtr> record_of(Row const& row, KeyView key, std::string_view version) {
    if (!row.fits()) return damaged("a column is not as this library writes it");
    if (row.sum(key.view(), version) != PackedStamp::checksum(row.stamp))
        return damaged("its checksum does not match, so it was changed by something else than this library");
    if (!PackedStamp::is_known(row.stamp))
        return Error(
            Errc::incompatible,
            "the column stamp is in another format than this program knows: use the program that wrote the record");
    Buffer payload(row.value.size());
    payload.append(row.value);
    auto record = std::make_shared<Record>(
        Record{Key(key), Bytes(std::move(payload)), Stamp(), Attributes(), Revision(), nullptr});
    Stamp& stamp = record->stamp;
    if (!PackedStamp::unpack(row.stamp, stamp)) return damaged("its discipline is not known");
    stamp.sequence = static_cast<std::uint64_t>(row.sequence);
    stamp.tombstone = row.tombstone != 0;
    stamp.who = Writer(row.updated_by);
    record->revision = Revision(stamp.ids.newest());
    if (!row.attributes.empty() && !attributes_from_json(row.attributes, record->attributes))
        return damaged("its attributes are not as this library writes them");
    if (!row.lease.empty() && !lease_from_json(row.lease, record->lease))
        return damaged("its lease is not as this library writes it");
    return RecordPtr(std::move(record));
}

}  // namespace holdfast::detail::sqlite

#endif
