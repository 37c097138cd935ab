#ifndef HOLDFAST_SERIALIZATION_INNER_HPP
#define HOLDFAST_SERIALIZATION_INNER_HPP

#include <holdfast/concepts/serialization.hpp>
#include <holdfast/core/policy.hpp>

#include <memory>
#include <optional>
#include <utility>

// What every serialization around another needs, in one shape:
//
//     template <class Inner>
//     class Wrapper {
//     public:
//         static constexpr Family family = Family::serialization;
//
//         template <class State>
//             requires SerializationPolicy<Inner, State>
//         Result<void> encode(CodingContext const& context, State const& state, Buffer& out) {
//             // `previous` is unwrapped, so that the inner one keeps what it does not know
//             return inner_.encode(InnerContext(context, unwrapped_payload), state, out);
//         }
//         template <class State>
//             requires SerializationPolicy<Inner, State>
//         Result<State> decode(CodingContext const& context, RecordPtr const& record) {
//             return inner_.template decode<State>(context, detail::with_payload(record, unwrapped_payload));
//         }
//         Result<bool> same_content(CodingContext const& a_context, Bytes const& a, CodingContext const& b_context,
//                                   Bytes const& b) {
//             return detail::compare_content(inner_, a_context, unwrapped_a, b_context, unwrapped_b);
//         }
//         template <class State>
//         static constexpr void explain() { detail::explain_inner<Inner, State>(); }
//     };
//
// The members are not const, since the concept does not ask it of the inner one. A wrapper has no `payload_is_value`,
// whatever the inner one says: its payload is not the value.
namespace holdfast {

namespace detail {

/// The record with another payload: what a wrapper hands to its inner decode. Key, stamp, attributes and revision are
/// the stored ones. `payload` must be followed by `read_padding` readable bytes, as every `Bytes` and every part made
/// with `drop_front` is. Cost: one allocation, and those of a long key and of attributes.
inline RecordPtr with_payload(RecordPtr const& record, Bytes payload) {
    auto copy = std::make_shared<Record>(*record);
    copy->payload = std::move(payload);
    return copy;
}

/// Says in a sentence why the inner serialization of a wrapper cannot code `State`; compiles if it can.
template <class Inner, class State>
constexpr void explain_inner() {
    static_assert(Defined<Inner>,
                  "holdfast: the inner serialization is declared only; include its header, such as "
                  "<holdfast/serialization/json.hpp>");
    if constexpr (Defined<Inner>) {
        if constexpr (requires { Inner::template explain<State>(); }) Inner::template explain<State>();
        else
            static_assert(SerializationPolicy<Inner, State>,
                          "holdfast: the inner serialization cannot code this state; it needs 'Result<void> "
                          "encode(CodingContext const&, State const&, Buffer&)' and 'Result<State> "
                          "decode<State>(CodingContext const&, RecordPtr const&)'");
    }
}

}  // namespace detail

/// The context of an inner encode: that of the outer one, with an unwrapped `previous`. Lives as long as the call.
class InnerContext {
public:
    /// The inner serialization gets no previous record: there is none, or nothing of it may be kept.
    explicit InnerContext(CodingContext const& outer) noexcept : context_{outer.id, outer.sequence, nullptr} {}

    /// The inner serialization gets the previous record of `outer` with `payload`, which is its unwrapped one. Without
    /// a previous record `payload` is not looked at.
    InnerContext(CodingContext const& outer, Bytes payload) : context_{outer.id, outer.sequence, nullptr} {
        if (outer.previous == nullptr) return;
        previous_ = *outer.previous;
        previous_->payload = std::move(payload);
        context_.previous = &*previous_;
    }

    InnerContext(InnerContext const&) = delete;
    InnerContext& operator=(InnerContext const&) = delete;

    operator CodingContext const&() const noexcept { return context_; }  // NOLINT(google-explicit-constructor)

private:
    std::optional<Record> previous_;
    CodingContext context_;
};

}  // namespace holdfast

#endif
