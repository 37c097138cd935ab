#ifndef HOLDFAST_STORAGE_FILE_FILE_LAYOUT_HPP
#define HOLDFAST_STORAGE_FILE_FILE_LAYOUT_HPP

#include <holdfast/core/record_id.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// A way to name files and directories: `area/directory/file`, an area for each slot, a directory for each key.
///
/// *Laws*: `directory` and `file` give names that differ whenever the ids do, that do not begin with a dot and hold no
/// `/`; `key` and `version` are their inverses (but see `may_be_ours`). The areas of the slots differ. `layout_name` is
/// recorded in the directory, so that another layout is refused there: change it whenever the names change.
///
/// *Models*: `SlotFirst`.
template <class L>
concept FileLayout = requires(KeyView key, RecordId const& id, Slot slot, std::string_view text) {
    { L::layout_name } -> std::convertible_to<std::string_view>;
    { L::area(slot) } -> std::convertible_to<std::string_view>;
    { L::directory(key) } -> std::same_as<std::string>;
    { L::key(text) } -> std::same_as<std::optional<Key>>;
    { L::may_be_ours(text) } -> std::same_as<bool>;
    { L::file(id) } -> std::same_as<std::string>;
    { L::version(text) } -> std::same_as<std::optional<VersionId>>;
};

}  // namespace holdfast

#endif
