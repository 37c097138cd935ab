#ifndef HOLDFAST_CORE_TENURE_HPP
#define HOLDFAST_CORE_TENURE_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/fate.hpp>
#include <holdfast/core/record.hpp>

#include <memory>

namespace holdfast {

/// What a lock that is held and the writes under it tell each other. It belongs to the guard; its holder writes one
/// thing at a time.
struct Tenure {
    Epoch epoch = 0;    ///< stamped on every write; a record with a later one refuses it as `fenced`
    Epoch refused = 0;  ///< the later epoch that refused one
    /// It keeps others away for as long as it is held, so that nobody queues who writes under it.
    bool excludes = false;

    /// The lock is this lease and lives in the state record: a write over a record without it is `fenced`.
    bool embedded = false;
    WriteId lease{};
    /// The state record as the holder last wrote or read it; null if that is not known. A write begins from it instead
    /// of a read, and puts what it wrote here. Embedded: known whenever a write begins.
    RecordPtr record{};
    bool absent = false;  ///< it is known that there is none
    /// The next write is the last one. Embedded: it ends the lock at no cost, and says so by `ended`.
    bool ending = false;
    bool ended = false;

    bool wrote = false;  ///< a write was applied since the guard looked
    /// A write whose fate is unknown: it may land after the lock was handed on. Null once a later one was applied.
    std::shared_ptr<UnknownWrite const> doubt{};

    /// How the guard is asked whether it still holds, for as long as an operation lasts: it may move between two.
    /// `anew`: whatever it may rely on. Null: nobody is to be asked.
    enum class Asked : unsigned char { before_write, instead_of_write, anew };
    Result<void> (*ask)(Tenure const&, Context const&, Asked) = nullptr;
    void* guard = nullptr;

    /// Before each write. Errors: `lost`, `fenced`, those of `LockGuard::confirm`.
    Result<void> confirm(Context const& ctx, Asked how = Asked::before_write) const {
        return ask != nullptr ? ask(*this, ctx, how) : Result<void>();
    }
};

}  // namespace holdfast

#endif
