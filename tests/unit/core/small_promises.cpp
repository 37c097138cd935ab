// Small promises of the core's values, each by itself.

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/context.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/core/revision.hpp>
#include <holdfast/core/stopwatch.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/core/syncing_storage.hpp>
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
    CHECK(whole.within(forever).remaining() == seconds(50));
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

}  // namespace small_promises_test
