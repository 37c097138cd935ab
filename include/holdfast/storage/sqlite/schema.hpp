#ifndef HOLDFAST_STORAGE_SQLITE_SCHEMA_HPP
#define HOLDFAST_STORAGE_SQLITE_SCHEMA_HPP

#include <holdfast/storage/sqlite/connection.hpp>
#include <holdfast/storage/sqlite/schema_found.hpp>

namespace holdfast::detail::sqlite {

/// The tables of the storage: made or refused.
class Schema {
public:
    /// Of the first connection, before it is used. Errors: `incompatible`, `not_found` (`create` is false), `busy`.
    static Result<void> prepare(Connection& connection, SqliteOptions const& options, bool create) {
        auto const found = look_at_once(connection);
        if (!found) return found.error();
        if (!found->there && (!create || options.read_only))
            return Error(Errc::not_found, "the database has no tables of holdfast, and none are to be made");
        if (options.read_only) return {};
        bool const unsynced = !found->there && options.durability == Durability::none;
        if (unsynced)
            if (int const code = connection.execute(no_syncs); code != SQLITE_OK) return connection.error(code);
        auto const mode = connection.ask("pragma journal_mode = wal");
        if (!mode) return mode.error();
        if (*mode != "wal")
            return Error(Errc::not_supported, "SQLite cannot use a write-ahead log here").from("journal_mode " + *mode);
        if (!found->current())
            if (auto made = make(connection, unsynced); !made) return made;
        auto const nobody_was_promised = is_unsynced(connection);
        if (!nobody_was_promised) return nobody_was_promised.error();
        if (!*nobody_was_promised || options.durability == Durability::none) return {};
        return promise_syncs(connection);
    }

    /// Of every connection: without syncs only where nobody was ever promised any. Who connects from then on keeps
    /// others from promising.
    static Result<void> settle_durability(Connection& connection, SqliteOptions const& options) {
        if (options.durability != Durability::none || options.read_only) return {};
        auto const unsynced = is_unsynced(connection);
        if (!unsynced) return unsynced.error();
        int const code = connection.execute(*unsynced ? no_syncs : "pragma synchronous = normal");
        if (code != SQLITE_OK) return connection.error(code);
        return {};
    }

private:
    static constexpr char const* no_syncs = "pragma synchronous = off";

    /// `look`, in one transaction: who makes the tables at this moment is seen before it or after, not between.
    static Result<SchemaFound> look_at_once(Connection& connection) {
        if (int const code = connection.execute("begin"); code != SQLITE_OK) return connection.error(code);
        auto found = SchemaFound::look(connection);
        int const code = connection.execute("rollback");  // takes memory
        if (found && code != SQLITE_OK) return connection.error(code);
        return found;
    }

    /// All together or not at all. Who comes second finds the work done.
    static Result<void> make(Connection& connection, bool unsynced) {
        using Batch = Connection::Batch;
        if (int const code = connection.run(Batch::begin); code != SQLITE_OK) return connection.error(code);
        auto const found = SchemaFound::look(connection);
        int code = SQLITE_OK;
        if (found && !found->current()) code = connection.execute(script(*found, unsynced).c_str());
        if (found && code == SQLITE_OK) code = connection.run(Batch::commit);
        if (found && code == SQLITE_OK) return {};
        Error const why = found ? connection.error(code) : found.error();
        (void)connection.run(Batch::rollback);
        return why;
    }

    /// Makes what is missing.
    static std::string script(SchemaFound const& found, bool unsynced) {
        std::string script;
        for (std::size_t i = 0; i < tables.size(); ++i)
            if (!found.has[i]) script.append(fill_in(create_table, tables[i])).append("; ");
        if (unsynced && !found.there)
            script.append(unsynced_table).append("; insert into holdfast values ('none'); ");
        script.append(set_application_id).append("; pragma user_version = ");
        return script.append(std::to_string(SchemaFound::version));
    }

    static Result<bool> is_unsynced(Connection& connection) {
        std::string query = "select count(*) from sqlite_schema where sql = '";
        auto const count = connection.ask(query.append(unsynced_table).append("'"));
        if (!count) return count.error();
        return *count != "0";
    }

    /// From now on the database is written with syncs by everybody. Nobody may have it open who was told otherwise:
    /// SQLite leaves the log only for the last one.
    static Result<void> promise_syncs(Connection& connection) {
        for (Backoff pauses = connection.pauses();;) {
            int code = connection.try_once("pragma locking_mode = exclusive; pragma journal_mode = delete");
            if (code == SQLITE_OK)
                code = connection.execute(
                    "drop table if exists holdfast; pragma locking_mode = normal; "
                    "select 1 from sqlite_schema; pragma journal_mode = wal");
            else if ((void)connection.try_once("pragma locking_mode = normal"); code != SQLITE_BUSY)
                return connection.error(code);
            auto const unsynced = is_unsynced(connection);  // after a success, too: it opens the log
            if (!unsynced) return unsynced.error();
            if (!*unsynced) return {};
            if (code != SQLITE_BUSY && code != SQLITE_OK) return connection.error(code);
            if (pauses.attempts() == 50 || !pauses.wait())
                return Error(Errc::busy,
                             "another program has the database open with durability=none, whose writes would take the "
                             "promise of this one away: end it first, or open with durability=none");
        }
    }
};

}  // namespace holdfast::detail::sqlite

#endif
