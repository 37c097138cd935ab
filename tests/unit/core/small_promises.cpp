// Small promises of the core's values, each by itself.

#include <holdfast/concepts/wait_for_change.hpp>
#include <holdfast/core/bytes.hpp>
#include <holdfast/core/context.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/core/record_id.hpp>
#include <holdfast/core/revision.hpp>
#include <holdfast/core/stopwatch.hpp>
#include <holdfast/format/frame.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/protocol/syncing_storage.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <string>

namespace small_promises_test {

using namespace holdfast;
using holdfast::testing::TestEnvironment;
using holdfast_tests::PlainText;
using holdfast_tests::Syncing;
using holdfast_tests::SyncingStorage;
using holdfast_tests::SyncingWorld;
using std::chrono::seconds;

TEST_CASE("context: a part of an operation has a time limit of its own, within that of the whole") {
    TestEnvironment env;
    Context const whole(env, seconds(60));
    (void)whole.deadline();
    env.advance(seconds(10));
    CHECK(whole.within(seconds(1)).remaining() == seconds(1));
    CHECK(whole.within(seconds(55)).remaining() == seconds(50));
    CHECK(whole.within(endless).remaining() == seconds(50));
    Context const part = whole.within(seconds(1));
    (void)part.deadline();
    env.advance(seconds(1));
    CHECK(part.expired());
    CHECK_FALSE(whole.expired());
}

TEST_CASE("stopwatch: what shows less than nothing is no stopwatch") {
    std::string const line = std::string(22, 'A');
    CHECK(Stopwatch::parse("0 " + line + " 5"));
    CHECK(Stopwatch::parse("7 " + line + " -5"));  // a clock may begin anywhere
    CHECK_FALSE(Stopwatch::parse("-7 " + line + " 5"));
    CHECK_FALSE(Stopwatch::parse("7 " + line));
    CHECK_FALSE(Stopwatch::parse("7 " + line + " 5 "));
}

TEST_CASE("bytes: a part says how much memory it keeps") {
    Bytes const whole = Bytes::copy(std::string(1000, 'x'));
    CHECK(whole.footprint() >= 1000 + read_padding);
    CHECK(whole.drop_front(990).footprint() == whole.footprint());
    CHECK(Bytes().footprint() == 0);
}

TEST_CASE("key: neither half of a surrogate pair is a character") {
    for (std::string const half : {"\xed\xa0\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbf\xbf"})
        CHECK(Key::parse(half).error() == Errc::invalid_argument);
    CHECK(Key::parse("\xed\x9f\xbf"));  // U+D7FF
    CHECK(Key::parse("\xee\x80\x80"));  // U+E000
}

TEST_CASE("revision: a token that does not fit is refused, since a shortened one would not be unique") {
    CHECK(Revision::parse(std::string(47, 'e')).value().view() == std::string(47, 'e'));
    CHECK(Revision::parse(std::string(48, 'e')).error() == Errc::too_large);
}

TEST_CASE("version: its name has one form") {
    VersionId const version{7, WriteId{1, 2}};
    std::string const name = to_string(version);
    CHECK(parse_version(name) == version);
    std::string other = name;
    for (char const c : {'x', '_', ' ', '0'}) {
        other[16] = c;
        CHECK_FALSE(parse_version(other));
    }
    CHECK_FALSE(parse_version(name + "A"));
    CHECK_FALSE(parse_version(name.substr(1)));
}

/// Notes what it is told of the record that will be replaced.
struct Curious : PlainText {
    Result<void> encode(CodingContext const& context, std::string const& state, Buffer& out) {
        previous = context.previous == nullptr ? "none" : std::string(context.previous->payload.view());
        sequence = context.sequence;
        return PlainText::encode(context, state, out);
    }

    std::string previous;
    std::uint64_t sequence = 0;
};

TEST_CASE("serialization: it is told of the state that will be replaced, and that a removed one is none", "[store]") {
    BasicStateStore<std::string, testing::LateStorage, NoLock, CompareAndSwap, Curious> store;  // removals stay
    Curious const& told = store.serialization();
    REQUIRE(store.create("k", "1"));
    CHECK((told.previous == "none" && told.sequence == 1));
    auto const entry = store.update("k", [](std::string& text) { text = "2"; }).value();
    CHECK((told.previous == "1" && told.sequence == 2));
    REQUIRE(store.remove(entry));
    REQUIRE(store.storage().read(Context(Environment::system()), RecordId("k")).value());
    REQUIRE(store.create("k", "3"));
    CHECK((told.previous == "none" && told.sequence == 3));
}

TEST_CASE("settle: a change with a lower epoch than the record's is fenced, and one with a higher raises it",
          "[settle]") {
    MemoryStorage memory;
    TestEnvironment env;
    Context const context(env);
    auto const write = [&](RecordPtr const& base, Epoch epoch) {
        return settle(memory, context, RecordId("k"), base, Change{.payload = Bytes::copy("x"), .epoch = epoch});
    };
    auto const first = write(nullptr, 5).value().now;
    CHECK(write(first, 4).error() == Errc::fenced);
    CHECK(memory.read(context, RecordId("k")).value()->revision == first->revision);
    auto const none = write(first, 0).value().now;  // of no lock that fences
    CHECK(none->stamp.epoch == 5);
    CHECK(write(none, 6).value().now->stamp.epoch == 6);
}

TEST_CASE("seal: a removal whose sync failed is known to be done once it was sealed", "[settle]") {
    TestEnvironment env;
    auto const disk = std::make_shared<SyncingWorld>();
    BasicStateStore<std::string, SyncingStorage, NoLock, CompareAndSwap, PlainText> store(
        SyncingStorage(disk), StoreOptions{seconds(60), &env});
    auto const entry = store.create("k", "1").value();
    disk->on_write = [](unsigned) { return Syncing::unsynced; };
    auto const doubtful = store.remove(entry);
    disk->on_write = nullptr;
    REQUIRE(doubtful.unknown() != nullptr);
    CHECK(store.resolve(*doubtful.unknown()).value() == Fate::unknown);
    CHECK(store.seal(*doubtful.unknown()).value() == Fate::applied);
    CHECK_FALSE(*store.get("k"));
}

TEST_CASE("resolve: what can be seen on a disk proves nothing, whoever asks and with whatever handle", "[settle]") {
    TestEnvironment env;
    auto const disk = std::make_shared<SyncingWorld>();
    BasicStateStore<std::string, SyncingStorage, NoLock, CompareAndSwap, PlainText> store(
        SyncingStorage(disk), StoreOptions{seconds(60), &env});
    REQUIRE(store.create("k", "1"));
    disk->on_write = [](unsigned) { return Syncing::unsynced; };
    auto const doubtful = store.update("k", [](std::string& text) { text = "2"; });
    disk->on_write = nullptr;
    REQUIRE(doubtful.unknown() != nullptr);
    UnknownWrite write = *doubtful.unknown();
    write.at_rest = false;  // as of one who put it together himself
    CHECK(store.resolve(write).value() == Fate::unknown);
    CHECK(store.seal(write).value() == Fate::applied);
}

TEST_CASE("wait: a state that was removed and made anew is another, though it has the same number", "[store]") {
    TestEnvironment env;
    BasicStateStore<std::string, MemoryStorage, NoLock, CompareAndSwap, PlainText> store(
        StoreOptions{seconds(1), &env});
    auto const old = store.create("k", "old").value();
    REQUIRE(store.remove(old));
    REQUIRE(store.create("k", "new").value().sequence() == old.sequence());
    auto const now = store.wait_for_change("k", old);
    REQUIRE(now);
    REQUIRE(*now);
    CHECK((*now)->value() == "new");
}

TEST_CASE("wait: what changes in the last pause is seen when the time is over") {
    TestEnvironment env;
    Context const context(env, std::chrono::milliseconds(2));
    unsigned looks = 0;
    auto const seen = holdfast::detail::poll_for_change(context, [&]() -> Result<bool> { return ++looks == 2; });
    CHECK(seen.value());
    CHECK(looks == 2);
}

TEST_CASE("revision: records without one are not the same write") {
    auto const record = [] {
        return std::make_shared<Record const>(Record{Key(KeyView("k")), {}, {}, {}, {}});
    };
    auto const one = record();
    CHECK(holdfast::detail::same_revision(one, one));
    CHECK_FALSE(holdfast::detail::same_revision(one, record()));
    CHECK_FALSE(holdfast::detail::same_revision(one, nullptr));
    CHECK(holdfast::detail::same_revision(nullptr, nullptr));
}

TEST_CASE("flat JSON: nothing may follow, and every text is UTF-8") {
    for (std::string const text : {R"({"a":"b"})", R"({"a":"b"}})", R"({"a":"b"} )", R"({"a":"b")"}) {
        holdfast::detail::FlatReader reader(text);
        CHECK(reader.next());
        CHECK_FALSE(reader.next());
        CHECK(reader.complete() == (text.size() == 9));
    }
    CHECK(holdfast::detail::unescape("\xc3\xa4").value() == "\xc3\xa4");
    CHECK_FALSE(holdfast::detail::unescape("\xc3"));
    CHECK_FALSE(holdfast::detail::unescape("\xed\xa0\x80"));
}

TEST_CASE("frame: a lease of which a member is missing is damage") {
    Record record{Key(KeyView("k")), Bytes::copy("payload"), {}, {}, {}};
    record.stamp.ids.push(WriteId{1, 2});
    record.lease = std::make_shared<Lease const>(Lease{.id = WriteId{3, 4}, .ttl = seconds(20), .purpose = "why"});
    std::string const header(encode_frame_header(record).value().view());
    auto const decode = [](std::string text) {  // with the checksum that it would have
        std::size_t const end = text.find('\n');
        std::string const payload = "payload";
        holdfast::detail::Xxh64 hash;
        hash.update(std::string_view(text).substr(0, end - 18));
        hash.update(payload);
        auto const digits = holdfast::detail::to_hex(hash.digest());
        return decode_frame(Bytes::copy(text.replace(end - 18, 16, digits.data(), 16) + payload));
    };
    REQUIRE(decode(header));
    CHECK(*decode(header).value().lease == *record.lease);
    for (std::string const name : {"lease", "lease_state", "lease_ttl", "lease_acquired", "lease_renewed",
                                   "lease_holder", "lease_purpose"}) {
        std::string cut = header;
        std::size_t const begin = cut.find(",\"" + name + "\":");
        REQUIRE(begin != cut.npos);
        cut.erase(begin, cut.find("\",", begin + 1) + 1 - begin);
        INFO(cut);
        CHECK(decode(cut).error() == Errc::malformed);
    }
}

}  // namespace small_promises_test
