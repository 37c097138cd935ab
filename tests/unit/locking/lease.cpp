// What leases promise to those who hold them, wait for them and look at them; and what they cost.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

namespace lease_test {

using namespace holdfast;
using namespace holdfast::testing;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration ttl = seconds(10);

/// A process: a clock, a source of chance, a lock and a store of its own over one storage.
template <class Placement, class Versioning = CompareAndSwap>
struct Process {
    using Lock = LeaseLock<Placement>;
    using Store = BasicStateStore<std::string, LateStorage, Lock, Versioning, holdfast_tests::PlainText>;

    Process(LateStorage const& storage, std::uint64_t seed, Duration offset = Duration(0))
        : env(seed, "user@host:" + std::to_string(seed)),
          store(storage, Lock({.ttl = ttl}), StoreOptions{seconds(60), &env}) {
        env.advance(offset);
    }

    TestEnvironment env;
    Store store;
};

constexpr auto add = [](std::string& text) { text += "+"; };

template <class R>
Errc code(R const& result) {
    return result ? Errc{} : result.error().code();
}

TEMPLATE_TEST_CASE("leases: a lease is taken over when its record has not changed for its time to live", "[lease]",
                   Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType> holder(storage, 1, hours(1)), thief(storage, 2);  // clocks are not compared
    auto held = holder.store.lock("k", {.purpose = "nightly"}).value();
    REQUIRE(held.update(add));
    auto const id = held.guard().id();

    auto const busy = thief.store.lock("k", {.timeout = ttl - milliseconds(1)});
    REQUIRE(code(busy) == Errc::busy);
    CHECK(thief.env.elapsed() == ttl - milliseconds(1));
    auto const idtext = id.text();
    for (std::string_view const part :
         {std::string_view("user@host:1"), std::string_view("(nightly)"),
          std::string_view(idtext.data(), idtext.size()), std::string_view("another 1 ms")})
        CHECK(busy.error().message().find(part) != std::string_view::npos);

    Duration const begin = thief.env.elapsed();
    auto stolen = thief.store.lock("k").value();
    CHECK(thief.env.elapsed() - begin == ttl);  // seen anew, to the nanosecond
    CHECK(stolen.epoch() == held.epoch() + 1);
    REQUIRE(stolen.update(add));

    auto const late = held.update(add);
    CHECK(code(late) == Errc::fenced);
    CHECK(late.unknown() == nullptr);
    CHECK(code(held.update(add)) == Errc::fenced);
    CHECK(code(held.renew()) == Errc::lost);
    CHECK(code(held.release()) == Errc::lost);
    REQUIRE(stolen.update(add));  // which was not disturbed
    CHECK((*thief.store.get("k"))->value() == "+++");
    REQUIRE(stolen.release());
}

TEMPLATE_TEST_CASE("leases: a holder that says that it is there keeps its lease", "[lease]", Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType> holder(storage, 1), thief(storage, 2);
    auto held = holder.store.lock("k").value();
    Duration last{0};
    storage.world().before_operation = [&, inside = false]() mutable {
        if (std::exchange(inside, true)) return;
        if (Duration const now = thief.env.elapsed(); now - last >= ttl / 3) {
            holder.env.advance(now - last);
            last = now;
            REQUIRE(held.renew());
        }
        inside = false;
    };
    auto const waited = thief.store.lock("k", {.timeout = ttl * 5});
    CHECK(code(waited) == Errc::busy);
    storage.world().before_operation = nullptr;
    REQUIRE(held.update(add));
    REQUIRE(held.release());
    CHECK(thief.store.lock("k", {.timeout = milliseconds(0)}));
}

TEMPLATE_TEST_CASE("leases: a holder relies on a lease for four fifths of its time to live", "[lease]", Embedded,
                   OwnSlot) {
    LateStorage const storage;
    Process<TestType> holder(storage, 1), other(storage, 2);
    auto held = holder.store.lock("k").value();
    holder.env.advance(ttl * 4 / 5 - Duration(1));
    REQUIRE(held.update(add));
    unsigned const before = storage.world().operations();
    holder.env.advance(Duration(1));
    REQUIRE(held.update(add));  // renewed first, unless the last write was a renewal
    CHECK(storage.world().operations() - before == (std::same_as<TestType, Embedded> ? 1 : 2));
    holder.env.advance(ttl);
    REQUIRE(held.update(add));  // nobody took it meanwhile
    CHECK(storage.world().operations() - before == (std::same_as<TestType, Embedded> ? 3 : 4));
    CHECK(code(other.store.try_lock("k").value() ? Result<void>() : Error(Errc::busy)) == Errc::busy);
}

TEMPLATE_TEST_CASE("leases: all operations under a guard", "[lease]", Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType> process(storage, 1);
    auto& store = process.store;
    {
        auto held = store.lock("k").value();
        CHECK(code(store.lock("k")) == Errc::already_held);
        CHECK(code(store.update("k", add)) == Errc::already_held);
        CHECK_FALSE(held.get().value());
        auto const first = held.create("1").value();
        CHECK(first.sequence() == 1);
        CHECK(code(held.create("2")) == Errc::conflict);
        auto const second = held.replace(first, "2").value();
        CHECK(code(held.replace(first, "3")) == Errc::conflict);
        REQUIRE(held.renew());
        auto const third = held.replace(second, "3").value();  // a lease step is no other content
        CHECK(third.sequence() == 3);
        REQUIRE(held.update(add));
        REQUIRE(held.remove(**held.get()));
        CHECK_FALSE(held.get().value());
        REQUIRE(held.create("4"));
        REQUIRE(held.release());
        REQUIRE(held.release());
        CHECK(code(held.update(add)) == Errc::lost);
        CHECK(code(held.renew()) == Errc::lost);
    }
    auto const before = **store.get("k");
    CHECK(before.value() == "4");
    CHECK(before.sequence() == 5);
    auto held = store.lock("k").value();
    REQUIRE(held.replace(before, "5"));  // read before the lock
    REQUIRE(held.release());
    REQUIRE(store.replace(**store.get("k"), "6"));
    REQUIRE(store.remove(**store.get("k")));
    REQUIRE(store.create("k", "7"));
    CHECK(code(store.create("k", "8")) == Errc::conflict);
    auto const gave_up =
        store.update("k", [](std::optional<std::string>) -> Result<std::string> { return Error(Errc::aborted, "no"); });
    CHECK(code(gave_up) == Errc::aborted);
    CHECK_FALSE(store.holder("k").value());
    CHECK((*store.get("k"))->value() == "7");
}

TEMPLATE_TEST_CASE("leases: what was replaced before the lock was taken is a conflict, not a fence", "[lease]",
                   Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType> process(storage, 1), other(storage, 2);
    auto const old = process.store.create("k", "old").value();
    REQUIRE(other.store.update("k", add));
    auto held = process.store.lock("k").value();
    CHECK(code(held.replace(old, "new")) == Errc::conflict);
    CHECK(code(held.remove(old)) == Errc::conflict);
    REQUIRE(held.update(add));
    CHECK((*held.get())->value() == "old++");

    // one who uses no lock writes between, and what was read after that is current
    BasicStateStore<std::string, LateStorage, NoLock, CompareAndSwap, holdfast_tests::PlainText> lawless(
        storage, StoreOptions{seconds(60), &other.env});
    REQUIRE(lawless.update("k", add));
    auto const now = **held.get();
    REQUIRE(held.replace(now, "mine"));
    REQUIRE(lawless.update("k", add));
    REQUIRE(held.update(add));
    CHECK((*held.get())->value() == "mine++");
    REQUIRE(held.release());
}

TEMPLATE_TEST_CASE("leases: transactions over several keys", "[lease]", Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType> process(storage, 1), other(storage, 2);
    auto& store = process.store;
    REQUIRE(store.create("a", "1"));
    using States = std::span<std::optional<std::string>>;
    unsigned const before = storage.world().operations();
    REQUIRE(store.transaction({"b", "a"}, [](States states) {
        states[0] = "new";
        *states[1] += "+";
    }));
    unsigned const cost = storage.world().operations() - before;
    // OwnSlot looks once more where there was no lock before, and releases each.
    CHECK(cost == (std::same_as<TestType, Embedded> ? 2 * 2 + 1 : 2 * 3 + 1 + 2));
    CHECK((*store.get("a"))->value() == "1+");
    CHECK((*store.get("b"))->value() == "new");
    REQUIRE(store.transaction({"a", "b", "c"}, [](States states) { states[0].reset(); }));
    CHECK_FALSE(store.get("a").value());
    for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c")}) CHECK(other.store.try_lock(key).value());
    auto held = other.store.lock("b").value();
    CHECK(code(store.transaction({"a", "b"}, [](States) {}, {.timeout = seconds(1)})) == Errc::busy);
    CHECK(other.store.try_lock("a").value());
}

TEMPLATE_TEST_CASE("leases: force_unlock ends exactly the lease that was named", "[lease]", Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType> holder(storage, 1), operator_(storage, 2);
    CHECK(code(operator_.store.force_unlock("k", WriteId{1, 2})) == Errc::lost);
    CHECK_FALSE(operator_.store.holder("k").value());
    auto held = holder.store.lock("k", {.purpose = std::string(300, 'p') + "\xff"}).value();
    REQUIRE(held.update(add));
    auto const seen = operator_.store.holder("k").value();
    REQUIRE(seen);
    CHECK(seen->id == held.guard().id());
    CHECK(seen->epoch == held.epoch());
    CHECK(seen->ttl == ttl);
    CHECK(seen->who.view() == "user@host:1");
    CHECK(seen->purpose == std::string(256, 'p'));
    auto const wrong = operator_.store.force_unlock("k", WriteId{1, 2});
    CHECK(code(wrong) == Errc::lost);
    CHECK(wrong.error().message().find("user@host:1") != std::string_view::npos);
    REQUIRE(held.renew());  // the same lease, another revision
    REQUIRE(operator_.store.force_unlock("k", seen->id));
    CHECK(code(operator_.store.force_unlock("k", seen->id)) == Errc::lost);
    CHECK_FALSE(operator_.store.holder("k").value());
    auto next = operator_.store.lock("k", {.timeout = Duration(0)}).value();
    CHECK(next.epoch() > held.epoch());
    CHECK(code(held.update(add)) == Errc::fenced);
    CHECK(code(held.release()) == Errc::lost);
    CHECK(operator_.store.holder("k").value()->id == next.guard().id());
    CHECK((*next.get())->value() == "+");
}

TEMPLATE_TEST_CASE("leases: purposes", "[lease]", Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType> process(storage, 1);
    auto const shown = [&](std::string_view purpose) {
        auto const held = process.store.lock("k", {.purpose = purpose}).value();
        return process.store.holder("k").value()->purpose;
    };
    CHECK(shown("") == "");
    CHECK(shown("not \xff UTF-8") == "not ");
    CHECK(shown(std::string(255, 'x') + "\xc3\xa9") == std::string(255, 'x'));
}

TEMPLATE_TEST_CASE("leases: they go with states of the last writer", "[lease]", Embedded, OwnSlot) {
    LateStorage const storage;
    Process<TestType, LastWriterWins> process(storage, 1);
    Process<TestType> careful(storage, 2);
    auto held = process.store.lock("k").value();
    REQUIRE(held.put("1"));
    REQUIRE(held.put("2"));
    REQUIRE(held.remove());
    REQUIRE(held.put("3"));
    REQUIRE(held.release());
    REQUIRE(process.store.put("k", "4"));
    CHECK((*process.store.get("k"))->value() == "4");
    CHECK(code(careful.store.update("k", add)) == Errc::incompatible);
    CHECK_FALSE(process.store.holder("k").value());
    // a lock alone makes a record nobody's
    { auto const lock = careful.store.lock("other").value(); }
    CHECK(process.store.put("other", "1"));
}

TEMPLATE_TEST_CASE("leases: requests of every operation", "[lease]", Embedded, OwnSlot) {
    constexpr bool own = std::same_as<TestType, OwnSlot>;
    LateStorage const storage;
    LateWorld& world = storage.world();
    Process<TestType> process(storage, 1), thief(storage, 2);
    unsigned before = 0;
    auto const cost = [&] { return world.operations() - std::exchange(before, world.operations()); };
    REQUIRE(process.store.update("k", add));
    CHECK(cost() == (own ? 5 : 3));  // new
    REQUIRE(process.store.update("k", add));
    CHECK(cost() == (own ? 5 : 3));
    REQUIRE(process.store.create("new", "1"));
    CHECK(cost() == (own ? 5 : 3));
    REQUIRE(process.store.replace(**process.store.get("k"), "2"));
    CHECK(cost() == 1 + (own ? 4 : 3));
    REQUIRE(process.store.get("k"));
    CHECK(cost() == 1);
    REQUIRE(process.store.holder("k"));
    CHECK(cost() == 1);
    REQUIRE(process.store.update("k", [](std::string&) {}));  // nothing to write: the lease is given back
    CHECK(cost() == (own ? 4 : 3));

    auto held = process.store.lock("k").value();
    CHECK(cost() == 2);
    REQUIRE(held.update(add));
    CHECK(cost() == (own ? 2 : 1));
    REQUIRE(held.update(add));
    CHECK(cost() == 1);
    REQUIRE(held.renew());
    CHECK(cost() == 1);
    REQUIRE(held.update(add));
    CHECK(cost() == 1);
    REQUIRE(held.release());
    CHECK(cost() == 1);

    REQUIRE(process.store.lock("new").value().guard().epoch() != 0);
    (void)cost();
    auto dead = process.store.lock("k").value();
    (void)cost();
    unsigned sleeps = thief.env.sleeps();
    auto const stolen = thief.store.lock("k").value();
    sleeps = thief.env.sleeps() - sleeps;
    // a look before each pause; once that we wait; the step that takes it; OwnSlot: the state read and fenced
    CHECK(cost() == sleeps + 1 + 1 + (own ? 2 : 0));
}

}  // namespace lease_test
