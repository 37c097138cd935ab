// link: json
// expect: holdfast: Json finds an alternative of a variant by its name; give each one of its own by specializing

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

int main() {
    holdfast::Buffer out;
    (void)holdfast::Json().encode({holdfast::KeyView("k"), 1, nullptr}, Amount(2L), out);
    return out.view() == R"({"large":2})" ? 0 : 1;
}
