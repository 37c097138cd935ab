#ifndef HOLDFAST_CORE_DURABILITY_HPP
#define HOLDFAST_CORE_DURABILITY_HPP

#include <string_view>

namespace holdfast {

/// What a write that was applied survives. A killed process costs nothing in any of the three.
enum class Durability : unsigned char {
    none,  ///< nothing is synced: a power loss may take back the last writes, and may damage what is stored
    data,  ///< a power loss may take back the last writes, but leaves whole what it leaves
    full,  ///< `applied` survives a power loss
};

constexpr std::string_view name(Durability durability) noexcept {
    switch (durability) {
        case Durability::none: return "none";
        case Durability::data: return "data";
        case Durability::full:
        default: return "full";
    }
}

}  // namespace holdfast

#endif
