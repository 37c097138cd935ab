#ifndef HOLDFAST_STORAGE_SQLITE_ROW_HPP
#define HOLDFAST_STORAGE_SQLITE_ROW_HPP

#include <holdfast/core/record_id.hpp>
#include <holdfast/format/xxh64.hpp>
#include <holdfast/storage/sqlite/packed_stamp.hpp>
#include <holdfast/storage/sqlite/readable.hpp>
#include <holdfast/storage/sqlite/statement.hpp>

namespace holdfast::detail::sqlite {

/// The columns of a record that follow its key, as the database has them. Refers to text that is kept elsewhere.
struct Row {
    std::int64_t sequence = 0, tombstone = 0;
    std::string_view updated_at, updated_by, write_id, stamp, attributes, lease, value;

    /// Where a statement of `sql.hpp` that writes has its first column.
    static constexpr int first_parameter = 3;

    static Row of(Statement const& statement) noexcept {
        return {statement.integer(0), statement.integer(1), statement.bytes(2), statement.bytes(3), statement.bytes(4),
                statement.bytes(5),   statement.bytes(6),   statement.bytes(7), statement.bytes(8)};
    }

    void bind(Statement& statement) const noexcept {
        statement.bind(first_parameter, sequence);
        statement.bind(first_parameter + 1, tombstone);
        statement.bind_text(first_parameter + 2, updated_at);
        statement.bind_text(first_parameter + 3, updated_by);
        statement.bind_text(first_parameter + 4, write_id);
        statement.bind_blob(first_parameter + 5, stamp);
        if (attributes.empty()) statement.bind_null(first_parameter + 6);
        else statement.bind_text(first_parameter + 6, attributes);
        if (lease.empty()) statement.bind_null(first_parameter + 7);
        else statement.bind_text(first_parameter + 7, lease);
        if (value.empty() && tombstone != 0) statement.bind_null(first_parameter + 8);
        else if (is_readable(value)) statement.bind_text(first_parameter + 8, value);
        else statement.bind_blob(first_parameter + 8, value);
    }

    /// Whether the columns are as long as this library writes them: what `sum` relies on.
    bool fits() const noexcept {
        return updated_at.size() == sizeof(std::array<char, 27>) && Writer::fits(updated_by) &&
               write_id.size() == WriteId::text_size && PackedStamp::fits(stamp);
    }

    /// XXH64 of all that makes the record, its id included: a byte that changed, and a row in another's place.
    std::uint64_t sum(std::string_view key, std::string_view version) const noexcept {
        // In one piece, as far as it is short.
        char head[8 * 7 + 27 + 47 + WriteId::text_size + PackedStamp::max_size + max_key_size + 64];
        char* at = head;
        for (std::uint64_t const number :
             {static_cast<std::uint64_t>(sequence), static_cast<std::uint64_t>(tombstone),
              std::uint64_t{updated_by.size()}, std::uint64_t{stamp.size()}, std::uint64_t{key.size()},
              std::uint64_t{version.size()}, std::uint64_t{attributes.size()}})
            at = store_little(at, number);
        for (std::string_view const text :
             {updated_at, updated_by, write_id, PackedStamp::number(stamp), PackedStamp::summed(stamp), key, version})
            at += text.copy(at, text.size());
        Xxh64 hash;
        hash.update({head, static_cast<std::size_t>(at - head)});
        hash.update(attributes);
        if (!lease.empty()) {  // the size too, so that nothing can move between lease and value
            char size[8];
            store_little(size, lease.size());
            hash.update({size, sizeof size});
            hash.update(lease);
        }
        hash.update(value);
        return hash.digest();
    }
};

}  // namespace holdfast::detail::sqlite

#endif
