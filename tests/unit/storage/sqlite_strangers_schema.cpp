// What others wrote into the schema of a database does not make this program call its functions.

#include <unit/storage/sqlite_support.hpp>

#include <string>

namespace sqlite_strangers_schema_test {

using namespace sqlite_test;

int calls = 0;

void dangerous(sqlite3_context* context, int, sqlite3_value**) {
    ++calls;
    sqlite3_result_int(context, 1);
}
int add_function(sqlite3* database, char const**, sqlite3_api_routines const*) {
    return sqlite3_create_function(database, "dangerous", 0, SQLITE_UTF8, nullptr, &dangerous, nullptr, nullptr);
}

/// A function that the program offers to every connection, as extensions do.
class Extension {
public:
    Extension() { REQUIRE(sqlite3_auto_extension(entry) == SQLITE_OK); }
    Extension(Extension const&) = delete;
    Extension& operator=(Extension const&) = delete;
    ~Extension() { sqlite3_cancel_auto_extension(entry); }

private:
    static inline auto const entry = reinterpret_cast<void (*)()>(&add_function);
};

TEST_CASE("sqlite: a trigger that others put into the database calls no function of the program") {
    Place const place;
    std::string const path = place / "state.db";
    put(*std::make_unique<SqliteStorage>(open(path)), make("k", "old"));
    Plain{path}("create trigger planted after update on state begin select dangerous(); end");
    Extension const extension;
    calls = 0;
    auto storage = open(path);
    auto const base = get(storage, KeyView("k"));
    auto const refused =
        storage.write(patient(), RecordId("k"), make("k", "new", base), Precondition::matches(base->revision));
    CHECK(calls == 0);
    CHECK(refused.error() == Errc::incompatible);
    CHECK(get(storage, KeyView("k"))->payload.view() == "old");
    CHECK(Plain{path}("drop trigger planted").empty());
    CHECK(get(storage, KeyView("k"))->payload.view() == "old");  // from then on SQLite knows that it is gone
    CHECK(put(storage, make("k", "new", base), Precondition::matches(base->revision)) == Kind::applied);
}

}  // namespace sqlite_strangers_schema_test
