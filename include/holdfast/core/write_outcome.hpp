#ifndef HOLDFAST_CORE_WRITE_OUTCOME_HPP
#define HOLDFAST_CORE_WRITE_OUTCOME_HPP

#include <holdfast/core/error.hpp>
#include <holdfast/core/revision.hpp>

#include <utility>

namespace holdfast {

/// What a storage knows of a write that it was asked to make. That it was certainly not made for another reason than
/// its precondition is an `Error` instead.
class WriteOutcome {
public:
    enum class Kind : unsigned char {
        applied,   ///< stored, under `revision()`
        conflict,  ///< the precondition did not hold when the storage looked
        unknown,   ///< it may have been made, may still be made, or may never be; `why()` says what happened
    };

    static WriteOutcome applied(Revision const& revision) noexcept { return {Kind::applied, revision, Error(Errc{})}; }
    static WriteOutcome conflict() noexcept { return {Kind::conflict, {}, Error(Errc::conflict)}; }
    static WriteOutcome unknown(Error why) noexcept { return {Kind::unknown, {}, std::move(why)}; }
    /// The same of a storage that has nothing under way once it has answered, whatever its type says of others.
    WriteOutcome at_rest() && noexcept { return at_rest_ = true, std::move(*this); }

    Kind kind() const noexcept { return kind_; }
    Revision const& revision() const noexcept { return revision_; }
    Error const& why() const noexcept { return why_; }
    /// Whether nothing of it can arrive any more, at `S`: unknown is then only what a power loss would leave of it.
    template <class S>
    bool is_at_rest() const noexcept {
        return at_rest_ || !S::late_writes;
    }

private:
    WriteOutcome(Kind kind, Revision const& revision, Error why) noexcept
        : why_(std::move(why)), revision_(revision), kind_(kind) {}

    Error why_;
    Revision revision_;
    Kind kind_;
    bool at_rest_ = false;
};

}  // namespace holdfast

#endif
