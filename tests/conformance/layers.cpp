// All layers together, over storages that can do everything: none of them takes a capability or a law away.

#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/observe/prometheus.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/layer/traced.hpp>
#include <holdfast/testing/laws.hpp>
#include <holdfast/testing/linearizability.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <conformance/product.hpp>

#include <atomic>

namespace conformance::layers {

std::atomic<bool> two_days_later{false};

/// Also says how old its records are: new, until two days have passed. That counts where writes may come late.
template <StoragePolicy Next>
class Aging : public Layer<Aging<Next>, Next, 1> {
public:
    static constexpr bool late_writes = true;
    using Layer<Aging<Next>, Next, 1>::Layer;
    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        return call();
    }
    Result<Aged> read_aged(Context const& ctx, RecordId const& id) {
        auto now = this->next().read(ctx, id);
        if (!now) return now.error();
        if (!*now) return Aged{};
        return Aged{*std::move(now), std::chrono::hours(two_days_later ? 48 : 0)};
    }
};

template <class S>
using Stack = Cached<Retrying<Observed<Traced<Aging<S>, TraceRecorder>, PrometheusMetrics>>>;

TEMPLATE_TEST_CASE("conformance: all layers together", "[conformance]", Files, SqliteStorage) {
    using S = Stack<TestType>;
    static_assert(ListableStorage<S> && RevalidatingStorage<S> && WatchableStorage<S> && AgingStorage<S> &&
                  HostStorage<S> && TransactionalStorage<S> == TransactionalStorage<TestType>);
    Scratch const scratch;
    two_days_later = false;
    auto const storage = make<TestType>(scratch);
    auto const stack_on = [&](TraceRecorder& trace) {
        return S(Retrying(Observed(Traced(Aging<TestType>(storage), trace), PrometheusMetrics())));
    };
    HistoryRecorder of_laws, of_stores;
    TraceRecorder laws(of_laws, "laws"), stores(of_stores, "stores");
    S tried = stack_on(laws), stack = stack_on(stores);
    CHECK(check_storage(tried).text() == "");
    BasicStateStore<std::string, S, NoLock, CompareAndSwap, RawBytes> plain(stack);
    CHECK(check_store(plain).text() == "");
    BasicStateStore<std::string, S, LeaseLock<>, History<>, RawBytes> careful(stack);
    CHECK(check_store(careful).text() == "");
    auto const entry = careful.create("gone", "soon");
    REQUIRE(entry);
    REQUIRE(careful.remove(*entry));
    CHECK(careful.purge("gone").error() == Errc::busy);
    two_days_later = true;
    CHECK(careful.purge("gone"));
    CHECK(check_linearizability(of_stores.history()).text == "");
}

}  // namespace conformance::layers
