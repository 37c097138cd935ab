// A chain of versions over RawBytes: tags, steps, refusals.

#include <holdfast/serialization/migrating.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/archetypes.hpp>
#include <holdfast/testing/laws/serialization.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <stdexcept>

namespace migrating_test {

using namespace holdfast;
using namespace holdfast::testing;

// Three versions: a text, its bytes reversed, and those in capitals as `Bytes`. '!' cannot be taken to version 3.
std::vector<char> reversed(std::string const& text) { return {text.rbegin(), text.rend()}; }
Result<Bytes> shouted(std::vector<char> text) {
    for (char& c : text) {
        if (c == '!') return Error(Errc::aborted, "no exclamations").from("shouted");
        if (c == '?') return Error(Errc::malformed, "no questions");
        if (c == '#') throw std::runtime_error("thrown by a step");
        c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
    return Bytes::copy({text.data(), text.size()});
}

using First = Step<std::string, std::vector<char>, &reversed>;
using Second = Step<std::vector<char>, Bytes, &shouted>;
using Chained = Migrating<RawBytes, First, Second>;

static_assert(SerializationPolicy<Chained, Bytes> && std::is_empty_v<Chained>);
static_assert(!SerializationPolicy<Chained, std::string> && !SerializationPolicy<Chained, int>);
static_assert(!SerializationPolicy<Migrating<RawBytes, Second, First>, std::vector<char>>);
static_assert(!SerializationPolicy<Migrating<RawBytes>, Bytes>);
static_assert(Chained::first_version == 1 && Chained::last_version == 3);
template <class Z>
concept IsValue = requires { Z::payload_is_value; };
static_assert(IsValue<RawBytes> && !IsValue<Chained>);
using Later = Migrating<RawBytes, FirstVersion<2>, Second>;
static_assert(Later::first_version == 2 && Later::last_version == 3 && SerializationPolicy<Later, Bytes>);
static_assert(!SerializationPolicy<Migrating<RawBytes, Second, FirstVersion<2>>, Bytes>);

// Steps of every form, over what is neither copied nor made by default.
StateArchetype same(StateArchetype state) { return state; }
Result<StateArchetype> maybe_same(StateArchetype&& state) { return std::move(state); }
static_assert(
    SerializationPolicy<Migrating<SerializationArchetype, Step<StateArchetype, StateArchetype, &same>,
                                  Step<StateArchetype, StateArchetype, &maybe_same>,
                                  Step<StateArchetype, StateArchetype, [](StateArchetype state) { return state; }>>,
                        StateArchetype>);

CodingContext about(Record const* previous = nullptr) { return {KeyView("k"), 2, previous}; }
Result<Bytes> decode(std::string_view payload) {
    return Chained().decode<Bytes>(about(), testing::law::make_record("k", payload));
}
template <class Z = Chained>
Result<std::string> encode(std::string_view state, char const* previous = nullptr) {
    auto const record = testing::law::make_record("k", previous ? previous : "");
    Buffer out;
    out.append("before ");
    Z coder;
    auto const coded = coder.encode(about(previous ? record.get() : nullptr), Bytes::copy(state), out);
    if (!coded) {
        CHECK(out.view() == "before ");
        return coded.error();
    }
    return std::string(out.view());
}

TEST_CASE("migrating: every version is read, and the newest is written") {
    CHECK(decode("abc")->view() == "CBA");
    CHECK(decode("holdfast-schema:1\nabc")->view() == "CBA");
    CHECK(decode("holdfast-schema:2\nabc")->view() == "ABC");
    CHECK(decode("holdfast-schema:3\nabc")->view() == "abc");
    CHECK(decode("")->view() == "");
    CHECK(decode("holdfast-schema:3\n")->view() == "");
    CHECK(decode("a\nholdfast-schema:3\n")->view() == "\n3:AMEHCS-TSAFDLOH\nA");
    CHECK(*encode("abc") == "before holdfast-schema:3\nabc");
    for (auto const previous : {"", "old", "holdfast-schema:2\nold", "holdfast-schema:3\nold"})
        CHECK(*encode("abc", previous) == "before holdfast-schema:3\nabc");
}

TEST_CASE("migrating: the laws of serializations hold") {
    // Steps that take everything.
    using Copying = Step<std::vector<char>, Bytes, [](std::vector<char> text) { return Bytes::copy({text.data(), text.size()}); }>;
    Migrating<RawBytes, First, Copying> chained;
    CHECK(check_serialization<Bytes>(chained, {Bytes(), Bytes::copy("abc"), Bytes::copy("holdfast-schema:2\nx"),
                                               Bytes::copy(std::string_view("\0\xff\n", 3))})
              .text() == "");
    Migrating<RawBytes, FirstVersion<2>, Copying> later;
    CHECK(check_serialization<Bytes>(later, {Bytes(), Bytes::copy("abc")}).text() == "");
}

TEST_CASE("migrating: the payload behind the tag is shared, with what is readable behind it") {
    auto const record = testing::law::make_record("k", "holdfast-schema:3\nabc");
    auto const state = Chained().decode<Bytes>(about(), record);
    CHECK(state->data() == record->payload.data() + 18);
    CHECK(std::all_of(state->data() + 3, state->data() + 3 + read_padding, [](char c) { return c == 0; }));
}

TEST_CASE(
    "migrating: a state that looks like a tag is none behind one, and one stored before is told apart or refused") {
    CHECK(*encode("holdfast-schema:2\nx") == "before holdfast-schema:3\nholdfast-schema:2\nx");
    CHECK(decode("holdfast-schema:3\nholdfast-schema:2\nx")->view() == "holdfast-schema:2\nx");
    CHECK(decode("holdfast-schem")->view() == "MEHCS-TSAFDLOH");
    // The documented exception: these could have been stored without Migrating.
    for (auto const payload :
         {"holdfast-schema:", "holdfast-schema:\n", "holdfast-schema:3", "holdfast-schema:03\n", "holdfast-schema:0\n",
          "holdfast-schema:-1\n", "holdfast-schema: 3\n", "holdfast-schema:3 \n", "holdfast-schema:3\r\n",
          "holdfast-schema:99999999999\n", "holdfast-schema:4294967299\n", "holdfast-schema:18446744073709551619\n"}) {
        INFO(payload);
        CHECK(decode(payload).error() == Errc::malformed);
        CHECK(encode("x", payload).error() == Errc::malformed);
    }
}

TEST_CASE("migrating: records of newer programs, and of older than can be read, are refused and not replaced") {
    auto const newer = decode("holdfast-schema:4\nabc");
    CHECK(newer.error() == Errc::incompatible);
    CHECK(newer.error().message() ==
          "the record has version 4 of its schema, and this program knows 1 to 3; use a newer program");
    CHECK(decode("holdfast-schema:999999999\n").error() == Errc::incompatible);
    auto const replaced = encode("abc", "holdfast-schema:4\nabc");
    CHECK(replaced.error() == Errc::incompatible);
    CHECK(replaced.error().message() ==
          "the record has version 4 of its schema, and this program knows 1 to 3; use a newer program; it would have "
          "been replaced, and nothing was written (to give it up, remove it)");

    for (auto const old : {"abc", "holdfast-schema:1\nabc"}) {
        auto const older = Later().decode<Bytes>(about(), testing::law::make_record("k", old));
        CHECK(older.error() == Errc::incompatible);
        CHECK(older.error().message() ==
              "the record has version 1 of its schema, and this program knows 2 to 3; let a program that still has the "
              "step from that version write it anew");
        CHECK(encode<Later>("x", old).error() == Errc::incompatible);
    }
    CHECK(Later().decode<Bytes>(about(), testing::law::make_record("k", "holdfast-schema:2\nabc"))->view() == "ABC");
    CHECK(*encode<Later>("x", "holdfast-schema:2\nabc") == "before holdfast-schema:3\nx");
}

TEST_CASE("migrating: a step that fails is named, and what it throws goes on") {
    for (auto const payload : {"ab!", "holdfast-schema:2\nab!"}) {
        auto const failed = decode(payload);
        CHECK(failed.error() == Errc::incompatible);
        CHECK(failed.error().message() ==
              "the step from version 2 of the schema to 3 failed (aborted: no exclamations (shouted)); nothing was "
              "written: repair the record, or correct the step");
    }
    CHECK(decode("ab?").error() == Errc::malformed);
    CHECK(decode("holdfast-schema:3\nab!"));
    CHECK_THROWS_AS((void)decode("#"), std::runtime_error);
}

TEST_CASE("migrating: content is compared within one version") {
    Chained coder;
    auto const same_content = [&](char const* a, char const* b) {
        return coder.same_content(about(), Bytes::copy(a), about(), Bytes::copy(b));
    };
    CHECK(*same_content("holdfast-schema:3\nabc", "holdfast-schema:3\nabc"));
    CHECK(*same_content("abc", "holdfast-schema:1\nabc"));
    CHECK(!*same_content("holdfast-schema:3\nabc", "holdfast-schema:3\nabd"));
    CHECK(!*same_content("holdfast-schema:2\nabc", "holdfast-schema:3\nabc"));
    CHECK(!*same_content("abc", "holdfast-schema:3\nabc"));
    CHECK(same_content("holdfast-schema:4\nabc", "holdfast-schema:4\nabc").error() == Errc::incompatible);
    CHECK(same_content("holdfast-schema:4\nabc", "holdfast-schema:3\nabc").error() == Errc::incompatible);
    CHECK(same_content("holdfast-schema:3\nabc", "holdfast-schema:x").error() == Errc::malformed);
}

std::string stored(MemoryStorage& storage) {
    auto const record = *storage.read(Context(Environment::system()), RecordId("k"));
    return std::string(record->payload.view());
}

TEST_CASE("migrating: a store in use takes it up, and a write of the same state still upgrades") {
    MemoryStorage memory;
    StateStore<std::string, RawBytes> before(memory);
    before.create("k", "abc").value();
    StateStore<Bytes, Chained> store(memory);
    CHECK((*store.get("k").value())->view() == "CBA");
    CHECK(stored(memory) == "abc");  // reading stores nothing
    store.update("k", [](Bytes&) {}).value();
    CHECK(stored(memory) == "holdfast-schema:3\nCBA");
    auto const sequence = (*store.get("k").value()).record()->stamp.sequence;
    store.update("k", [](Bytes&) {}).value();
    CHECK((*store.get("k").value()).record()->stamp.sequence == sequence);  // and the next has nothing to do
}

TEST_CASE("migrating: no write of a store replaces the record of a newer program") {
    MemoryStorage memory;
    StateStore<Bytes, RawBytes> raw(memory);
    auto const entry = raw.create("k", Bytes::copy("holdfast-schema:3\nabc")).value();
    StateStore<Bytes, Chained> store(memory);
    auto const ours = *store.get("k").value();
    std::string const newer = "holdfast-schema:4\nprecious";
    raw.replace(entry, Bytes::copy(newer)).value();
    bool called = false;
    CHECK(store.get("k").error() == Errc::incompatible);
    CHECK(store.update("k", [&](Bytes&) { called = true; }).error() == Errc::incompatible);
    CHECK(!called);
    CHECK(store.replace(ours, Bytes::copy("x")).error() == Errc::conflict);
    CHECK(store.create("k", Bytes::copy("x")).error() == Errc::conflict);
    CHECK(stored(memory) == newer);

    MemoryStorage other;
    StateStore<Bytes, RawBytes, LastWriterWins> raw_put(other);
    StateStore<Bytes, Chained, LastWriterWins> puts(other);
    raw_put.put("k", Bytes::copy(newer)).value();
    auto const refused = puts.put("k", Bytes::copy("x"));
    CHECK(refused.error() == Errc::incompatible);
    CHECK(refused.error().subject() == "\"k\"");
    CHECK(stored(other) == newer);
    CHECK(puts.remove("k"));  // the way to give it up
    CHECK(puts.put("k", Bytes::copy("x")));
    CHECK(stored(other) == "holdfast-schema:3\nx");
}

}  // namespace migrating_test
