#ifndef HOLDFAST_PROTOCOL_ATTEMPTS_HPP
#define HOLDFAST_PROTOCOL_ATTEMPTS_HPP

#include <holdfast/concepts/reread.hpp>
#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/backoff.hpp>
#include <holdfast/protocol/turns.hpp>

#include <optional>
#include <string>
#include <utility>

namespace holdfast::detail {

/// Counts conflicts that left everything as it was: others cannot have caused them.
///
/// A revision is never used twice, so a record proves it by its third. Where there is none somebody may have made and
/// removed one each time, and where there are no stamps the same content may have come back: that is believed for longer.
class Contradictions {
public:
    /// After a conflict: whether all is as it was, and what is there, or that nothing is, may have returned. Errors: `store_violates_conditions`.
    Result<void> judge(bool unchanged, bool may_return) {
        count_ = unchanged ? count_ + 1 : 0;
        if (count_ < (may_return ? most_of_what_returns : most)) return {};
        return Error(Errc::store_violates_conditions,
                     "the storage refuses a write although its precondition holds (" + std::to_string(count_) +
                         " times, and nothing had changed): see whether something in it swallows writes, such as a "
                         "trigger; do not use it for conditional writes");
    }

private:
    static constexpr unsigned most = 3, most_of_what_returns = 10;

    unsigned count_ = 0;
};

/// What lies between attempts at a conditional write that others may win: a turn or a pause, and a look.
///
/// Nothing is written on what was read before a pause: on a busy record so many would write meanwhile that the fate of
/// a write over it could not be told.
template <StoragePolicy S>
class Attempts {
public:
    Attempts(S& storage, Context const& ctx, RecordId const& id) noexcept
        : storage_(storage), id_(id), backoff_(backoff_for<S>(ctx)) {}

    /// How many conflicts there were.
    unsigned count() const noexcept { return count_; }

    /// A record that is as fresh as a read.
    void know(RecordPtr record) { seen_ = std::move(record); }

    /// The record now. Errors: those of the read; `store_violates_conditions`.
    Result<RecordPtr> look(Context const& ctx) {
        if (!seen_ && !refused_) return storage_.read(ctx, id_);
        auto now = seen_ ? Result<RecordPtr>(*std::move(seen_)) : storage_.read(ctx, id_);
        seen_.reset();
        if (!now || !refused_) return now;
        auto may = contradictions_.judge(same_revision(*now, *refused_), *now == nullptr || !AttributedStorage<S>);
        refused_.reset();
        if (!may) return std::move(may).error().on(to_string(id_));
        return now;
    }

    /// After a conflict of a write over `base`; `seen`: what was read after it. Errors: `timed_out`, `cancelled`: make
    /// no further attempt.
    Result<void> pause(Context const& ctx, RecordPtr base, std::optional<RecordPtr> seen, Turns<S>* turns = nullptr) {
        ++count_;
        refused_ = std::move(base);
        if (turns != nullptr) {
            auto const taken = turns->take(ctx, {&id_.key, 1});
            if (!taken) return taken.error();
            if (*taken) return {};
        }
        auto more = backoff_.wait();
        if (backoff_.attempts() == 1) seen_ = std::move(seen);  // the first is no pause
        return more;
    }

private:
    S& storage_;
    RecordId id_;
    Backoff backoff_;
    Contradictions contradictions_;
    unsigned count_ = 0;
    std::optional<RecordPtr> seen_, refused_;
};

}  // namespace holdfast::detail

#endif
