// link: json
// expect: holdfast: Json finds an alternative of a variant by its name; give each one of its own by specializing
// expect: holdfast: the JsonNames<T> of a variant must name each alternative once

#include <holdfast/serialization/json.hpp>

#include <string_view>
#include <variant>
#include <vector>

using Amount = std::variant<int, long, std::vector<int>>;  // two integers, and a template
#ifdef HOLDFAST_ACCEPT
template <>
struct holdfast::JsonNames<Amount> {
    static constexpr std::string_view names[] = {"small", "large", "many"};
};
#endif
using Answer = std::variant<bool, int>;
template <>
struct holdfast::JsonNames<Answer> {
#ifdef HOLDFAST_ACCEPT
    static constexpr std::string_view names[] = {"yes or no", "how many"};
#else
    static constexpr std::string_view names[] = {"yes or no"};
#endif
};

int main() {
    (void)sizeof(holdfast::JsonCodec<Answer>);
    holdfast::Buffer out;
    (void)holdfast::Json().encode({holdfast::KeyView("k"), 1, nullptr}, Amount(2L), out);
    return out.view() == R"({"large":2})" ? 0 : 1;
}
