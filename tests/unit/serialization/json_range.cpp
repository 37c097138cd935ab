// What is written can be read back: random values and all extremes of every type.

#include "json_support.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <ratio>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace json_range {

enum class Unit { metre, inch };
struct Leaf {
    int x = 1;
    std::optional<std::string> text = "default";
    bool operator==(Leaf const&) const = default;
};
struct Tree {
    int id = 0;
    std::vector<Tree> list;
    std::map<std::string, Tree> named;
    std::optional<std::vector<Tree>> maybe;
    std::variant<std::monostate, std::vector<Tree>> either;
    bool operator==(Tree const& other) const {
        return id == other.id && list == other.list && named == other.named && maybe == other.maybe &&
               either == other.either;
    }
};

}  // namespace json_range

BOOST_HANA_ADAPT_STRUCT(json_range::Leaf, x, text);
BOOST_HANA_ADAPT_STRUCT(json_range::Tree, id, list, named, maybe, either);
template <>
struct holdfast::JsonNames<json_range::Unit> {
    static constexpr std::pair<json_range::Unit, std::string_view> names[] = {{json_range::Unit::metre, "m"},
                                                                              {json_range::Unit::inch, "\"\\\n"}};
};
template <>
struct holdfast::JsonNames<std::variant<std::monostate, std::vector<json_range::Tree>>> {
    static constexpr std::string_view names[] = {"none", "trees"};
};

namespace json_range {

using namespace json_support;
using Random = std::mt19937_64;

template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

// ---- random values; one in four is an extreme one ----

std::size_t below(Random& random, std::size_t bound) { return static_cast<std::size_t>(random() % bound); }

template <std::integral T>
void make(Random& random, T& value) {
    using Limits = std::numeric_limits<T>;
    T const extremes[] = {Limits::min(), Limits::max(), 0, 1, static_cast<T>(Limits::max() / 10),
                          static_cast<T>(Limits::min() + (Limits::min() < 0 ? 1 : 0))};
    value = below(random, 4) == 0 ? extremes[below(random, std::size(extremes))]
                                  : static_cast<T>(random() >> below(random, 64));
}
template <std::floating_point T>
void make(Random& random, T& value) {
    using Limits = std::numeric_limits<T>;
    T const extremes[] = {T(0), -T(0), Limits::min(), Limits::denorm_min(), Limits::max(), Limits::lowest(),
                          Limits::epsilon(), T(0.1), T(1e15), T(123456789)};
    do {
        if (below(random, 4) == 0) value = extremes[below(random, std::size(extremes))];
        else if constexpr (sizeof(T) == 4) value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        else value = std::bit_cast<double>(random());
    } while (!std::isfinite(value));
}
void make(Random& random, std::string& text) {
    constexpr std::string_view parts[] = {"a",  "\"", "\\", "/", "\x7f", "\x01", "\n", std::string_view("\0", 1),
                                          "é", "東", "😀", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf", "\xef\xbb\xbf", "\x1f", " "};
    text.clear();
    for (std::size_t n = below(random, 4) == 0 ? below(random, 200) : below(random, 12); n > 0; --n)
        text += parts[below(random, std::size(parts))];
}
template <class Rep, class Period>
void make(Random& random, std::chrono::duration<Rep, Period>& value) {
    Rep count{};
    make(random, count);
    value = std::chrono::duration<Rep, Period>(count);
}
template <class D>
void make(Random& random, std::chrono::sys_time<D>& value) {
    D since{};
    make(random, since);
    value = std::chrono::sys_time<D>(since);
}
void make(Random& random, Unit& unit) { unit = below(random, 2) == 0 ? Unit::metre : Unit::inch; }
void make(Random&, std::monostate&) {}

template <class T>
void make(Random& random, std::optional<T>& value);
template <class... T>
void make(Random& random, std::variant<T...>& value);
template <class... T>
void make(Random& random, std::tuple<T...>& value);
template <class A, class B>
void make(Random& random, std::pair<A, B>& value);
template <class T, std::size_t N>
void make(Random& random, std::array<T, N>& value);
template <class T>
    requires requires(T& t, typename T::value_type v) { t.insert(t.end(), std::move(v)); } &&
             (!std::same_as<T, std::string>)
void make(Random& random, T& value);

void make(Random& random, Leaf& leaf) {
    make(random, leaf.x);
    make(random, leaf.text);
}
void make(Random& random, JsonValue& value) {
    switch (below(random, 7)) {
        case 0: value = nullptr; return;
        case 1: value = below(random, 2) == 0; return;
        case 2: value = JsonNumber{"-1.25e+4000"}; return;
        case 3: {
            std::string text;
            make(random, text);
            value = text;
            return;
        }
        case 4: {
            JsonValue::Array array(below(random, 3));
            for (auto& element : array) make(random, element);
            value = array;
            return;
        }
        case 5: {
            JsonValue::Object members;
            for (std::size_t n = below(random, 3); n > 0; --n) {
                members.emplace_back(std::to_string(n) + "\"", JsonValue());
                make(random, members.back().second);
            }
            value = members;
            return;
        }
        default: {
            double number = 0;
            make(random, number);
            value = number;
        }
    }
}
template <class T>
void make(Random& random, std::optional<T>& value) {
    value.reset();
    if (below(random, 2) != 0) make(random, value.emplace());
}
template <class... T>
void make(Random& random, std::variant<T...>& value) {
    std::size_t const which = below(random, sizeof...(T));
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((I == which ? make(random, value.template emplace<I>()) : void()), ...);
    }(std::index_sequence_for<T...>());
}
template <class... T>
void make(Random& random, std::tuple<T...>& value) {
    std::apply([&](auto&... each) { (make(random, each), ...); }, value);
}
template <class A, class B>
void make(Random& random, std::pair<A, B>& value) {
    make(random, value.first);
    make(random, value.second);
}
template <class T, std::size_t N>
void make(Random& random, std::array<T, N>& value) {
    for (auto& each : value) make(random, each);
}
template <class T>
    requires requires(T& t, typename T::value_type v) { t.insert(t.end(), std::move(v)); } &&
             (!std::same_as<T, std::string>)
void make(Random& random, T& value) {
    value.clear();
    for (std::size_t n = below(random, 5); n > 0; --n) {
        if constexpr (requires { typename T::mapped_type; }) {
            std::pair<std::string, typename T::mapped_type> one;
            make(random, one);
            value.insert(std::move(one));
        } else {
            typename T::value_type one{};
            make(random, one);
            value.insert(value.end(), std::move(one));
        }
    }
}

/// Bit for bit, where there is a difference.
template <class T>
bool same(T const& a, T const& b) {
    if constexpr (std::floating_point<T>) return a == b && std::signbit(a) == std::signbit(b);
    else return a == b;
}

template <class T>
void survives(T const& value) {
    auto const text = write(value);
    REQUIRE(text);
    INFO(*text);
    auto const back = read<T>(*text);
    REQUIRE(back);
    CHECK(same(*back, value));
    CHECK(*write(*back) == *text);
}
template <class... T>
void all_survive(unsigned times = 200) {
    Random random(7);
    auto const one = [&]<class V>(std::type_identity<V>) {
        for (unsigned i = 0; i < times; ++i) {
            V value{};
            make(random, value);
            survives(value);
        }
    };
    (one(std::type_identity<T>()), ...);
}
template <class... T>
void limits_survive() {
    (survives(std::numeric_limits<T>::min()), ...);
    (survives(std::numeric_limits<T>::max()), ...);
    (survives(std::numeric_limits<T>::lowest()), ...);
}

TEST_CASE("Json range: numbers") {
    limits_survive<bool, signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long,
                   long long, unsigned long long, float, double>();
    all_survive<signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long, long long,
                unsigned long long, float, double>(1000);
    for (int exponent = -1074; exponent <= 1023; ++exponent) {
        survives(std::ldexp(1.0, exponent));
        survives(std::nextafter(std::ldexp(1.0, exponent), 0.0));
    }
    for (int exponent = -149; exponent <= 127; ++exponent) {
        survives(std::ldexp(1.0f, exponent));
        survives(std::nextafter(std::ldexp(1.0f, exponent), 0.0f));
    }
    for (double const none : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        CHECK(write_error(none).ends_with("cannot write NaN or an infinity, which JSON does not have"));
        CHECK(write_error(static_cast<float>(none)).ends_with("which JSON does not have"));
        CHECK(write_error(JsonValue(none)).ends_with("cannot write a JsonNumber whose text is no number"));
        CHECK(write_error(std::vector{1.0, none}).find("$[1]") != std::string::npos);
    }
}

template <class Rep>
void durations() {
    using std::chrono::duration;
    auto const all = []<class... D>(std::type_identity<D>...) {
        (survives(D::min()), ...);
        (survives(D::max()), ...);
        (survives(std::chrono::sys_time<D>(D::min())), ...);
        (survives(std::chrono::sys_time<D>(D::max())), ...);
        all_survive<D..., std::chrono::sys_time<D>...>(50);
    };
    all(std::type_identity<duration<Rep, std::nano>>(), std::type_identity<duration<Rep, std::micro>>(),
        std::type_identity<duration<Rep, std::milli>>(), std::type_identity<duration<Rep>>(),
        std::type_identity<duration<Rep, std::ratio<60>>>(), std::type_identity<duration<Rep, std::ratio<3600>>>(),
        std::type_identity<duration<Rep, std::ratio<86400>>>());
}

TEST_CASE("Json range: durations and points in time, whatever counts them") {
    durations<signed char>();
    durations<unsigned char>();
    durations<short>();
    durations<unsigned short>();
    durations<int>();
    durations<unsigned>();
    durations<std::int64_t>();
    durations<std::uint64_t>();
    durations<long long>();
    using namespace std::chrono;
    all_survive<sys_time<weeks>, sys_time<months>, sys_time<years>, sys_time<duration<std::uint64_t, years::period>>,
                sys_time<duration<int, std::deci>>, system_clock::time_point>();
    survives(sys_time<duration<std::uint64_t, years::period>>::max());
    survives(system_clock::time_point::max());
    survives(system_clock::time_point::min());
}

TEST_CASE("Json range: years beyond four digits have a sign") {
    using namespace std::chrono;
    both_ways(sys_time<microseconds>::max(), R"("+294247-01-10T04:00:54.775807Z")");
    both_ways(sys_time<microseconds>::min(), R"("-290308-12-21T19:59:05.224192Z")");
    both_ways(sys_seconds::max(), R"("+292277026596-12-04T15:30:07Z")");
    both_ways(sys_seconds(sys_days(year(-1) / 12 / 31)), R"("-000001-12-31T00:00:00Z")");
    both_ways(sys_seconds(sys_days(year(10000) / 1 / 1)), R"("+010000-01-01T00:00:00Z")");
    // An offset leads there, too.
    CHECK(*write(*read<sys_seconds>(R"("0000-01-01T00:00:00+01:00")")) == R"("-000001-12-31T23:00:00Z")");
    CHECK(*write(*read<sys_seconds>(R"("9999-12-31T23:59:59-01:00")")) == R"("+010000-01-01T00:59:59Z")");
    CHECK(*read<sys_seconds>(R"("+002024-02-29T12:00:00Z")") == sys_days(2024y / 2 / 29) + 12h);
    for (char const* text : {"+2024-02-29T00:00:00Z", "+-02-29T00:00:00Z", "-", "+", "+00202a-02-29T00:00:00Z",
                             "+002023-02-29T00:00:00Z", "+000000000000000002024-02-29T00:00:00Z", "+002024"})
        CHECK(!read<sys_seconds>(std::string("\"") + text + "\""));
    CHECK(!read<sys_seconds>(R"("+99999999999999999999-01-01T00:00:00Z")"));
    CHECK(!read<sys_time<nanoseconds>>(R"("+010000-01-01T00:00:00Z")"));
}

TEST_CASE("Json range: lengths of time are read in every unit, up to the end of their type") {
    using namespace std::chrono;
    using Wide = duration<std::uint64_t, std::milli>;
    both_ways(Wide::max(), R"("18446744073709551615ms")");
    CHECK(*read<Wide>(R"("18446744073709551s")") == Wide(18446744073709551000u));
    CHECK(!read<Wide>(R"("18446744073709552s")"));
    CHECK(!read<Wide>(R"("18446744073709551616ms")"));
    CHECK(!read<Wide>(R"("-1ms")"));
    CHECK(*read<Wide>(R"("-0ms")") == Wide::zero());
    CHECK(!read<seconds>(R"("--1s")"));
    CHECK(!read<seconds>(R"("-+1s")"));
    CHECK(!read<seconds>(R"("9223372036854775808s")"));
    CHECK(*read<seconds>(R"("-9223372036854775808s")") == seconds::min());
}

TEST_CASE("Json range: text is UTF-8, whatever is in it") {
    all_survive<std::string, std::map<std::string, std::string>>(500);
    survives(std::string(1 << 20, '"'));
    survives(std::string(1 << 20, '\x01'));
    Random random(11);
    unsigned refused = 0;
    for (unsigned i = 0; i < 3000; ++i) {  // any bytes: refused, or as they were
        std::string text(below(random, 24), '\0');
        for (char& c : text) c = static_cast<char>(below(random, 3) == 0 ? random() : 0x80 | (random() & 0x7f));
        if (below(random, 3) == 0) make(random, text);
        if (write(text)) {
            survives(text);
        } else {
            ++refused;
            CHECK(write_error(text) == "JSON at $: cannot write text that is not UTF-8");
            CHECK(write_error(std::map<std::string, int>{{text, 1}}).ends_with("cannot write text that is not UTF-8"));
        }
    }
    CHECK(refused > 500);
}

TEST_CASE("Json range: everything inside of everything") {
    using namespace std::chrono;
    using Any = std::variant<std::monostate, bool, std::string, std::int64_t, double, Leaf>;
    all_survive<Unit, Leaf, Any, JsonValue, std::vector<bool>, std::vector<std::optional<int>>, std::deque<Leaf>,
                std::list<std::string>, std::set<double>, std::set<std::string>, std::unordered_set<std::int64_t>,
                std::unordered_set<std::string>, std::unordered_map<std::string, std::optional<Leaf>>,
                std::map<std::string, std::map<std::string, Any>>, std::array<Leaf, 3>, std::array<int, 0>,
                std::tuple<>, std::tuple<int, std::optional<Any>, std::vector<Unit>>, std::pair<std::string, float>,
                std::optional<std::map<std::string, std::vector<Any>>>, std::optional<std::variant<std::monostate, int>>,
                std::vector<std::pair<system_clock::time_point, milliseconds>>>();
}

/// The deepest that can be written can be read; what is deeper is refused when it is written.
template <class T, class Wrap>
unsigned deepest(T value, Wrap wrap) {
    for (unsigned levels = 0;; ++levels) {
        auto const text = write(value);
        if (!text) {
            CHECK(text.error().message().find("more levels of arrays and objects") != std::string_view::npos);
            return levels;
        }
        auto const back = read<T>(*text);
        REQUIRE(back);
        CHECK(*back == value);
        REQUIRE(levels <= max_json_depth);
        value = wrap(std::move(value));
    }
}

TEST_CASE("Json range: as deep as can be written can be read") {
    auto const levels = {
        deepest(Tree(), [](Tree inner) { return Tree{1, {std::move(inner)}, {}, {}, {}}; }),
        deepest(Tree(), [](Tree inner) { return Tree{1, {}, {{"", std::move(inner)}}, {}, {}}; }),
        deepest(Tree(), [](Tree inner) { return Tree{1, {}, {}, std::vector{std::move(inner)}, {}}; }),
        deepest(Tree(), [](Tree inner) { return Tree{1, {}, {}, {}, std::vector{std::move(inner)}}; })};
    for (unsigned const each : levels) CHECK(each >= 40);
    CHECK(deepest(JsonValue(), [](JsonValue inner) { return JsonValue(JsonValue::Array{std::move(inner)}); }) == 129);
    CHECK(deepest(JsonValue(), [](JsonValue inner) { return JsonValue(JsonValue::Object{{"", std::move(inner)}}); }) ==
          129);
    // What a program does not know is kept to the same depth, at the place where it stood.
    for (std::size_t depth : {1u, 126u, 127u, 128u}) {
        std::string const unknown = std::string(depth, '[') + std::string(depth, ']');
        std::string const before = R"({"x":1,"unknown":)" + unknown + "}";
        auto const after = write(Leaf{2, {}}, before);
        CHECK(after.has_value() == (depth < 128));
        if (after) CHECK(*after == R"({"x":2,"unknown":)" + unknown + "}");
        if (after) CHECK(read<Leaf>(*after));
    }
}

}  // namespace json_range
