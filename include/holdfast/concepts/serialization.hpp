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
/// - `Result<State> decode<State>(CodingContext const&, RecordPtr const&)`, a template: the payload is followed by
///   `read_padding` readable bytes.
///
/// May have `Result<bool> same_content(CodingContext const& a_context, Bytes const& a, CodingContext const& b_context,
/// Bytes const& b)`, where two payloads of one content can differ: whether these, each encoded under its context, hold
/// the same.
///
/// *Laws* (`testing::check_serialization` checks them, on states that can be compared by `==`)
/// - `states_come_back`: decode(encode(x)) == x, for any key, slot, sequence and previous record.
/// - `bytes_say_all`: what another coder of the same settings, in another process, has encoded comes back: the bytes and
///   the context say everything.
/// - `equal_states_give_equal_bytes`: equal states, contexts and previous records give equal bytes, or bytes of which
///   `same_content` is true, whatever was coded in between.
/// - `encoding_appends`: what the buffer held before stays before, and changes nothing of what is added.
/// - `different_states_differ`: bytes of different states are different, and `same_content` says so.
/// - `foreign_bytes_are_refused`: decode of any other bytes is a value or an `Error` (`malformed`, `incompatible`), never
///   a crash, and decides nothing about what is decoded afterwards.
/// - `bytes_around_are_not_read`: what stands before the payload, in its padding or behind that decides nothing.
/// - `states_own_what_they_say`: a state and an encoded payload outlive the record, the context and the state that they
///   were made of.
/// - `threads_do_not_mix_states`: both members may be called from several threads at once.
///
/// *Models*: `RawBytes`, `Json`; around others `Compressed`, `Encrypted`, `Migrating`.
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
