#include <holdfast/testing/far_records.hpp>
#include <holdfast/testing/owned_writes.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace holdfast;
using namespace holdfast::testing;
using Kind = WriteOutcome::Kind;

RecordPtr record(KeyView key, char const* payload) {
    return std::make_shared<Record const>(Record{Key(key), Bytes::copy(payload), {}, {}, {}});
}

}  // namespace

TEST_CASE("far records: of several writes all take effect or none, and only one has a revision") {
    FarRecords records(FarRevisions::counter);
    unsigned effects = 0;
    records.on_effect = [&](RecordId const&, RecordPtr const&, RecordPtr const&) { ++effects; };
    std::vector<Write> const both{{KeyView("a"), record("a", "1"), Precondition::absent()},
                                  {KeyView("b"), record("b", "1"), Precondition::absent()}};
    WriteOutcome const done = records.apply({both.data(), 1});
    CHECK(done.kind() == Kind::applied);
    CHECK(done.revision() == records.find(KeyView("a"))->revision);
    CHECK(records.apply(both).kind() == Kind::conflict);
    CHECK_FALSE(records.find(KeyView("b")));
    CHECK(effects == 1);
    std::vector<Write> const removals{{KeyView("a"), nullptr, Precondition::none()},
                                      {KeyView("b"), nullptr, Precondition::none()}};
    WriteOutcome const gone = records.apply(removals);
    CHECK(gone.kind() == Kind::applied);
    CHECK(gone.revision() == Revision());
    CHECK(effects == 2);  // there was no b
    CHECK(records.find_older(KeyView("a"), 1));
}

TEST_CASE("far records: equal contents are one revision, if it is their hash") {
    FarRecords records(FarRevisions::content);
    Write const write{KeyView("a"), record("a", "1"), Precondition::none()};
    Revision const first = records.apply({&write, 1}).revision();
    CHECK(records.apply({&write, 1}).revision() == first);
    Write const other{KeyView("a"), record("a", "2"), Precondition::none()};
    CHECK(records.apply({&other, 1}).revision() != first);
}

TEST_CASE("owned writes: they outlive the keys of the request") {
    auto key = std::make_unique<Key>(KeyView("a key that is too long to be held inside of a text"));
    Write const write{KeyView(*key), record(*key, "1"), Precondition::none()};
    OwnedWrites owned({&write, 1});
    key.reset();
    OwnedWrites const moved = std::move(owned);
    CHECK(moved.view().front().id.key.view() == "a key that is too long to be held inside of a text");
}
