#ifndef HOLDFAST_TESTING_OBJECT_ARCHETYPES_HPP
#define HOLDFAST_TESTING_OBJECT_ARCHETYPES_HPP

#include <holdfast/object/bulk_objects.hpp>
#include <holdfast/object/large_objects.hpp>
#include <holdfast/testing/archetypes.hpp>

namespace holdfast::testing {

template <class Self, bool conditional>
struct ArchetypeOfObjects : Archetype<Self> {
    static constexpr bool conditional_put = conditional;
    static constexpr bool conditional_remove = conditional;
    static constexpr bool late_writes = true;
    Result<Fetched> get(Context const&, ObjectRead const&) { detail::never_called(); }
    Result<WriteOutcome> put(Context const&, std::string_view, BodyParts, Precondition const&) { detail::never_called(); }
    Result<WriteOutcome> remove(Context const&, std::string_view, Precondition const&) { detail::never_called(); }
    Result<ObjectPage> list(Context const&, ObjectQuery const&) { detail::never_called(); }
};

/// `ObjectStore` whose puts and removals heed conditions.
struct ObjectsArchetype : ArchetypeOfObjects<ObjectsArchetype, true> {};
/// … that has none.
struct UnconditionalObjectsArchetype : ArchetypeOfObjects<UnconditionalObjectsArchetype, false> {};
/// … and `BulkObjectStore`.
struct BulkObjectsArchetype : ArchetypeOfObjects<BulkObjectsArchetype, true> {
    std::vector<Result<Fetched>> get_many(Context const&, std::span<ObjectRead const>) { detail::never_called(); }
    std::vector<Result<WriteOutcome>> remove_many(Context const&, std::span<ObjectRemoval const>) {
        detail::never_called();
    }
    std::size_t at_once() const { detail::never_called(); }
};
/// … and `LargeObjectStore`.
struct LargeObjectsArchetype : ArchetypeOfObjects<LargeObjectsArchetype, true> {
    Result<Fetched> get_to(Context const&, ObjectRead const&, int) { detail::never_called(); }
    Result<WriteOutcome> put_from(Context const&, std::string_view, int, std::uint64_t, Precondition const&) {
        detail::never_called();
    }
};

}  // namespace holdfast::testing

#endif
