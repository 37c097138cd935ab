#ifndef HOLDFAST_STORE_CODER_HPP
#define HOLDFAST_STORE_CODER_HPP

#include <holdfast/concepts/compare_content.hpp>
#include <holdfast/concepts/serialization.hpp>
#include <holdfast/core/commit.hpp>
#include <holdfast/core/entry.hpp>
#include <holdfast/core/options.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace holdfast::detail {

/// States as records have them, by a serialization. Bytes are not coded: they are the payload.
template <class State, class Serialization>
class Coder {
public:
    /// Bytes are not held beside the record that holds them.
    static constexpr bool viewed =
        std::is_same_v<State, Bytes> && requires { requires Serialization::payload_is_value; };

    explicit Coder(Serialization& serialization) noexcept : serialization_(serialization) {}

    Serialization& serialization() const noexcept { return serialization_; }

    /// A record that has a state.
    Result<State> decode(KeyView key, RecordPtr const& record) {
        return serialization_.template decode<State>(CodingContext{key, record->stamp.sequence, nullptr}, record);
    }
    /// The state of a record that was read; nothing if there is none.
    Result<std::optional<State>> decode_if_there(KeyView key, RecordPtr const& record) {
        if (!is_there(record)) return Result<std::optional<State>>(std::in_place);
        auto value = decode(key, record);
        if (!value) return std::move(value).error();
        return Result<std::optional<State>>(std::in_place, std::move(*value));
    }

    /// The change that makes `value` the state over `base`. Bytes are moved if they may.
    template <class Value>
    Result<Change> encode(KeyView key, RecordPtr const& base, Value&& value, CallOptions const& options) {
        bool const there = is_there(base);
        Change change;
        if constexpr (viewed) {
            change.payload = std::forward<Value>(value);
        } else {
            // Most states grow a little at most.
            Buffer out(there ? base->payload.size() + base->payload.size() / 16 + 32 : 0);
            auto coded = serialization_.encode(
                CodingContext{key, base ? base->stamp.sequence + 1 : 1, there ? base.get() : nullptr}, value, out);
            if (!coded) return std::move(coded).error();
            out.trim();
            change.payload = Bytes(std::move(out));
        }
        if (options.attributes != nullptr) change.attributes = *options.attributes;
        else if (there) change.attributes = base->attributes;
        return change;
    }

    /// Whether a change would store what is there already, attributes included.
    Result<bool> unchanged(KeyView key, RecordPtr const& base, Change const& change) {
        if (!is_there(base) || change.attributes != base->attributes) return false;
        CodingContext const before{key, base->stamp.sequence, nullptr}, after{key, base->stamp.sequence + 1, nullptr};
        return compare_content(serialization_, before, base->payload, after, change.payload);
    }

    static Entry<State> entry(State&& value, RecordPtr record) {
        if constexpr (viewed) return Entry<State>(std::move(record));
        else return Entry<State>(std::move(value), std::move(record));
    }
    /// A record that has a state, as an entry inside of an `Out`, which is made of `before` and what an entry is made
    /// of.
    template <class Out, class... Before>
    Result<Out> entry(KeyView key, RecordPtr record, Before... before) {
        if constexpr (viewed) {
            return Result<Out>(std::in_place, before..., std::move(record));
        } else {
            auto value = decode(key, record);
            if (!value) return std::move(value).error();
            return Result<Out>(std::in_place, before..., *std::move(value), std::move(record));
        }
    }

private:
    Serialization& serialization_;
};

}  // namespace holdfast::detail

#endif
