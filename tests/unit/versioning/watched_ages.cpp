// How old something is, is decided by what prunes and purges have watched, never by a time of day; and they may be
// processes that come and go.

#include <holdfast/versioning/history.hpp>

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

#include <sys/wait.h>
#include <unistd.h>

namespace watched_ages_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::PlainText;
using holdfast_tests::put;
using holdfast_tests::shown;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration year = hours(24 * 365);

template <class V = History<>, class L = NoLock>
using Store = BasicStateStore<std::string, MemoryStorage, L, V, PlainText>;

/// A machine, on which each job is a process of its own.
struct Machine {
    explicit Machine(MemoryStorage const& the_storage, std::uint64_t seed = 1) : storage(the_storage), env(seed) {}

    Store<> job() { return Store<>(storage, StoreOptions{std::chrono::seconds(60), &env}); }
    template <class Retention>
    std::uint64_t prune(Retention const& retention, KeyView key = "k") {
        return job().prune(key, retention).value().versions;
    }

    MemoryStorage storage;
    TestEnvironment env;
};

TEST_CASE("watched ages: a stopwatch adds what passes on one time line, and nothing else", "[history]") {
    TestEnvironment env, elsewhere(2);
    Stopwatch watch;
    CHECK_FALSE(watch);
    watch.look(env);
    CHECK(watch);
    env.advance(hours(5));
    env.step_wall_clock(-year);
    watch.look(env);
    CHECK(watch.elapsed == hours(5));
    env.step_wall_clock(3 * year);
    watch.look(env);
    CHECK(watch.elapsed == hours(5));

    auto const kept = Stopwatch::parse(watch.text());
    REQUIRE(kept);
    CHECK(kept->text() == watch.text());
    for (std::string_view const bad : {"", "1", "1 2 3", "-1 AAAAAAAAAAAAAAAAAAAAAA 3", "1 AAAAAAAAAAAAAAAAAAAAAA",
                                       "1 AAAAAAAAAAAAAAAAAAAAAA 3 4", "99999999999999999999 AAAAAAAAAAAAAAAAAAAAAA 3"})
        CHECK_FALSE(Stopwatch::parse(bad));

    Stopwatch other = *kept;  // another machine, whose clock is far ahead
    elsewhere.advance(year);
    other.look(elsewhere);
    CHECK(other.elapsed == hours(5));
    elsewhere.advance(hours(1));
    other.look(elsewhere);
    CHECK(other.elapsed == hours(6));
    env.restart();  // and this one, started anew
    env.advance(hours(9));
    watch.look(env);
    CHECK(watch.elapsed == hours(5));
    env.advance(-hours(1));  // a copy of the machine, whose clock is behind: takes nothing away, counts nothing twice
    watch.look(env);
    CHECK(watch.elapsed == hours(5));
    env.advance(hours(1));
    watch.look(env);
    CHECK(watch.elapsed == hours(5));
}

TEST_CASE("watched ages: all processes of a machine have one time line", "[history]") {
    Environment& env = Environment::system();
    WriteId const here = env.timeline();
    CHECK(here);
    CHECK(env.timeline() == here);
    pid_t const child = ::fork();
    if (child == 0) ::_exit(env.timeline() == here ? 0 : 1);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    TestEnvironment one, other;
    CHECK(one.timeline() == one.timeline());
    CHECK(one.timeline() != other.timeline());
    CHECK(one.timeline() != here);
}

TEST_CASE("watched ages: KeepFor deletes what prunes have seen replaced for so long", "[history]") {
    Machine machine{MemoryStorage()};
    auto writer = machine.job();
    for (int i = 1; i <= 9; ++i) put(writer, "k", std::to_string(i));
    SECTION("a jump of the time of day deletes nothing, whichever way") {
        using Days = KeepFor<7 * 24 * 3600>;
        for (Duration const jump : {10 * year, -30 * year, 10 * year}) {
            machine.env.step_wall_clock(jump);
            CHECK(machine.prune(Days()) == 0);
            put(writer, "k", "again");
            CHECK(machine.prune(KeepIfEvery<KeepLast<1000>, Days>()) == 0);
            CHECK(machine.prune(KeepLimits{.age = hours(24)}) == 0);
        }
        CHECK(shown(writer, "k", {.limit = 100}) == "12* 11 10 9 8 7 6 5 4 3 2 1 .");
        machine.env.step_wall_clock(40 * year);  // an explicit word is what it takes
        CHECK(machine.job().prune("k", KeepFor<3600>(), {.trust_clocks = true}).value().versions > 0);
    }
    SECTION("a writer whose clock is wrong loses no version") {
        Machine wrong(machine.storage, 7);
        wrong.env.step_wall_clock(-20 * year);
        auto old = wrong.job();
        for (int i = 10; i <= 12; ++i) put(old, "k", std::to_string(i));
        CHECK(machine.prune(KeepFor<60>()) == 0);
        machine.env.advance(std::chrono::seconds(30));
        CHECK(machine.prune(KeepFor<60>()) == 0);
    }
    SECTION("what passes between jobs counts") {
        using Hours = KeepFor<3 * 3600>;
        CHECK(machine.prune(Hours()) == 0);  // begins to watch: 9 is the state
        machine.env.advance(hours(1));
        put(writer, "k", "10");
        CHECK(machine.prune(Hours()) == 0);
        machine.env.advance(hours(1));
        put(writer, "k", "11");
        machine.env.advance(hours(1) - minutes(1));
        CHECK(machine.prune(Hours()) == 0);
        machine.env.advance(minutes(1));
        CHECK(machine.prune(Hours()) == 8);  // 9 was there 3 hours ago
        CHECK(shown(writer, "k") == "11* 10 9 .");
        machine.env.advance(hours(1));
        CHECK(machine.prune(Hours()) == 1);
        CHECK(shown(writer, "k") == "11* 10 .");
        machine.env.advance(100 * year);
        CHECK(machine.prune(Hours()) == 1);
        CHECK(shown(writer, "k") == "11* .");
    }
    SECTION("after a start of the machine what was watched before still counts, the time between does not") {
        CHECK(machine.prune(KeepFor<3600>()) == 0);
        machine.env.advance(minutes(40));
        CHECK(machine.prune(KeepFor<3600>()) == 0);
        machine.env.restart();
        machine.env.advance(year);
        CHECK(machine.prune(KeepFor<3600>()) == 0);
        machine.env.advance(minutes(20));
        CHECK(machine.prune(KeepFor<3600>()) == 8);
    }
    SECTION("two machines are never compared") {
        Machine other(machine.storage, 3);
        other.env.advance(year);
        for (int i = 0; i < 4; ++i) {
            CHECK(machine.prune(KeepFor<3600>()) == 0);
            CHECK(other.prune(KeepFor<3600>()) == 0);
            machine.env.advance(minutes(10));
        }
    }
    SECTION("who prunes every minute finds every age, and what is noted stays small") {
        std::uint64_t deleted = 0;
        std::size_t most = 0;
        for (int i = 0; i < 3000; ++i) {
            put(writer, "k", std::to_string(i));
            deleted += machine.prune(KeepFor<24 * 3600>());
            machine.env.advance(minutes(1));
            auto const noted = *machine.storage.read(Context(machine.env), RecordId("k", Slot::retention));
            if (noted->payload.size() > most) most = noted->payload.size();
        }
        CHECK(most < 4096);
        // A version that was replaced a minute later goes after a day, and at most a seventh of that.
        auto const left = 9 + 3000 - deleted;
        CHECK(left >= 24 * 60);
        CHECK(left <= 24 * 60 * 8 / 7 + 2);
    }
}

TEST_CASE("watched ages: pins of the dead go although each prune is another process", "[history]") {
    Machine machine{MemoryStorage()};
    auto writer = machine.job();
    for (int i = 1; i <= 5; ++i) put(writer, "k", std::to_string(i));
    auto const first = writer.version("k", 1).value(), second = writer.version("k", 2).value();
    (void)writer.pin("k", first, {.ttl = hours(24), .purpose = "a job that died"}).value();
    auto alive = writer.pin("k", second, {.ttl = hours(24)}).value();
    auto const daily = [&] { return machine.job().prune("k", KeepLast<1>()).value().pins; };
    CHECK(daily() == 0);
    machine.env.step_wall_clock(10 * year);
    CHECK(daily() == 0);
    machine.env.advance(hours(23));
    alive = machine.job().renew(alive).value();
    CHECK(daily() == 0);
    machine.env.advance(hours(1));
    CHECK(daily() == 1);
    CHECK(shown(writer, "k") == "5* 2p .");
    CHECK(machine.job().get(alive).value().value() == "2");
    machine.env.advance(hours(22));
    CHECK(daily() == 0);  // renewed 23 hours ago, and seen so for 23
    machine.env.advance(hours(1));
    CHECK(daily() == 1);
    CHECK(shown(writer, "k") == "5* .");

    // A renewal between two looks begins anew at the next.
    auto const pin = writer.pin("k", {.ttl = hours(2)}).value();
    CHECK(daily() == 0);
    machine.env.advance(hours(1));
    auto const renewed = writer.renew(pin).value();
    machine.env.advance(hours(1));
    CHECK(daily() == 0);
    machine.env.advance(hours(1) + minutes(59));
    CHECK(daily() == 0);
    machine.env.advance(minutes(1));
    CHECK(daily() == 1);
    CHECK(writer.renew(renewed).error() == Errc::lost);
}

TEST_CASE("watched ages: what was noted is a format that those who would lose it refuse", "[history]") {
    using holdfast::detail::from_retention_text;
    using holdfast::detail::to_retention_text;
    Machine machine{MemoryStorage()};
    auto writer = machine.job();
    put(writer, "k", "1");
    (void)writer.pin("k", {.purpose = "new"}).value();
    auto const text = [&] {
        return std::string(
            (*machine.storage.read(Context(machine.env), RecordId("k", Slot::retention)))->payload.view());
    };
    CHECK(text().starts_with("{\"format\":\"1\","));  // for nothing was watched
    (void)machine.prune(KeepFor<60>());
    put(writer, "k", "2");
    machine.env.advance(hours(1));
    (void)machine.prune(KeepFor<7200>());
    (void)writer.pin("k", {.purpose = "not seen yet"}).value();
    std::string const noted = text();
    CHECK(noted.starts_with("{\"format\":\"2\","));
    auto const back = from_retention_text(noted).value();
    CHECK(to_retention_text(back).view() == noted);
    CHECK(back.watched.elapsed == hours(1));
    REQUIRE(back.states.size() == 2);
    CHECK(back.states[1].sequence == 2);
    REQUIRE(back.pins.size() == 2);
    CHECK(back.pins[0].seen == Duration::zero());
    CHECK_FALSE(back.pins[1].seen);
    for (std::size_t i = 0; i < noted.size(); ++i) CHECK_FALSE(from_retention_text(noted.substr(0, i)));
}

TEST_CASE("watched ages: a purge believes what was watched, not a time of day", "[history]") {
    Machine machine{MemoryStorage()};
    using Plain = Store<CompareAndSwap, LeaseLock<>>;
    auto const job = [&](MemoryStorage& storage) {
        return Plain(storage, StoreOptions{std::chrono::seconds(60), &machine.env});
    };
    auto const busy = [&] { return job(machine.storage).purge("k").error() == Errc::busy; };
    auto const remove = [&] {
        REQUIRE(job(machine.storage).update("k", [](std::string& text) { text = "1"; }));
        auto const there = job(machine.storage).get("k").value();
        REQUIRE(job(machine.storage).remove(*there));
    };
    remove();
    CHECK(busy());
    for (Duration const jump : {10 * year, -30 * year, 10 * year}) {
        machine.env.step_wall_clock(jump);
        CHECK(busy());
    }
    machine.env.advance(hours(12));
    CHECK(busy());
    machine.env.restart();
    machine.env.advance(year);
    CHECK(busy());
    machine.env.advance(hours(11));
    CHECK(busy());
    remove();  // written and removed again: it begins anew
    machine.env.advance(hours(1));
    CHECK(busy());
    machine.env.advance(hours(24) - minutes(1));
    CHECK(busy());
    machine.env.advance(minutes(1));
    REQUIRE(job(machine.storage).purge("k"));
    CHECK_FALSE(*machine.storage.read(Context(machine.env), RecordId("k")));
    CHECK_FALSE(*machine.storage.read(Context(machine.env), RecordId("k", Slot::lock)));
}

}  // namespace watched_ages_test
