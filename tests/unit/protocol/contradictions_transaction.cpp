// A transaction over keys of which only some are there is found out as soon as any that could be written.

#include <holdfast/layer/layer.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace contradictions_transaction_test {

using namespace holdfast;
using std::chrono::minutes;

/// Refuses every batch although its preconditions hold.
class Refusing : public Layer<Refusing, MemoryStorage, 1> {
public:
    Refusing() : Layer<Refusing, MemoryStorage, 1>(MemoryStorage()) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if constexpr (std::is_same_v<R, Result<WriteOutcome>>)
            if (operation.kind == Operation::Kind::write_all) return WriteOutcome::conflict();
        return call();
    }
};

TEST_CASE("contradictions: of keys of which one is there a transaction is refused few times", "[core]") {
    testing::TestEnvironment env;
    StateStore<std::string, Refusing, RawBytes> store(Refusing(), StoreOptions{minutes(10), &env});
    REQUIRE(store.create("a", "1"));
    for (bool const last : {false, true}) {
        int runs = 0;
        KeyView const there("a"), absent("b");
        auto const done = store.transaction({last ? absent : there, last ? there : absent},
                                            [&](std::span<std::optional<std::string>> states) {
                                                ++runs;
                                                for (auto& state : states) state = "2";
                                            });
        INFO(last);
        REQUIRE_FALSE(done);
        CHECK(done.error() == Errc::store_violates_conditions);
        CHECK(runs <= 3);
    }
}

}  // namespace contradictions_transaction_test
