#ifndef HOLDFAST_STORAGE_FILE_KEY_DIRECTORIES_HPP
#define HOLDFAST_STORAGE_FILE_KEY_DIRECTORIES_HPP

#include <holdfast/core/record_id.hpp>
#include <holdfast/format/file_name.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// Which file holds which record: a directory per key, so that writers of different keys do not wait for each other.
///
///     orders/current                          the state
///     orders/lock, orders/retention           the other slots
///     orders/versions/0000000000000007-<id>   earlier states
///
/// Directory names: `detail::to_file_name`.
struct KeyDirectories {
    static constexpr std::string_view layout_name = "key_directories_sha256";

    /// The directory of a key, one name below the root.
    static std::string directory(KeyView key) { return detail::to_file_name(key); }

    /// The key of a directory. No value if the name does not hold it all, or is not one of ours.
    static std::optional<Key> key(std::string_view directory) { return detail::from_file_name(directory); }

    /// Whether a directory may belong to a key that only its records can tell.
    static bool may_be_ours(std::string_view directory) { return detail::is_cut_file_name(directory); }

    /// Directory of the versions inside the one of the key.
    static constexpr char const* versions = "versions";

    /// The name of a record in its directory.
    static std::string file(RecordId const& id) {
        return id.slot == Slot::version ? to_string(id.version) : std::string(name(id.slot));
    }

    static std::optional<VersionId> version(std::string_view file) {
        auto const sequence = detail::from_hex(file.substr(0, 16));
        if (!sequence || file.size() < 18 || file[16] != '-') return std::nullopt;
        auto const id = WriteId::parse(file.substr(17));
        if (!id) return std::nullopt;
        return VersionId{*sequence, *id};
    }
};

namespace detail {

/// The names of directories that were made before long ones ended in a SHA-256: they go on as they are, so that older
/// programs may use them, too.
struct KeyDirectoriesXxh64 : KeyDirectories {
    static constexpr std::string_view layout_name = "key_directories";

    static std::string directory(KeyView key) { return to_file_name(key, xxh64_names); }
    static std::optional<Key> key(std::string_view directory) { return from_file_name(directory, xxh64_names); }
    static bool may_be_ours(std::string_view directory) { return is_cut_file_name(directory, xxh64_names); }
    /// Whether no later layout can have made this name.
    static bool only_ours(std::string_view directory) {
        return may_be_ours(directory) || (directory.size() > max_file_name && key(directory));
    }
};

/// The layout whose directories `L` takes over, with their names. `L` itself: there was none before.
template <class L>
struct EarlierLayout {
    using type = L;
};
template <>
struct EarlierLayout<KeyDirectories> {
    using type = KeyDirectoriesXxh64;
};

}  // namespace detail

/// A way to name files and directories.
///
/// *Laws*: `directory` and `file` give names that differ whenever the ids do, that do not begin with a dot and hold no
/// `/`; `key` and `version` are their inverses (but see `may_be_ours`). `layout_name` is recorded in the directory, so
/// that another layout is refused there: change it whenever the names change.
template <class L>
concept FileLayout = requires(KeyView key, RecordId const& id, std::string_view text) {
    { L::layout_name } -> std::convertible_to<std::string_view>;
    { L::directory(key) } -> std::same_as<std::string>;
    { L::key(text) } -> std::same_as<std::optional<Key>>;
    { L::may_be_ours(text) } -> std::same_as<bool>;
    { L::file(id) } -> std::same_as<std::string>;
    { L::version(text) } -> std::same_as<std::optional<VersionId>>;
    { L::versions } -> std::convertible_to<char const*>;
};

}  // namespace holdfast

#endif
