// What a lease leaves in its record for others: marks, epochs, and what is none of its business.

#include <holdfast/core/note.hpp>
#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace lease_marks_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Hooked;
using std::chrono::seconds;

constexpr Duration ttl = seconds(10);
constexpr auto add = [](std::string& text) { text += "+"; };

template <class Placement, class Storage = MemoryStorage>
struct Process {
    using Lock = LeaseLock<Placement>;

    Process(Storage const& storage, std::uint64_t seed)
        : env(seed, "user@host:" + std::to_string(seed)),
          store(storage, Lock({.ttl = ttl}), StoreOptions{seconds(60), &env}) {}

    RecordPtr read(KeyView key, Slot slot) { return store.storage().read(Context(env), RecordId(key, slot)).value(); }

    TestEnvironment env;
    BasicStateStore<std::string, Storage, Lock, CompareAndSwap, holdfast_tests::PlainText> store;
};

template <class R>
Errc code(R const& result) {
    return result ? Errc{} : result.error().code();
}

TEMPLATE_TEST_CASE("leases: that others wait stays known until they have had their turn", "[lease]", Embedded,
                   OwnSlot) {
    MemoryStorage const memory;
    Process<TestType> one(memory, 1), other(memory, 2), third(memory, 3);
    REQUIRE(one.store.create("k", "1"));
    std::optional held(one.store.lock("k").value());
    CHECK(code(other.store.lock("k", {.timeout = seconds(1)})) == Errc::busy);
    REQUIRE(held->release());
    auto left = one.read("k", TestType::slot);
    REQUIRE(left->lease);
    CHECK((!left->lease->held && left->lease->wanted));
    // Whoever takes it next hands the mark on, and who had it last gives way once.
    auto const next = third.store.lock("k").value();
    CHECK(one.read("k", TestType::slot)->lease->wanted);
}

TEMPLATE_TEST_CASE("leases: who had one last gives way once if others wait", "[lease]", Embedded, OwnSlot) {
    MemoryStorage const memory;
    Process<TestType> one(memory, 1), other(memory, 2);
    REQUIRE(one.store.create("k", "1"));
    {
        auto held = one.store.lock("k").value();
        CHECK(code(other.store.lock("k", {.timeout = seconds(1)})) == Errc::busy);
    }
    Duration const before = one.env.elapsed();
    {
        auto const held = one.store.lock("k").value();
        CHECK(one.env.elapsed() > before);
    }
    Duration const after = one.env.elapsed();
    REQUIRE(one.store.lock("k"));  // nobody came
    CHECK(one.env.elapsed() == after);
}

TEMPLATE_TEST_CASE("leases: the attributes of a state are none of their business", "[lease]", Embedded, OwnSlot) {
    MemoryStorage const memory;
    Process<TestType> one(memory, 1), thief(memory, 2);
    Attributes const labels{{"unit", "kW"}};
    REQUIRE(one.store.create("k", "1", {.attributes = &labels}));
    auto held = one.store.lock("k").value();
    REQUIRE(held.renew());
    auto const stolen = thief.store.lock("k").value();  // and a fence, where the lease is apart
    auto const entry = thief.store.get("k").value();
    CHECK(entry->attributes() == labels);
    CHECK(entry->value() == "1");
}

TEMPLATE_TEST_CASE("leases: an epoch that cannot be raised any more is no reason to begin anew", "[lease]", Embedded,
                   OwnSlot) {
    MemoryStorage memory;
    Process<TestType> one(memory, 1);
    Change const last{.same_content = true, .epoch = std::numeric_limits<Epoch>::max()};
    REQUIRE(settle(memory, Context(one.env), RecordId("k", TestType::slot), nullptr, last));
    CHECK(code(one.store.lock("k")) == Errc::malformed);
    CHECK_FALSE(one.read("k", TestType::slot)->lease);
}

TEST_CASE("leases: one whose record was lost goes on above what the state has seen", "[lease]") {
    MemoryStorage memory;
    Process<OwnSlot> one(memory, 1);
    REQUIRE(one.store.update("k", add));
    Epoch const seen = one.read("k", Slot::current)->stamp.epoch;
    REQUIRE(seen == 1);
    REQUIRE(memory.remove(Context(one.env), RecordId("k", Slot::lock), Precondition::none()));
    auto const held = one.store.lock("k").value();
    CHECK(held.epoch() == seen + 1);
    CHECK(one.read("k", Slot::current)->stamp.epoch == held.epoch());
    CHECK(one.read("k", Slot::lock)->stamp.epoch == held.epoch());
}

/// Locks, writes and removes a key. Returns the epoch that it had come to.
Epoch live(Process<OwnSlot>& one, KeyView key) {
    auto held = one.store.lock(key).value();
    REQUIRE(held.update(add));
    REQUIRE(held.remove(**held.get()));
    return held.epoch();
}

TEST_CASE("leases: the first of a key is above the floor of purged epochs, and so is the state's record", "[lease]") {
    MemoryStorage const memory;
    Process<OwnSlot> one(memory, 1), newcomer(memory, 2);
    live(one, "k");
    REQUIRE(one.store.purge("k", Duration::zero()));
    Epoch const floor = one.read(holdfast::detail::epoch_floor_key, Slot::lock)->stamp.epoch;
    CHECK(live(newcomer, "another") == floor + 1);
    // Meanwhile the key comes to the epoch that the newcomer would take next, and is purged; the floor is that, too.
    Epoch const last = live(one, "k");
    REQUIRE(last == floor + 1);
    REQUIRE(one.store.lock(holdfast::detail::epoch_floor_key));
    REQUIRE(one.store.purge("k", Duration::zero()));
    REQUIRE(one.read(holdfast::detail::epoch_floor_key, Slot::lock)->stamp.epoch == last);
    auto const held = newcomer.store.lock("k").value();
    CHECK(held.epoch() > last);
    CHECK(newcomer.read("k", Slot::current)->stamp.epoch == held.epoch());
}

TEST_CASE("leases: a write that may still land is kept out by the next holder, whatever came after it", "[lease]") {
    enum class After { nothing, renewal, blindness };
    for (After const after : {After::nothing, After::renewal, After::blindness}) {
        INFO(static_cast<int>(after));
        LateStorage const far;
        auto const hooks = std::make_shared<Hooked<LateStorage>::Hooks>();
        Process<OwnSlot, Hooked<LateStorage>> one(Hooked(far, hooks), 1);
        Process<OwnSlot, LateStorage> other(far, 2);
        REQUIRE(one.store.create("k", "1"));
        auto held = one.store.lock("k").value();
        bool late = true;
        far.world().on_write = [&](unsigned) { return late ? Delivery::late() : Delivery::intact(); };
        REQUIRE(held.update(add, {.timeout = Duration::zero()}).unknown() != nullptr);
        late = false;
        if (after == After::renewal) REQUIRE(held.renew());
        if (after == After::blindness)
            hooks->refuse = [](Operation const& operation) {
                bool const state = operation.kind == Operation::Kind::read && operation.id->slot == Slot::current;
                return state ? Errc::unavailable : Errc{};
            };
        REQUIRE(held.release());
        auto next = other.store.lock("k").value();
        REQUIRE(far.world().in_flight() == 1);
        far.world().arrive(0);
        CHECK(other.store.get("k").value()->value() == "1");
        REQUIRE(next.update(add));
    }
}

TEMPLATE_TEST_CASE("leases: who waits counts from the last sign of life, and then takes the lease over", "[lease]",
                   Embedded, OwnSlot) {
    MemoryStorage const memory;
    auto const hooks = std::make_shared<Hooked<MemoryStorage>::Hooks>();
    Process<TestType> holder(memory, 1);
    Process<TestType, Hooked<MemoryStorage>> thief(Hooked(memory, hooks), 2);
    REQUIRE(holder.store.create("k", "1"));
    auto held = holder.store.lock("k").value();
    bool renewed = false;
    hooks->before = [&](Operation const& operation) {
        if (operation.kind != Operation::Kind::read || renewed || thief.env.elapsed() < seconds(5)) return;
        renewed = true;
        REQUIRE(held.renew());
    };
    auto const stolen = thief.store.lock("k");
    REQUIRE(renewed);
    REQUIRE(stolen);
    CHECK(thief.env.elapsed() >= seconds(15));
    CHECK(thief.env.elapsed() < seconds(16));
    CHECK(held.update(add).error() == Errc::fenced);
}

TEST_CASE("leases: an operation says to others what it is for", "[lease]") {
    MemoryStorage const memory;
    Process<Embedded> one(memory, 1), other(memory, 2);
    auto const purpose_of = [&](CallOptions const& options) {
        std::string purpose;
        REQUIRE(one.store.update(
            "k",
            [&](std::string& text) {
                purpose = other.store.holder("k").value()->purpose;
                text += "+";
            },
            options));
        return purpose;
    };
    CHECK(purpose_of({.purpose = "the nightly run"}) == "the nightly run");
    CHECK(purpose_of({}) == "update");
}

/// Takes notes of what nobody is told otherwise.
class Noting : public Layer<Noting, Hooked<MemoryStorage>, 3> {
public:
    explicit Noting(Hooked<MemoryStorage> next) : Layer<Noting, Hooked<MemoryStorage>, 3>(std::move(next)) {}

    void note(StoreNote const& note) { *text_ += std::string(note.key.view()) + ": " + note.error.describe(); }
    std::string const& text() const noexcept { return *text_; }

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        return call();
    }

private:
    std::shared_ptr<std::string> text_ = std::make_shared<std::string>();
};

TEST_CASE("leases: one that could not be released is told to who takes notes, and turns no success into failure",
          "[lease]") {
    auto const hooks = std::make_shared<Hooked<MemoryStorage>::Hooks>();
    Process<OwnSlot, Noting> one(Noting(Hooked(MemoryStorage(), hooks)), 1);
    bool wrote = false;
    hooks->refuse = [&](Operation const& operation) {
        if (operation.kind != Operation::Kind::write) return Errc{};
        if (operation.id->slot == Slot::current && !(*operation.record)->stamp.tombstone) wrote = true;
        return operation.id->slot == Slot::lock && wrote ? Errc::permission_denied : Errc{};
    };
    CHECK(one.store.update("k", add));
    CHECK(one.store.storage().text().starts_with("k: permission_denied"));
}

}  // namespace lease_marks_test
