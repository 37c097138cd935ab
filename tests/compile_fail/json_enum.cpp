// link: json
// expect: holdfast: Json writes an enumeration by name; specialize holdfast::JsonNames<T>
// expect: JsonRefuses<Colour>

#include <holdfast/serialization/json.hpp>

#include <string_view>
#include <utility>
#include <vector>

enum class Colour { red, blue };
#ifdef HOLDFAST_ACCEPT
template <>
struct holdfast::JsonNames<Colour> {
    static constexpr std::pair<Colour, std::string_view> names[] = {{Colour::red, "red"}, {Colour::blue, "blue"}};
};
#else
static_assert(!holdfast::SerializationPolicy<holdfast::Json, Colour>);
#endif

int main() {
    holdfast::Buffer out;
    (void)holdfast::Json().encode({holdfast::KeyView("k"), 1, nullptr}, std::vector{Colour::blue}, out);
    return out.view() == R"(["blue"])" ? 0 : 1;
}
