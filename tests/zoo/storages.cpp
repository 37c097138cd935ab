// Storages that are right, of every shape, and how those that are not are judged.

#include <zoo/storages.hpp>

#include <holdfast/storage/file.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/scratch.hpp>

namespace zoo {

using holdfast_tests::Scratch;

using namespace holdfast::testing;

Findings judged(Breaking const& broken) {
    Ark ark;
    broken(ark);
    return check_storage(ark, {.patience = std::chrono::seconds(3)});
}

Animals storages() {
    Animals all;
    for (auto const& some : {storages_of_records(), storages_of_conditions(), storages_of_listings(),
                             storages_of_batches(), storages_of_capabilities(), storages_of_answers(),
                             storages_of_bytes(), storages_of_crowds(), storages_of_watchers()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

namespace {

Laws obeys(auto storage) {
    auto const found = check_storage(storage);
    CHECK(found.text() == "");
    CHECK(found.unchecked().empty());
    return found.checked();
}

/// What a storage must have, and nothing else.
template <class S>
struct Narrow {
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = S::conditional, attributed = S::attributed, late_writes = S::late_writes;
    S storage{};
    Result<RecordPtr> read(Context const& ctx, RecordId const& id) { return storage.read(ctx, id); }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return storage.write(ctx, id, record, when);
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        return storage.remove(ctx, id, when);
    }
};

/// As some services list: so many are looked at, and of these those that nobody asked for are left out. It is in use.
Ark filtering() {
    Ark ark;
    for (int i = 0; i < 1'100; ++i) {
        Key const other = *Key::parse("in use " + std::to_string(i));
        (void)ark.right_write(RecordId(other), law::make_record(other, "x"), Precondition::none());
    }
    ark.on_list = [](Ark& right, ListRequest const& request) {
        auto page = right.right_list({.slot = request.slot, .cursor = request.cursor, .limit = request.limit});
        if (page)
            std::erase_if(page->records, [&](Listed const& one) {
                std::string_view const key = one.key.view();
                return request.whole_key ? key != request.prefix : !key.starts_with(request.prefix);
            });
        return page;
    };
    return ark;
}

}  // namespace

Laws laws_of_storages() { return obeys(Ark()); }

TEST_CASE("zoo: storages of every shape that are right obey the laws", "[zoo]") {
    Scratch const scratch;
    obeys(MemoryStorage());
    obeys(Ark());
    obeys(filtering());
    obeys(BasicArk<true, false>());
    obeys(BasicArk<false, true>());
    obeys(BasicArk<false, false>());
    obeys(Narrow<Ark>());
    obeys(Narrow<BasicArk<false, false>>());
    obeys(OneOf<MemoryStorage, LateStorage>(LateStorage()));
    obeys(Faulty<MemoryStorage>(MemoryStorage(), std::make_shared<FaultPlan>()));
    obeys(LateStorage(std::make_shared<LateWorld>(FarRevisions::counter)));
    obeys(FileStorage<SlotFirst, Durability::none>::open(scratch / "files").value());
    obeys(SqliteStorage::open(scratch / "state.db").value());
}

}  // namespace zoo
