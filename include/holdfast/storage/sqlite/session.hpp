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
        return failed_commit(*code);
    }

    Result<WriteOutcome> write_all(std::span<Write const> writes) {
        using Batch = Connection::Batch;
        if (int const code = connection_.run(Batch::begin); code != SQLITE_OK) return connection_.error(code);
        for (Write const& write : writes) {
            auto const code = apply(write);
            if (code && *code == SQLITE_OK) continue;
            // Nothing was committed, whatever failed.
            (void)connection_.run(Batch::rollback);
            if (!code) return Error(code.error()).on(to_string(write.id));
            if (*code == precondition_failed) return WriteOutcome::conflict();
            return connection_.error(*code).on(to_string(write.id));
        }
        int const code = connection_.run(Batch::commit);
        if (code == SQLITE_OK) return WriteOutcome::applied(Revision());
        if (connection_.in_transaction()) (void)connection_.run(Batch::rollback);
        return failed_commit(code);
    }

private:
    static constexpr int expected_write_id = 12;
    /// Beside SQLite's codes.
    static constexpr int precondition_failed = -1;

    static Result<WriteOutcome> applied(Write const& write) {
        return WriteOutcome::applied(write.record ? Revision(write.record->stamp.ids.newest()) : Revision());
    }

    Result<WriteOutcome> failed_commit(int code) const {
        if (!may_have_committed(code)) return connection_.error(code);
        return WriteOutcome::unknown(connection_.error(code));
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
            default: return write.record ? Query::replace : Query::remove_if;
        }
    }

    /// SQLite's code, or `precondition_failed`. An error: refused before SQLite was asked.
    Result<int> apply(Write const& write) {
        if (write.record) {
            if (auto fine = fits(*write.record); !fine) return std::move(fine).error();
            if (!write.record->stamp.ids.newest())
                return Error(Errc::invalid_argument, "a record without a write id cannot be told from others");
        }
        Query const query = query_of(write);
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
        bool const conditional = write.when.kind() == Precondition::Kind::matches;
        if (conditional) {
            if (write.when.revision().view().size() != sizeof(WriteId)) return precondition_failed;
            statement.bind_text(expected_write_id, {expected.data(), expected.size()});
        }
        Running const running(statement);
        int const code = connection_.step(statement);
        if (code == SQLITE_ROW) return precondition_failed;  // `exists` found it
        if (code != SQLITE_DONE) return code;
        bool const must_change = query != Query::exists && query != Query::remove;
        return must_change && !connection_.changed() ? precondition_failed : SQLITE_OK;
    }

    Connection& connection_;
};

}  // namespace holdfast::detail::sqlite

#endif
