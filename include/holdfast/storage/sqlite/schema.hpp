#ifndef HOLDFAST_STORAGE_SQLITE_SCHEMA_HPP
#define HOLDFAST_STORAGE_SQLITE_SCHEMA_HPP

#include <holdfast/storage/sqlite/connection.hpp>

namespace holdfast::detail::sqlite {

/// The tables of the storage: made, brought up to date, or refused.
///
/// `application_id` says that the tables are ours, and then `user_version` says in which format. Other tables may live
/// in the same file, unless the program that they belong to uses these two numbers or one of our names for itself.
class Schema {
public:
    static constexpr std::string_view application_id = "1752131180";  // "hofl"
    static constexpr int version = 2;

    static Result<void> prepare(Connection& connection, bool create) {
        auto const found = look_at_once(connection);
        if (!found) return found.error();
        if (*found == 0 && !create)
            return Error(Errc::not_found, "the database has no tables of holdfast, and none are to be made");
        auto const mode = connection.ask("pragma journal_mode = wal");
        if (!mode) return mode.error();
        if (*mode != "wal")
            return Error(Errc::not_supported, "SQLite cannot use a write-ahead log here").from("journal_mode " + *mode);
        if (*found == version) return {};
        return migrate(connection);
    }

private:
    /// `look`, in one transaction: who makes the tables at this moment is seen before it or after, not between.
    static Result<int> look_at_once(Connection& connection) {
        if (int const code = connection.execute("begin"); code != SQLITE_OK) return connection.error(code);
        auto found = look(connection);
        (void)connection.execute("rollback");
        return found;
    }

    /// The format of the tables, 0 if there are none. Errors: `incompatible`.
    static Result<int> look(Connection& connection) {
        auto const owner = connection.ask("pragma application_id");
        if (!owner) return owner.error();
        auto const format = connection.ask("pragma user_version");
        if (!format) return format.error();
        if (*owner == application_id) {
            for (int known = 1; known <= version; ++known)
                if (*format == std::to_string(known)) return known;
            return incompatible(
                       "its format is not known to this program: use a newer program, or look whether another "
                       "one has changed it")
                .from("user_version " + *format);
        }
        if (*owner != "0" || *format != "0")
            return incompatible("another program keeps its own format there: name a file of its own")
                .from("application_id " + *owner + ", user_version " + *format);
        auto const taken = connection.ask(
            "select name from sqlite_schema where lower(name) in ('state', 'versions', 'locks', 'retention')");
        if (!taken) return taken.error();
        if (!taken->empty()) return incompatible("it has a '" + *taken + "' that is not ours: name a file of its own");
        auto const encoding = connection.ask("pragma encoding");
        if (!encoding) return encoding.error();
        if (*encoding != "UTF-8") return incompatible("its text is not UTF-8: name a file of its own").from(*encoding);
        return 0;
    }

    static Error incompatible(std::string why) {
        return Error(Errc::incompatible, "the database was not touched, since " + std::move(why));
    }

    /// All together or not at all. Who comes second finds the work done.
    static Result<void> migrate(Connection& connection) {
        using Batch = Connection::Batch;
        if (int const code = connection.run(Batch::begin); code != SQLITE_OK) return connection.error(code);
        auto const found = look(connection);
        int code = SQLITE_OK;
        if (found && *found < version) code = connection.execute(script(*found).c_str());
        if (found && code == SQLITE_OK) code = connection.run(Batch::commit);
        if (found && code == SQLITE_OK) return {};
        (void)connection.run(Batch::rollback);
        return found ? connection.error(code) : found.error();
    }

    /// From a format, 0 for none, to the present one.
    static std::string script(int format) {
        std::string script;
        for (Table const& table : tables)
            script.append(fill_in(format == 0 ? create_table : add_lease, table)).append("; ");
        script.append("pragma application_id = ").append(application_id);
        return script.append("; pragma user_version = ").append(std::to_string(version));
    }
};

}  // namespace holdfast::detail::sqlite

#endif
