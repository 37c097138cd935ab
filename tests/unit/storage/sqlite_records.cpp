#include "sqlite_support.hpp"

#include <holdfast/concepts/openable.hpp>

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

using namespace sqlite_test;

static_assert(TransactionalStorage<SqliteStorage> && AttributedStorage<SqliteStorage> &&
              ListableStorage<SqliteStorage> && HostStorage<SqliteStorage> && OpenableStorage<SqliteStorage>);

TEST_CASE("sqlite: a record comes back with all that is known about it") {
    Place const place;
    auto storage = open(place / "state.db");
    auto record = *make("orders", GENERATE(as<std::string>(), "", "{\"last\":\"2024\"}",
                                           "Gr\xc3\xbc\xc3\x9f"
                                           "e, \xf0\x9f\x98\x80",
                                           std::string("zero \0 inside", 13), std::string(1000, 'a') + "\xc3\xa4",
                                           std::string(200, 'a') + '\0' + std::string(200, 'b'),
                                           std::string(63, 'a') + "\xe2\x82\xac" + std::string(80, 'b'),
                                           "not \xff UTF-8, long enough to be looked at"));
    for (int i = 0; i < 11; ++i) record.stamp.ids.push(Environment::system().new_write_id());
    record.stamp.sequence = 0xfedcba9876543210;
    record.stamp.epoch = 0xffffffffffffffff;
    record.stamp.discipline = GENERATE(from_range(detail::all_disciplines)).discipline;
    record.stamp.tombstone = GENERATE(false, true);
    record.stamp.when =
        GENERATE(Timestamp(Timestamp::duration(-1)), Timestamp(Timestamp::duration(253402300799999999)), Timestamp());
    record.attributes = {{"b", "quote \" and \\ and \x01"}, {"a", ""}, {"", "\xc3\xa4"}, {"b", "twice"}};
    auto const slot = GENERATE(Slot::current, Slot::version, Slot::lock, Slot::retention);
    VersionId const version{7, record.stamp.lineage};
    record.revision = Revision(record.stamp.ids.newest());

    REQUIRE(put(storage, std::make_shared<Record const>(record), Precondition::absent(), slot, version) ==
            Kind::applied);
    for (int again = 0; again < 2; ++again) {
        auto const found = get(storage, RecordId(record.key, slot, version));
        REQUIRE(found);
        CHECK(found->key == record.key);
        CHECK(found->payload == record.payload);
        CHECK(found->stamp == record.stamp);
        CHECK(found->attributes == record.attributes);
        CHECK(found->revision == record.revision);
        storage = open(place / "state.db");  // the second time from a new connection
    }
    for (auto const other : {Slot::current, Slot::version, Slot::lock, Slot::retention})
        if (other != slot) CHECK(get(storage, RecordId(record.key, other, version)) == nullptr);
    CHECK(get(storage, RecordId("order", slot, version)) == nullptr);
}

TEST_CASE("sqlite: preconditions") {
    Place const place;
    auto storage = open(place / "state.db");
    auto const slot = GENERATE(Slot::current, Slot::version, Slot::lock, Slot::retention);
    VersionId const version{1, {1, 2}};
    RecordId const id("k", slot, version);
    auto const remove = [&](Precondition const& when) { return storage.remove(patient(), id, when).value().kind(); };
    auto const first = make("k", "1");
    auto const foreign = Precondition::matches(Revision::parse("\"an-etag-of-another-storage\"").value());

    SECTION("absent record") {
        CHECK(put(storage, first, Precondition::matches(first->revision), slot, version) == Kind::conflict);
        CHECK(put(storage, first, foreign, slot, version) == Kind::conflict);
        CHECK(remove(Precondition::matches(first->revision)) == Kind::conflict);
        CHECK(remove(Precondition::absent()) == Kind::applied);
        CHECK(remove(Precondition::none()) == Kind::applied);
        CHECK(get(storage, id) == nullptr);
        CHECK(put(storage, first, Precondition::none(), slot, version) == Kind::applied);
        CHECK(get(storage, id)->payload.view() == "1");
    }
    SECTION("present record") {
        REQUIRE(put(storage, first, Precondition::absent(), slot, version) == Kind::applied);
        CHECK(put(storage, first, Precondition::absent(), slot, version) == Kind::conflict);
        auto const second = make("k", "2", first, GENERATE(false, true));
        CHECK(put(storage, second, Precondition::matches(second->revision), slot, version) == Kind::conflict);
        CHECK(put(storage, second, foreign, slot, version) == Kind::conflict);
        CHECK(get(storage, id)->payload.view() == "1");
        CHECK(put(storage, second, Precondition::matches(first->revision), slot, version) == Kind::applied);
        CHECK(put(storage, second, Precondition::matches(first->revision), slot, version) == Kind::conflict);
        CHECK(get(storage, id)->stamp == second->stamp);
        CHECK(put(storage, first, Precondition::absent(), slot, version) == Kind::conflict);
        CHECK(remove(Precondition::absent()) == Kind::conflict);
        CHECK(remove(Precondition::matches(first->revision)) == Kind::conflict);
        CHECK(remove(Precondition::matches(second->revision)) == Kind::applied);
        CHECK(get(storage, id) == nullptr);
    }
}

TEST_CASE("sqlite: a batch is applied all or not at all") {
    Place const place;
    auto storage = open(place / "state.db");
    auto const a = make("a", "1"), b = make("b", "1");
    std::vector<Write> writes{{RecordId(a->key), a, Precondition::absent()},
                              {RecordId(b->key), b, Precondition::absent()}};
    REQUIRE(storage.write_all(patient(), writes).value().kind() == Kind::applied);

    auto const next = make("a", "2", a);
    writes = {{RecordId(a->key), next, Precondition::matches(a->revision)},
              {RecordId(b->key), nullptr, Precondition::matches(a->revision)}};
    CHECK(storage.write_all(patient(), writes).value().kind() == Kind::conflict);
    CHECK(get(storage, KeyView("a"))->payload.view() == "1");

    writes[1].when = Precondition::matches(b->revision);
    writes.push_back({RecordId("c"), nullptr, Precondition::absent()});
    CHECK(storage.write_all(patient(), writes).value().kind() == Kind::applied);
    CHECK(get(storage, KeyView("a"))->payload.view() == "2");
    CHECK(get(storage, KeyView("b")) == nullptr);

    auto huge = *make("d", "");
    huge.attributes = {{"too", std::string(17000, 'x')}};
    writes = {{RecordId(a->key), nullptr, Precondition::none()},
              {RecordId(huge.key), std::make_shared<Record const>(huge), Precondition::none()}};
    CHECK(storage.write_all(patient(), writes).error() == Errc::too_large);
    CHECK(get(storage, KeyView("a"))->payload.view() == "2");
    CHECK(storage.write_all(patient(), {}).value().kind() == Kind::applied);
    CHECK(put(storage, make("after", "the batches")) == Kind::applied);
}

TEST_CASE("sqlite: keys are data, whatever they look like") {
    Place const place;
    auto storage = open(place / "state.db");
    for (KeyView const key : {KeyView("'; drop table state; --"), KeyView("\" or 1=1"), KeyView("%"), KeyView("_"),
                              KeyView("?1"), KeyView("$table"), KeyView("a*[b]"), KeyView("\xf4\x8f\xbf\xbf")}) {
        REQUIRE(put(storage, make(key, key.view()), Precondition::absent()) == Kind::applied);
        CHECK(get(storage, RecordId(key))->payload.view() == key.view());
        auto const page = storage.list(patient(), {.prefix = key.view()}).value();
        REQUIRE(page.records.size() == 1);
        CHECK(page.records[0].key == Key(key));
    }
    CHECK(Plain(place / "state.db")("select count(*) from state") == "8");
}

TEST_CASE("sqlite: sizes") {
    Place const place;
    auto storage = open(place / "state.db");
    std::string large(max_payload_size, 'x');
    for (std::size_t i = 0; i < large.size(); i += 4096) large[i] = static_cast<char>('a' + i / 4096 % 26);
    auto const record = make("large", large);
    REQUIRE(put(storage, record, Precondition::absent()) == Kind::applied);
    CHECK(get(storage, KeyView("large"))->payload.view() == large);
    large.push_back('x');
    auto const larger = make("large", large, record);
    auto const refused = storage.write(patient(), RecordId("large"), larger, Precondition::none());
    CHECK(refused.error() == Errc::too_large);
    CHECK(get(storage, KeyView("large"))->revision == record->revision);

    Record unmarked{Key(KeyView("k")), {}, {}, {}, {}};
    CHECK(storage.write(patient(), RecordId("k"), std::make_shared<Record const>(unmarked), Precondition::none())
              .error() == Errc::invalid_argument);
    unmarked.stamp.ids.push({1, 1});
    unmarked.attributes = {{"a", "\xff"}};
    CHECK(storage.write(patient(), RecordId("k"), std::make_shared<Record const>(unmarked), Precondition::none())
              .error() == Errc::invalid_argument);
}
