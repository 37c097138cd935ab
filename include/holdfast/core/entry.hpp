#ifndef HOLDFAST_CORE_ENTRY_HPP
#define HOLDFAST_CORE_ENTRY_HPP

#include <holdfast/core/record.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace holdfast {

/// A state together with the record that it was read from or written as: what `get` returns, and what `replace` and
/// `remove` take back to say which state they mean.
///
/// A `Bytes` state that is its record's payload is not held twice.
template <class State>
class Entry {
public:
    Entry(State value, RecordPtr record) : value_(std::move(value)), record_(std::move(record)) {}
    explicit Entry(RecordPtr record)
        requires std::is_same_v<State, Bytes>
        : record_(std::move(record)) {}

    State const& value() const& noexcept {
        if constexpr (std::is_same_v<State, Bytes>) {
            if (!value_) return record_->payload;
        }
        return *value_;
    }
    State value() && {
        if constexpr (std::is_same_v<State, Bytes>) {
            if (!value_) return record_->payload;
        }
        return *std::move(value_);
    }
    State const& operator*() const& noexcept { return value(); }
    State const* operator->() const noexcept { return &value(); }

    KeyView key() const noexcept { return record_->key; }
    /// Which write this is. Opaque.
    Revision const& revision() const noexcept { return record_->revision; }
    /// Counts the states that the key has had: 1, 2, 3, …
    std::uint64_t sequence() const noexcept { return record_->stamp.sequence; }
    /// When it was written, by the writer's clock.
    Timestamp when() const noexcept { return record_->stamp.author().when; }
    /// Who wrote it: `user@host:pid`.
    std::string_view who() const noexcept {
        Stamp const& stamp = record_->stamp;
        return (stamp.set_by ? stamp.set_by->who : stamp.who).view();
    }
    Attributes const& attributes() const noexcept { return record_->attributes; }
    /// All that is known.
    RecordPtr const& record() const noexcept { return record_; }

private:
    std::optional<State> value_;
    RecordPtr record_;
};

}  // namespace holdfast

#endif
