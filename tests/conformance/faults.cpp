// Every operation of a scenario fails once, before it is made or after: an `Error` means that nothing was written, an
// unknown fate is resolved truthfully, and nothing is counted twice.

#include <holdfast/testing/environment.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <conformance/product.hpp>

namespace conformance::faults {

using Bare = mp_list<MemoryStorage, Files, SqliteStorage, LateStorage, Bucket>;

template <class S, class V>
class Trial {
    using Store = BasicStateStore<std::string, Faulty<S>, NoLock, V, RawBytes>;

public:
    Trial(FaultPlan::How how, bool patient)
        : how_(how),
          store_(Faulty<S>(make<S>(scratch_), plan_),
                 StoreOptions{patient ? Duration(std::chrono::seconds(60)) : Duration(0), &env_}) {}

    /// `prepare`, then `act` with its nth operation failing, for all n; `now` before and after says what is there.
    template <class Prepare, class Act>
    void every(Prepare&& prepare, Act&& act) {
        for (unsigned n = 0; n < 40; ++n) {
            Key const key = *Key::parse("key-" + std::to_string(n));
            plan_->arm(~0u, how_);
            prepare(store_, key);
            std::string const before = text(key);
            plan_->arm(n, how_);
            auto const outcome = act(store_, key);
            bool const touched = plan_->count > n;
            plan_->arm(~0u, how_);
            std::string const after = text(key);
            INFO("operation " << n << ", " << before << " -> " << after);
            CHECK((outcome.applied() || after == before || outcome.unknown()));
            if (outcome.applied()) CHECK(after != before);
            if (outcome.unknown() != nullptr) {
                auto const fate = store_.resolve(*outcome.unknown());
                REQUIRE(fate);
                if (*fate == Fate::applied) CHECK(after != before);
                if (*fate == Fate::never) CHECK(after == before);
            }
            if (!touched) {
                CHECK(outcome.applied());
                CHECK(n > 0);
                return;
            }
        }
        FAIL("the scenario has no end");
    }

    std::string text(KeyView key) {
        auto const entry = store_.get(key);
        REQUIRE(entry);
        return *entry ? (*entry)->value() : "-";
    }

private:
    Scratch scratch_;
    TestEnvironment env_;
    std::shared_ptr<FaultPlan> plan_ = std::make_shared<FaultPlan>();
    FaultPlan::How how_;
    Store store_;
};

template <class S, class V>
void with_every_fault(auto&& prepare, auto&& act) {
    for (auto const how : {FaultPlan::How::before, FaultPlan::How::after})
        for (bool const patient : {true, false}) Trial<S, V>(how, patient).every(prepare, act);
}

constexpr auto nothing = [](auto&, KeyView) {};
constexpr auto there = [](auto& store, KeyView key) { REQUIRE(store.create(key, "1")); };
constexpr auto add = [](std::string& text) { text += "+"; };

TEMPLATE_LIST_TEST_CASE("faults: an operation that fails anywhere tells the truth", "[conformance]", Bare) {
    using V = CompareAndSwap;
    using Fails = Outcome<Entry<std::string>>;
    with_every_fault<TestType, V>(nothing, [](auto& store, KeyView key) { return store.create(key, "new"); });
    with_every_fault<TestType, V>(nothing, [](auto& store, KeyView key) { return store.update(key, add); });
    with_every_fault<TestType, V>(there, [](auto& store, KeyView key) { return store.update(key, add); });
    with_every_fault<TestType, V>(there, [](auto& store, KeyView key) -> Fails {
        auto const entry = store.get(key);
        if (!entry) return entry.error();
        return store.replace(**entry, "2");
    });
    with_every_fault<TestType, V>(there, [](auto& store, KeyView key) -> Outcome<void> {
        auto const entry = store.get(key);
        if (!entry) return entry.error();
        return store.remove(**entry);
    });
    with_every_fault<TestType, LastWriterWins>(nothing, [](auto& store, KeyView key) { return store.put(key, "new"); });
    if constexpr (TransactionalStorage<TestType>)
        with_every_fault<TestType, V>(there, [](auto& store, KeyView key) {
            return store.transaction({key, KeyView("other")}, [](std::span<std::optional<std::string>> states) {
                *states[0] += "+";
                states[1] = states[1] ? *states[1] + "+" : "+";
            });
        });
}

TEMPLATE_LIST_TEST_CASE("faults: a counter that is repeated until it succeeds counts once", "[conformance]", Bare) {
    for (auto const how : {FaultPlan::How::before, FaultPlan::How::after}) {
        Scratch const scratch;
        TestEnvironment env;
        auto const plan = std::make_shared<FaultPlan>();
        BasicStateStore<std::string, Faulty<TestType>, NoLock, CompareAndSwap, RawBytes> store(
            Faulty<TestType>(make<TestType>(scratch), plan), StoreOptions{Duration(0), &env});
        std::size_t counted = 0;
        for (unsigned n = 0; n < 6; ++n) {
            plan->arm(n, how);
            for (bool done = false; !done;) {
                auto const outcome = store.update("counter", add);
                done = outcome.applied();
                if (outcome.unknown() == nullptr) continue;
                auto fate = store.seal(*outcome.unknown());
                while (!fate) fate = store.seal(*outcome.unknown());
                REQUIRE((*fate == Fate::applied || *fate == Fate::never));
                done = *fate == Fate::applied;
            }
            plan->arm(~0u, how);
            CHECK((*store.get("counter"))->value().size() == ++counted);
        }
    }
}

}  // namespace conformance::faults
