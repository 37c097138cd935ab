#include <holdfast/core/precondition.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>

namespace precondition_test {

using namespace holdfast;

/// Stored under a revision, and no record.
struct Object {
    Revision revision;
};

TEST_CASE("a precondition is about whatever is stored under a revision", "[core]") {
    auto const one = std::make_shared<Object>(Object{Revision(WriteId(1, 1))});
    Object const two{Revision(WriteId(1, 2))};
    Object const* const nothing = nullptr;

    auto const still_one = Precondition::unchanged_since(one);
    CHECK(still_one.holds(one.get()));
    CHECK(!still_one.holds(&two));
    CHECK(!still_one.holds(nothing));

    auto const still_nothing = Precondition::unchanged_since(std::shared_ptr<Object const>());
    CHECK(still_nothing.kind() == Precondition::Kind::absent);
    CHECK(still_nothing.holds(nothing));
    CHECK(!still_nothing.holds(&two));

    CHECK(Precondition::none().holds(nothing));
    CHECK(Precondition::none().holds(&two));
}

}  // namespace precondition_test
