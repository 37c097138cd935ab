// Versions while every step fails once: what was committed stays, and everything goes on.

#include <holdfast/versioning/history.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_invariants.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

namespace history_crash_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Apart;
using holdfast_tests::broken;
using holdfast_tests::PlainText;
using holdfast_tests::put;

template <class S, class V = History<>>
using Store = BasicStateStore<std::string, S, NoLock, V, PlainText>;

/// Writes, removes, rolls back, pins and prunes, whatever fails; returns what was acknowledged.
template <class Store>
std::map<std::uint64_t, std::string> live(Store& store) {
    std::map<std::uint64_t, std::string> promised;
    auto const note = [&](Outcome<Entry<std::string>> const& done) {
        if (done) promised[done->sequence()] = done->value();
    };
    auto const set = [&](std::string text) {
        note(store.update("k", [&](std::string& now) { now = text; }, {.write_unchanged = true}));
    };
    for (char const* const text : {"1", "2", "3"}) set(text);
    auto const pin = store.pin("k", {.ttl = endless});
    set("4");
    if (auto const now = store.get("k"); now && *now) (void)store.remove(**now);
    set("5");
    if (auto const page = store.history("k"); page && page->versions.size() > 1)
        note(store.rollback("k", page->versions[1].id));
    (void)store.prune("k", KeepLast<2>());
    set("6");
    (void)store.transaction_or_update("7", note);
    if (pin) (void)store.unpin(*pin);
    (void)store.prune("k", KeepLast<2>());
    return promised;
}

/// A store with one more member, so that `live` asks for a transaction only where there is one.
template <class S>
struct Actor : Store<S> {
    using Store<S>::Store;
    template <class Note>
    bool transaction_or_update(std::string const& text, Note&& note) {
        if constexpr (Store<S>::batched) {
            return this->transaction({"k", "l"}, [&](auto states) { states[0] = states[1] = text; }).applied();
        } else {
            note(this->update("k", [&](std::string& now) { now = text; }));
            return true;
        }
    }
};

template <class S, class Make>
void fail_each_step(Make&& make) {
    for (auto const how : {FaultPlan::How::before, FaultPlan::How::after}) {
        auto const plan = std::make_shared<FaultPlan>();
        unsigned steps = 0;
        for (unsigned nth = 0;; ++nth) {
            TestEnvironment env(nth + 1);
            S storage = make();
            plan->arm(nth, how);
            Actor<Faulty<S>> store(Faulty<S>(storage, plan), StoreOptions{std::chrono::seconds(60), &env});
            auto const promised = live(store);
            INFO("step " << nth << ", " << (how == FaultPlan::How::before ? "not made" : "reply lost"));
            bool const untouched = plan->count <= nth;
            plan->fail_at = ~0u;
            CHECK(broken(storage, promised) == "");
            // After reopening everything goes on, and the next prune leaves nothing that is dead.
            Store<S> again(storage, StoreOptions{std::chrono::seconds(60), &env});
            auto const next = put(again, "k", "next");
            REQUIRE(again.prune("k", KeepLast<2>()));
            CHECK(broken(storage, promised, true) == "");
            CHECK(again.history("k", {.limit = 2}).value().versions.size() == (next.sequence() > 1 ? 2 : 1));
            steps = nth;
            if (untouched) break;
        }
        CHECK(steps > 20);
    }
}

TEST_CASE("history faults: every step fails once, in memory", "[history]") {
    fail_each_step<MemoryStorage>([] { return MemoryStorage(); });
}

TEST_CASE("history faults: every step fails once, at a far storage", "[history]") {
    fail_each_step<LateStorage>([] { return LateStorage(); });
    for (auto const revisions : {FarRevisions::write_ids, FarRevisions::content, FarRevisions::counter})
        fail_each_step<Apart<LateStorage>>(
            [&] { return Apart<LateStorage>(LateStorage(std::make_shared<LateWorld>(revisions))); });
}

}  // namespace history_crash_test
