#ifndef HOLDFAST_STORAGE_SQLITE_SQL_HPP
#define HOLDFAST_STORAGE_SQLITE_SQL_HPP

#include <holdfast/core/record_id.hpp>

#include <array>
#include <string>
#include <string_view>

namespace holdfast::detail::sqlite {

// All the SQL of the storage. Nothing of it is ever made from data: a table's name takes the place of `$table`, and
// the condition that finds one row of it the place of `$row`.

struct Table {
    std::string_view name;
    std::string_view version_column;   ///< of its definition
    std::string_view version_in_list;  ///< of a list of columns
    std::string_view version_value;    ///< of a list of values
    std::string_view primary_key;
    std::string_view row;
    std::string_view shown;  ///< which rows a listing shows
    std::string_view range;  ///< where a page begins
};

inline constexpr std::string_view of_key = "key = ?1";
inline constexpr std::string_view from_key = "key >= ?1";

/// By slot. Only `versions` has several rows of one key.
inline constexpr std::array<Table, 4> tables{{
    {"state", "", "", "", "key", of_key, "and not tombstone", from_key},
    {"versions", "version text not null,", "version,", "?2,", "key, version", "key = ?1 and version = ?2", "",
     "(key, version) >= (?1, ?2)"},
    {"locks", "", "", "", "key", of_key, "", from_key},
    {"retention", "", "", "", "key", of_key, "", from_key},
}};

enum class Query : unsigned char { read, exists, put, create, replace, remove, remove_if, list, reread, newest };
inline constexpr std::size_t query_count = 10;

/// Parameters: ?1 key, ?2 version, ?3 to ?11 the columns in the order of `read`, ?12 the expected write id;
/// in `list`, ?3 the upper bound of keys and ?4 the number of rows.
inline constexpr std::array<std::string_view, query_count> queries{
    "select sequence, tombstone, updated_at, updated_by, write_id, stamp, attributes, lease, value from $table where "
    "$row",

    "select 1 from $table where $row",

    "insert into $table (key, $versions sequence, tombstone, updated_at, updated_by, write_id, stamp, attributes, "
    "lease, value) values (?1, $value ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
    "on conflict do update set sequence = ?3, tombstone = ?4, updated_at = ?5, updated_by = ?6, write_id = ?7, "
    "stamp = ?8, attributes = ?9, lease = ?10, value = ?11",

    "insert into $table (key, $versions sequence, tombstone, updated_at, updated_by, write_id, stamp, attributes, "
    "lease, value) values (?1, $value ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) on conflict do nothing",

    "update $table set sequence = ?3, tombstone = ?4, updated_at = ?5, updated_by = ?6, write_id = ?7, stamp = ?8, "
    "attributes = ?9, lease = ?10, value = ?11 where $row and write_id = ?12",

    "delete from $table where $row",

    "delete from $table where $row and write_id = ?12",

    "select key, $version, rowid from $table where $range and key < ?3 $shown order by $primary limit ?4",

    // A value that is not asked for is not read, wherever its pages are.
    "select sequence, tombstone, updated_at, updated_by, write_id, stamp, attributes, lease, "
    "case when write_id = ?12 then null else value end from $table where $row",

    "select write_id from $table where $row",
};

/// What people and conditions ask for has a column of its own; the rest of the stamp, and the checksum of all, is
/// packed into `stamp`, since every column costs time. `value` stands last, so that what a listing or a condition needs
/// of a row lies before the pages of a large value. It is text where the payload is, so that it can be read.
inline constexpr std::string_view create_table =
    "create table $table ("
    "key text not null, $column "
    "sequence integer not null, tombstone integer not null, updated_at text not null, updated_by text not null, "
    "write_id text not null, stamp blob not null, attributes text, lease text, value any, "
    "primary key ($primary)) strict";

/// What `columns_of_table` finds of a table that `create_table` made.
inline constexpr std::string_view columns =
    "attributes TEXT 0 0, key TEXT 1 1, lease TEXT 0 0, sequence INTEGER 1 0, stamp BLOB 1 0, tombstone INTEGER 1 0, "
    "updated_at TEXT 1 0, updated_by TEXT 1 0, value ANY 0 0, $columnswrite_id TEXT 1 0";
inline constexpr std::string_view columns_of_table =
    "select group_concat(name || ' ' || upper(type) || ' ' || \"notnull\" || ' ' || pk, ', ') from "
    "(select * from pragma_table_info('$table') order by name)";

/// Says that the tables are ours, of any format.
inline constexpr std::string_view application_id = "1752131180";  // "hofl"
inline constexpr std::string_view set_application_id = "pragma application_id = 1752131180";

/// Who made the database did so without syncs: nobody was promised more, and it is written without.
inline constexpr std::string_view unsynced_table = "CREATE TABLE holdfast (durability text not null) strict";

inline std::string fill_in(std::string_view sql, Table const& table) {
    std::pair<std::string_view, std::string_view> const names[] = {
        {"$table", table.name},
        {"$row", table.row},
        {"$versions", table.version_in_list},
        {"$version", table.version_in_list.empty() ? "''" : "version"},
        {"$value", table.version_value},
        {"$columns", table.version_column.empty() ? "" : "version TEXT 1 2, "},
        {"$column", table.version_column},
        {"$primary", table.primary_key},
        {"$range", table.range},
        {"$shown", table.shown},
    };
    std::string text(sql);
    for (auto const& [name, value] : names)
        for (auto at = text.find(name); at != text.npos; at = text.find(name, at + value.size()))
            text.replace(at, name.size(), value);
    return text;
}

inline std::string sql(Query query, Slot slot) {
    return fill_in(queries[static_cast<std::size_t>(query)], tables[static_cast<std::size_t>(slot)]);
}

}  // namespace holdfast::detail::sqlite

#endif
