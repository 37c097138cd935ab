#include "../harness.hpp"

#include <cstring>

#include <lmdb.h>

// The ceiling: a memory-mapped B+ tree without stamps and checksums. A read is of a snapshot in its own transaction and
// copies the value out, as the others do; an update reads and writes in one write transaction.

namespace {

class Database {
public:
    Database(std::string const& directory, unsigned flags) {
        ok(mdb_env_create(&environment_));
        ok(mdb_env_set_mapsize(environment_, std::size_t{64} << 20));
        ok(mdb_env_open(environment_, (directory + "/lmdb").c_str(), flags | MDB_NOSUBDIR, 0600));
        MDB_txn* transaction = nullptr;
        ok(mdb_txn_begin(environment_, nullptr, 0, &transaction));
        ok(mdb_dbi_open(transaction, nullptr, 0, &table_));
        put(transaction, bench::make_value());
        ok(mdb_txn_commit(transaction));
        ok(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &reader_));
        mdb_txn_reset(reader_);
    }
    Database(Database const&) = delete;
    ~Database() {
        mdb_txn_abort(reader_);
        mdb_env_close(environment_);
    }

    std::string get() {
        ok(mdb_txn_renew(reader_));
        std::string value = get(reader_);
        mdb_txn_reset(reader_);
        return value;
    }
    void update() {
        MDB_txn* transaction = nullptr;
        ok(mdb_txn_begin(environment_, nullptr, 0, &transaction));
        std::string value = get(transaction);
        bench::count_up(value.data());
        put(transaction, value);
        ok(mdb_txn_commit(transaction));
    }

private:
    static void ok(int code) { bench::require(code == MDB_SUCCESS, mdb_strerror(code)); }
    static MDB_val bytes(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }

    std::string get(MDB_txn* transaction) const {
        MDB_val key = bytes("pipelines/orders"), value;
        ok(mdb_get(transaction, table_, &key, &value));
        return std::string(static_cast<char const*>(value.mv_data), value.mv_size);
    }
    void put(MDB_txn* transaction, std::string const& text) const {
        MDB_val key = bytes("pipelines/orders"), value = bytes(text);
        ok(mdb_put(transaction, table_, &key, &value, 0));
    }

    MDB_env* environment_ = nullptr;
    MDB_txn* reader_ = nullptr;
    MDB_dbi table_ = 0;
};

bench::Case const get("get", [](bench::Run& run) {
    Database database(run.directory(), MDB_NOSYNC);
    run.measure([&] {
        std::string const value = database.get();
        bench::look_at(value.front());
    });
});

template <unsigned Flags>
void update(bench::Run& run) {
    Database database(run.directory(), Flags);
    run.measure([&] { database.update(); });
}

bench::Case const none("update-none", update<MDB_NOSYNC>);
bench::Case const data("update-data", update<MDB_NOMETASYNC>);
bench::Case const full("update-full", update<0U>);

}  // namespace
