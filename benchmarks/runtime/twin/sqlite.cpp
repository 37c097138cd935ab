#include "write_id.hpp"

#include <memory>
#include <mutex>

#include <sqlite3.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

// The columns and the checksum are those of the library's table. The first update reads and then writes under the
// condition that the row is still of the write that was read; the second does both in one transaction, which a library
// cannot do, since the user's code would run inside.

namespace {

constexpr std::string_view key = "pipelines/orders";

constexpr char create_table[] =
    "create table state (key text not null, sequence integer not null, epoch integer not null, "
    "updated_us integer not null, tombstone integer not null, discipline text not null, updated_by text not null, "
    "write_id text not null, earlier_ids text not null, lineage text not null, payload_id text not null, "
    "attributes text, checksum integer not null, value any, primary key (key)) strict";
constexpr char select_row[] =
    "select sequence, epoch, updated_us, tombstone, discipline, updated_by, write_id, earlier_ids, lineage, "
    "payload_id, attributes, checksum, value from state where key = ?1";
constexpr char insert_row[] =
    "insert into state (key, sequence, epoch, updated_us, tombstone, discipline, updated_by, write_id, earlier_ids, "
    "lineage, payload_id, attributes, checksum, value) "
    "values (?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
constexpr char update_row[] =
    "update state set sequence = ?3, epoch = ?4, updated_us = ?5, tombstone = ?6, discipline = ?7, updated_by = ?8, "
    "write_id = ?9, earlier_ids = ?10, lineage = ?11, payload_id = ?12, attributes = ?13, checksum = ?14, value = ?15 "
    "where key = ?1 and write_id = ?16";

struct Row {
    std::int64_t sequence = 0, epoch = 0, updated_us = 0, tombstone = 0;
    std::string updated_by;
    twin::Ring ids;
    twin::IdText lineage, payload_id;
    std::unique_ptr<char[]> value;
    std::size_t size = 0;

    std::string_view payload() const noexcept { return {value.get(), size}; }

    std::int64_t sum(std::string_view bytes) const noexcept {
        XXH64_state_t state;
        XXH64_reset(&state, 0);
        std::int64_t const numbers[] = {sequence, epoch, updated_us, tombstone};
        XXH64_update(&state, numbers, sizeof numbers);
        std::string_view const earlier = ids.all().substr(ids.size > 22 ? 23 : 22);
        for (auto const text : {std::string_view("compare_and_swap"), std::string_view(updated_by), ids.newest(),
                                earlier, twin::view(lineage), twin::view(payload_id), std::string_view(), key}) {
            std::uint64_t const length = text.size();
            XXH64_update(&state, &length, sizeof length);
            XXH64_update(&state, text.data(), text.size());
        }
        XXH64_update(&state, bytes.data(), bytes.size());
        return static_cast<std::int64_t>(XXH64_digest(&state));
    }
};

class Database {
public:
    Database(std::string const& directory, char const* synchronous) {
        int const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
        ok(sqlite3_open_v2((directory + "/twin.db").c_str(), &database_, flags, nullptr));
        sqlite3_busy_timeout(database_, 30'000);
        execute("pragma journal_mode = wal");
        execute(synchronous);
        execute("pragma fullfsync = on");
        execute("pragma journal_size_limit = 16777216");
        execute(create_table);
        select_ = prepare(select_row);
        update_ = prepare(update_row);
        begin_ = prepare("begin immediate");
        commit_ = prepare("commit");
        Row first;
        first.value = std::make_unique<char[]>(bench::value_size);
        first.size = bench::value_size;
        std::memcpy(first.value.get(), bench::make_value().data(), first.size);
        auto* const insert = prepare(insert_row);
        write(insert, first, "");
        sqlite3_finalize(insert);
    }
    Database(Database const&) = delete;
    ~Database() {
        for (auto* const statement : {select_, update_, begin_, commit_}) sqlite3_finalize(statement);
        sqlite3_close(database_);
    }

    Row read() {
        std::lock_guard const lock(mutex_);
        return read_row();
    }
    bool replace(Row& next, twin::Ring const& base) {
        std::lock_guard const lock(mutex_);
        write(update_, next, base.newest());
        return sqlite3_changes64(database_) > 0;
    }
    template <class Change>
    void update_inside(Change&& change) {
        std::lock_guard const lock(mutex_);
        run(begin_);
        Row const base = read_row();
        Row next = change(base);
        write(update_, next, base.ids.newest());
        run(commit_);
    }

private:
    static void ok(int code) { bench::require(code == SQLITE_OK, sqlite3_errstr(code)); }
    void execute(char const* sql) { ok(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
    sqlite3_stmt* prepare(std::string_view sql) {
        sqlite3_stmt* statement = nullptr;
        ok(sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                              &statement, nullptr));
        return statement;
    }
    static void run(sqlite3_stmt* statement) {
        bench::require(sqlite3_step(statement) == SQLITE_DONE, "step");
        ok(sqlite3_reset(statement));
    }

    static std::string_view text(sqlite3_stmt* statement, int column) {
        auto const* const data = static_cast<char const*>(sqlite3_column_blob(statement, column));
        return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
    }
    static twin::IdText id(sqlite3_stmt* statement, int column) {
        twin::IdText id;
        std::string_view const stored = text(statement, column);
        bench::require(stored.size() == id.size(), "id");
        std::memcpy(id.data(), stored.data(), id.size());
        return id;
    }

    Row read_row() {
        sqlite3_bind_text(select_, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
        bench::require(sqlite3_step(select_) == SQLITE_ROW, "select");
        Row row;
        row.sequence = sqlite3_column_int64(select_, 0);
        row.epoch = sqlite3_column_int64(select_, 1);
        row.updated_us = sqlite3_column_int64(select_, 2);
        row.tombstone = sqlite3_column_int64(select_, 3);
        bench::require(text(select_, 4) == "compare_and_swap", "discipline");
        row.updated_by = text(select_, 5);
        std::string_view const newest = text(select_, 6), earlier = text(select_, 7);
        bench::require(newest.size() == 22 && earlier.size() <= 7 * 23 - 1, "ids");
        std::memcpy(row.ids.text.data(), newest.data(), 22);
        row.ids.text[22] = ' ';
        if (!earlier.empty()) std::memcpy(row.ids.text.data() + 23, earlier.data(), earlier.size());
        row.ids.size = earlier.empty() ? 22 : 23 + earlier.size();
        row.lineage = id(select_, 8);
        row.payload_id = id(select_, 9);
        bench::require(sqlite3_column_type(select_, 10) == SQLITE_NULL, "attributes");
        std::string_view const value = text(select_, 12);
        bench::require(row.sum(value) == sqlite3_column_int64(select_, 11), "checksum");
        row.value = std::make_unique_for_overwrite<char[]>(value.size());
        row.size = value.size();
        std::memcpy(row.value.get(), value.data(), value.size());
        ok(sqlite3_reset(select_));
        return row;
    }

    static void bind(sqlite3_stmt* statement, int at, std::string_view bytes) {
        sqlite3_bind_text(statement, at, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
    }
    /// Stamps the row and writes it.
    static void write(sqlite3_stmt* statement, Row& row, std::string_view expected) {
        row.payload_id = twin::new_id();
        if (row.ids.size == 0) row.lineage = row.payload_id;
        row.ids.push(row.payload_id);
        ++row.sequence;
        row.updated_us = twin::microseconds();
        row.updated_by = twin::who();
        bind(statement, 1, key);
        int at = 3;
        for (auto const number : {row.sequence, row.epoch, row.updated_us, row.tombstone})
            sqlite3_bind_int64(statement, at++, number);
        std::string_view const earlier = row.ids.all().substr(row.ids.size > 22 ? 23 : 22);
        for (auto const text : {std::string_view("compare_and_swap"), std::string_view(row.updated_by),
                                row.ids.newest(), earlier, twin::view(row.lineage), twin::view(row.payload_id)})
            bind(statement, at++, text);
        sqlite3_bind_null(statement, at++);
        sqlite3_bind_int64(statement, at++, row.sum(row.payload()));
        bind(statement, at++, row.payload());
        if (!expected.empty()) bind(statement, at, expected);
        run(statement);
    }

    sqlite3* database_ = nullptr;
    sqlite3_stmt *select_ = nullptr, *update_ = nullptr, *begin_ = nullptr, *commit_ = nullptr;
    std::mutex mutex_;
};

Row changed(Row const& base) {
    Row next;
    next.sequence = base.sequence;
    next.epoch = base.epoch;
    next.ids = base.ids;
    next.lineage = base.lineage;
    next.size = base.size;
    next.value = std::make_unique_for_overwrite<char[]>(base.size);
    std::memcpy(next.value.get(), base.value.get(), base.size);
    bench::count_up(next.value.get());
    return next;
}

constexpr char synchronous_normal[] = "pragma synchronous = normal";
constexpr char synchronous_full[] = "pragma synchronous = full";

bench::Case const get("sqlite-get", [](bench::Run& run) {
    Database database(run.directory(), synchronous_normal);
    run.measure([&] {
        Row const row = database.read();
        bench::look_at(row.value[0]);
    });
});

template <auto Synchronous>
void update(bench::Run& run) {
    Database database(run.directory(), *Synchronous);
    run.measure([&] {
        for (bool done = false; !done;) {
            Row const base = database.read();
            Row next = changed(base);
            done = database.replace(next, base.ids);
        }
    });
}

template <auto Synchronous>
void update_inside(bench::Run& run) {
    Database database(run.directory(), *Synchronous);
    run.measure([&] { database.update_inside(changed); });
}

bench::Case const normal("sqlite-update-normal", update<&synchronous_normal>);
bench::Case const full("sqlite-update-full", update<&synchronous_full>);
bench::Case const normal_inside("sqlite-update-normal-in-transaction", update_inside<&synchronous_normal>);
bench::Case const full_inside("sqlite-update-full-in-transaction", update_inside<&synchronous_full>);

}  // namespace
