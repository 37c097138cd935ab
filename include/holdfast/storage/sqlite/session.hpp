#ifndef HOLDFAST_STORAGE_SQLITE_SESSION_HPP
#define HOLDFAST_STORAGE_SQLITE_SESSION_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/storage/sqlite/connection.hpp>
#include <holdfast/storage/sqlite/record_row.hpp>

#include <optional>

namespace holdfast::detail::sqlite {

/// Reads and writes of records over one connection.
class Session {
public:
    explicit Session(Connection& connection) noexcept : connection_(connection) {}

    Connection& connection() const noexcept { return connection_; }

    Result<RecordPtr> read(RecordId const& id) {
        auto const statement = connection_.statement(Query::read, id.slot);
        if (!statement) return statement.error();
        Running const running(**statement);
        std::string const version = bind_id(**statement, id);
        int const code = connection_.step(**statement);
        if (code == SQLITE_DONE) return RecordPtr();
        if (code != SQLITE_ROW) return connection_.error(code);
        return record_of(Row::of(**statement), id.key, version);
    }

    /// `known` if the row is still that of its write. One statement: nobody can write between question and answer.
    Result<RecordPtr> reread(RecordId const& id, RecordPtr const& known) {
        if (!known || known->revision.view().size() != sizeof(WriteId)) return read(id);
        auto const statement = connection_.statement(Query::reread, id.slot);
        if (!statement) return statement.error();
        auto const newest = known->revision.write_id().text();
        Running const running(**statement);
        std::string const version = bind_id(**statement, id);
        (*statement)->bind_text(expected_write_id, {newest.data(), newest.size()});
        int const code = connection_.step(**statement);
        if (code == SQLITE_DONE) return RecordPtr();
        if (code != SQLITE_ROW) return connection_.error(code);
        if ((*statement)->bytes(4) == std::string_view(newest.data(), newest.size())) return known;
        return record_of(Row::of(**statement), id.key, version);
    }

    /// Whether the record is another than `since` (empty: none). Cost: a statement that reads a few bytes.
    Result<bool> changed(RecordId const& id, Revision const& since) {
        auto const statement = connection_.statement(Query::newest, id.slot);
        if (!statement) return statement.error();
        Running const running(**statement);
        std::string const version = bind_id(**statement, id);
        int const code = connection_.step(**statement);
        if (code == SQLITE_DONE) return !since.empty();
        if (code != SQLITE_ROW) return connection_.error(code);
        if (since.view().size() != sizeof(WriteId)) return true;
        auto const expected = since.write_id().text();
        return (*statement)->bytes(0) != std::string_view(expected.data(), expected.size());
    }

    /// A write outside of a batch: it is committed when its statement ends.
    Result<WriteOutcome> write_alone(Write const& write) {
        auto const code = apply(write);
        if (!code) return code.error();
        if (*code == SQLITE_OK) return applied(write);
        if (*code == precondition_failed) return WriteOutcome::conflict();
        if (*code == nothing_there) return stay_absent();
        if (*code != seems_swallowed) return failed_commit(*code);
        // Or somebody else was there between the write and the look after it; not so inside a transaction.
        auto again = write_all({&write, 1});
        return again && again->kind() == WriteOutcome::Kind::applied ? applied(write) : again;
    }

    Result<WriteOutcome> write_all(std::span<Write const> writes) {
        using Batch = Connection::Batch;
        if (int const code = connection_.run(Batch::begin); code != SQLITE_OK) return connection_.error(code);
        bool changed = writes.empty();
        for (Write const& write : writes) {
            auto const code = apply(write);
            if (code && *code == SQLITE_OK) changed = true;
            if (code && (*code == SQLITE_OK || *code == nothing_there)) continue;
            // Nothing was committed, whatever failed.
            (void)connection_.run(Batch::rollback);
            if (!code) return Error(code.error()).on(to_string(write.id));
            if (*code == precondition_failed) return WriteOutcome::conflict();
            if (*code == seems_swallowed)
                return Error(Errc::store_violates_conditions,
                             "the database takes the write and drops it: look for a trigger on its table, with "
                             "raise(ignore), and remove that")
                    .on(to_string(write.id));
            return connection_.error(*code).on(to_string(write.id));
        }
        int code = changed ? SQLITE_OK : connection_.run(Batch::renew);
        if (code == SQLITE_OK) code = connection_.run(Batch::commit);
        if (code == SQLITE_OK) return committed(Revision());
        if (connection_.in_transaction()) (void)connection_.run(Batch::rollback);
        return failed_commit(code);
    }

private:
    static constexpr int expected_write_id = 12;
    /// Beside SQLite's codes.
    static constexpr int precondition_failed = -1, seems_swallowed = -2, nothing_there = -3;

    Result<WriteOutcome> applied(Write const& write) {
        return committed(write.record ? Revision(write.record->stamp.ids.newest()) : Revision());
    }

    /// There is nothing to remove; but the log may hold the whole of a write whose sync failed, by this process or
    /// another, and a recovery would bring it. Any commit is written over it.
    Result<WriteOutcome> stay_absent() {
        int const code = connection_.run(Connection::Batch::renew);
        return code == SQLITE_OK ? committed(Revision()) : failed_commit(code);
    }

    /// The commit looked at the files before it wrote to them; what is acknowledged is still in the log that others
    /// read.
    Result<WriteOutcome> committed(Revision revision) {
        if (connection_.log_in_place()) return WriteOutcome::applied(std::move(revision));
        return WriteOutcome::unknown(doubt(trouble_error(connection_.trouble())));
    }

    Result<WriteOutcome> failed_commit(int code) {
        if (!may_have_committed(code)) return connection_.error(code);
        return WriteOutcome::unknown(doubt(connection_.error(code)));
    }

    /// Returns what the version is called in the database; it must live until the statement is reset.
    static std::string bind_id(Statement& statement, RecordId const& id) {
        std::string version;
        if (id.slot == Slot::version) version = to_string(id.version);
        statement.bind_text(1, id.key.view());
        if (id.slot == Slot::version) statement.bind_text(2, version);
        return version;
    }

    static Query query_of(Write const& write) noexcept {
        switch (write.when.kind()) {
            case Precondition::Kind::none: return write.record ? Query::put : Query::remove;
            case Precondition::Kind::absent: return write.record ? Query::create : Query::exists;
            case Precondition::Kind::matches:
            default: return write.record ? Query::replace : Query::remove_if;
        }
    }

    /// SQLite's code, `precondition_failed`, `seems_swallowed`, or `nothing_there`: nothing had to be done. An error:
    /// refused before SQLite was asked.
    Result<int> apply(Write const& write) {
        if (connection_.read_only())
            return Error(Errc::permission_denied, "the storage was opened to be read: open it without mode=ro");
        if (write.record) {
            if (auto fine = fits(*write.record); !fine) return std::move(fine).error();
            if (!write.record->stamp.ids.newest())
                return Error(Errc::invalid_argument, "a record without a write id cannot be told from others");
        }
        if (write.when.kind() == Precondition::Kind::matches && write.when.revision().view().size() != sizeof(WriteId))
            return precondition_failed;
        Query const query = query_of(write);
        auto const code = run(query, write);
        if (!code || *code != SQLITE_DONE) return code;
        if (query == Query::exists) return nothing_there;
        return connection_.changed() ? Result<int>(SQLITE_OK) : why_unchanged(query, write);
    }

    /// SQLITE_DONE, or why not.
    Result<int> run(Query query, Write const& write) {
        auto const prepared = connection_.statement(query, write.id.slot);
        if (!prepared) return prepared.error();
        Statement& statement = **prepared;
        std::string const version = bind_id(statement, write.id);
        std::optional<RecordRow> row;
        if (write.record) {
            row.emplace(*write.record, write.id.key.view(), version);
            row->bind(statement);
        }
        auto const expected = write.when.revision().write_id().text();
        if (write.when.kind() == Precondition::Kind::matches)
            statement.bind_text(expected_write_id, {expected.data(), expected.size()});
        Running const running(statement);
        int const code = connection_.step(statement);
        return code == SQLITE_ROW ? precondition_failed : code;  // `exists` found it
    }

    /// Of a statement that changed nothing. If what it asks for is as it should be, something has swallowed it.
    Result<int> why_unchanged(Query query, Write const& write) {
        if (query == Query::put) return seems_swallowed;
        auto const other =
            changed(write.id, query == Query::create || query == Query::remove ? Revision() : write.when.revision());
        if (!other) return other.error();
        if (query == Query::remove) return *other ? seems_swallowed : nothing_there;
        return *other ? precondition_failed : seems_swallowed;
    }

    Connection& connection_;
};

}  // namespace holdfast::detail::sqlite

#endif
