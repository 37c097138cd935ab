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
/// A `Bytes` state that is its record's payload is not held twice. After a move it is of no key and no record, and no
/// operation takes it.
template <class State>
class Entry {
public:
    Entry(State value, RecordPtr record) : value_(std::move(value)), record_(std::move(record)) {}
    explicit Entry(RecordPtr record)
        requires std::is_same_v<State, Bytes>
        : record_(std::move(record)) {}

    State const& value() const& noexcept HOLDFAST_LIFETIMEBOUND {
        if constexpr (std::is_same_v<State, Bytes>) {
            if (!value_) return about().payload;
        }
        return *value_;
    }
    State value() && {
        if constexpr (std::is_same_v<State, Bytes>) {
            if (!value_) return about().payload;
        }
        return *std::move(value_);
    }
    State const& operator*() const& noexcept HOLDFAST_LIFETIMEBOUND { return value(); }
    State operator*() && { return std::move(*this).value(); }
    State const* operator->() const noexcept HOLDFAST_LIFETIMEBOUND { return &value(); }

    KeyView key() const noexcept HOLDFAST_LIFETIMEBOUND { return about().key; }
    /// Which write this is. Opaque.
    Revision const& revision() const noexcept HOLDFAST_LIFETIMEBOUND { return about().revision; }
    /// Counts the states that the key has had: 1, 2, 3, …
    std::uint64_t sequence() const noexcept { return about().stamp.sequence; }
    /// When it was written, by the writer's clock.
    Timestamp when() const noexcept { return about().stamp.author().when; }
    /// Who wrote it: `user@host:pid`.
    std::string_view who() const noexcept HOLDFAST_LIFETIMEBOUND {
        Stamp const& stamp = about().stamp;
        return (stamp.set_by ? stamp.set_by->who : stamp.who).view();
    }
    Attributes const& attributes() const noexcept HOLDFAST_LIFETIMEBOUND { return about().attributes; }
    /// All that is known. Null after a move.
    RecordPtr const& record() const noexcept HOLDFAST_LIFETIMEBOUND { return record_; }

private:
    Record const& about() const noexcept { return record_ ? *record_ : no_record(); }

    std::optional<State> value_;
    RecordPtr record_;
};

}  // namespace holdfast

#endif
