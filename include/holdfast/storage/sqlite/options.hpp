#ifndef HOLDFAST_STORAGE_SQLITE_OPTIONS_HPP
#define HOLDFAST_STORAGE_SQLITE_OPTIONS_HPP

#include <holdfast/core/locator.hpp>
#include <holdfast/core/time.hpp>

namespace holdfast {

/// How a `SqliteStorage` is opened.
struct SqliteOptions {
    /// What survives what. Every choice survives a killed process; none can damage the database but `none`.
    enum class Durability : unsigned char {
        full,  ///< a write that was reported survives a power loss; 1 fdatasync per write
        data,  ///< a power loss may take back the last writes, whole and in order; no sync per write
        none,  ///< a power loss may damage the database; no sync at all
    };

    Durability durability = Durability::full;
    bool create = true;                            ///< make the database and its tables if there are none
    Duration patience = std::chrono::seconds(30);  ///< how long `open` waits for others who open it, too
};

namespace detail::sqlite {

inline Result<SqliteOptions> options_of(Locator const& locator) {
    if (auto known = locator.accept({"durability", "create"}); !known) return std::move(known).error();
    auto const durability = locator.choice("durability", {"full", "data", "none"}, "full");
    if (!durability) return durability.error();
    auto const create = locator.choice("create", {"yes", "no"}, "yes");
    if (!create) return create.error();
    SqliteOptions options;
    using Durability = SqliteOptions::Durability;
    options.durability = *durability == "full"   ? Durability::full
                         : *durability == "data" ? Durability::data
                                                 : Durability::none;
    options.create = *create == "yes";
    return options;
}

}  // namespace detail::sqlite

}  // namespace holdfast

#endif
