// Broken stores. No law sees:
// - one that shows a function the same state twice though nothing hindered its write, now and then: once is looked at;
// - one whose locks are not fair: that is a law of turns, and a courtesy.

#include <zoo/stores/conditions.hpp>
#include <zoo/stores/transactions.hpp>
#include <zoo/stores/updates.hpp>
#include <zoo/stores/verbs.hpp>

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>

namespace zoo {

namespace in_stores {


std::set<std::string>& laws() {
    static std::set<std::string> all;
    static bool const once = [] {
        auto const check = [&](auto&& store) {
            auto const found = check_store(store);
            CHECK(found.text() == "");
            all.insert(found.checked().begin(), found.checked().end());
        };
        check(StateStore<std::string, RawBytes>());
        check(StateStore<std::string, RawBytes, MutexLock>());
        check(StateStore<Bytes, RawBytes, LeaseLock<>, History<>>());
        check(StateStore<std::string, RawBytes, LastWriterWins>());
        check(StateStore<std::string, RawBytes, LateStorage>());
        check(Watching());
        check(Putting());
        return true;
    }();
    (void)once;
    return all;
}

}  // namespace in_stores

Animals stores() {
    using namespace in_stores;
    StorePen pen;
    of_verbs(pen);
    of_conditions(pen);
    of_updates(pen);
    of_transactions(pen);
    return pen.take();
}
Laws laws_of_stores() { return {in_stores::laws().begin(), in_stores::laws().end()}; }

TEST_CASE("zoo: stores that are right obey every law", "[zoo]") { CHECK(laws_of_stores().size() == 16); }
TEST_CASE("zoo: stores", "[zoo]") { condemned(stores()); }

}  // namespace zoo
