#ifndef HOLDFAST_STORAGE_SQLITE_ROW_HPP
#define HOLDFAST_STORAGE_SQLITE_ROW_HPP

#include <holdfast/core/record_id.hpp>
#include <holdfast/detail/xxh64.hpp>
#include <holdfast/storage/sqlite/attributes.hpp>
#include <holdfast/storage/sqlite/ring_text.hpp>
#include <holdfast/storage/sqlite/statement.hpp>

namespace holdfast::detail::sqlite {

/// The columns of a record that follow its key, as the database has them. Refers to text that is kept elsewhere.
struct Row {
    std::int64_t sequence = 0, epoch = 0, tombstone = 0;
    std::string_view updated_at, discipline, updated_by, write_id, earlier_ids, lineage, payload_id, attributes;
    std::int64_t checksum = 0;
    std::string_view value;

    /// Where a statement of `sql.hpp` that writes has its first column.
    static constexpr int first_parameter = 3;

    static Row of(Statement const& statement) noexcept {
        Row row;
        row.sequence = statement.integer(0);
        row.epoch = statement.integer(1);
        row.tombstone = statement.integer(2);
        int column = 3;
        for (auto const text : texts) row.*text = statement.bytes(column++);
        row.checksum = statement.integer(column++);
        row.value = statement.bytes(column);
        return row;
    }

    void bind(Statement& statement) const noexcept {
        int at = first_parameter;
        for (auto const number : {sequence, epoch, tombstone}) statement.bind(at++, number);
        for (auto const text : texts) statement.bind_text(at++, this->*text);
        if (attributes.empty()) statement.bind_null(at - 1);
        statement.bind(at++, checksum);
        if (value.empty() && tombstone != 0) statement.bind_null(at);
        else if (is_text(value)) statement.bind_text(at, value);
        else statement.bind_blob(at, value);
    }

    /// XXH64 of all that makes the record, its id included: a byte that changed, and a row in another's place.
    std::int64_t sum(std::string_view key, std::string_view version) const noexcept {
        std::array<char, 8 * (3 + texts.size() + 2)> numbers;
        std::size_t used = 0;
        auto const add = [&](std::uint64_t number) {
            for (int byte = 0; byte < 8; ++byte, number >>= 8) numbers[used++] = static_cast<char>(number & 0xff);
        };
        for (auto const number : {sequence, epoch, tombstone}) add(static_cast<std::uint64_t>(number));
        for (auto const text : texts) add((this->*text).size());
        add(key.size());
        add(version.size());
        Xxh64 hash;
        hash.update({numbers.data(), numbers.size()});
        for (auto const text : texts) hash.update(this->*text);
        hash.update(key);
        hash.update(version);
        hash.update(value);
        return static_cast<std::int64_t>(hash.digest());
    }

private:
    static constexpr std::array texts{&Row::updated_at,  &Row::discipline, &Row::updated_by, &Row::write_id,
                                      &Row::earlier_ids, &Row::lineage,    &Row::payload_id, &Row::attributes};

    /// Whether a person can read it: UTF-8 without the zero bytes at which tools stop.
    static bool is_text(std::string_view bytes) noexcept {
        constexpr std::uint64_t high = 0x8080808080808080, low = 0x0101010101010101;
        std::size_t at = 0;
        while (at < bytes.size()) {
            std::uint64_t word = 0;
            if (bytes.size() - at >= sizeof word) {
                std::memcpy(&word, bytes.data() + at, sizeof word);
                if (((word | (word - low)) & high) == 0) {  // eight ASCII characters, none of them zero
                    at += sizeof word;
                    continue;
                }
            }
            char32_t const point = next_code_point(bytes, at);
            if (point == 0 || point == bad_utf8) return false;
        }
        return true;
    }
};

}  // namespace holdfast::detail::sqlite

#endif
