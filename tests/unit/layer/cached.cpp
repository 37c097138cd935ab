#include <holdfast/layer/cached.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/testing/archetypes.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <functional>
#include <thread>

namespace cached_test {

using namespace holdfast;
using namespace holdfast::testing;

template <class S>
using Store = BasicStateStore<std::string, S, NoLock, CompareAndSwap, holdfast_tests::PlainText>;

/// What a storage was asked for, and a moment between what it did and its reply.
struct Log {
    std::atomic<unsigned> reads{0}, rereads{0}, writes{0};
    std::function<void()> before_reply;

    std::string take() {
        std::string text = std::to_string(reads.exchange(0)) + " reads, ";
        text += std::to_string(rereads.exchange(0)) + " rereads, ";
        return text + std::to_string(writes.exchange(0)) + " writes";
    }
};

template <StoragePolicy Next>
class Logged : public Layer<Logged<Next>, Next, 2> {
public:
    Logged(Next next, std::shared_ptr<Log> log) : Layer<Logged<Next>, Next, 2>(std::move(next)), log_(std::move(log)) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if (operation.writes_something()) ++log_->writes;
        else if (operation.known != nullptr) ++log_->rereads;
        else if (operation.kind == Operation::Kind::read) ++log_->reads;
        R reply = call();
        if (auto const hook = std::exchange(log_->before_reply, nullptr)) hook();
        return reply;
    }

private:
    std::shared_ptr<Log> log_;
};

/// Memory that counts, with and without a `reread` of its own.
using Plain = Logged<MemoryStorage>;
struct Revalidated : MemoryStorage {
    using MemoryStorage::MemoryStorage;
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) const {
        auto now = read(ctx, id);
        return now && *now && known && (*now)->revision == known->revision ? Result<RecordPtr>(known) : now;
    }
};
using Near = Logged<Revalidated>;

static_assert(RevalidatingStorage<Cached<Near>> && !RevalidatingStorage<Cached<Plain>>);
static_assert(WatchableStorage<Cached<WatchableStorageArchetype>> && !WatchableStorage<Cached<Near>>);
static_assert(TransactionalStorage<Cached<Near>> && !TransactionalStorage<Cached<StorageArchetype>>);
static_assert(!ConditionalStorage<Cached<StorageArchetype>> && Cached<LateStorage>::late_writes);

Context now() { return Context(Environment::system(), std::chrono::seconds(30)); }
Context stale() {
    Context ctx = now();
    ctx.may_be_stale = true;
    return ctx;
}
template <class S>
std::string payload(S& storage, KeyView key, Context const& ctx) {
    auto const record = storage.read(ctx, key);
    if (!record) return "error";
    return *record ? std::string((*record)->payload.view()) : "absent";
}
template <class S>
RecordPtr put(S& storage, KeyView key, std::string_view text, RecordPtr const& base = nullptr) {
    auto const record = testing::law::make_record(key, text, base);
    auto const done = storage.write(now(), key, record, Precondition::none());
    REQUIRE((done && done->kind() == WriteOutcome::Kind::applied));
    return record;
}
void add(std::string& text) { text += "+"; }

TEST_CASE("Cached: obeys the laws of what it wraps", "[cached][laws]") {
    auto const log = std::make_shared<Log>();
    Cached<Near> cached(Near(Revalidated(), log));
    CHECK(check_storage(cached).text() == "");
    Cached<LateStorage> far(LateStorage{}, CachedOptions{.most_records = 3});
    CHECK(check_storage(far).text() == "");
    Store<Cached<Near>> store(cached);
    CHECK(check_store(store).text() == "");
}

TEST_CASE("Cached: what operations ask of the storage", "[cached]") {
    auto const log = std::make_shared<Log>();
    Revalidated memory;
    Store<Cached<Near>> store(Cached<Near>(Near(memory, log)));
    REQUIRE(store.create("k", "1"));
    CHECK(log->take() == "0 reads, 0 rereads, 1 writes");
    REQUIRE(store.update("k", add));  // the record that was created is known
    CHECK(log->take() == "0 reads, 0 rereads, 1 writes");
    auto const one = *store.get("k"), two = *store.get("k");
    CHECK(log->take() == "0 reads, 2 rereads, 0 writes");
    CHECK(one->record() == two->record());
    REQUIRE(store.remove(*two));
    CHECK(log->take() == "0 reads, 0 rereads, 1 writes");
    REQUIRE(store.update("k", add));  // that there is none is known
    CHECK(log->take() == "0 reads, 0 rereads, 1 writes");
    REQUIRE(store.transaction({"k", "l"}, [](std::span<std::optional<std::string>> both) { both[1] = "l"; }));
    (void)log->take();
    REQUIRE(store.update("l", add));  // batches do not tell revisions
    CHECK(log->take() == "1 reads, 0 rereads, 1 writes");
    CHECK_FALSE(*store.get("nobody"));
    CHECK_FALSE(*store.get("nobody"));  // absence is asked for each time
    CHECK(log->take() == "2 reads, 0 rereads, 0 writes");

    // Over a storage that cannot tell cheaply it saves only the reads that may be stale.
    Store<Cached<Plain>> plain(Cached<Plain>(Plain(MemoryStorage(), log)));
    REQUIRE(plain.update("k", add));
    CHECK(log->take() == "1 reads, 0 rereads, 1 writes");
    REQUIRE(plain.update("k", add));
    REQUIRE(plain.get("k"));
    CHECK(log->take() == "1 reads, 0 rereads, 1 writes");
}

TEST_CASE("Cached: who is behind finds out by one conflict, and shows the function both records", "[cached]") {
    Revalidated memory;
    auto const mine = std::make_shared<Log>(), others = std::make_shared<Log>();
    Store<Cached<Near>> here(Cached<Near>(Near(memory, mine))), there(Cached<Near>(Near(memory, others)));
    REQUIRE(here.create("k", "1"));
    REQUIRE(there.update("k", add));
    (void)mine->take();
    std::string seen;
    auto const done = here.update("k", [&](std::string& text) {
        seen += text + " ";
        text += "-";
    });
    REQUIRE(done);
    CHECK(done->value() == "1+-");
    CHECK(seen == "1 1+ ");
    CHECK(mine->take() == "1 reads, 0 rereads, 2 writes");
    CHECK((*there.get("k"))->value() == "1+-");  // a get asks
    CHECK(others->take() == "1 reads, 1 rereads, 1 writes");
    // It was removed: the write conflicts on what is no longer there.
    REQUIRE(there.remove(**there.get("k")));
    REQUIRE(here.update("k", add));
    CHECK((*there.get("k"))->value() == "+");
}

TEST_CASE("Cached: every outcome but 'applied' makes a key forgotten", "[cached]") {
    auto const log = std::make_shared<Log>();
    auto const plan = std::make_shared<FaultPlan>();
    Revalidated memory;
    using Shaky = Logged<Faulty<Revalidated>>;
    Cached<Shaky> cached(Shaky(Faulty<Revalidated>(memory, plan), log));
    for (auto const how : {FaultPlan::How::before, FaultPlan::How::after}) {
        auto const base = put(cached, "k", "1");
        CHECK(payload(cached, "k", stale()) == "1");
        CHECK(log->take() == "0 reads, 0 rereads, 1 writes");
        plan->arm(0, how);
        (void)cached.write(now(), KeyView("k"), testing::law::make_record("k", "2", base), Precondition::none());
        (void)log->take();
        CHECK(payload(cached, "k", stale()) == (how == FaultPlan::How::after ? "2" : "1"));
        CHECK(log->take() == "1 reads, 0 rereads, 0 writes");
        plan->arm(0, how);
        (void)cached.remove(now(), KeyView("k"), Precondition::none());
        CHECK(payload(cached, "k", stale()) == (how == FaultPlan::How::after ? "absent" : "1"));
        CHECK(log->take() == "1 reads, 0 rereads, 1 writes");
    }
    put(cached, "k", "1");
    auto const lost = cached.write(now(), KeyView("k"), testing::law::make_record("k", "2"), Precondition::absent());
    CHECK(lost->kind() == WriteOutcome::Kind::conflict);
    (void)log->take();
    CHECK(payload(cached, "k", stale()) == "1");
    CHECK(log->take() == "1 reads, 0 rereads, 0 writes");
    CHECK(payload(cached, "k", stale()) == "1");
    cached.forget("k");
    CHECK(payload(cached, "k", stale()) == "1");
    CHECK(log->take() == "1 reads, 0 rereads, 0 writes");
    // A read that fails changes nothing.
    plan->arm(0, FaultPlan::How::before);
    CHECK(payload(cached, "k", now()) == "error");
    CHECK(payload(cached, "k", stale()) == "1");
}

TEST_CASE("Cached: other slots are not kept", "[cached]") {
    auto const log = std::make_shared<Log>();
    Cached<Near> cached(Near(Revalidated(), log));
    RecordId const lock(KeyView("k"), Slot::lock);
    auto const record = testing::law::make_record("k", "held");
    REQUIRE(cached.write(now(), lock, record, Precondition::absent()));
    CHECK(cached.records() == 0);
    CHECK((*cached.read(stale(), lock))->payload.view() == "held");
    CHECK(*cached.reread(stale(), lock, record) == record);
    REQUIRE(cached.remove(now(), lock, Precondition::none()));
    CHECK(log->take() == "1 reads, 1 rereads, 2 writes");
    CHECK(payload(cached, "k", stale()) == "absent");
    CHECK(cached.records() == 1);
}

TEST_CASE("Cached: the revision that the storage gave is the one that is kept", "[cached]") {
    LateStorage counting(std::make_shared<LateWorld>(FarRevisions::counter));
    Cached<LateStorage> cached(counting);
    auto const record = put(cached, "k", "1");
    auto const kept = *cached.read(stale(), KeyView("k")), stored = *counting.read(now(), KeyView("k"));
    CHECK(counting.world().operations() == 2);
    CHECK(kept->revision == stored->revision);
    CHECK(kept->revision != record->revision);
    Store<Cached<LateStorage>> store(cached);
    CHECK(store.update("k", add));
    CHECK(counting.world().operations() == 3);
}

TEST_CASE("Cached: slow replies do not bring old records back", "[cached]") {
    auto const log = std::make_shared<Log>();
    Cached<Near> cached(Near(Revalidated(), log));
    auto const first = put(cached, "k", "1");
    // A read sees "1"; before it is told, "2" is written and acknowledged.
    RecordPtr second;
    cached.forget("k");
    log->before_reply = [&] { second = put(cached, "k", "2", first); };
    CHECK(payload(cached, "k", now()) == "1");
    CHECK(payload(cached, "k", stale()) == "2");
    // The same, of a reread, and of a removal.
    log->before_reply = [&] { REQUIRE(cached.remove(now(), KeyView("k"), Precondition::none())); };
    CHECK(payload(cached, "k", now()) == "2");
    CHECK(payload(cached, "k", stale()) == "absent");
    // The reply to "3" comes after "4" was written over it.
    log->before_reply = [&] { put(cached, "k", "4"); };
    put(cached, "k", "3");
    CHECK(payload(cached, "k", stale()) == "4");
    // Two reads, of which the older is told last.
    cached.forget("k");
    log->before_reply = [&] {
        put(cached.next(), "k", "5");  // by somebody else
        CHECK(payload(cached, "k", now()) == "5");
    };
    CHECK(payload(cached, "k", now()) == "4");
    CHECK(payload(cached, "k", stale()) == "5");
    // A batch while a read is slow.
    Key const key("k");
    Write const batch[] = {{RecordId(key), testing::law::make_record("k", "6"), Precondition::none()}};
    cached.forget("k");
    log->before_reply = [&] { REQUIRE(cached.write_all(now(), batch)); };
    CHECK(payload(cached, "k", now()) == "5");
    CHECK(payload(cached, "k", stale()) == "6");
}

TEST_CASE("Cached: the least recently used go first, and the bounds hold", "[cached]") {
    auto const log = std::make_shared<Log>();
    auto const is_kept = [&](auto& cached, KeyView key) {
        (void)log->take();
        (void)payload(cached, key, stale());
        return log->take() == "0 reads, 0 rereads, 0 writes";
    };
    Cached<Near> few(Near(Revalidated(), log), {.most_records = 2});
    put(few, "a", "1");
    put(few, "b", "2");
    CHECK(is_kept(few, "a"));
    put(few, "c", "3");
    CHECK(few.records() == 2);
    CHECK(is_kept(few, "a"));
    CHECK(is_kept(few, "c"));
    CHECK_FALSE(is_kept(few, "b"));
    CHECK_FALSE(is_kept(few, "a"));

    Cached<Near> small(Near(Revalidated(), log), {.most_bytes = 20'000});
    put(small, "a", std::string(9'000, 'a'));
    put(small, "large", std::string(30'000, 'x'));
    CHECK(small.records() == 1);
    CHECK(is_kept(small, "a"));
    CHECK_FALSE(is_kept(small, "large"));
    put(small, "a", std::string(30'000, 'x'));  // and what it replaced is not kept either
    CHECK(small.records() == 0);
    CHECK(small.bytes() == 0);
    for (int i = 0; i < 50; ++i) {
        put(small, *Key::parse(std::to_string(i)), std::string(1'000, 'x'));
        REQUIRE(small.bytes() <= 20'000);
    }
    CHECK(small.records() > 5);
    Cached<Near> none(Near(Revalidated(), log), {.most_records = 0});
    put(none, "a", "1");
    CHECK_FALSE(is_kept(none, "a"));
    CHECK(none.records() == 0);

    // Many shards, and threads.
    Cached<Near> many(Near(Revalidated(), log), {.most_records = 2'000, .most_bytes = 400'000});
    std::atomic<unsigned> over{0};
    testing::law::in_threads(4, [&](unsigned me) {
        for (unsigned i = 0; i < 1'500; ++i) {
            Key const key = *Key::parse(std::to_string(me % 2) + "-" + std::to_string(i));
            (void)many.write(now(), RecordId(key), testing::law::make_record(key, std::string(i % 300, 'x')),
                             Precondition::none());
            if (i % 7 == 0) (void)many.remove(now(), RecordId(key), Precondition::none());
            if (many.records() > 2'004) ++over;
        }
    });
    CHECK(over == 0);
    CHECK(many.bytes() <= 400'000);
    CHECK(many.records() > 100);
}

TEST_CASE("Cached: threads over two caches lose no update, and read what they wrote", "[cached][threads]") {
    Revalidated memory;
    auto const log = std::make_shared<Log>();
    Cached<Near> here(Near(memory, log), {.most_records = 2}), there(Near(memory, log));
    std::atomic<unsigned> failed{0}, behind{0};
    testing::law::in_threads(4, [&](unsigned me) {
        Store<Cached<Near>> store(me % 2 ? here : there);
        KeyView const keys[] = {"a", "b", "c"};
        for (unsigned i = 0; i < 200; ++i) {
            KeyView const key = keys[i % 3];
            auto const done = store.update(key, add);
            if (!done) {
                ++failed;
                continue;
            }
            auto const kept = store.storage().read(stale(), key);
            if (!kept || !*kept || (*kept)->stamp.sequence < done->sequence()) ++behind;
        }
    });
    CHECK(failed == 0);
    CHECK(behind == 0);
    Store<Revalidated> plain(memory);
    std::size_t total = 0;
    for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c")}) total += (*plain.get(key))->value().size();
    CHECK(total == 800);
}

TEST_CASE("Cached: over a bad line every update is made once or not at all", "[cached]") {
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        TestEnvironment env(seed), chance(seed + 1000);
        auto const world = std::make_shared<LateWorld>(static_cast<FarRevisions>(seed % 3));
        world->on_write = [&](unsigned) {
            auto const dice = chance.random_below(Duration(10)).count();
            auto const delay = static_cast<unsigned>(chance.random_below(Duration(6)).count());
            return dice < 5    ? Delivery::intact()
                   : dice == 5 ? Delivery::not_sent()
                   : dice == 6 ? Delivery::reply_lost()
                   : dice == 7 ? Delivery::late(delay)
                   : dice == 8 ? Delivery::twice(delay)
                               : Delivery::lost();
        };
        StoreOptions const options{.timeout = std::chrono::seconds(5), .environment = &env};
        using Far = Store<Cached<LateStorage>>;
        Far stores[] = {Far(Cached<LateStorage>(LateStorage(world)), options),
                        Far(Cached<LateStorage>(LateStorage(world)), options)};
        std::size_t sure = 0, doubtful = 0;
        for (int i = 0; i < 30; ++i) {
            auto const done = stores[chance.random_below(Duration(2)).count()].update("k", add);
            if (done) ++sure;
            else if (done.unknown() != nullptr) ++doubtful;
        }
        while (world->in_flight() > 0) world->arrive(0);
        auto const last = *stores[0].get("k");
        std::size_t const size = last ? last->value().size() : 0;
        INFO("seed " << seed << ": " << size << " of " << sure << " and perhaps " << doubtful);
        CHECK(sure <= size);
        CHECK(size <= sure + doubtful);
        CHECK(sure > 0);
    }
}

}  // namespace cached_test
