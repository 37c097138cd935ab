#ifndef HOLDFAST_CORE_PRECONDITION_HPP
#define HOLDFAST_CORE_PRECONDITION_HPP

#include <holdfast/core/revision.hpp>

#include <concepts>
#include <memory>

namespace holdfast {

/// What is stored under a revision: a record, or whatever else a precondition may be about.
///
/// *Minimal complete definition*: a member `Revision revision`.
/// *Models*: `Record`.
template <class T>
concept Revised = requires(T const& stored) {
    { stored.revision } -> std::same_as<Revision const&>;
};

/// What must hold at the moment of a write for it to take effect.
class Precondition {
public:
    enum class Kind : unsigned char { none, absent, matches };

    static Precondition none() noexcept { return {Kind::none, {}}; }
    static Precondition absent() noexcept { return {Kind::absent, {}}; }
    static Precondition matches(Revision const& revision) noexcept { return {Kind::matches, revision}; }
    /// That what is stored is still `base`; that there is still nothing, if `base` is null.
    template <Revised T>
    static Precondition unchanged_since(std::shared_ptr<T> const& base) noexcept {
        return base ? matches(base->revision) : absent();
    }

    Kind kind() const noexcept { return kind_; }
    Revision const& revision() const noexcept { return revision_; }

    /// Whether it holds while `current` (null if absent) is stored. Tombstones are present.
    template <Revised T>
    bool holds(T const* current) const noexcept {
        if (kind_ == Kind::absent) return current == nullptr;
        if (kind_ == Kind::matches) return current != nullptr && current->revision == revision_;
        return true;
    }

private:
    Precondition(Kind kind, Revision const& revision) noexcept : kind_(kind), revision_(revision) {}

    Kind kind_;
    Revision revision_;
};

namespace detail {

/// Of what stores and of what is stored in: it says of this object whether removals honour `matches`.
template <class T>
concept AnswersOfRemovals = requires(T const& fixed) {
    { fixed.removes_conditionally() } -> std::same_as<bool>;
};
/// It does, or does not mean to: what has the name and another shape would be passed over in silence.
template <class T>
concept CanBeAskedOfRemovals = AnswersOfRemovals<T> || !requires { &T::removes_conditionally; };

}  // namespace detail

}  // namespace holdfast

#endif
