#ifndef HOLDFAST_OBJECT_EXPLAIN_OBJECTS_HPP
#define HOLDFAST_OBJECT_EXPLAIN_OBJECTS_HPP

#include <holdfast/object/bulk_objects.hpp>
#include <holdfast/object/large_objects.hpp>
#include <holdfast/object/object_layout.hpp>
#include <holdfast/object/object_store.hpp>

// What the compiler says of what cannot keep or name objects.
namespace holdfast::detail {

template <class O>
consteval bool explain_objects() {
    static_assert(std::move_constructible<O>, "holdfast: an object store is moved to where it is used, and this cannot be");
    static_assert(CanGetObject<O>, "holdfast: an object store needs 'Result<Fetched> get(Context const&, ObjectRead const&)'");
    static_assert(CanPutObject<O>,
                  "holdfast: an object store needs 'Result<WriteOutcome> put(Context const&, std::string_view name, BodyParts, "
                  "Precondition const&)'");
    static_assert(CanRemoveObject<O>,
                  "holdfast: an object store needs 'Result<WriteOutcome> remove(Context const&, std::string_view name, "
                  "Precondition const&)'");
    static_assert(CanListObjects<O>,
                  "holdfast: an object store needs 'Result<ObjectPage> list(Context const&, ObjectQuery const&)'");
    static_assert(SaysWhatItHonours<O>,
                  "holdfast: an object store says with 'static constexpr bool' conditional_put, conditional_remove and "
                  "late_writes what it honours, and whether a write whose reply was lost may land later");
    static_assert(CanBeAskedOfRemovals<O>,
                  "holdfast: 'removes_conditionally' is there, and nobody would ask it: it is 'bool removes_conditionally() const'");
    static_assert(!ObjectStore<O> || BulkObjectStore<O> || !(requires { &O::get_many; } || requires { &O::remove_many; }),
                  "holdfast: 'get_many' or 'remove_many' is there, and nobody would use it: an object store that does many "
                  "things at once has both, and 'at_once', as BulkObjectStore says");
    static_assert(!ObjectStore<O> || LargeObjectStore<O> || !(requires { &O::get_to; } || requires { &O::put_from; }),
                  "holdfast: 'get_to' or 'put_from' is there, and nobody would use it: an object store for large bodies has "
                  "both, as LargeObjectStore says");
    return ObjectStore<O>;
}

template <class L>
consteval bool explain_layout() {
    static_assert(ObjectLayout<L>,
                  "holdfast: a layout of objects says with 'static constexpr bool framed' whether it keeps stamps (and then "
                  "with 'layout_name' which it is), and has 'name(RecordId const&)', 'std::string prefix(ListRequest "
                  "const&)' and 'std::optional<RecordName> parse(std::string_view)', all static");
    return ObjectLayout<L>;
}

}  // namespace holdfast::detail

#endif
