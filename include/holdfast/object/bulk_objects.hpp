#ifndef HOLDFAST_OBJECT_BULK_OBJECTS_HPP
#define HOLDFAST_OBJECT_BULK_OBJECTS_HPP

#include <holdfast/object/object_store.hpp>

#include <vector>

namespace holdfast {

/// What to remove, of several.
struct ObjectRemoval {
    std::string_view name;
    Precondition when = Precondition::none();
};

/// An object store that does many things at once.
///
/// - `std::vector<Result<Fetched>> get_many(Context const&, std::span<ObjectRead const>)`
/// - `std::vector<Result<WriteOutcome>> remove_many(Context const&, std::span<ObjectRemoval const>)`
/// - `std::size_t at_once() const`: how many of them it does beside each other; who has more of them asks for so many,
///   and looks at his time between.
///
/// *Laws*
/// - `many_are_each`: each result is that of the single call, in the order of the requests; one that fails does not
///   change the others. They are not one step.
///
/// *Models*: `MemoryObjects`, `testing::LateObjects` over one.
template <class O>
concept BulkObjectStore =
    ObjectStore<O> && requires(O& o, O const& fixed, Context const& c, std::span<ObjectRead const> reads,
                               std::span<ObjectRemoval const> removals) {
        { o.get_many(c, reads) } -> std::same_as<std::vector<Result<Fetched>>>;
        { o.remove_many(c, removals) } -> std::same_as<std::vector<Result<WriteOutcome>>>;
        { fixed.at_once() } -> std::same_as<std::size_t>;
    };

}  // namespace holdfast

#endif
