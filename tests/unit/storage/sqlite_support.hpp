#ifndef HOLDFAST_TESTS_UNIT_STORAGE_SQLITE_SUPPORT_HPP
#define HOLDFAST_TESTS_UNIT_STORAGE_SQLITE_SUPPORT_HPP

#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

namespace sqlite_test {

using namespace holdfast;
using Kind = WriteOutcome::Kind;

/// A directory that is there for one test.
class Place {
public:
    Place() {
        std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-sqlite-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        directory_ = pattern;
    }
    Place(Place const&) = delete;
    Place& operator=(Place const&) = delete;
    ~Place() { std::filesystem::remove_all(directory_); }

    std::string operator/(std::string const& name) const { return directory_ + "/" + name; }
    std::string const& directory() const { return directory_; }

private:
    std::string directory_;
};

inline Context patient() { return Context(Environment::system(), std::chrono::seconds(30)); }

/// The record that a writer would make of `base`.
inline RecordPtr make(KeyView key, std::string_view payload, RecordPtr const& base = nullptr, bool tombstone = false) {
    Environment& env = Environment::system();
    Stamp stamp = base ? base->stamp : Stamp();
    WriteId const id = env.new_write_id();
    stamp.ids.push(id);
    if (!base) stamp.lineage = id;
    if (!tombstone) {
        ++stamp.sequence;
        stamp.payload_id = id;
    }
    stamp.tombstone = tombstone;
    stamp.when = env.wall();
    stamp.who = env.who();
    return std::make_shared<Record const>(
        Record{Key(key), Bytes::copy(payload), stamp, base ? base->attributes : Attributes(), Revision(id)});
}

/// Without syncs, which these tests would wait for and not notice.
inline SqliteStorage open(std::string const& path, SqliteOptions const& options = {.durability = Durability::none}) {
    auto storage = SqliteStorage::open(path, options);
    INFO((storage ? std::string() : storage.error().describe()));
    REQUIRE(storage);
    return *std::move(storage);
}

inline Kind put(SqliteStorage& storage, RecordPtr const& record, Precondition const& when = Precondition::none(),
                Slot slot = Slot::current, VersionId version = {}) {
    auto const done = storage.write(patient(), RecordId(record->key, slot, version), record, when);
    INFO((done ? std::string() : done.error().describe()));
    REQUIRE(done);
    if (done->kind() == Kind::applied) REQUIRE(done->revision() == Revision(record->stamp.ids.newest()));
    return done->kind();
}

inline RecordPtr get(SqliteStorage const& storage, RecordId const& id) {
    auto const found = storage.read(patient(), id);
    INFO((found ? std::string() : found.error().describe()));
    REQUIRE(found);
    return *found;
}

/// What another program sees and does with the same file.
class Plain {
public:
    explicit Plain(std::string const& path) { REQUIRE(sqlite3_open(path.c_str(), &database_) == SQLITE_OK); }
    Plain(Plain const&) = delete;
    Plain& operator=(Plain const&) = delete;
    ~Plain() { sqlite3_close(database_); }

    /// All rows, columns separated by bars, rows by line breaks.
    std::string operator()(std::string const& sql) {
        std::string text;
        char* message = nullptr;
        auto const add = [](void* out, int n, char** values, char**) {
            auto& all = *static_cast<std::string*>(out);
            if (!all.empty()) all.push_back('\n');
            for (int i = 0; i < n; ++i) all.append(i > 0 ? "|" : "").append(values[i] != nullptr ? values[i] : "NULL");
            return 0;
        };
        if (sqlite3_exec(database_, sql.c_str(), add, &text, &message) != SQLITE_OK) {
            text = std::string("error: ") + message;
            sqlite3_free(message);
        }
        return text;
    }

private:
    sqlite3* database_ = nullptr;
};

}  // namespace sqlite_test

#endif
