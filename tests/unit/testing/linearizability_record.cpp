// What is recorded is what was done, on both levels: when all goes well and when somebody sins.

#include <holdfast/testing/linearizability.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/histories.hpp>
#include <unit/support/plain_text.hpp>

namespace linearizability_record_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::summary;
using holdfast_tests::violation;
using Kind = HistoryEvent::Kind;

template <class Storage, class Versioning = CompareAndSwap>
using Store = BasicStateStore<std::string, Storage, NoLock, Versioning, holdfast_tests::PlainText>;

TEST_CASE("history: threads on a good store, recorded on both levels, are linearizable", "[linearizability]") {
    HistoryRecorder users, requests;
    TraceRecorder trace(requests, "storage");
    Store<Traced<MemoryStorage>> store(Traced<MemoryStorage>(MemoryStorage(), trace));
    testing::law::in_threads(3, [&](unsigned me) {
        HistoryActor actor(users, "t" + std::to_string(me));
        for (int i = 0; i < 60; ++i) {
            auto const done =
                actor.update(store, "k", [&](std::string& s) { s = std::to_string(me) + "." + std::to_string(i); });
            auto const seen = actor.get(store, "k");
            if (i % 10 == 9 && done) (void)actor.remove(store, *done);
        }
    });
    CHECK(violation(users.history()) == "");
    CHECK(violation(requests.history()) == "");
    CHECK(users.history().events.size() >= 360);
    CHECK(requests.history().events.size() >= 500);
    CHECK(requests.history().keys.text(0) == "k");
}

/// Decides on what is there, whatever was read before.
struct Reckless {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;
    template <class S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const&, Change change) {
        return settle(storage, ctx, id, *storage.read(ctx, id), std::move(change));
    }
};

TEST_CASE("history: a versioning that loses updates is found out by its users, the storage is innocent",
          "[linearizability]") {
    HistoryRecorder users, requests;
    TraceRecorder trace(requests, "storage");
    Store<Traced<MemoryStorage>, Reckless> store(Traced<MemoryStorage>(MemoryStorage(), trace));
    HistoryActor alice(users, "alice"), bob(users, "bob");
    alice.create(store, "k", "0").value();
    alice
        .update(store, "k",
                [&](std::string& text) {
                    text += "a";
                    bob.update(store, "k", [](std::string& mine) { mine += "b"; }).value();
                })
        .value();
    auto const verdict = check_linearizability(users.history());
    CHECK(verdict.text ==
          "key \"k\": no order of the calls explains this one\n"
          "  alice changed \"0\" to \"0a\", #3 to #6\n"
          "beside\n"
          "  bob changed \"0\" to \"0b\", #4 to #5\n"
          "\"0\" was set by\n"
          "  alice changed absence to \"0\", #1 to #2\n"
          "concurrent with it\n"
          "  bob changed \"0\" to \"0b\", #4 to #5\n");
    CHECK(violation(requests.history()) == "");
}

/// Sins against the laws of storages, one at a time.
enum class Sin { ignores_conditions, cries_conflict, lies_about_errors, reads_old };
struct Sinner : MemoryStorage {
    explicit Sinner(Sin which) : sin(which) {}
    Result<RecordPtr> read(Context const& ctx, RecordId const& id) {
        if (sin == Sin::reads_old && old) return old;
        auto now = MemoryStorage::read(ctx, id);
        if (now && *now) old = *now;
        return now;
    }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        if (sin == Sin::cries_conflict && count++ == 1) return WriteOutcome::conflict();
        auto const done =
            MemoryStorage::write(ctx, id, record, sin == Sin::ignores_conditions ? Precondition::none() : when);
        if (sin == Sin::lies_about_errors && count++ == 1) return Error(Errc::unavailable, "not made (a lie)");
        return done;
    }
    Sin sin;
    RecordPtr old;
    int count = 0;
};

void found_out(Sin sin, std::string_view sentence) {
    HistoryRecorder users, requests;
    TraceRecorder trace(requests, "storage");
    Store<Traced<Sinner>> store(Traced<Sinner>(Sinner(sin), trace));
    HistoryActor alice(users, "alice"), bob(users, "bob");
    auto const first = alice.create(store, "k", "0");
    (void)bob.update(store, "k", [](std::string& text) { text += "b"; });
    (void)alice.replace(store, *first, std::string("a"));
    (void)bob.get(store, "k");
    (void)bob.get(store, "k");
    std::string const text = violation(requests.history());
    INFO(text);
    CHECK(text.find(sentence) != text.npos);
    // Users notice all but the false conflict: it only costs them another attempt.
    std::string const noticed = violation(users.history());
    INFO(noticed);
    CHECK((noticed == "") == (sin == Sin::cries_conflict));
    bool const denied = noticed.find("set only by what is known not to have been applied") != noticed.npos;
    CHECK(denied == (sin == Sin::lies_about_errors));
}

TEST_CASE("history: a storage that sins is found out", "[linearizability]") {
    found_out(Sin::ignores_conditions, "storage changed");
    found_out(Sin::cries_conflict, ": conflict");
    found_out(Sin::lies_about_errors, ": conflict");
    found_out(Sin::reads_old, "storage read");
}

TEST_CASE("history: each verb of a store is noted with what it saw, wrote and was told", "[linearizability]") {
    HistoryRecorder log;
    HistoryActor a(log, "a");
    Store<MemoryStorage> store;
    auto const first = a.create(store, "k", "1");
    CHECK(!a.create(store, "k", "2"));
    auto const second = a.replace(store, *first, std::string("2"));
    CHECK(!a.replace(store, *first, std::string("3")));
    CHECK(!a.remove(store, *first));
    CHECK(a.remove(store, *second));
    CHECK(!*a.get(store, "k"));
    CHECK(summary(log.history()) ==
          "a k absent>1 a a k absent>2 f a k 1>2 a a k 1>3 f a k 1>absent f a k 2>absent a a k absent a ");

    HistoryRecorder updates;
    HistoryActor b(updates, "b"), c(updates, "c");
    int runs = 0;
    CHECK(b.update(store, "u", [&](std::optional<std::string> old) -> std::string {
        if (++runs == 1) (void)c.update(store, "u", [](std::string& text) { text = "c"; });
        return (old ? *old : "new") + std::to_string(runs);
    }));
    CHECK(!b.update(store, "u", [](std::string&) -> Result<void> { return Error(Errc::aborted, "no"); }));
    CHECK_THROWS_AS(b.update(store, "u", [](std::string&) { throw 7; }), int);
    // The first run wanted to write "new1" and is known not to have; what was thrown out of has no end.
    CHECK(summary(updates.history()) == "b u c>c2 a c u absent>c a b u any>absent f b u any>absent f? ");
    CHECK(violation(updates.history()) == "");

    HistoryRecorder both;
    HistoryActor t(both, "t");
    KeyView const keys[] = {"x", "y"};
    using States = std::span<std::optional<std::string>>;
    CHECK(t.transaction(store, keys, [](States states) { states[0] = "1"; }));
    CHECK(!t.transaction(store, keys, [](States) -> Result<void> { return Error(Errc::aborted, "no"); }));
    CHECK(summary(both.history()) == "t x absent>1 a t y absent>absent a t x any>absent f t y any>absent f ");

    HistoryRecorder winners;
    HistoryActor w(winners, "w");
    Store<MemoryStorage, LastWriterWins> last;
    CHECK(w.put(last, "k", "1"));
    CHECK(w.remove(last, KeyView("k")));
    CHECK(summary(winners.history()) == "w k any>1 a w k any>absent a ");
}

}  // namespace linearizability_record_test
