// Broken versioning policies over storages without stamps: those of `CompareContent`.

#include <unit/support/exact_layout.hpp>
#include <zoo/zoo.hpp>

#include <holdfast/object/memory_objects.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/testing/laws/versioning.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/versioning/compare_content.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace zoo {

namespace in_bare_versionings {

using namespace holdfast;
using namespace holdfast::testing;
using Exact = ObjectStorage<LateObjects<MemoryObjects>, holdfast_tests::ExactLayout>;
using Watched = law::Watched<Exact>;
using Id = RecordId const&;
using Base = RecordPtr const&;

Exact storage() { return Exact::open(LateObjects(MemoryObjects())).value(); }

/// Compares content, and is wrong in one way.
struct Broken {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;
    static constexpr bool needs_stamps = false;

    std::function<Result<Commit>(Watched&, Context const&, Id, Base, Change)> commits;

    Result<Commit> commit(Watched& storage, Context const& ctx, Id id, Base base, Change change) {
        return commits(storage, ctx, id, base, std::move(change));
    }
};

Result<Commit> right(Watched& storage, Context const& ctx, Id id, Base base, Change change) {
    return CompareContent().commit(storage, ctx, id, base, std::move(change));
}

Animals all() {
    Animals animals;
    auto const add = [&](char const* law, char const* sin, decltype(Broken::commits) commits) {
        animals.push_back({law, sin, [commits] {
                               auto objects = storage();
                               Broken broken{commits};
                               return check_versioning(broken, objects);
                           }});
    };
    char const* law = "contents_are_stored";
    add(law, "ends what it writes with a new line", [](auto& s, auto& c, Id id, Base base, Change change) {
        if (!change.tombstone) change.payload = Bytes::copy(std::string(change.payload.view()) + "\n");
        return right(s, c, id, base, std::move(change));
    });
    add(law, "leaves out attributes", [](auto& s, auto& c, Id id, Base base, Change change) {
        change.attributes.clear();
        return right(s, c, id, base, std::move(change));
    });
    add(law, "empties what is to be removed", [](auto& s, auto& c, Id id, Base base, Change change) {
        change.tombstone = false;
        return right(s, c, id, base, std::move(change));
    });
    add(law, "returns what was there before", [](auto& s, auto& c, Id id, Base base, Change change) {
        auto done = right(s, c, id, base, std::move(change));
        if (done && done->kind == WriteOutcome::Kind::applied && base) done->now = base;
        return done;
    });
    law = "first_conflicts_are_conflicts";
    add(law, "takes equal content for its own at once", [](auto& s, auto& c, Id id, Base base, Change change) {
        Bytes const mine = change.payload;
        auto done = right(s, c, id, base, std::move(change));
        if (!done || done->kind != WriteOutcome::Kind::conflict) return done;
        auto const now = s.read(c, id);
        if (now && *now && (*now)->payload == mine) return Result<Commit>(Commit::applied(*now));
        return done;
    });
    add(law, "has removed what another has removed", [](auto& s, auto& c, Id id, Base base, Change change) {
        bool const removes = change.tombstone;
        auto done = right(s, c, id, base, std::move(change));
        if (removes && done && done->kind == WriteOutcome::Kind::conflict && !*s.read(c, id)) return Result<Commit>(Commit::applied(nullptr));
        return done;
    });
    add(law, "reads anew after a conflict, and writes over it", [](auto& s, auto& c, Id id, Base base, Change change) {
        auto done = right(s, c, id, base, change);
        if (!done || done->kind != WriteOutcome::Kind::conflict) return done;
        return right(s, c, id, *s.read(c, id), std::move(change));
    });
    law = "failures_are_told";
    add(law, "calls it a conflict if it does not know", [](auto& s, auto& c, Id id, Base base, Change change) {
        auto done = right(s, c, id, base, std::move(change));
        if (done && done->kind == WriteOutcome::Kind::unknown) return Result<Commit>(Commit::conflict());
        return done;
    });
    add(law, "calls it applied if it does not know", [](auto& s, auto& c, Id id, Base base, Change change) {
        auto done = right(s, c, id, base, std::move(change));
        if (done && done->kind == WriteOutcome::Kind::unknown) return Result<Commit>(Commit::applied(nullptr));
        return done;
    });
    add(law, "calls every refusal a conflict", [](auto& s, auto& c, Id id, Base base, Change change) {
        bool const labelled = !change.attributes.empty();
        auto done = right(s, c, id, base, std::move(change));
        if (!done && !labelled) return Result<Commit>(Commit::conflict());
        return done;
    });
    return animals;
}

}  // namespace in_bare_versionings

Animals bare_versionings() { return in_bare_versionings::all(); }

Laws laws_of_bare_versionings() {
    using namespace holdfast;
    auto objects = in_bare_versionings::storage();
    CompareContent compares;
    LastWriterWins overwrites;
    auto const found = holdfast::testing::check_versioning(compares, objects), blind = holdfast::testing::check_versioning(overwrites, objects);
    CHECK(found.text() == "");
    CHECK(blind.text() == "");
    CHECK(blind.checked().size() + 1 == found.checked().size());
    return found.checked();
}

TEST_CASE("zoo: versionings without stamps that are right obey every law", "[zoo]") { CHECK(laws_of_bare_versionings().size() == 3); }
TEST_CASE("zoo: versionings without stamps", "[zoo]") { condemned(bare_versionings()); }

}  // namespace zoo
