#ifndef HOLDFAST_CONCEPTS_SERIALIZATION_HPP
#define HOLDFAST_CONCEPTS_SERIALIZATION_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/policy.hpp>
#include <holdfast/core/record.hpp>
#include <holdfast/core/record_id.hpp>
#include <holdfast/core/result.hpp>

#include <cstdint>

namespace holdfast {

/// What is being coded.
struct CodingContext {
    RecordId id;
    std::uint64_t sequence = 0;        ///< the content sequence that the payload has, or will have
    Record const* previous = nullptr;  ///< encoding: the record that will be replaced, if any
};

/// Turns a `State` into bytes and back.
///
/// *Minimal complete definition*
/// - `static constexpr Family family = Family::serialization;`
/// - `Result<void> encode(CodingContext const&, State const&, Buffer&)`: appends. `previous` is there so that a format
///   can keep what this program does not know.
/// - `Result<State> decode<State>(CodingContext const&, RecordPtr const&)`: the payload is followed by `read_padding`
///   readable bytes.
///
/// May have `Result<bool> same_content(CodingContext const& a_context, Bytes const& a, CodingContext const& b_context,
/// Bytes const& b)`, where two payloads of one content can differ: whether these, each encoded under its context, hold
/// the same.
///
/// *Laws*: decode(encode(x)) == x; equal states, contexts and previous records give equal bytes, or bytes of which
/// `same_content` is true; decode of any other bytes is a value or an `Error` (`malformed`, `incompatible`), never a
/// crash.
/// *Models*: `RawBytes`, `Json`; around others `Compressed`, `Encrypted`.
///
/// Thread safety: both members may be called from any thread at any time.
template <class Z, class State>
concept SerializationPolicy =
    Policy<Z> && Z::family == Family::serialization &&
    requires(Z& z, CodingContext const& c, State const& state, Buffer& out, RecordPtr const& record) {
        { z.encode(c, state, out) } -> std::same_as<Result<void>>;
        { z.template decode<State>(c, record) } -> std::same_as<Result<State>>;
    };

}  // namespace holdfast

#endif
