// The laws of history, and policies that break them.

#include <holdfast/versioning/history.hpp>

#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/history.hpp>
#include <holdfast/testing/laws/versioning.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>

namespace history_laws_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Apart;

TEST_CASE("history: the laws, and what breaks them", "[history]") {
    History<> history;
    MemoryStorage memory;
    CHECK(check_history(history, memory).text() == "");
    Apart<MemoryStorage> apart;
    CHECK(check_history(history, apart).text() == "");
    for (auto const revisions : {LateRevisions::write_ids, LateRevisions::content, LateRevisions::counter}) {
        LateStorage late(std::make_shared<LateWorld>(revisions));
        CHECK(check_history(history, late).text() == "");
    }
}

/// Archives after the head has moved.
struct Afterwards : History<> {
    template <ConditionalStorage S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        bool const replaces = base && !base->stamp.tombstone && !change.same_content;
        change.discipline = discipline;
        auto done = settle(storage, ctx, id, base, std::move(change));
        if (replaces && done && done->kind == WriteOutcome::Kind::applied) {
            auto const version = holdfast::detail::archive_of(base);
            (void)storage.write(ctx, version.id, version.record, version.when);
        }
        return done;
    }
};
/// Archives first, and does not look what became of it.
struct Unconfirmed : History<> {
    template <ConditionalStorage S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        if (base && !base->stamp.tombstone && !change.same_content) {
            auto const version = holdfast::detail::archive_of(base);
            (void)storage.write(ctx, version.id, version.record, version.when);
        }
        change.discipline = discipline;
        return settle(storage, ctx, id, base, std::move(change));
    }
};
/// Writes the new state as a version first: who loses leaves an orphan. Here: archives also what is written anew.
struct Eager : History<> {
    template <ConditionalStorage S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        if (base && !base->stamp.tombstone) {
            Write const version = holdfast::detail::archive_of(base);
            if (auto kept = holdfast::detail::keep_versions(storage, ctx, {&version, 1}); !kept)
                return std::move(kept).error();
        }
        change.discipline = discipline;
        return settle(storage, ctx, id, base, std::move(change));
    }
};

TEST_CASE("history: policies that break the laws are found out", "[history]") {
    MemoryStorage memory;
    Afterwards afterwards;
    CHECK(check_history(afterwards, memory).text() != "");
    Unconfirmed unconfirmed;
    CHECK(check_history(unconfirmed, memory).text() != "");
    Eager eager;
    CHECK(check_history(eager, memory).text() != "");
}

}  // namespace history_laws_test
