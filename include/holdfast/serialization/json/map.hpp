#ifndef HOLDFAST_SERIALIZATION_JSON_MAP_HPP
#define HOLDFAST_SERIALIZATION_JSON_MAP_HPP

#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

namespace detail {

/// `std::map`, `std::unordered_map` and what is like them, with keys of text.
template <class T>
concept JsonMap = requires(T& t) {
    requires std::same_as<typename T::key_type, std::string>;
    { t.try_emplace(std::string()).second } -> std::convertible_to<bool>;
    t.clear();
} && !HasJsonAs<T>;

}  // namespace detail

/// An object, its members sorted by the bytes of their names.
template <detail::JsonMap T>
struct JsonCodec<T> {
    using Mapped = typename T::mapped_type;
    using parts = JsonParts<Mapped>;

    static bool write(JsonWriter& out, T const& value) {
        std::vector<typename T::value_type const*> order;
        order.reserve(value.size());
        for (auto const& member : value) order.push_back(&member);
        auto const less = [](auto* a, auto* b) { return a->first < b->first; };
        if (!std::is_sorted(order.begin(), order.end(), less)) std::sort(order.begin(), order.end(), less);

        detail::JsonLeftovers const* const mine = out.take_leftovers();
        return out.object([&] {
            for (std::size_t i = 0; i < order.size(); ++i) {
                auto const& [name, mapped] = *order[i];
                if (mine != nullptr) out.give_leftovers(mine->find(name));
                if (!out.key(name) || !JsonCodec<Mapped>::write(out, mapped)) return out.inside_member(i);
            }
            return true;
        });
    }
    static bool read(JsonReader& in, T& value) {
        value.clear();
        std::size_t index = 0;
        return in.members([&](std::string_view name, JsonReader& member) {
            auto const [at, fresh] = value.try_emplace(std::string(name));
            bool const ok = fresh ? member.read(at->second) && member.finish()
                                  : member.fail("another member of this object has the same name");
            return ok ? (++index, true) : in.inside_member(index);
        });
    }
    static bool leftovers(JsonReader& in, detail::JsonLeftovers& out)
        requires requires { JsonCodec<Mapped>::leftovers(in, out); }
    {
        if (in.kind() != JsonKind::object) return in.skip();
        return in.object([&](std::string_view name, JsonReader& member) {
            detail::JsonLeftovers part;
            return JsonCodec<Mapped>::leftovers(member, part) && (out.add(name, std::move(part)), true);
        });
    }
};

}  // namespace holdfast

#endif
