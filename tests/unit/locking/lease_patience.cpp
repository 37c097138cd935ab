// LeaseLock: what a storage cannot answer while somebody waits is no reason to give up, and who waits is told why.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace lease_patience_test {

using namespace holdfast;
using holdfast::testing::TestEnvironment;
using std::chrono::seconds;

struct Trouble {
    Errc code{};
    unsigned reads = 0, from = ~0u, until = 0;
};
/// Some of whose reads end with an error.
class Troubled : public Layer<Troubled, MemoryStorage, 1> {
public:
    Troubled(MemoryStorage const& memory, std::shared_ptr<Trouble> trouble)
        : Layer<Troubled, MemoryStorage, 1>(memory), trouble_(std::move(trouble)) {}

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        if constexpr (std::is_same_v<R, Result<RecordPtr>>) {
            unsigned const read = trouble_->reads++;
            if (read >= trouble_->from && read < trouble_->until) return Error(trouble_->code, "planned");
        }
        return call();
    }

private:
    std::shared_ptr<Trouble> trouble_;
};

using Lock = LeaseLock<OwnSlot>;
using Store = BasicStateStore<std::string, Troubled, Lock, CompareAndSwap, holdfast_tests::PlainText>;

TEST_CASE("leases: a storage that is busy, slow or away for a while does not end a wait", "[lease]") {
    for (Errc const code : {Errc::unavailable, Errc::busy, Errc::timed_out, Errc::permission_denied}) {
        auto const trouble = std::make_shared<Trouble>();
        trouble->code = code;
        Troubled const storage(MemoryStorage(), trouble);
        TestEnvironment env(1), other(2, "other@host:2");
        Store holder(storage, Lock({.ttl = seconds(5)}), StoreOptions{seconds(60), &env});
        Store waiter(storage, Lock({.ttl = seconds(5)}), StoreOptions{seconds(60), &other});
        REQUIRE(holder.create("k", "1"));
        auto const held = holder.lock("k");
        REQUIRE(held);
        trouble->reads = 0;
        trouble->from = 1;  // of the waiter's looks all but the first, for a while
        trouble->until = 4;
        auto const taken = waiter.lock("k");
        INFO(name(code));
        CHECK(trouble->reads > 1);
        if (code == Errc::permission_denied) CHECK((!taken && taken.error() == code));
        else CHECK(taken);
    }
}

TEST_CASE("leases: a transaction without a purpose is shown as one", "[lease]") {
    auto const trouble = std::make_shared<Trouble>();
    Troubled const storage(MemoryStorage(), trouble);
    TestEnvironment env(1);
    Store store(storage, Lock({.ttl = seconds(5)}), StoreOptions{seconds(60), &env});
    REQUIRE(store.create("k", "1"));
    std::string shown;
    auto const look = [&](std::span<std::optional<std::string>>) {
        auto const holder = store.holder("k");
        if (holder && *holder) shown = (*holder)->purpose;
    };
    REQUIRE(store.transaction({"k"}, look));
    CHECK(shown == "transaction");
    REQUIRE(store.transaction({"k"}, look, {.purpose = "nightly"}));
    CHECK(shown == "nightly");
}

}  // namespace lease_patience_test
