#include "write_id.hpp"

#include <algorithm>
#include <memory>
#include <mutex>

#include <emmintrin.h>
#include <sqlite3.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

// The columns and the checksum are those of the library's table. The first update reads and then writes under the
// condition that the row is still of the write that was read; the second does both in one transaction, which a library
// cannot do, since the user's code would run inside.

namespace {

constexpr std::string_view key = "pipelines/orders";

constexpr char create_table[] =
    "create table state (key text not null, sequence integer not null, tombstone integer not null, "
    "updated_at text not null, updated_by text not null, write_id text not null, stamp blob not null, "
    "attributes text, value any, primary key (key)) strict";
constexpr char select_row[] =
    "select sequence, tombstone, updated_at, updated_by, write_id, stamp, attributes, value from state where key = ?1";
constexpr char insert_row[] =
    "insert into state (key, sequence, tombstone, updated_at, updated_by, write_id, stamp, attributes, value) "
    "values (?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr char update_row[] =
    "update state set sequence = ?3, tombstone = ?4, updated_at = ?5, updated_by = ?6, write_id = ?7, stamp = ?8, "
    "attributes = ?9, value = ?10 where key = ?1 and write_id = ?11";

using Id = std::array<unsigned char, 16>;

/// What is packed into one column: 192 bytes once eight writes were made.
struct Stamp {
    std::uint64_t checksum = 0, epoch = 0, discipline = 0;
    std::int64_t when = 0;
    Id lineage{}, payload_id{};
    std::array<Id, 8> ids{};  // newest first

    static constexpr std::size_t fixed = 64;
};

struct Row {
    std::int64_t sequence = 0, tombstone = 0;
    std::array<char, 27> updated_at;
    std::array<char, 47> updated_by;
    std::size_t updated_by_size = 0;
    std::size_t ids = 0;
    twin::IdText write_id;
    Stamp stamp;
    std::unique_ptr<char[]> value;
    std::size_t size = 0;

    std::string_view payload() const noexcept { return {value.get(), size}; }
    std::string_view packed() const noexcept {
        return {reinterpret_cast<char const*>(&stamp), Stamp::fixed + sizeof(Id) * ids};
    }

    std::uint64_t sum(std::string_view bytes) const noexcept {
        std::int64_t const numbers[] = {sequence,
                                        tombstone,
                                        static_cast<std::int64_t>(updated_by_size),
                                        static_cast<std::int64_t>(ids),
                                        static_cast<std::int64_t>(key.size()),
                                        0,
                                        0};
        char head[512];
        char* at = head;
        auto const add = [&](void const* data, std::size_t n) {
            std::memcpy(at, data, n);
            at += n;
        };
        add(numbers, sizeof numbers);
        add(updated_at.data(), updated_at.size());
        add(updated_by.data(), updated_by_size);
        add(write_id.data(), write_id.size());
        add(packed().data() + 8, packed().size() - 8);
        add(key.data(), key.size());
        XXH64_state_t state;
        XXH64_reset(&state, 0);
        XXH64_update(&state, head, static_cast<std::size_t>(at - head));
        XXH64_update(&state, bytes.data(), bytes.size());
        return XXH64_digest(&state);
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
    bool replace(Row& next, twin::IdText const& base) {
        std::lock_guard const lock(mutex_);
        write(update_, next, twin::view(base));
        return sqlite3_changes64(database_) > 0;
    }
    template <class Change>
    void update_inside(Change&& change) {
        std::lock_guard const lock(mutex_);
        run(begin_);
        Row const base = read_row();
        Row next = change(base);
        write(update_, next, twin::view(base.write_id));
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
    Row read_row() {
        sqlite3_bind_text(select_, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
        bench::require(sqlite3_step(select_) == SQLITE_ROW, "select");
        Row row;
        row.sequence = sqlite3_column_int64(select_, 0);
        row.tombstone = sqlite3_column_int64(select_, 1);
        std::string_view const at = text(select_, 2), by = text(select_, 3), id = text(select_, 4),
                               stamp = text(select_, 5);
        bench::require(at.size() == row.updated_at.size() && by.size() <= row.updated_by.size() &&
                           id.size() == row.write_id.size() && stamp.size() >= Stamp::fixed &&
                           stamp.size() <= sizeof(Stamp),
                       "sizes");
        std::memcpy(row.updated_at.data(), at.data(), at.size());
        std::memcpy(row.updated_by.data(), by.data(), by.size());
        row.updated_by_size = by.size();
        std::memcpy(row.write_id.data(), id.data(), id.size());
        std::memcpy(&row.stamp, stamp.data(), stamp.size());
        row.ids = (stamp.size() - Stamp::fixed) / sizeof(Id);
        bench::require(sqlite3_column_type(select_, 6) == SQLITE_NULL, "attributes");
        std::string_view const value = text(select_, 7);
        bench::require(row.sum(value) == row.stamp.checksum, "checksum");
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
        row.ids = std::min(row.ids + 1, row.stamp.ids.size());
        std::memmove(&row.stamp.ids[1], &row.stamp.ids[0], (row.ids - 1) * sizeof(Id));
        Id const id = row.stamp.ids[0] = twin::random_bits();
        row.write_id = twin::text(id);
        if (row.sequence++ == 0) row.stamp.lineage = id;
        row.stamp.payload_id = id;
        row.stamp.when = twin::microseconds();
        row.updated_at = twin::utc(row.stamp.when);
        row.updated_by_size = std::min(twin::who().size(), row.updated_by.size());
        std::memcpy(row.updated_by.data(), twin::who().data(), row.updated_by_size);
        row.stamp.checksum = row.sum(row.payload());
        bind(statement, 1, key);
        sqlite3_bind_int64(statement, 3, row.sequence);
        sqlite3_bind_int64(statement, 4, row.tombstone);
        bind(statement, 5, {row.updated_at.data(), row.updated_at.size()});
        bind(statement, 6, {row.updated_by.data(), row.updated_by_size});
        bind(statement, 7, twin::view(row.write_id));
        sqlite3_bind_blob(statement, 8, row.packed().data(), static_cast<int>(row.packed().size()), SQLITE_STATIC);
        sqlite3_bind_null(statement, 9);
        auto* const bind_value = readable(row.payload()) ? &bind : &bind_blob;
        bind_value(statement, 10, row.payload());
        if (!expected.empty()) bind(statement, 11, expected);
        run(statement);
    }
    static void bind_blob(sqlite3_stmt* statement, int at, std::string_view bytes) {
        sqlite3_bind_blob(statement, at, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
    }
    /// Without zero bytes and not above 127: whatever the updates make of this benchmark's value is that, or no UTF-8.
    static bool readable(std::string_view bytes) noexcept {
        for (std::size_t i = 0; i + 64 <= bytes.size(); i += 64) {
            __m128i bad = _mm_setzero_si128();
            for (std::size_t j = i; j < i + 64; j += 16) {
                __m128i const part = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes.data() + j));
                bad = _mm_or_si128(bad, _mm_cmplt_epi8(part, _mm_set1_epi8(1)));
            }
            if (_mm_movemask_epi8(bad) != 0) return false;
        }
        return true;
    }

    sqlite3* database_ = nullptr;
    sqlite3_stmt *select_ = nullptr, *update_ = nullptr, *begin_ = nullptr, *commit_ = nullptr;
    std::mutex mutex_;
};

Row changed(Row const& base) {
    Row next;
    next.sequence = base.sequence;
    next.stamp = base.stamp;
    next.ids = base.ids;
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
            done = database.replace(next, base.write_id);
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
