#ifndef HOLDFAST_TESTING_LAWS_OBJECTS_HPP
#define HOLDFAST_TESTING_LAWS_OBJECTS_HPP

#include <holdfast/object/explain_objects.hpp>
#include <holdfast/testing/laws/check.hpp>
#include <holdfast/testing/laws/object_ages.hpp>
#include <holdfast/testing/laws/object_bodies.hpp>
#include <holdfast/testing/laws/object_capabilities.hpp>
#include <holdfast/testing/laws/object_conditions.hpp>
#include <holdfast/testing/laws/object_listing.hpp>

namespace holdfast::testing {

/// Every law of `ObjectStore`, and of each concept beyond it that the store models; they are listed on the pages of the
/// concepts, each by its name. A capability that is not there is not asked for.
///
/// The laws use names of their own, below `law/`, and may be checked on a store that is in use. They want one that makes
/// no faults: an `unknown` outcome is a violation here. Time: seconds in memory and in a local directory; 4,000 calls
/// where each takes its time.
template <ObjectStore O>
Findings check_objects(O& objects, LawOptions const& options = {}) {
    return law::check(options, [&](Findings& found) {
        law::puts_are_read(objects, found);
        law::removed_objects_are_absent(objects, found);
        law::bodies_are_bounded(objects, found);
        law::names_are_bytes(objects, found);
        law::readers_see_whole_bodies(objects, found);
        law::failed_puts_change_nothing(objects, found);
        if constexpr (O::conditional_put) law::puts_heed_conditions(objects, found);
        law::removals_heed_revisions(objects, found);
        law::equal_bodies_may_be_one(objects, found);
        if constexpr (O::conditional_put) law::one_put_wins(objects, found);
        law::ages_are_lower_bounds(objects, found);
        law::every_name_is_listed_once(objects, found);
        if constexpr (BulkObjectStore<O>) law::many_are_each(objects, found);
        if constexpr (LargeObjectStore<O>) {
            law::large_bodies_are_bodies(objects, found);
            law::large_puts_heed_conditions(objects, found);
        }
    });
}

/// What is no object store yet: the compiler says what it lacks.
template <class O>
    requires(!ObjectStore<O>)
Findings check_objects(O&, LawOptions const& = {}) {
    static_assert(holdfast::detail::explain_objects<O>());
    return Findings();
}

}  // namespace holdfast::testing

#endif
