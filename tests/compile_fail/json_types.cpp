// Each kind of type that has no JSON is refused with its own remedy.
//
// link: json
// expect: holdfast: Json cannot code a C array; use std::array
// expect: holdfast: Json cannot code what only points to its value
// expect: JsonRefuses<std::(__cxx11::)?(basic_)?string_view
// expect: holdfast: Json cannot code long double
// expect: holdfast: Json codes points in time of std::chrono::system_clock and durations
// expect: holdfast: Json cannot tell an empty std::optional from one whose value is null
// expect: holdfast: the names in a JSON object are text
// expect: holdfast: Json cannot tell whether a character type is text or a number
// expect: holdfast: the description of a struct names a member twice

#include <holdfast/serialization/json.hpp>

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct Twice {
    int a = 0, b = 0;
};

#ifdef HOLDFAST_ACCEPT
BOOST_HANA_ADAPT_STRUCT(Twice, a, b);
template <class... T>
void code() {
    static_assert((holdfast::JsonCodable<T> && ...));
}
int main() {
    code<std::array<signed char, 16>, std::string, double, std::chrono::sys_seconds, std::chrono::milliseconds,
         std::optional<int>, std::map<std::string, int>, Twice>();
}
#else
BOOST_HANA_ADAPT_STRUCT(Twice, a, a);
template <class... T>
void code() {
    static_assert((!holdfast::JsonCodable<T> && ...));
    (holdfast::Json::explain<T>(), ...);
}
int main() {
    code<char[16], std::string_view, int*, long double, std::chrono::steady_clock::time_point,
         std::chrono::duration<double>, std::optional<std::optional<int>>, std::map<int, int>, std::vector<char>>();
    (void)sizeof(holdfast::JsonCodec<Twice>);
}
#endif
