// Turns are courtesy: nobody waits for one longer than 10 s, whatever becomes of its owner.

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <thread>

namespace memory_turns_test {

using namespace holdfast;
using holdfast::testing::TestEnvironment;
using std::chrono::seconds;

constexpr Duration longest = seconds(10), patience = seconds(60);

TEST_CASE("memory: nobody waits for a turn longer than 10 s", "[storage]") {
    MemoryStorage storage;
    TestEnvironment env;
    RecordId const id("k");
    auto const turn = storage.turn(Context(env, patience), id, true);
    REQUIRE(turn);
    REQUIRE(*turn);
    std::thread([&] {
        for (bool const always : {true, false}) {
            Instant const begin = env.monotonic();
            auto const second = storage.turn(Context(env, patience), id, always);
            CHECK_FALSE((second && *second));
            CHECK(env.monotonic() - begin <= longest);
        }
        Instant const begin = env.monotonic();
        auto const hurried = storage.turn(Context(env, seconds(3)), id, true);
        CHECK_FALSE((hurried && *hurried));
        CHECK(env.monotonic() - begin <= seconds(3));
    }).join();
}

TEST_CASE("memory: a function that waits for another thread's update of its key delays it by 10 s at most", "[store]") {
    TestEnvironment env;
    StateStore<std::string, RawBytes> store(MemoryStorage(), StoreOptions{patience, &env});
    REQUIRE(store.create("k", ""));
    int calls = 0;
    bool theirs = false;
    Duration waited{};
    auto const mine = store.update("k", [&](std::string& text) {
        text += 'm';
        switch (++calls) {
            case 1: REQUIRE(store.update("k", [](std::string& other) { other += 'r'; })); break;  // a rival: a conflict
            case 2: {                                                                             // now it is our turn
                Instant const begin = env.monotonic();
                std::thread([&] {
                    theirs = static_cast<bool>(store.update("k", [](std::string& other) { other += 't'; }));
                }).join();
                waited = env.monotonic() - begin;
                break;
            }
            default: break;
        }
    });
    CHECK(theirs);
    CHECK(waited <= longest);
    CHECK(mine);
    CHECK(calls == 3);
    CHECK(**store.get("k").value() == "rtm");
}

}  // namespace memory_turns_test
