// Batches on a storage that is far away, where a conflict may be the echo of one's own success.

#include <holdfast/protocol/settle.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/calls.hpp>

#include <catch2/catch_test_macros.hpp>

namespace batch_overtaken_test {

using namespace holdfast;
using namespace holdfast::testing;

struct Two {
    LateStorage storage;
    Key a = law::fresh_key(), b = law::fresh_key();

    RecordPtr put(Key const& key, RecordPtr const& base, std::string_view text) {
        auto const done = settle(storage, law::patient(), RecordId(key), base, Change{.payload = Bytes::copy(text)});
        REQUIRE((done && done->kind == WriteOutcome::Kind::applied));
        return done->now;
    }
    Result<BatchCommit> both(RecordPtr const& of_a, RecordPtr const& of_b, bool only_check_b = false) {
        BatchChange changes[] = {{RecordId(a), of_a, Change{.payload = Bytes::copy("new")}, false},
                                 {RecordId(b), of_b, Change{.payload = Bytes::copy("new")}, only_check_b}};
        return settle_all(storage, law::patient(), changes);
    }
    std::string texts() {
        auto const text = [&](Key const& key) {
            auto const now = *storage.read(law::patient(), RecordId(key));
            return now ? std::string(now->payload.view()) : std::string("-");
        };
        return text(a) + text(b);
    }
};

TEST_CASE("batch: one whose second record was overtaken is a conflict, though the first is as it was", "[settle]") {
    Two two;
    RecordPtr const a = two.put(two.a, nullptr, "1"), stale = two.put(two.b, nullptr, "1");
    (void)two.put(two.b, stale, "2");
    unsigned const before = two.storage.world().operations();
    auto const done = two.both(a, stale);
    REQUIRE(done);
    CHECK(done->commit.kind == WriteOutcome::Kind::conflict);
    CHECK(two.storage.world().operations() - before == 4);  // the batch, and a look at the witness and at each record
    CHECK(two.texts() == "12");
}

TEST_CASE("batch: one that demands the absence of what is there is a conflict", "[settle]") {
    Two two;
    RecordPtr const a = two.put(two.a, nullptr, "1");
    (void)two.put(two.b, nullptr, "1");
    auto const checked = two.both(a, nullptr, true);
    REQUIRE(checked);
    CHECK(checked->commit.kind == WriteOutcome::Kind::conflict);
    auto const created = two.both(a, nullptr);
    REQUIRE(created);
    CHECK(created->commit.kind == WriteOutcome::Kind::conflict);
    CHECK(two.texts() == "11");
}

TEST_CASE("batch: a storage that refuses one whose bases are all current is found out", "[settle]") {
    struct Refusing : LateStorage {
        Result<WriteOutcome> write_all(Context const&, std::span<Write const>) { return WriteOutcome::conflict(); }
    };
    Two two;
    RecordPtr const a = two.put(two.a, nullptr, "1"), b = two.put(two.b, nullptr, "1");
    Refusing refusing{two.storage};
    BatchChange changes[] = {{RecordId(two.a), a, Change{}, false}, {RecordId(two.b), b, Change{}, false}};
    auto const done = settle_all(refusing, law::patient(), changes);
    REQUIRE(!done);
    CHECK(done.error() == Errc::store_violates_conditions);
}

}  // namespace batch_overtaken_test
