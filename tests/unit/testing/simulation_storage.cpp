#include <holdfast/state_store.hpp>
#include <holdfast/testing/simulation.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <map>
#include <string>
#include <vector>

namespace simulation_storage_test {

using namespace holdfast;
using namespace holdfast::testing;
using namespace std::chrono_literals;
using What = SimulatedEvent::What;
using How = SimulatedEvent::How;

static_assert(TransactionalStorage<SimulatedStorage> && ListableStorage<SimulatedStorage>);
static_assert(AttributedStorage<SimulatedStorage> && SimulatedStorage::late_writes);
static_assert(TransactionalStorage<SimulatedLocalStorage> && !SimulatedLocalStorage::late_writes);

template <class Storage, class Versioning = CompareAndSwap>
using TextStore = StateStore<std::string, Storage, Versioning, holdfast_tests::PlainText>;

/// An update that is made anew, with a fresh id, when no reply came.
struct BlindlyRepeats {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;

    template <ConditionalStorage S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        auto sending = holdfast::detail::Sending::prepare(storage, ctx, id, base, std::move(change));
        auto const tried = storage.write(ctx, id, sending->record, sending->when);
        if (!tried) return tried.error();
        if (tried->kind() != WriteOutcome::Kind::applied) return Commit::conflict();
        return Commit::applied(std::move(*sending).stored(tried->revision()));
    }
};

/// A write without a condition.
struct LooksAway {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;

    template <ConditionalStorage S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        auto sending = holdfast::detail::Sending::prepare(storage, ctx, id, base, std::move(change));
        auto const tried = storage.write(ctx, id, sending->record, Precondition::none());
        if (!tried) return tried.error();
        if (tried->kind() != WriteOutcome::Kind::applied) return Commit::unknown(sending->trace(id.slot), tried->why());
        return Commit::applied(std::move(*sending).stored(tried->revision()));
    }
};

/// What became of one update: each appends a word of its own, so that the text at the end tells how often it was made.
struct Made {
    bool applied = false, failed = false;
    std::optional<UnknownWrite> unknown{};
};

/// Actors update one text under everything that can happen; at the end every update is there exactly as often as it
/// said: once, never, or, where that was unknown, as a judge finds out.
template <class Storage, class Versioning>
void updates(Simulation& world, Weather const& weather, FarRevisions revisions = FarRevisions::write_ids) {
    Storage storage(world, weather, revisions);
    std::map<std::string, Made> made;
    for (char const* name : {"A", "B", "C"})
        world.spawn(name, [&, storage](Actor& self) {
            TextStore<Storage, Versioning> store(storage, self.store_options(20s));
            for (int i = 0; i < 4; ++i) {
                std::string const word = self.name() + std::to_string(self.incarnation()) + std::to_string(i) + " ";
                auto const done = (made[word], store.update("k", [&](std::string& text) { text += word; }));
                Made& mine = made[word];
                mine.applied = done.applied();
                if (done.unknown() != nullptr) mine.unknown = *done.unknown();
                else mine.failed = !done.applied();
            }
        });
    world.run();

    TextStore<Storage, Versioning> judge(storage, world.store_options());
    auto const end = judge.get("k");
    if (!world.findings().succeeds(end, "get")) return;
    std::string const text = *end ? (*end)->value() : std::string();
    for (auto const& [word, how] : made) {
        std::size_t times = 0;
        for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++times;
        world.expect(times <= 1, word + "was made more than once");
        world.expect(!how.applied || times > 0, word + "was reported as applied, and is not there");
        world.expect(!how.failed || times == 0, word + "was reported as not applied, and is there");
        if (!how.unknown) continue;
        auto const fate = judge.resolve(*how.unknown);
        world.expect(fate && (*fate != Fate::applied || times == 1), word + "is said to be applied, and is not there");
        world.expect(fate && (*fate != Fate::never || times == 0), word + "is said to be never applied, and is there");
    }
}

SimulationOptions everything() {
    SimulationOptions options;
    options.nemesis = {.pauses = 5, .crashes = 5};
    options.most_offset = 1h;
    options.most_rate = 100'000;
    return options;
}

TEST_CASE("simulated storage: compare-and-swap loses no update in any weather, whatever revisions are made of") {
    for (auto revisions : {FarRevisions::write_ids, FarRevisions::content, FarRevisions::counter}) {
        auto const explored = for_seeds(
            1, 700,
            [&](Simulation& world) { updates<SimulatedStorage, CompareAndSwap>(world, Weather::storm(), revisions); },
            everything());
        CHECK((explored.failure ? explored.failure->text() : "") == "");
        CHECK(explored.seeds == 700);
        // It was not calm.
        for (How how : {How::not_sent, How::refused, How::lost, How::reply_lost, How::late, How::twice,
                        How::twice_reply_lost, How::read_failed, How::orphaned})
            CHECK(explored.counts.of(how) > 10);
        CHECK(explored.counts.of(How::read_stale) == 0);
        for (What what : {What::landed, What::slept, What::paused, What::crashed, What::restarted})
            CHECK(explored.counts.of(what) > 50);
        CHECK(explored.counts.conflicts > 1000);
    }
    auto const local = for_seeds(
        1, 700, [](Simulation& world) { updates<SimulatedLocalStorage, CompareAndSwap>(world, Weather::storm()); },
        everything());
    CHECK((local.failure ? local.failure->text() : "") == "");
    CHECK(local.counts.of(How::reply_lost) > 50);
    CHECK(local.counts.of(How::lost) > 50);
    for (How how : {How::late, How::twice, How::twice_reply_lost}) CHECK(local.counts.of(how) == 0);
    CHECK(local.counts.of(What::landed) == 0);
}

TEST_CASE("simulated storage: an update that repeats blindly is found, with the events that show why") {
    auto const explored = for_seeds(
        1, 100, [](Simulation& world) { updates<SimulatedStorage, BlindlyRepeats>(world, Weather::storm()); });
    REQUIRE(explored.failure);
    INFO(explored.failure->text());
    CHECK(explored.seeds <= 20);
    CHECK(explored.failure->sentences.at(0).find("was made more than once") != std::string::npos);
    std::string const& shown = explored.failure->timeline;
    bool const why = shown.find("applied, reply lost") != std::string::npos ||
                     (shown.find("no reply (under way)") != std::string::npos &&
                      shown.find(" lands -> applied") != std::string::npos);
    CHECK(why);
    CHECK(shown.find("  read w") != std::string::npos);
}

TEST_CASE("simulated storage: a write without its condition is found") {
    auto const explored =
        for_seeds(1, 100, [](Simulation& world) { updates<SimulatedStorage, LooksAway>(world, Weather::calm()); });
    REQUIRE(explored.failure);
    INFO(explored.failure->text());
    CHECK(explored.seeds <= 3);
    CHECK(explored.failure->sentences.at(0).find("reported as applied, and is not there") != std::string::npos);
    CHECK(explored.failure->timeline.find("write w2 -> applied") != std::string::npos);
}

/// One write of one actor in a weather of one kind.
struct OneWrite {
    std::string timeline;
    bool there;
};
OneWrite one_write(unsigned Weather::*kind, WriteOutcome::Kind expected, bool error = false) {
    Simulation world({.trace = true});
    Weather weather;
    weather.*kind = 1000;
    SimulatedStorage storage(world, weather);
    world.spawn("A", [&](Actor& self) {
        auto record = std::make_shared<Record>(Key("k"), Bytes::copy("text"), Stamp(), Attributes(), Revision());
        record->stamp.ids.push(self.environment().new_write_id());
        auto const done = storage.write(Context(self.environment()), RecordId("k"), record, Precondition::absent());
        CHECK(!done.has_value() == error);
        if (done) CHECK(done->kind() == expected);
        else CHECK(done.error() == Errc::unavailable);
    });
    CHECK(world.run().ended);
    CHECK(world.findings().text() == "");
    CHECK(storage.in_flight() == 0);
    return {world.timeline(), storage.peek(RecordId("k")) != nullptr};
}

TEST_CASE("simulated storage: what each kind of weather does to a write") {
    using Kind = WriteOutcome::Kind;
    auto const has = [](OneWrite const& done, std::string_view text) {
        INFO(done.timeline);
        CHECK(done.timeline.find(text) != std::string::npos);
        return done.there;
    };
    CHECK_FALSE(has(one_write(&Weather::not_sent, Kind::applied, true), "A  write w1 if absent -> not sent"));
    CHECK_FALSE(has(one_write(&Weather::refused, Kind::applied, true), "A  write w1 if absent -> refused"));
    CHECK_FALSE(has(one_write(&Weather::lost, Kind::unknown), "A  write w1 if absent -> lost"));
    CHECK(has(one_write(&Weather::reply_lost, Kind::unknown), "A  write w1 if absent -> applied, reply lost\n"));
    auto const late = one_write(&Weather::late, Kind::unknown);
    CHECK(has(late, "A  write w1 if absent -> no reply (under way)"));
    CHECK(has(late, "-  late w1 lands -> applied"));
    auto const twice = one_write(&Weather::twice, Kind::applied);
    CHECK(has(twice, "A  write w1 if absent -> applied (and a copy is under way)"));
    CHECK(has(twice, "-  late w1 lands -> conflict (there: w1)"));
    CHECK(has(one_write(&Weather::twice_reply_lost, Kind::unknown), "applied, reply lost (and a copy is under way)"));
}

TEST_CASE("simulated storage: reads fail, and are stale only where that was asked for") {
    for (unsigned kind : {0u, 1u}) {
        Simulation world({.trace = true});
        Weather weather;
        (kind == 0 ? weather.read_failed : weather.read_stale) = 500;
        SimulatedStorage storage(world, weather);
        TextStore<SimulatedStorage> judge(storage, world.store_options());
        for (int i = 0; i < 6; ++i) REQUIRE(judge.update("k", [i](std::string& text) { text = std::to_string(i); }));
        std::map<std::string, int> seen;
        world.spawn("A", [&](Actor& self) {
            TextStore<SimulatedStorage> store(storage, self.store_options());
            for (int i = 0; i < 200; ++i) {
                auto const got = store.get("k");
                ++seen[got ? (*got)->value() : std::string(name(got.error().code()))];
            }
        });
        CHECK(world.run().ended);
        CHECK(world.findings().text() == "");
        if (kind == 0) {
            CHECK(seen.size() == 2);
            CHECK(seen["unavailable"] > 50);
            CHECK(world.counts().of(How::read_failed) == static_cast<std::uint64_t>(seen["unavailable"]));
        } else {
            CHECK(seen.size() == 5);  // the newest, and the four before it
            CHECK(seen["1"] > 5);
            CHECK(seen["4"] > 5);
            CHECK(world.timeline().find("(stale)") != std::string::npos);
        }
        CHECK(seen["5"] > 50);
    }
}

TEST_CASE("simulated storage: listings, batches and several slots") {
    Simulation world({.trace = true});
    SimulatedStorage storage(world);
    TextStore<SimulatedStorage> judge(storage, world.store_options());
    world.spawn("A", [&](Actor& self) {
        TextStore<SimulatedStorage> store(storage, self.store_options());
        CHECK(store.transaction({"a", "b"}, [](std::span<std::optional<std::string>> texts) {
            texts[0] = "1";
            texts[1] = "2";
        }));
        std::string keys;
        for (auto const& key : store.keys()) keys += key.value().str();
        CHECK(keys == "ab");
        Context const ctx(self.environment());
        auto const known = storage.read(ctx, RecordId("a"));
        CHECK(*storage.reread(ctx, RecordId("a"), *known) == *known);
    });
    std::vector<std::string> effects;
    storage.on_effect([&](RecordId const& id, RecordPtr const& before, RecordPtr const& after) {
        effects.push_back(to_string(id) + (before ? " replaced" : " made") + (after ? "" : " and removed"));
    });
    CHECK(world.run().ended);
    CHECK(world.findings().text() == "");
    CHECK(effects == std::vector<std::string>{"\"a\" made", "\"b\" made"});
    CHECK(world.timeline().find("batch: write w1 \"a\" if absent -> applied") != std::string::npos);
    CHECK(world.timeline().find("A  list") != std::string::npos);
}

}  // namespace simulation_storage_test
