// Broken policies of history. No law sees:
// - one that keeps a version twice under other names: nobody asks for those, and storages that cannot list hide them.

#include <zoo/histories/pins.hpp>
#include <zoo/histories/versions.hpp>
#include <unit/support/scratch.hpp>

#include <holdfast/storage/file.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>

#include <set>

namespace zoo {

using holdfast_tests::Scratch;

namespace in_histories {

using holdfast_tests::Apart;

std::set<std::string>& laws() {
    static std::set<std::string> all;
    static bool const once = [] {
        History<> history;
        History<KeepLast<3>> some;
        auto const check = [&](auto& versioning, auto& storage) {
            auto const found = check_history(versioning, storage);
            CHECK(found.text() == "");
            all.insert(found.checked().begin(), found.checked().end());
        };
        MemoryStorage memory;
        check(history, memory);
        check(some, memory);
        for (auto const revisions : {FarRevisions::write_ids, FarRevisions::content, FarRevisions::counter}) {
            LateStorage far(std::make_shared<LateWorld>(revisions));
            check(history, far);
        }
        Scratch const scratch;
        using Files = FileStorage<SlotFirst, Durability::none>;
        using Local = OneOf<Files, SqliteStorage>;
        Local files(Files::open(scratch / "files").value());
        check(history, files);
        Local database(SqliteStorage::open(scratch / "state.db", {.durability = Durability::none}).value());
        check(history, database);
        Apart<Local> apart(files);
        check(history, apart);
        return true;
    }();
    (void)once;
    return all;
}

}  // namespace in_histories

Animals histories() {
    using namespace in_histories;
    HistoryPen pen;
    of_versions(pen);
    of_pins(pen);
    return pen.take();
}
Laws laws_of_histories() { return {in_histories::laws().begin(), in_histories::laws().end()}; }

TEST_CASE("zoo: histories that are right obey every law", "[zoo]") { CHECK(laws_of_histories().size() == 8); }
TEST_CASE("zoo: histories", "[zoo]") { condemned(histories()); }

}  // namespace zoo
