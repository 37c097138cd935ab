// Broken versioning policies. No law sees:
// - one that reads more often than it must, or writes what it need not: that is cost, and counted by tests of its own;
// - one that puts a wrong text beside a right code.

#include <unit/support/scratch.hpp>
#include <zoo/ark.hpp>
#include <zoo/versionings/batches.hpp>
#include <zoo/versionings/fates.hpp>
#include <zoo/versionings/members.hpp>
#include <zoo/versionings/races.hpp>
#include <zoo/versionings/rules.hpp>

#include <holdfast/storage/file.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>

namespace zoo {

using holdfast_tests::Scratch;

namespace in_versionings {

/// What is right, over storages of every shape.
template <class V>
void obeys(V versioning, std::set<std::string>& laws) {
    auto const check = [&](auto& storage) {
        auto const found = check_versioning(versioning, storage);
        CHECK(found.text() == "");
        laws.insert(found.checked().begin(), found.checked().end());
    };
    MemoryStorage memory;
    check(memory);
    LateStorage far;
    check(far);
    Scratch const scratch;
    using Files = FileStorage<SlotFirst, Durability::none>;
    using Local = OneOf<Files, SqliteStorage>;
    Local files(Files::open(scratch / "files").value());
    check(files);
    Local database(SqliteStorage::open(scratch / "state.db", {.durability = Durability::none}).value());
    check(database);
    Ark opaque;  // it names writes in its own way, batches among them
    opaque.store = [count = std::make_shared<std::atomic<unsigned>>(0)](RecordId const&, Record& record, Record const*,
                                                                         Ark::Call) {
        record.revision = *Revision::parse("row-" + std::to_string(++*count));
    };
    check(opaque);
}

std::set<std::string>& laws() {
    static std::set<std::string> all;
    static bool const once =
        (obeys(CompareAndSwap(), all), obeys(LastWriterWins(), all), obeys(History<>(), all), true);
    (void)once;
    return all;
}

}  // namespace in_versionings

Animals versionings() {
    using namespace in_versionings;
    Pen pen;
    of_members(pen);
    of_rules(pen);
    of_races(pen);
    of_fates(pen);
    of_batches(pen);
    return pen.take();
}
Laws laws_of_versionings() { return {in_versionings::laws().begin(), in_versionings::laws().end()}; }

TEST_CASE("zoo: versionings that are right obey every law", "[zoo]") { CHECK(laws_of_versionings().size() == 18); }
TEST_CASE("zoo: versionings", "[zoo]") { condemned(versionings()); }

}  // namespace zoo
