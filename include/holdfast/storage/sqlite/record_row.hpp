#ifndef HOLDFAST_STORAGE_SQLITE_RECORD_ROW_HPP
#define HOLDFAST_STORAGE_SQLITE_RECORD_ROW_HPP

#include <holdfast/detail/rfc3339.hpp>
#include <holdfast/storage/sqlite/row.hpp>

namespace holdfast::detail::sqlite {

/// A record as a row, with the text that the row refers to. The record must outlive it.
class RecordRow {
public:
    RecordRow(RecordRow const&) = delete;
    RecordRow& operator=(RecordRow const&) = delete;

    RecordRow(Record const& record, std::string_view key, std::string_view version, Buffer attributes) noexcept
        : when_(to_rfc3339(record.stamp.when)),
          ids_(record.stamp.ids),
          lineage_(record.stamp.lineage.text()),
          payload_id_(record.stamp.payload_id.text()),
          attributes_(std::move(attributes)) {
        Stamp const& stamp = record.stamp;
        row_.sequence = static_cast<std::int64_t>(stamp.sequence);
        row_.epoch = static_cast<std::int64_t>(stamp.epoch);
        row_.updated_at = {when_.data(), when_.size()};
        row_.tombstone = stamp.tombstone ? 1 : 0;
        row_.discipline = name(stamp.discipline);
        row_.updated_by = stamp.who.view();
        row_.write_id = ids_.newest();
        row_.earlier_ids = ids_.earlier();
        row_.lineage = {lineage_.data(), lineage_.size()};
        row_.payload_id = {payload_id_.data(), payload_id_.size()};
        row_.attributes = attributes_.view();
        row_.value = record.payload.view();
        row_.checksum = row_.sum(key, version);
    }

    void bind(Statement& statement) const noexcept { row_.bind(statement); }

private:
    std::array<char, 27> when_;
    RingText ids_;
    std::array<char, WriteId::text_size> lineage_, payload_id_;
    Buffer attributes_;
    Row row_;
};

/// The record that a row holds, its payload copied. Errors: `malformed`.
inline Result<RecordPtr> record_of(Row const& row, KeyView key, std::string_view version) {
    auto const damaged = [](char const* how) {
        return Error(Errc::malformed, std::string("the stored record is damaged: ") + how +
                                          "; restore it from a backup, or delete its row");
    };
    if (row.sum(key.view(), version) != row.checksum)
        return damaged("its checksum does not match, so it was changed by something else than this library");
    auto const ids = RingText::parse(row.write_id, row.earlier_ids);
    auto const lineage = WriteId::parse(row.lineage), payload_id = WriteId::parse(row.payload_id);
    auto const when = from_rfc3339(row.updated_at);
    auto attributes = attributes_from_json(row.attributes);
    if (!ids || !lineage || !payload_id || !when || !attributes || !Writer::fits(row.updated_by))
        return damaged("a column is not as this library writes it");
    Stamp stamp;
    stamp.lineage = *lineage;
    stamp.ids = *ids;
    stamp.payload_id = *payload_id;
    stamp.sequence = static_cast<std::uint64_t>(row.sequence);
    stamp.epoch = static_cast<Epoch>(row.epoch);
    for (auto const one : {Discipline::last_writer_wins, Discipline::history})
        if (row.discipline == name(one)) stamp.discipline = one;
    if (row.discipline != name(stamp.discipline)) return damaged("its discipline is not known");
    stamp.tombstone = row.tombstone != 0;
    stamp.when = *when;
    stamp.who = Writer(row.updated_by);
    Buffer payload(row.value.size());
    payload.append(row.value);
    return RecordPtr(std::make_shared<Record>(
        Record{Key(key), Bytes(std::move(payload)), stamp, *std::move(attributes), Revision(ids->newest())}));
}

}  // namespace holdfast::detail::sqlite

#endif
