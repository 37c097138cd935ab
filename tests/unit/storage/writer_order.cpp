// Writers of one key, of files and of SQLite: threads that share a store, and stores that know nothing of each other.

#include <unit/storage/file_fixture.hpp>

#include <holdfast/holdfast.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace writer_order_test {

using namespace holdfast;
using file_test::Directory;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Files = FileStorage<SlotFirst, Durability::none>;

static_assert(TurnTakingStorage<Files> && TurnTakingStorage<SqliteStorage>);

template <class Storage>
StateStore<std::string, Storage, RawBytes> open(Directory const& directory) {
    return StateStore<std::string, Storage, RawBytes>(Storage::open(directory.path() + "/state").value());
}

void increment(std::string& count) { count = std::to_string(std::stol(count) + 1); }

TEMPLATE_TEST_CASE("updates by threads and by stores of their own are all made", "[order]", Files, SqliteStorage) {
    Directory const directory;
    auto shared = open<TestType>(directory);
    REQUIRE(shared.create("k", "0"));
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t)
        threads.emplace_back([&, t] {
            auto own = open<TestType>(directory);
            auto& store = t < 3 ? shared : own;
            for (int i = 0; i < 30; ++i)
                if (!store.update("k", increment)) ++failed;
        });
    for (auto& thread : threads) thread.join();
    CHECK(failed == 0);
    CHECK(shared.get("k").value().value().value() == "180");
}

TEMPLATE_TEST_CASE("a function that writes with the same store is not kept waiting", "[order]", Files, SqliteStorage) {
    Directory const directory;
    auto store = open<TestType>(directory), other = open<TestType>(directory);
    std::vector<Key> keys;
    for (int i = 0; i < 100; ++i) keys.push_back(Key::parse("k" + std::to_string(i)).value());
    for (auto const& key : keys) REQUIRE(store.create(key, "0"));
    std::atomic<bool> done{false};
    std::atomic<int> failed{0};
    auto const busy = [&](auto& with) {
        while (!done)
            if (!with.update(keys[0], increment)) ++failed;
    };
    std::thread here([&] { busy(store); }), there([&] { busy(other); });
    Instant const started = Environment::system().monotonic();
    std::size_t inner = 0;
    for (std::size_t i = 0; i < 10; ++i) {
        auto const outer = store.update(keys[0], [&](std::string& count) {
            for (std::size_t n = 0; n < 10; ++n)  // among so many keys are some of the same shard or lane
                if (!store.update(keys[1 + 10 * i % 90 + n], increment)) ++failed;
            ++inner;
            increment(count);
        });
        if (!outer) ++failed;
    }
    done = true;
    here.join();
    there.join();
    CHECK(failed == 0);
    CHECK(inner >= 10);
    CHECK(Environment::system().monotonic() - started < seconds(8));  // less than anybody waits for a turn that hangs
}

TEMPLATE_TEST_CASE("a turn keeps others waiting, and ends", "[order]", Files, SqliteStorage) {
    Directory const directory;
    auto stuck = open<TestType>(directory), store = open<TestType>(directory);
    REQUIRE(store.create("k", "0"));
    Context const context(Environment::system(), milliseconds(300));
    std::optional<Turn> turn(stuck.storage().turn(context, RecordId("k"), true).value());
    REQUIRE(*turn);
    CHECK_FALSE(*stuck.storage().turn(context, RecordId("k"), true));  // oneself is not kept waiting
    CHECK(store.storage().turn(context, RecordId("k"), true).error() == Errc::timed_out);
    turn.reset();
    CHECK(*store.storage().turn(context, RecordId("k"), true));
}

}  // namespace writer_order_test
