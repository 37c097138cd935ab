// Which members were seen is noted in 64 bits.
//
// link: json
// expect: holdfast: Json codes structs of up to 64 members; group some of them in a struct

#include <holdfast/serialization/json.hpp>

#include <cstddef>
#include <utility>

template <std::size_t count>
struct Wide {
    int members[count] = {};
};

/// BOOST_HANA_ADAPT_STRUCT takes fewer: each element of the array is described as a member, from "m00" on.
template <std::size_t count>
struct boost::hana::accessors_impl<Wide<count>> {
    template <std::size_t... N>
    static constexpr auto of(std::index_sequence<N...>) {
        return make_tuple(make_pair(string<'m', '0' + N / 10, '0' + N % 10>(),
                                    [](auto&& wide) -> auto& { return wide.members[N]; })...);
    }
    static constexpr auto apply() { return of(std::make_index_sequence<count>()); }
};

int main() {
#ifndef HOLDFAST_ACCEPT
    (void)sizeof(holdfast::JsonCodec<Wide<65>>);
#endif
    holdfast::Buffer out;
    bool const coded(holdfast::Json().encode({holdfast::KeyView("k"), 1, nullptr}, Wide<64>(), out));
    return coded && out.view().ends_with(R"("m63":0})") ? 0 : 1;
}
