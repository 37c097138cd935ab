#ifndef HOLDFAST_CORE_COMMIT_HPP
#define HOLDFAST_CORE_COMMIT_HPP

#include <holdfast/core/fate.hpp>
#include <holdfast/core/write_outcome.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace holdfast {

/// What a writer wants to become of a record. The stamp is not its business.
struct Change {
    Bytes payload{};
    Attributes attributes{};
    bool tombstone = false;     ///< remove
    bool same_content = false;  ///< the payload is that of the base (fence, seal): sequence and version stay
    Epoch epoch = 0;            ///< of the lock that the writer holds; 0 if it holds none that fences
    Discipline discipline = Discipline::compare_and_swap;

    /// What becomes of the lock that lives in the record.
    enum class LeaseStep : unsigned char { keep, end, set };
    LeaseStep lease_step = LeaseStep::keep;
    LeasePtr lease{};            ///< of `set`
    std::uint64_t restores = 0;  ///< sequence of the version whose content this is once more
};

/// What became of a conditional write, after everything that can be found out was found out.
struct Commit {
    WriteOutcome::Kind kind;
    RecordPtr now{};  ///< applied: what was written; null after a physical removal
    /// What stands there, if it was looked at: after a conflict, or where what was applied has been replaced already.
    std::optional<RecordPtr> seen{};
    std::shared_ptr<UnknownWrite const> write{};  ///< unknown: the handle
    Error why = Error(Errc{});                    ///< unknown: what went wrong on the way

    static Commit applied(RecordPtr record) {
        return {WriteOutcome::Kind::applied, std::move(record), {}, {}, Error(Errc{})};
    }
    static Commit conflict(std::optional<RecordPtr> seen = {}) {
        return {WriteOutcome::Kind::conflict, {}, std::move(seen), {}, Error(Errc::conflict)};
    }
    static Commit unknown(UnknownWrite write, Error why) {
        return {WriteOutcome::Kind::unknown,
                {},
                {},
                std::make_shared<UnknownWrite const>(std::move(write)),
                std::move(why)};
    }
};

}  // namespace holdfast

#endif
