#ifndef HOLDFAST_CORE_PRECONDITION_HPP
#define HOLDFAST_CORE_PRECONDITION_HPP

#include <holdfast/core/record.hpp>

namespace holdfast {

/// What must hold at the moment of a write for it to take effect.
class Precondition {
public:
    enum class Kind : unsigned char { none, absent, matches };

    static Precondition none() noexcept { return {Kind::none, {}}; }
    static Precondition absent() noexcept { return {Kind::absent, {}}; }
    static Precondition matches(Revision const& revision) noexcept { return {Kind::matches, revision}; }
    /// That the record is still `base`; that there is still none, if `base` is null.
    static Precondition unchanged_since(RecordPtr const& base) noexcept {
        return base ? matches(base->revision) : absent();
    }

    Kind kind() const noexcept { return kind_; }
    Revision const& revision() const noexcept { return revision_; }

    /// Whether it holds while `current` (null if absent) is stored. Tombstones are present.
    bool holds(Record const* current) const noexcept {
        if (kind_ == Kind::absent) return current == nullptr;
        if (kind_ == Kind::matches) return current != nullptr && current->revision == revision_;
        return true;
    }

private:
    Precondition(Kind kind, Revision const& revision) noexcept : kind_(kind), revision_(revision) {}

    Kind kind_;
    Revision revision_;
};

}  // namespace holdfast

#endif
