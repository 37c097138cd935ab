// No transaction outlives the call that began it: who gets the connection next would be inside of it, and others would
// wait for its lock.

#include <unit/storage/sqlite_support.hpp>

#include <holdfast/storage/sqlite/pool.hpp>
#include <holdfast/storage/sqlite/session.hpp>

#include <string>
#include <vector>

namespace sqlite_transactions_end_test {

using namespace sqlite_test;
using detail::sqlite::Connection;
using detail::sqlite::Pool;
using detail::sqlite::Session;

constexpr SqliteOptions unsynced{.durability = Durability::none};

TEST_CASE("sqlite: a batch that fails ends its transaction") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    auto const a = make("a", "1"), b = make("b", "1");
    put(storage, a);
    Context const ctx = patient();
    auto const connection = Connection::open(path, unsynced, ctx).value();
    Session session(*connection);
    std::vector<Write> writes{{RecordId("b"), b, Precondition::absent()},
                              {RecordId("a"), make("a", "2", a), Precondition::absent()}};
    CHECK(session.write_all(writes).value().kind() == Kind::conflict);
    CHECK_FALSE(connection->in_transaction());
    auto unmarked = *b;
    unmarked.stamp.ids = {};
    writes[1] = {RecordId("b"), std::make_shared<Record const>(unmarked), Precondition::none()};
    CHECK(session.write_all(writes).error() == Errc::invalid_argument);
    CHECK_FALSE(connection->in_transaction());
    CHECK(get(storage, KeyView("b")) == nullptr);
    CHECK(storage.write(Context(Environment::system(), Duration::zero()), RecordId("b"), b, Precondition::absent())
              .value()
              .kind() == Kind::applied);  // nobody has the lock
}

TEST_CASE("sqlite: a connection that somebody left inside of a transaction is not used again") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    Pool pool(path, unsynced);
    Context const ctx = patient();
    {
        auto lease = pool.take(ctx).value();
        REQUIRE(lease->execute("begin immediate") == SQLITE_OK);
    }
    auto const next = pool.take(ctx).value();
    CHECK_FALSE(next->in_transaction());
    CHECK(put(storage, make("k", "v")) == Kind::applied);
}

TEST_CASE("sqlite: what tools would cut at a zero byte is no text") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    put(storage, make("text", std::string(200, 'a') + "\xc3\xa4"));
    put(storage, make("zero", std::string("zero \0 inside", 13)));
    put(storage, make("long", std::string(300, 'a') + '\0'));
    put(storage, make("later", std::string(100, 'a') + '\0' + std::string(200, 'b')));
    put(storage, make("bytes", std::string(100, 'a') + "\xff" + std::string(200, 'b')));
    CHECK(Plain{path}("select key, typeof(value) from state order by key") ==
          "bytes|blob\nlater|blob\nlong|blob\ntext|text\nzero|blob");
}

}  // namespace sqlite_transactions_end_test
