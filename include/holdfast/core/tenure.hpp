#ifndef HOLDFAST_CORE_TENURE_HPP
#define HOLDFAST_CORE_TENURE_HPP

#include <holdfast/core/fate.hpp>
#include <holdfast/core/record.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace holdfast {

/// What a lock that is held asks of the writes under it, and what they tell it. It belongs to the guard; its holder
/// writes one thing at a time. One whose epoch is 0 is of no lock that fences: it asks nothing and notes nothing.
class Tenure {
public:
    Tenure() = default;
    /// `embedded`: the id of the lease, if that lives in the state record.
    explicit Tenure(Epoch epoch, WriteId embedded = {}) noexcept : epoch_(epoch), embedded_(embedded) {}

    // Asked by the writer.

    /// Stamped on every write; a record with a later one refuses it as `fenced`.
    Epoch epoch() const noexcept { return epoch_; }
    /// The lock lives in the state record: a write over a record without it is `fenced`.
    bool embedded() const noexcept { return static_cast<bool>(embedded_); }
    /// Whether a record carries the lock that lives in the state record.
    bool lives_in(RecordPtr const& record) const noexcept {
        return record && record->lease && record->lease->held && record->lease->id == embedded_;
    }
    /// The state record as the holder last wrote or read it (null: there is none); no value: that is not known. A write
    /// begins from it instead of a read. Embedded: known whenever a write begins.
    std::optional<RecordPtr> const& known() const noexcept { return known_; }
    /// The next write is the last one. Embedded: it ends the lock at no cost.
    bool ending() const noexcept { return ending_; }

    // Told by the writer: exactly one of these for each attempt to write.

    /// `now`: what is stored since, null if that is not known.
    void applied(RecordPtr now) noexcept {
        known_.reset();
        if (epoch_ == 0) return;
        certain();  // what was sent earlier was for a record that is no more
        news_.wrote = true;
        news_.ended = news_.ended || (ending_ && embedded());
        if (now) known_.emplace(std::move(now));
    }
    /// It may land after the lock was handed on. `write`: what to ask by; null: nobody can tell. Of two that may land
    /// nobody can, since one answer says nothing of the other.
    void unsure(std::shared_ptr<UnknownWrite const> write) noexcept {
        known_.reset();
        if (epoch_ == 0) return;
        news_.doubt = news_.unsure ? nullptr : std::move(write);
        news_.unsure = true;
    }
    /// It was not made, and will not be.
    void missed() noexcept { known_.reset(); }
    /// Nor was it, since the record says by its epoch, or by the lease that is not in it, that the lock is over.
    /// `later`: that epoch, 0 where there is no record.
    void refused(Epoch later) noexcept {
        known_.reset();
        if (epoch_ != 0 && (!news_.refused || later > *news_.refused)) news_.refused = later;
    }

    // The guard's.

    /// What the writes have said since the guard looked.
    struct News {
        bool wrote = false;                           ///< one was applied
        bool ended = false;                           ///< the last one ended the embedded lock
        bool unsure = false;                          ///< one is of unknown fate, and no later one was applied
        std::shared_ptr<UnknownWrite const> doubt{};  ///< what to ask for that fate by, null if nobody can tell
        std::optional<Epoch> refused{};               ///< the highest epoch that refused one
    };
    News& news() noexcept { return news_; }
    News const& news() const noexcept { return news_; }
    void raise(Epoch epoch) noexcept { epoch_ = epoch; }
    /// Nothing that was sent earlier can land any more.
    void certain() noexcept {
        news_.unsure = false;
        news_.doubt = nullptr;
    }
    void last() noexcept { ending_ = true; }
    void saw(RecordPtr now) noexcept { known_.emplace(std::move(now)); }
    void forget() noexcept { known_.reset(); }

private:
    Epoch epoch_ = 0;
    WriteId embedded_{};
    std::optional<RecordPtr> known_{};
    bool ending_ = false;
    News news_{};
};

}  // namespace holdfast

#endif
