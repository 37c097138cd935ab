#ifndef HOLDFAST_STORAGE_SQLITE_HPP
#define HOLDFAST_STORAGE_SQLITE_HPP

#include <holdfast/concepts/wait_for_change.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/posix/lock_directory.hpp>
#include <holdfast/process/per_process.hpp>
#include <holdfast/storage/sqlite/listing.hpp>
#include <holdfast/storage/sqlite/place.hpp>
#include <holdfast/storage/sqlite/pool.hpp>
#include <holdfast/storage/sqlite/schema.hpp>
#include <holdfast/storage/sqlite/session.hpp>
#include <holdfast/storage/sqlite/write_order.hpp>

namespace holdfast {

/// Keeps records in a SQLite database: one file, many processes of one machine, transactions.
///
/// `select key, value, updated_at, updated_by from state` shows them to a person with `sqlite3`; values are text where
/// they are UTF-8. A row that was changed by hand no longer matches its checksum and is refused as `malformed`.
/// Other tables may live in the same file, e.g. those of a warehouse, if their program leaves `application_id` and
/// `user_version` alone. A new database has mode 0600, whatever the umask; `-wal` and `-shm` get the mode, the group
/// and, from the superuser, the owner of the database, and a database that the superuser makes is of its directory's
/// owner.
///
/// All must use one file by one name: hard links, single files that are mounted, and network file systems are refused
/// (`not_supported`). A database that is moved, removed or replaced, or whose log or its index is removed, while a
/// program has it open, is an error at the next write and within 50 ms at a read (`not_found`, `unavailable`): nothing
/// was written. The next call opens what stands at the path then, if it is a database of ours. What the removed or
/// abandoned log held is moved into its database before. Where a log of another database was put beside it, every call
/// is an error until the files are put back (`malformed`). To restore a backup into a database in use: `sqlite3 FILE
/// '.restore BACKUP'`; to copy one over it, end all programs and remove `-wal` and `-shm` before.
///
/// The log is moved into the database after 4 MiB. That waits for reads that are under way, for up to 0.1 s, and is
/// tried again after 1 MiB more, from 8 MiB on after each further 4: the log is as long as what is written while one
/// read lasts, and 4 MiB more.
/// A program that keeps a read transaction open, as the `sqlite3` shell can, keeps the log growing.
///
/// `read_only` needs no right to write, if the database lies on a file system that is mounted read-only, or `-wal` and
/// `-shm` are there because a program that writes has it open; else the right to make these.
///
/// A damaged database: `sqlite3 FILE .dump | sed 's/^ROLLBACK.*/COMMIT;/' | sqlite3 NEW` saves what can be read. A
/// `.dump` that was read in is recognized.
///
/// The database uses a write-ahead log (`-wal` and `-shm` beside it): readers and the one writer do not wait for each
/// other. Who waits for another writer does so until the context's deadline, without one for as long as it takes:
/// `busy`. Writers get their turns in order of arrival, with the help of a file `-turn` beside the database that holds
/// nothing; programs that do not know it, such as the `sqlite3` shell, do not queue. A file system that fails during a
/// commit makes the outcome unknown, every other failure is an `Error`.
///
/// Cost, with a warm connection: a read has no sync, a write 1 fdatasync (`Durability::full`) or none. So has the
/// removal of what is not there: the log may hold a write of it whose sync failed, and that is written over. About
/// every 1000 pages one write also moves the log into the database: 2 syncs more. A value is copied out once.
///
/// A handle: copies share the connections. Thread safety: every member, from any thread; each call that runs at a time
/// has a connection of its own, up to 16 are kept. `fork` closes the idle ones before, and both sides open new ones
/// when they need them. A child that was forked while a thread was inside a call of any `SqliteStorage`, or made by
/// `_Fork` or `clone` while a connection was open, cannot use SQLite: through whatever handle, for whatever database,
/// it is refused (`not_supported`) until it executes a program. Connections that a program opens by itself are not
/// known here.
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
    /// names; nothing was touched), `malformed` (no database, a damaged one, or one that was cut to 0 bytes),
    /// `permission_denied`, `not_supported` (network file system, several names), `not_found` (`create` is false),
    /// `busy`, `out_of_space`, `unavailable`.
    static Result<SqliteStorage> open(std::string path, SqliteOptions const& options = {}) {
        auto const fail = [&](Error error) { return std::move(error).during("open").on(path); };
        if (sqlite3_threadsafe() == 0)
            return fail(Error(Errc::not_supported, "this SQLite was built without threads: use another build"));
        auto const use = detail::sqlite::InUse::begin();
        if (!use) return fail(use.error());
        detail::StandardDescriptors const occupied;
        auto place = detail::sqlite::settle_place(path, options);
        if (!place) return fail(std::move(place).error());
        auto pool = std::make_shared<detail::sqlite::Pool>(*std::move(place), options);
        Context const ctx(Environment::system(), options.patience);
        auto connection = pool->take(ctx, options.create);
        if (!connection) return fail(std::move(connection).error());
        return SqliteStorage(pool, options.read_only);  // which must outlive the connection, also if this fails
    }

    /// `sqlite:///full/path` or `sqlite:relative/path`; three slashes are never relative, unlike in SQLAlchemy:
    /// `sqlite:///state.db` is the file `/state.db`. Options: `durability=full|data|none`, `create=yes|no`,
    /// `mode=rw|ro`, `group=yes|no`; see `SqliteOptions`.
    static Result<SqliteStorage> open(Locator const& locator) {
        if (auto here = locator.on_this_machine(); !here) return std::move(here).error();
        auto const options = detail::sqlite::options_of(locator);
        if (!options) return options.error();
        auto opened = open(locator.path, *options);
        if (opened || locator.path.rfind('/') != 0) return opened;
        std::string text(opened.error().message());
        text.append("; sqlite://").append(locator.path).append(" is a file of the root directory, ");
        text.append("a path relative to this one is written sqlite:").append(locator.path, 1);
        return Error(opened.error().code(), std::move(text))
            .during("open")
            .on(locator.path)
            .from(opened.error().backend());
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
        auto done = in_order(ctx, [&](auto& session) { return session.write_alone({id, record, when}); });
        if (!done) return std::move(done).error().during("write").on(to_string(id));
        return done;
    }

    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        auto done = in_order(ctx, [&](auto& session) { return session.write_alone({id, nullptr, when}); });
        if (!done) return std::move(done).error().during("remove").on(to_string(id));
        return done;
    }

    /// One transaction, with one sync. A later write of the same record sees the earlier one.
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes) {
        auto done = in_order(ctx, [&](auto& session) { return session.write_all(writes); });
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

    /// A turn is that of all records in one of 64 groups. It is courtesy: who has it and does not write within 10 s is
    /// passed. Cost: 1 system call if nobody waits; the write that follows asks no more.
    Result<Turn> turn(Context const& ctx, RecordId const& id, bool always) const {
        return beside_->read_only ? Turn() : beside_->order.turn(ctx, id, always);
    }
    std::size_t turn_rank(RecordId const& id) const noexcept { return beside_->order.lane(id); }

    /// A directory beside the database, made when it is first asked for: `<database>-locks`, of mode 0700, or 2770
    /// where the database is its group's, and of the same group; the superuser makes it for the database's owner.
    /// Errors: `permission_denied` if the database was opened read-only, …
    Result<LockDirectory> lock_directory() const {
        if (beside_->read_only)
            return Error(Errc::permission_denied,
                         "the database was opened read-only: to lock or to see who holds a lock, open it without "
                         "mode=ro and without SqliteOptions::read_only; nothing was changed");
        return beside_->locks.with([this](std::optional<LockDirectory>& locks) -> Result<LockDirectory> {
            if (locks) return *locks;
            std::string const& database = pool_->path();
            auto opened = LockDirectory::open(database + "-locks", database.substr(database.rfind('/') + 1));
            if (opened) locks = *opened;
            return opened;
        });
    }

private:
    using Session = detail::sqlite::Session;

    /// Files beside the database that are ours.
    struct Beside {
        Beside(std::string const& database, bool reader) : read_only(reader), order(database) {}

        bool const read_only;  ///< then nothing is made
        detail::sqlite::WriteOrder order;
        detail::PerProcess<std::optional<LockDirectory>> locks;
    };

    SqliteStorage(std::shared_ptr<detail::sqlite::Pool> pool, bool read_only)
        : pool_(std::move(pool)), beside_(std::make_shared<Beside>(pool_->path(), read_only)) {}

    /// A write: does not wait for SQLite's lock but for its turn, and then asks again and again.
    template <class Work>
    Result<WriteOutcome> in_order(Context const& ctx, Work&& work) const {
        auto lease = pool_->take(ctx);
        if (!lease) return std::move(lease).error();
        (*lease)->do_not_wait();
        Session session(**lease);
        if (beside_->read_only) return work(session);  // says so
        Result<WriteOutcome> done = Error(Errc::busy, "other threads of this process are writing: try later");
        auto const waited = beside_->order.write(ctx, [&]() -> Result<bool> {
            done = work(session);
            return done || done.error() != Errc::busy;
        });
        if (!waited && waited.error() != Errc::timed_out) return waited.error();
        return done;
    }

    template <class Work>
    std::invoke_result_t<Work, Session&> with_session(Context const& ctx, Work&& work) const {
        auto lease = pool_->take(ctx);
        if (!lease) return std::move(lease).error();
        Session session(**lease);
        return work(session);
    }

    detail::Handle<detail::sqlite::Pool> pool_;
    detail::Handle<Beside> beside_;
};

}  // namespace holdfast

#endif
