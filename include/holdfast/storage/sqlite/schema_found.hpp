#ifndef HOLDFAST_STORAGE_SQLITE_SCHEMA_FOUND_HPP
#define HOLDFAST_STORAGE_SQLITE_SCHEMA_FOUND_HPP

#include <holdfast/storage/sqlite/connection.hpp>

#include <array>
#include <optional>

namespace holdfast::detail::sqlite {

/// What of our tables a database has.
///
/// `application_id` says that the tables are ours, and then `user_version` says in which format. Other tables may live
/// in the same file, unless the program that they belong to uses these two numbers or one of our names for itself. A
/// `.dump` that was read in has lost both numbers: there our tables are known by having exactly our columns.
struct SchemaFound {
    /// Of the tables, and of the stamps in them (`PackedStamp`). Those before were of early programs.
    static constexpr int version = 4;

    bool there = false;                     ///< any of them
    bool marked = false;                    ///< with the two numbers
    std::array<bool, tables.size()> has{};  ///< which of the tables

    bool current() const noexcept { return marked && there; }

    /// In a transaction of the caller. Errors: `incompatible`.
    static Result<SchemaFound> look(Connection& connection) {
        auto const owner = connection.ask("pragma application_id");
        if (!owner) return owner.error();
        auto const format = connection.ask("pragma user_version");
        if (!format) return format.error();
        if (*owner == application_id) {
            if (*format == std::to_string(version)) return SchemaFound{true, true, {true, true, true, true}};
            for (int early = 1; early < version; ++early)
                if (*format == std::to_string(early))
                    return incompatible("its format is of early programs: copy it with the program that wrote it")
                        .from("user_version " + *format);
            return incompatible(
                       "its format is not known to this program: use a newer program, or look whether another "
                       "one has changed it")
                .from("user_version " + *format);
        }
        if (*owner != "0" || *format != "0")
            return incompatible("another program keeps its own format there: name a file of its own")
                .from("application_id " + *owner + ", user_version " + *format);
        auto const encoding = connection.ask("pragma encoding");
        if (!encoding) return encoding.error();
        if (*encoding != "UTF-8") return incompatible("its text is not UTF-8: name a file of its own").from(*encoding);
        return recognize(connection);
    }

private:
    static Result<SchemaFound> recognize(Connection& connection) {
        SchemaFound found;
        for (std::size_t i = 0; i < tables.size(); ++i) {
            auto const kind = connection.ask(
                fill_in("select coalesce(max(type), '') from sqlite_schema where lower(name) = '$table'", tables[i]));
            if (!kind) return kind.error();
            if (kind->empty()) continue;
            auto const there = connection.ask(fill_in(columns_of_table, tables[i]));
            if (!there) return there.error();
            std::string const now = fill_in(columns, tables[i]);
            if (*kind != "table" || *there != now) return taken(tables[i].name);
            found.there = found.has[i] = true;
        }
        auto const mark =
            connection.ask("select coalesce(max(sql), '') from sqlite_schema where lower(name) = 'holdfast'");
        if (!mark) return mark.error();
        if (!mark->empty() && *mark != unsynced_table) return taken("holdfast");
        return found;
    }

    static Error taken(std::string_view name) {
        return incompatible("it has a '" + std::string(name) + "' that is not ours: name a file of its own");
    }
    static Error incompatible(std::string why) {
        return Error(Errc::incompatible, "the database was not touched, since " + std::move(why));
    }
};

}  // namespace holdfast::detail::sqlite

#endif
