#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/testing/faulty.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <set>
#include <string>
#include <unit/support/counting_objects.hpp>
#include <utility>

namespace entry_range_test {

using namespace holdfast;
using namespace holdfast_tests;
using Counted = ObjectStorage<CountingObjects<>>;

Key key_of(std::string const& text) { return Key::parse(text).value(); }

TEST_CASE("entries: every state with its key, none of what was removed", "[store]") {
    StateStore<std::string, MemoryStorage, RawBytes> store{MemoryStorage()};
    for (std::string const key : {"a1", "a2", "a3", "b1"}) REQUIRE(store.create(key_of(key), "of " + key));
    REQUIRE(store.remove(**store.get("a2")));
    std::set<std::string> seen;
    auto entries = store.entries("a");
    for (Result<Entry<std::string>> const& entry : entries) {
        REQUIRE(entry);
        seen.insert(std::string(entry->key().view()) + ": " + entry->value());
    }
    CHECK(seen == std::set<std::string>{"a1: of a1", "a3: of a3"});
    CHECK(entries.complete());
    CHECK(store.entries("c").begin() == store.entries("c").end());
}

TEST_CASE("entries: in rounds of as many as the storage reads at once, whoever is removed meanwhile", "[store]") {
    CountingObjects<> objects;
    StateStore<std::string, Counted, RawBytes> store{Counted::open(objects).value()};
    for (int i = 0; i < 2500; ++i) REQUIRE(store.create(key_of("k" + std::to_string(i)), std::to_string(i)));
    objects.requests().clear();
    auto entries = store.entries();
    std::size_t right = 0, all = 0;
    for (auto const& entry : entries) {
        if (all++ == 0) {
            for (int i = 0; i < 2500; ++i) {  // those of the round that was read are shown as they were
                Key const key = key_of("k" + std::to_string(i));
                if (i % 100 == 1) REQUIRE(store.remove(**store.get(key)));
            }
            objects.requests().clear();
        }
        right += entry && "k" + entry->value() == entry->key().view();
    }
    CHECK(right == all);
    CHECK(all >= 2475);
    CHECK(all <= 2500);
    CHECK(entries.complete());
    CHECK(objects.requests().lists == 2);
    CHECK(objects.requests().flights == 2);
    CHECK(objects.requests().all() == 4);
}

/// Numbers as text; anything else is damage.
struct Numbers {
    static constexpr Family family = Family::serialization;

    Result<void> encode(CodingContext const&, int state, Buffer& out) {
        out.append(std::to_string(state));
        return {};
    }
    template <class State>
    Result<State> decode(CodingContext const&, RecordPtr const& record) {
        std::string const text(record->payload.view());
        if (text.find_first_not_of("0123456789") != text.npos) return Error(Errc::malformed, "no number");
        return std::stoi(text);
    }
};

TEST_CASE("entries: what cannot be read is an error in its place, and ends nothing", "[store]") {
    StateStore<std::string, MemoryStorage, RawBytes> raw{MemoryStorage()};
    StateStore<int, MemoryStorage, Numbers> store{raw.storage()};
    REQUIRE(store.create("a", 1));
    REQUIRE(raw.create("b", "x"));
    REQUIRE(store.create("c", 3));
    int rows = 0, errors = 0;
    auto entries = store.entries();
    for (auto const& entry : entries) {
        if (entry) rows += entry->value();
        else {
            ++errors;
            CHECK(entry.error().subject().find("b") != std::string_view::npos);
        }
    }
    CHECK(rows == 4);
    CHECK(errors == 1);
    CHECK(entries.complete());
}

TEST_CASE("entries: whichever request fails, it is said, and nothing is passed over in silence", "[store]") {
    using Storage = testing::Faulty<ObjectStorage<MemoryObjects>>;
    auto const plan = std::make_shared<testing::FaultPlan>();
    StateStore<std::string, Storage, RawBytes> store{
        Storage(ObjectStorage<MemoryObjects>::open(MemoryObjects()).value(), plan)};
    for (int i = 0; i < 3; ++i) REQUIRE(store.create(key_of("k" + std::to_string(i)), "x"));
    for (unsigned n = 0; n < 4; ++n) {
        plan->arm(n, testing::FaultPlan::How::before);
        auto entries = store.entries();
        INFO(n);
        int states = 0, errors = 0;
        for (auto const& entry : entries) (entry ? states : errors) += 1;
        CHECK(errors == 1);
        CHECK(states == (n == 0 ? 0 : 2));
        CHECK(entries.complete() == (n != 0));
    }
}

TEST_CASE("entries: of a store that was moved from there are none, and that is said", "[store]") {
    StateStore<std::string, MemoryStorage, RawBytes> store{MemoryStorage()};
    auto const other = std::move(store);
    auto entries = store.entries();  // NOLINT(bugprone-use-after-move)
    auto at = entries.begin();
    REQUIRE_FALSE(at == entries.end());
    CHECK(at->error() == Errc::invalid_argument);
    CHECK(++at == entries.end());
    CHECK_FALSE(entries.complete());
}

}  // namespace entry_range_test
