#ifndef HOLDFAST_SERIALIZATION_JSON_TUPLE_HPP
#define HOLDFAST_SERIALIZATION_JSON_TUPLE_HPP

#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/sequence.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>

namespace holdfast {

namespace detail {

inline bool wrong_json_length(JsonReader& in, std::size_t length) {
    return in.fail("expected an array of " + std::to_string(length) + " elements, found another length");
}

/// An array with as many elements as the tuple has.
template <class Tuple, class... T>
struct JsonTupleCodec {
    using parts = JsonParts<T...>;

    static bool write(JsonWriter& out, Tuple const& value) {
        return out.array([&] { return write_all(out, value, std::index_sequence_for<T...>()); });
    }
    static bool read(JsonReader& in, Tuple& value) {
        std::size_t count = 0;
        return in.array([&](std::size_t index, JsonReader& element) {
            ++count;
            return read_one(element, value, index, std::index_sequence_for<T...>());
        }) && (count == sizeof...(T) || wrong_json_length(in, sizeof...(T)));
    }

private:
    template <std::size_t... N>
    static bool write_all(JsonWriter& out, Tuple const& value, std::index_sequence<N...>) {
        return ((out.element(std::get<N>(value)) || out.inside_element(N)) && ...);
    }
    template <std::size_t... N>
    static bool read_one(JsonReader& element, Tuple& value, std::size_t index, std::index_sequence<N...>) {
        bool ok = true;
        return ((index == N && (ok = element.read(std::get<N>(value)), true)) || ...) ? ok : element.skip();
    }
};

}  // namespace detail

template <class... T>
struct JsonCodec<std::tuple<T...>> : detail::JsonTupleCodec<std::tuple<T...>, T...> {};

template <class A, class B>
struct JsonCodec<std::pair<A, B>> : detail::JsonTupleCodec<std::pair<A, B>, A, B> {};

template <class T, std::size_t N>
struct JsonCodec<std::array<T, N>> {
    using parts = JsonParts<T>;

    static bool write(JsonWriter& out, std::array<T, N> const& value) { return detail::write_json_array(out, value); }
    static bool read(JsonReader& in, std::array<T, N>& value) {
        std::size_t count = 0;
        return in.array([&](std::size_t index, JsonReader& element) {
            ++count;
            return index < N ? element.read(value[index]) : element.skip();
        }) && (count == N || detail::wrong_json_length(in, N));
    }
};

}  // namespace holdfast

#endif
