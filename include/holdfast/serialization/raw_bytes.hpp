#ifndef HOLDFAST_SERIALIZATION_RAW_BYTES_HPP
#define HOLDFAST_SERIALIZATION_RAW_BYTES_HPP

#include <holdfast/concepts/serialization.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

namespace detail {

template <class T, class... U>
concept RawStateAmong = (std::same_as<T, U> || ...);

template <class T>
concept RawState =
    RawStateAmong<T, Bytes, std::string, std::vector<char>, std::vector<unsigned char>, std::vector<std::byte>>;

}  // namespace detail

/// The state is its bytes: `Bytes`, `std::string`, or a `std::vector` of `char`, `unsigned char` or `std::byte`.
/// Nothing is added and nothing checked, and so every payload can be decoded.
///
/// Cost: `Bytes` are decoded by sharing the record's payload, the others by one copy. Encoding is one copy.
/// Thread safety: any thread, at any time.
struct RawBytes {
    static constexpr Family family = Family::serialization;
    /// A state that is `Bytes` need not be coded at all: a store shares it with the record.
    static constexpr bool payload_is_value = true;

    template <detail::RawState State>
    Result<void> encode(CodingContext const&, State const& state, Buffer& out) const {
        out.append(reinterpret_cast<char const*>(state.data()), state.size());
        return {};
    }

    template <detail::RawState State>
    Result<State> decode(CodingContext const&, RecordPtr const& record) const {
        if constexpr (std::same_as<State, Bytes>) {
            return record->payload;
        } else {
            std::string_view const text = record->payload.view();
            auto const* const begin = reinterpret_cast<typename State::value_type const*>(text.data());
            return State(begin, begin + text.size());
        }
    }
};

}  // namespace holdfast

#endif
