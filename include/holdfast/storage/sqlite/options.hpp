#ifndef HOLDFAST_STORAGE_SQLITE_OPTIONS_HPP
#define HOLDFAST_STORAGE_SQLITE_OPTIONS_HPP

#include <holdfast/core/durability.hpp>
#include <holdfast/core/locator.hpp>
#include <holdfast/core/time.hpp>

namespace holdfast {

/// How a `SqliteStorage` is opened.
struct SqliteOptions {
    /// `none`: no sync, and a power loss may damage the whole database; `data`: no sync per write, and a power loss may
    /// take back the last writes, whole and in order; `full`: 1 fdatasync per write.
    ///
    /// The strongest promise that anybody was ever given holds for a database: with `none` it is written as with
    /// `data`, unless it was made so and nobody has opened it with more since (a table `holdfast` says so; a database
    /// of version 0.1 has none). Who wants more while others have it open with `none` is refused: `busy`.
    Durability durability = Durability::full;
    bool create = true;      ///< make the database and its tables if there are none
    bool read_only = false;  ///< only read, also what others write meanwhile, and what lies on read-only media
    bool group = false;      ///< a new database may be read and written by its group: mode 0660 instead of 0600
    Duration patience = std::chrono::seconds(30);  ///< how long `open` waits for others who open it, too
};

namespace detail::sqlite {

inline Result<SqliteOptions> options_of(Locator const& locator) {
    if (auto known = locator.accept({"durability", "create", "mode", "group"}); !known) return std::move(known).error();
    auto const durability = locator.choice("durability", {"full", "data", "none"}, "full");
    if (!durability) return durability.error();
    auto const create = locator.choice("create", {"yes", "no"}, "yes");
    if (!create) return create.error();
    auto const mode = locator.choice("mode", {"rw", "ro"}, "rw");
    if (!mode) return mode.error();
    auto const group = locator.choice("group", {"yes", "no"}, "no");
    if (!group) return group.error();
    SqliteOptions options;
    for (Durability const each : {Durability::none, Durability::data, Durability::full})
        if (*durability == name(each)) options.durability = each;
    options.create = *create == "yes";
    options.read_only = *mode == "ro";
    options.group = *group == "yes";
    return options;
}

}  // namespace detail::sqlite

}  // namespace holdfast

#endif
