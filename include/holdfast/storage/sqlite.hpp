#ifndef HOLDFAST_STORAGE_SQLITE_HPP
#define HOLDFAST_STORAGE_SQLITE_HPP

#include <holdfast/detail/wait_for_change.hpp>
#include <holdfast/storage/sqlite/listing.hpp>
#include <holdfast/storage/sqlite/place.hpp>
#include <holdfast/storage/sqlite/pool.hpp>
#include <holdfast/storage/sqlite/schema.hpp>
#include <holdfast/storage/sqlite/session.hpp>

namespace holdfast {

/// Keeps records in a SQLite database: one file, many processes of one machine, transactions.
///
/// `select key, value, updated_at, updated_by from state` shows them to a person with `sqlite3`; values are text where
/// they are UTF-8. A row that was changed by hand no longer matches its checksum and is refused as `malformed`.
/// Other tables may live in the same file, e.g. those of a warehouse, if their program leaves `application_id` and
/// `user_version` alone. A new database has mode 0600, whatever the umask.
///
/// The database uses a write-ahead log (`-wal` and `-shm` beside it): readers and the one writer do not wait for each
/// other. Who waits for another writer does so until the context's deadline, without one for as long as it takes:
/// `busy`. A file system that fails during a commit makes the outcome unknown, every other failure is an `Error`.
///
/// Cost, with a warm connection: a read has no sync, a write 1 fdatasync (`Durability::full`) or none; about every
/// 1000 pages one write also moves the log into the database: 2 syncs more. A value is copied out once.
///
/// A handle: copies share the connections. Thread safety: every member, from any thread; each call that runs at a time
/// has a connection of its own, up to 16 are kept. A fork closes the idle ones before, and both sides open new ones
/// when they need them; a child that was forked while another thread was inside a call is refused (`not_supported`).
class SqliteStorage {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;
    static constexpr std::string_view scheme = "sqlite";

    /// The database at `path`; made, with its tables, if it is not there. Its directory must exist.
    ///
    /// Errors: `invalid_argument` (no path of a file), `incompatible` (a newer format, or another program's numbers or
    /// names; nothing was touched), `malformed` (no database, or a damaged one), `permission_denied`, `not_supported`
    /// (network file system), `not_found` (`create` is false), `busy`.
    static Result<SqliteStorage> open(std::string path, SqliteOptions const& options = {}) {
        auto const fail = [&](Error error) { return std::move(error).during("open").on(path); };
        if (sqlite3_threadsafe() == 0)
            return fail(Error(Errc::not_supported, "this SQLite was built without threads: use another build"));
        auto place = detail::sqlite::settle_place(path, options.create);
        if (!place) return fail(std::move(place).error());
        auto pool = std::make_shared<detail::sqlite::Pool>(*std::move(place), options);
        Context const ctx(Environment::system(), options.patience);
        auto connection = pool->take(ctx);
        if (!connection) return fail(std::move(connection).error());
        auto ready = detail::sqlite::Schema::prepare(**connection, options.create);
        if (!ready) return fail(std::move(ready).error());
        return SqliteStorage(std::move(pool));
    }

    /// Options: `durability=full|data|none`, `create=yes|no`.
    static Result<SqliteStorage> open(Locator const& locator) {
        if (!locator.host.empty())
            return locator.refuse("sqlite has no host, but '" + locator.host + "' is given",
                                  {"sqlite:///absolute/path", "sqlite:relative/path"});
        auto const options = detail::sqlite::options_of(locator);
        if (!options) return options.error();
        return open(locator.path, *options);
    }

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) const {
        auto found = with_session(ctx, [&](auto& session) { return session.read(id); });
        if (!found) return std::move(found).error().during("read").on(to_string(id));
        return found;
    }

    /// Cost: the statement of a read, without the value if it is the same.
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) const {
        auto found = with_session(ctx, [&](auto& session) { return session.reread(id, known); });
        if (!found) return std::move(found).error().during("read").on(to_string(id));
        return found;
    }

    /// One statement, which is a transaction of its own.
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        auto done = with_session(ctx, [&](auto& session) { return session.write_alone({id, record, when}); });
        if (!done) return std::move(done).error().during("write").on(to_string(id));
        return done;
    }

    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        auto done = with_session(ctx, [&](auto& session) { return session.write_alone({id, nullptr, when}); });
        if (!done) return std::move(done).error().during("remove").on(to_string(id));
        return done;
    }

    /// One transaction, with one sync. A later write of the same record sees the earlier one.
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes) {
        auto done = with_session(ctx, [&](auto& session) { return session.write_all(writes); });
        if (!done) return std::move(done).error().during("write_all");
        return done;
    }

    /// In the order of the keys' bytes. Cost of a page: a walk along an index, and a look at each row of `state`.
    Result<ListPage> list(Context const& ctx, ListRequest const& request) const {
        auto page = with_session(ctx, [&](auto& session) { return list_page(session.connection(), request); });
        if (!page) return std::move(page).error().during("list");
        return page;
    }

    /// Asks in pauses that grow from 1 to 20 ms. No connection is kept in the meantime, so that others may fork.
    ///
    /// Cost: 50 statements a second, which read a page of the database's cache each.
    Result<bool> wait_for_change(Context const& ctx, RecordId const& id, Revision const& since) const {
        auto changed = detail::poll_for_change(
            ctx, [&] { return with_session(ctx, [&](auto& session) { return session.changed(id, since); }); },
            std::chrono::milliseconds(1), std::chrono::milliseconds(20));
        if (changed) return changed;
        return std::move(changed).error().during("wait for a change").on(to_string(id));
    }

    /// A directory beside the database, of mode 0700, made when it is first asked for: `<database>-locks`.
    std::string lock_directory() const {
        std::string const directory = pool_->path() + "-locks";
        if (::mkdir(directory.c_str(), 0700) == 0) (void)::chmod(directory.c_str(), 0700);
        return directory;  // who cannot use it says so better
    }

private:
    using Session = detail::sqlite::Session;

    explicit SqliteStorage(std::shared_ptr<detail::sqlite::Pool> pool) noexcept : pool_(std::move(pool)) {}

    template <class Work>
    std::invoke_result_t<Work, Session&> with_session(Context const& ctx, Work&& work) const {
        auto lease = pool_->take(ctx);
        if (!lease) return std::move(lease).error();
        Session session(**lease);
        return work(session);
    }

    std::shared_ptr<detail::sqlite::Pool> pool_;
};

}  // namespace holdfast

#endif
