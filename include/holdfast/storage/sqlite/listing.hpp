#ifndef HOLDFAST_STORAGE_SQLITE_LISTING_HPP
#define HOLDFAST_STORAGE_SQLITE_LISTING_HPP

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

inline Result<Listed> listed(Statement const& row, Slot slot) {
    auto key = Key::parse(std::string(row.bytes(0)));
    std::optional<VersionId> version{VersionId{}};
    if (slot == Slot::version) version = parse_version(row.bytes(1));
    if (key && version) return Listed{*std::move(key), *version};
    return Error(Errc::malformed, "the name of a row is not one that this library wrote; delete the row");
}

/// A page by range of the primary key: no condition is ever made of a prefix but its two ends. The cursor is the last
/// key, a line break, which no key has, and the last version.
inline Result<ListPage> list_page(Connection& connection, ListRequest const& request) {
    std::string first_key(request.prefix), first_version;
    if (!request.cursor.empty()) {
        auto const split = request.cursor.find('\n');
        first_key = request.cursor.substr(0, split);
        if (split != request.cursor.npos) first_version = request.cursor.substr(split + 1);
        // Behind the last one: nothing lies between a text and itself with a zero byte added.
        (request.slot == Slot::version ? first_version : first_key).push_back('\0');
    }
    std::string const end = request.whole_key ? std::string(request.prefix) + '\0' : end_of_prefix(request.prefix);
    std::size_t const limit = std::clamp<std::size_t>(request.limit, 1, most_per_page);

    auto const prepared = connection.statement(Query::list, request.slot);
    if (!prepared) return prepared.error();
    Statement& statement = **prepared;
    Running const running(statement);
    statement.bind_text(1, first_key);
    if (request.slot == Slot::version) statement.bind_text(2, first_version);
    // A blob is greater than every text.
    if (end.empty()) statement.bind_blob(3, {});
    else statement.bind_text(3, end);
    statement.bind(4, static_cast<std::int64_t>(limit));

    ListPage page;
    int code = connection.step(statement);
    for (; code == SQLITE_ROW; code = statement.step()) {
        auto record = listed(statement, request.slot);
        if (!record) return record.error();
        page.records.push_back(*std::move(record));
    }
    if (code != SQLITE_DONE) return connection.error(code);
    if (page.records.size() == limit) {
        Listed const& last = page.records.back();
        page.next = last.key.str();
        if (request.slot == Slot::version) page.next.append("\n").append(to_string(last.version));
    }
    return page;
}

}  // namespace holdfast::detail::sqlite

#endif
