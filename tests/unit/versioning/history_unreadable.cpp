// A version that may be there and cannot be told is not nothing: who prunes or purges is told so, and all stays.

#include <holdfast/versioning/history.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <string>

namespace history_unreadable_test {

using namespace holdfast;

/// As a directory of versions that cannot be opened.
struct Unreadable : MemoryStorage {
    Result<ListPage> list(Context const& ctx, ListRequest const& request) const {
        auto page = MemoryStorage::list(ctx, request);
        if (!page || request.slot != Slot::version || !*closed) return page;
        page->records.clear();
        page->unreadable.push_back(Error(Errc::permission_denied, "not ours"));
        return page;
    }
    std::shared_ptr<bool> closed = std::make_shared<bool>(false);
};

TEST_CASE("history: versions that cannot be listed are neither pruned nor purged nor taken for none", "[history]") {
    Unreadable storage;
    BasicStateStore<std::string, Unreadable, NoLock, History<>, holdfast_tests::PlainText> store(storage);
    for (int i = 0; i < 5; ++i) REQUIRE(store.update("k", [](std::string& text) { text += '.'; }));
    *storage.closed = true;
    CHECK(store.prune("k", KeepLast<1>()).error() == Errc::permission_denied);
    REQUIRE(store.remove(store.get("k").value().value()));
    auto const purged = store.purge("k", std::chrono::seconds(0));
    REQUIRE_FALSE(purged);
    CHECK(purged.error() == Errc::permission_denied);
    CHECK(store.get("k").value().has_value() == false);

    *storage.closed = false;
    CHECK(store.history("k")->versions.size() == 5);
    CHECK(store.purge("k", std::chrono::seconds(0)));
    CHECK(store.history("k")->versions.empty());
}

}  // namespace history_unreadable_test
