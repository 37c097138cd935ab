#ifndef HOLDFAST_SERIALIZATION_JSON_STRUCT_HPP
#define HOLDFAST_SERIALIZATION_JSON_STRUCT_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/forgotten.hpp>
#include <holdfast/serialization/json/names.hpp>
#include <holdfast/serialization/json/optional.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/at.hpp>
#include <boost/hana/concept/struct.hpp>
#include <boost/hana/define_struct.hpp>
#include <boost/hana/first.hpp>
#include <boost/hana/length.hpp>
#include <boost/hana/pair.hpp>
#include <boost/hana/second.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace holdfast {

namespace detail {

template <class T>
concept HanaStruct = boost::hana::Struct<T>::value;

/// The N-th member of a described struct.
template <class T, std::size_t N>
struct JsonField {
    static constexpr auto described = boost::hana::at_c<N>(boost::hana::accessors<T>());
    static constexpr auto get = boost::hana::second(described);
    using Type = std::remove_cvref_t<decltype(get(std::declval<T&>()))>;
    static constexpr std::string_view name{boost::hana::first(described).c_str()};

    /// `"name":`
    static constexpr auto token = [] {
        std::array<char, name.size() + 3> text{};
        std::size_t at = 0;
        text[at++] = '"';
        for (char const c : name) text[at++] = c;
        text[at++] = '"';
        text[at] = ':';
        return text;
    }();
};

/// The codec of a struct whose members have the indices `N`.
template <class T, class Indices>
struct JsonStructCodec;

template <class T, std::size_t... N>
struct JsonStructCodec<T, std::index_sequence<N...>> {
    using parts = JsonParts<typename JsonField<T, N>::Type...>;
    static constexpr bool forgets = forgets_members<T, sizeof...(N)>();

    static bool write(JsonWriter& out, T const& value) {
        JsonLeftovers const* const mine = out.take_leftovers();
        return out.object([&] {
            if (!(write_member<N>(out, value, mine) && ...)) return false;
            return mine == nullptr || out.raw(mine->members);
        });
    }
    static bool read(JsonReader& in, T& value) {
        std::uint64_t seen = 0;
        return walk(
                   in, seen,
                   [&](auto index, JsonReader& member) { return member.read(JsonField<T, index>::get(value)); },
                   [](std::string_view, JsonReader& member) { return member.skip(); }) &&
               (empty_if_missing<N>(value, seen), ..., true);
    }
    static bool leftovers(JsonReader& in, JsonLeftovers& out) {
        if (in.kind() != JsonKind::object) return in.skip();
        std::uint64_t seen = 0;
        Buffer unknown;
        bool ok = false;
        {
            JsonWriter writer(unknown);
            ok = walk(
                in, seen, [&](auto index, JsonReader& member) { return leftovers_of<index>(member, out); },
                [&](std::string_view name, JsonReader& member) { return writer.key(name) && member.copy(writer); });
        }
        out.members = unknown.view();
        return ok;
    }

private:
    template <std::size_t M>
    using Index = std::integral_constant<std::size_t, M>;
    static constexpr std::size_t count = sizeof...(N);
    static_assert(count <= 64, "holdfast: Json codes structs of up to 64 members; group some of them in a struct");
    static constexpr std::array<std::string_view, count> known_names = {JsonField<T, N>::name...};
    static_assert(distinct_json_names(known_names, [](std::string_view name) { return name; }),
                  "holdfast: the description of a struct names a member twice");

    // Members in the order of the description are found by comparing one text, and cannot stand twice.
    template <class Known, class Stranger>
    static bool walk(JsonReader& in, std::uint64_t& seen, Known known, Stranger stranger) {
        JsonNameList names(in.input());
        std::size_t next = 0;
        std::size_t strangers = 0;
        auto const expected = [&] { return (take<N>(in, seen, known) && ...); };
        auto const other = [&](std::string_view name, JsonReader& member) {
            std::size_t const index = find(name, next);
            if (index == count) {
                names.add(name);
                return (stranger(name, member) && ++strangers != 0) ||
                       in.inside_member(static_cast<std::size_t>(std::popcount(seen)) + strangers);
            }
            std::uint64_t const bit = std::uint64_t(1) << index;
            if ((seen & bit) != 0)
                return member.fail("another member of this object has the same name"), in.inside(name);
            seen |= bit;
            next = index + 1;
            bool done = false;
            (void)((index == N && (done = known(Index<N>(), member), true)) || ...);
            return (done && member.finish()) || in.inside(name);
        };
        return in.members(expected, other) &&
               (strangers == 0 || names.unique() || in.fail("two members have the same name"));
    }
    template <std::size_t M, class Known>
    static bool take(JsonReader& in, std::uint64_t& seen, Known& known) {
        if (!in.expect(JsonField<T, M>::token)) return true;
        seen |= std::uint64_t(1) << M;
        JsonReader member(in.input());
        return (known(Index<M>(), member) && member.finish()) || in.inside(JsonField<T, M>::name);
    }

    static std::size_t find(std::string_view name, std::size_t guess) noexcept {
        if (guess < count && known_names[guess] == name) return guess;
        std::size_t index = 0;
        while (index < count && known_names[index] != name) ++index;
        return index;
    }

    template <std::size_t M>
    static bool write_member(JsonWriter& out, T const& value, JsonLeftovers const* mine) {
        using Member = JsonField<T, M>;
        auto const& member = Member::get(value);
        if constexpr (is_optional<typename Member::Type>) {
            if (!member) return true;
        }
        if (mine != nullptr) out.give_leftovers(mine->find(Member::name));
        out.key_token(Member::token);
        return JsonCodec<typename Member::Type>::write(out, member) || out.inside(Member::name);
    }
    template <std::size_t M>
    static void empty_if_missing(T& value, std::uint64_t seen) {
        if constexpr (is_optional<typename JsonField<T, M>::Type>) {
            if ((seen >> M & 1) == 0) JsonField<T, M>::get(value).reset();
        }
    }
    template <std::size_t M>
    static bool leftovers_of(JsonReader& in, JsonLeftovers& out) {
        using Codec = JsonCodec<typename JsonField<T, M>::Type>;
        if constexpr (requires { Codec::leftovers(in, out); }) {
            JsonLeftovers part;
            if (!Codec::leftovers(in, part)) return false;
            out.add(JsonField<T, M>::name, std::move(part));
            return true;
        } else {
            return in.pass();
        }
    }
};

template <class T>
using JsonMemberIndices = std::make_index_sequence<decltype(boost::hana::length(boost::hana::accessors<T>()))::value>;

}  // namespace detail

/// A struct described with `BOOST_HANA_ADAPT_STRUCT` or `BOOST_HANA_DEFINE_STRUCT` (which know at most 54 members):
/// an object, its members in the order of the description.
///
/// A member that the description forgets would never be stored: that is refused, unless `members_not_stored` says so.
///
/// Reading: members may come in any order. One that is missing keeps the value that a default-constructed `State`
/// has there, so that a program may add members; a missing `std::optional` is empty. One that the struct does not
/// have is checked and skipped. Two of the same name are refused.
///
/// Writing: an empty `std::optional` is left out. Members of the replaced record that the struct does not have follow
/// the others, in their old order; see `Json` for how far that reaches.
template <detail::HanaStruct T>
    requires(!detail::HasJsonAs<T>)
struct JsonCodec<T> : detail::JsonStructCodec<T, detail::JsonMemberIndices<T>> {};

}  // namespace holdfast

#endif
