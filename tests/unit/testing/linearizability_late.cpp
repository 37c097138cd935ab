// Writes that are lost, late or made twice: users and storage are judged by what can be known.

#include <holdfast/testing/linearizability.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/histories.hpp>
#include <unit/support/plain_text.hpp>

#include <random>

namespace linearizability_late_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::summary;
using holdfast_tests::violation;
using Kind = HistoryEvent::Kind;

template <class Storage>
using Store = BasicStateStore<std::string, Storage, NoLock, CompareAndSwap, holdfast_tests::PlainText>;

TEST_CASE("history: what is unknown stays so, until it is resolved", "[linearizability]") {
    TestEnvironment env;
    for (bool const arrives : {true, false}) {
        LateStorage far;
        far.world().on_write = [&](unsigned nth) { return nth == 0 ? Delivery::intact() : Delivery::late(); };
        StoreOptions options;
        options.environment = &env;
        Store<LateStorage> store(far, options);
        HistoryRecorder log;
        HistoryActor a(log, "a"), b(log, "b");
        a.create(store, "k", "0").value();
        CallOptions brief;
        brief.timeout = std::chrono::milliseconds(1);
        auto const lost = a.update(
            store, "k", [](std::string& text) { text = "1"; }, brief);
        REQUIRE(lost.unknown() != nullptr);
        CHECK((*b.get(store, "k"))->value() == "0");
        CHECK(summary(log.history()) == "a k absent>0 a a k 0>1 u? b k 0 a ");
        CHECK(*a.resolve(store, *lost.unknown()) == Fate::pending);
        far.world().on_write = nullptr;
        if (arrives) far.world().arrive(0);
        CHECK(*a.seal(store, *lost.unknown()) == (arrives ? Fate::applied : Fate::never));
        CHECK((*b.get(store, "k"))->value() == (arrives ? "1" : "0"));
        RecordedHistory history = log.history();
        CHECK(summary(history) ==
              (arrives ? "a k absent>0 a a k 0>1 a b k 0 a b k 1 a " : "a k absent>0 a a k 0>1 f b k 0 a b k 0 a "));
        CHECK(violation(history) == "");
        // Had it been the other way, it would be a violation.
        history.read("k", "late", history.token(arrives ? "0" : "1"), 1000, 1001);
        CHECK(violation(history) != "");
    }
}

TEST_CASE("history: a store on a bad line keeps the law, and so does the line", "[linearizability]") {
    std::mt19937 random(99);
    for (unsigned round = 0; round < 150; ++round) {
        TestEnvironment env(round + 1);
        HistoryRecorder users, requests;
        TraceRecorder trace(requests, "line");
        auto const world =
            std::make_shared<LateWorld>(round % 2 == 0 ? FarRevisions::write_ids : FarRevisions::counter);
        world->on_write = [&](unsigned) {
            switch (random() % 12) {
                case 0: return Delivery::not_sent();
                case 1: return Delivery::lost();
                case 2: return Delivery::reply_lost();
                case 3: return Delivery::late(static_cast<unsigned>(random() % 9));
                case 4: return Delivery::twice(static_cast<unsigned>(random() % 9));
                case 5: return Delivery::twice_reply_lost(static_cast<unsigned>(random() % 9));
                default: return Delivery::intact();
            }
        };
        StoreOptions options;
        options.environment = &env;
        options.timeout = std::chrono::milliseconds(round % 3 == 0 ? 0 : 200);
        Store<Traced<LateStorage>> store(Traced<LateStorage>(LateStorage(world), trace), options);
        HistoryActor a(users, "a"), b(users, "b");
        for (unsigned i = 0; i < 25; ++i) {
            auto const append = [&](std::string& text) {
                text = std::to_string(i);
                if (random() % 3 == 0) (void)b.update(store, "k", [&](std::string& t) { t = "b" + std::to_string(i); });
            };
            auto const done = a.update(store, "k", append);
            if (done.unknown() != nullptr && random() % 2 == 0) (void)b.seal(store, *done.unknown());
            if (done && random() % 4 == 0) (void)a.remove(store, *done);
            (void)b.get(store, "k");
        }
        CHECK(violation(users.history()) == "");
        CHECK(violation(requests.history()) == "");
    }
}

}  // namespace linearizability_late_test
