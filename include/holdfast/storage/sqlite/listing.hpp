#ifndef HOLDFAST_STORAGE_SQLITE_LISTING_HPP
#define HOLDFAST_STORAGE_SQLITE_LISTING_HPP

#include <holdfast/core/decimal.hpp>
#include <holdfast/core/listing.hpp>
#include <holdfast/storage/sqlite/connection.hpp>

#include <algorithm>
#include <optional>

namespace holdfast::detail::sqlite {

/// A page has at most this many records, whatever was asked for.
inline constexpr std::size_t most_per_page = 10'000;

/// The smallest text that is greater than every text that begins with `prefix`; none if there is no such text.
inline std::string end_of_prefix(std::string_view prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.remove_suffix(1);
    std::string end(prefix);
    if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

/// Adds the record of a row; a row whose name this library cannot have written is said, and hides no others.
inline void add_listed(Statement const& row, Slot slot, ListPage& page) {
    auto key = Key::parse(std::string(row.bytes(0)));
    std::optional<VersionId> version{VersionId{}};
    if (slot == Slot::version) version = parse_version(row.bytes(1));
    if (key && version) return page.records.push_back({*std::move(key), *version});
    std::string place(tables[static_cast<std::size_t>(slot)].name);
    place.append(", rowid ").append(std::to_string(row.integer(2)));
    page.unreadable.push_back(
        Error(Errc::malformed, "the name of a row is not one that this library wrote: rename or delete the row")
            .during("list")
            .on(place));
}

/// Where the next page begins: the size of the last key, a colon, the key and the version. Keys that are not ours may
/// have any bytes.
inline std::string cursor_behind(std::string_view key, std::string_view version) {
    return std::to_string(key.size()).append(":").append(key).append(version);
}

struct ListStart {
    std::string key, version;

    static std::optional<ListStart> of(ListRequest const& request) {
        if (request.cursor.empty()) return ListStart{std::string(request.prefix), {}};
        std::size_t const colon = request.cursor.find(':');
        if (colon == request.cursor.npos) return std::nullopt;
        std::string_view const rest = request.cursor.substr(colon + 1);
        auto const size = parse_decimal(request.cursor.substr(0, colon), rest.size());
        if (!size) return std::nullopt;
        ListStart start{std::string(rest.substr(0, *size)), std::string(rest.substr(*size))};
        // Behind the last one: nothing lies between a text and itself with a zero byte added.
        (request.slot == Slot::version ? start.version : start.key).push_back('\0');
        return start;
    }
};

/// A page by range of the primary key: no condition is ever made of a prefix but its two ends.
inline Result<ListPage> list_page(Connection& connection, ListRequest const& request) {
    auto const start = ListStart::of(request);
    if (!start) return Error(Errc::invalid_argument, "the cursor is not one of this storage: begin the listing anew");
    std::string const end = request.whole_key ? std::string(request.prefix) + '\0' : end_of_prefix(request.prefix);
    std::size_t const limit = std::clamp<std::size_t>(request.limit, 1, most_per_page);

    auto const prepared = connection.statement(Query::list, request.slot);
    if (!prepared) return prepared.error();
    Statement& statement = **prepared;
    Running const running(statement);
    statement.bind_text(1, start->key);
    if (request.slot == Slot::version) statement.bind_text(2, start->version);
    // A blob is greater than every text.
    if (end.empty()) statement.bind_blob(3, {});
    else statement.bind_text(3, end);
    statement.bind(4, static_cast<std::int64_t>(limit));

    ListPage page;
    int code = connection.step(statement);
    for (; code == SQLITE_ROW; code = statement.step()) {
        add_listed(statement, request.slot, page);
        if (page.records.size() + page.unreadable.size() == limit)
            page.next = cursor_behind(statement.bytes(0), statement.bytes(1));
    }
    if (code != SQLITE_DONE) return connection.error(code);
    return page;
}

}  // namespace holdfast::detail::sqlite

#endif
