#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <memory>
#include <string>

namespace contradictions_test {

using namespace holdfast;
using holdfast::testing::LateStorage;
using holdfast::testing::TestEnvironment;
using std::chrono::minutes;
using std::chrono::seconds;

/// Says "conflict" to every write and makes none, as a trigger or a proxy may.
template <StoragePolicy Next>
class Swallowing : public Layer<Swallowing<Next>, Next, 1> {
public:
    Swallowing(Next next, std::shared_ptr<bool> on) : Layer<Swallowing<Next>, Next, 1>(std::move(next)), on_(on) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if constexpr (std::is_same_v<R, Result<WriteOutcome>>)
            if (*on_ && operation.writes_something()) return WriteOutcome::conflict();
        return call();
    }

private:
    std::shared_ptr<bool> on_;
};

/// Calls `before(writes)` before each operation.
class Rude : public Layer<Rude, MemoryStorage, 1> {
public:
    Rude(MemoryStorage next, std::function<void(bool)> before)
        : Layer<Rude, MemoryStorage, 1>(std::move(next)), before_(std::move(before)) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        before_(operation.writes_something());
        return call();
    }

private:
    std::function<void(bool)> before_;
};

LateStorage late() { return LateStorage(std::make_shared<holdfast::testing::LateWorld>()); }

template <class S>
S fresh() {
    if constexpr (std::is_same_v<S, LateStorage>) return late();
    else return S();
}

TEMPLATE_TEST_CASE("a storage that swallows writes is found out, and nobody else is blamed", "[store]", MemoryStorage,
                   LateStorage) {
    auto const on = std::make_shared<bool>(false);
    using S = Swallowing<TestType>;
    S storage(fresh<TestType>(), on);
    TestEnvironment env;
    using Store = StateStore<std::string, S, RawBytes>;
    Store store(storage, StoreOptions{minutes(10), &env});
    REQUIRE(store.create("k", "1"));
    auto const entry = *store.get("k").value();
    *on = true;

    int runs = 0;
    auto const updated = store.update("k", [&](std::string& text) {
        ++runs;
        text += '+';
    });
    CHECK(updated.error() == Errc::store_violates_conditions);
    CHECK(updated.unknown() == nullptr);
    CHECK(updated.error().subject() == "\"k\"");
    CHECK(runs <= 3);

    // Where nothing is, somebody may have made and removed it: that is believed for longer, and not for ever.
    runs = 0;
    CHECK(store
              .update("absent",
                      [&](std::string& text) {
                          ++runs;
                          text += '+';
                      })
              .error() == Errc::store_violates_conditions);
    CHECK(runs <= 10);
    CHECK(store.create("absent", "1").error() == Errc::store_violates_conditions);
    CHECK(env.elapsed() < seconds(30));

    StateStore<std::string, S, LeaseLock<>, RawBytes> leased(storage, StoreOptions{seconds(5), &env});
    CHECK_FALSE(leased.update("k", [](std::string&) {}));
    *on = false;
    CHECK(**store.get("k").value() == "1");
    CHECK(store.update("k", [](std::string& text) { text += '+'; }));
    CHECK(**store.get("k").value() == "1+");
}

TEST_CASE("a storage that swallows batches is found out", "[store]") {
    auto const on = std::make_shared<bool>(false);
    using S = Swallowing<MemoryStorage>;
    TestEnvironment env;
    StateStore<std::string, S, RawBytes> store(S(MemoryStorage(), on), StoreOptions{minutes(10), &env});
    REQUIRE(store.create("a", "1"));
    *on = true;
    int runs = 0;
    auto const done = store.transaction({"a", "b"}, [&](std::span<std::optional<std::string>> states) {
        ++runs;
        states[0] = "2";
        states[1] = "2";
    });
    CHECK(done.error() == Errc::store_violates_conditions);
    CHECK(runs <= 3);
    CHECK(env.elapsed() < seconds(1));
}

TEST_CASE("rivals who make and remove a record again and again are not taken for a broken storage", "[store]") {
    MemoryStorage memory;
    StateStore<std::string, RawBytes> rival(memory);
    TestEnvironment env;
    int conflicts = 0;
    Rude rude(memory, [&](bool writes) {  // nothing is there when it is read, and something when the write comes
        if (conflicts >= 5) return;
        if (auto const now = rival.get("k").value()) REQUIRE(rival.remove(*now));
        if (!writes) return;
        ++conflicts;
        REQUIRE(rival.create("k", "theirs"));
    });
    StateStore<std::string, Rude, RawBytes> store(rude, StoreOptions{minutes(10), &env});
    CHECK(store.update("k", [](std::string& text) { text = "mine"; }));
    CHECK(conflicts == 5);
    CHECK(**store.get("k").value() == "mine");
}

}  // namespace contradictions_test
