#ifndef HOLDFAST_OBJECT_OBJECT_LAYOUT_HPP
#define HOLDFAST_OBJECT_OBJECT_LAYOUT_HPP

#include <holdfast/core/listing.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/format/slot_first.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// How records are named in an object store, and whether they are framed.
///
/// *Minimal complete definition*
/// - `static constexpr bool framed`: objects are frames (`format/frame.hpp`), which keep all that a record has. Else they
///   are the payload's bytes and nothing more, as other programs want them: then there are no stamps.
/// - `static constexpr std::string_view layout_name`: of framed ones; it is noted beside the records (`LayoutMark`)
/// - `name(RecordId const&)`: `std::string`, or a `Result` of one where there are ids that it has no name for
/// - `std::string prefix(ListRequest const&)`: with what the names of all begin that are asked for
/// - `std::optional<RecordName> parse(std::string_view)`: what a name stands for
///
/// *Laws*: `name` gives names that differ whenever the ids do, legal in every store (`ObjectStore`), of at most 254 bytes;
/// `parse` is its inverse, and has no value for any other; `prefix` is one of each name that is asked for. Whoever changes
/// the names changes `layout_name`.
///
/// *Models*: `SlotFirst`.
template <class L>
concept ObjectLayout = requires(RecordId const& id, ListRequest const& request, std::string_view text) {
    { L::framed } -> std::convertible_to<bool>;
    { L::name(id) } -> std::convertible_to<Result<std::string>>;
    { L::prefix(request) } -> std::same_as<std::string>;
    { L::parse(text) } -> std::same_as<std::optional<RecordName>>;
} && (!L::framed || requires {
    { L::layout_name } -> std::convertible_to<std::string_view>;
});

}  // namespace holdfast

#endif
