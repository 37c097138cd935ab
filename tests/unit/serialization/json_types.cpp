#include "json_support.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace json_types {

enum class Colour { red, green, blue };
struct Point {
    int x = 0, y = 0;
    bool operator==(Point const&) const = default;
};
struct Circle {
    double radius = 1;
    bool operator==(Circle const&) const = default;
};
struct Empty {
    bool operator==(Empty const&) const = default;
};
using Shape = std::variant<std::monostate, Circle, Point, bool, int, double, std::string>;
using Named = std::variant<std::vector<Point>, std::vector<int>, Circle>;

/// Joins by `JsonAs`, with text that can be wrong.
struct Version {
    int major = 0, minor = 0;
    bool operator==(Version const&) const = default;
};
/// Joins by `JsonAs`, with a struct.
class Temperature {
public:
    Temperature() = default;
    explicit Temperature(double celsius) : celsius_(celsius) {}
    double celsius() const { return celsius_; }
    bool operator==(Temperature const&) const = default;

private:
    double celsius_ = 0;
};
/// Joins by `JsonCodec`.
struct Interval {
    int from = 0, to = 0;
    bool operator==(Interval const&) const = default;
};

struct Everything {
    bool flag = false;
    std::int8_t small = 0;
    std::uint64_t large = 0;
    double real = 0;
    float single = 0;
    std::string text;
    Colour colour = Colour::red;
    std::optional<int> maybe;
    std::vector<Point> points;
    std::deque<std::string> texts;
    std::list<double> reals;
    std::array<int, 3> three{};
    std::set<int> numbers;
    std::unordered_set<std::string> words;
    std::map<std::string, Point> places;
    std::unordered_map<std::string, std::vector<int>> lists;
    std::pair<int, std::string> pair;
    std::tuple<bool, double> tuple;
    Shape shape;
    std::chrono::sys_time<std::chrono::microseconds> when;
    std::chrono::milliseconds length{};
    holdfast::JsonValue any;
    Version version;
    Interval interval;
    std::vector<bool> flags;
    bool operator==(Everything const&) const = default;
};

struct Node {
    int value = 0;
    std::vector<Node> children;
    bool operator==(Node const&) const = default;
};
struct Defined {
    BOOST_HANA_DEFINE_STRUCT(Defined, (int, number), (std::string, text));
    bool operator==(Defined const&) const = default;
};

}  // namespace json_types

BOOST_HANA_ADAPT_STRUCT(json_types::Point, x, y);
BOOST_HANA_ADAPT_STRUCT(json_types::Circle, radius);
BOOST_HANA_ADAPT_STRUCT(json_types::Empty);
BOOST_HANA_ADAPT_STRUCT(json_types::Everything, flag, small, large, real, single, text, colour, maybe, points, texts,
                        reals, three, numbers, words, places, lists, pair, tuple, shape, when, length, any, version,
                        interval, flags);
BOOST_HANA_ADAPT_STRUCT(json_types::Node, value, children);

template <>
struct holdfast::JsonNames<json_types::Colour> {
    static constexpr std::pair<json_types::Colour, std::string_view> names[] = {
        {json_types::Colour::red, "red"}, {json_types::Colour::green, "green"}, {json_types::Colour::red, "rouge"}};
};
template <>
struct holdfast::JsonNames<json_types::Named> {
    static constexpr std::string_view names[] = {"polygon", "numbers", "circle"};
};
template <>
struct holdfast::JsonAs<json_types::Version> {
    static std::string to(json_types::Version const& version) {
        return std::to_string(version.major) + "." + std::to_string(version.minor);
    }
    static Result<json_types::Version> from(std::string const& text) {
        json_types::Version version;
        auto const end = text.data() + text.size();
        auto const point = std::from_chars(text.data(), end, version.major).ptr;
        if (point == end || *point != '.' || std::from_chars(point + 1, end, version.minor).ptr != end)
            return Error(Errc::incompatible, "expected a version such as 1.20");
        return version;
    }
};
template <>
struct holdfast::JsonAs<json_types::Temperature> {
    static double to(json_types::Temperature const& value) { return value.celsius(); }
    static json_types::Temperature from(double celsius) { return json_types::Temperature(celsius); }
};
template <>
struct holdfast::JsonCodec<json_types::Interval> {
    static bool write(JsonWriter& out, json_types::Interval const& value) {
        return out.object([&] { return out.member("from", value.from) && out.member("to", value.to); });
    }
    static bool read(JsonReader& in, json_types::Interval& value) {
        return in.object([&](std::string_view name, JsonReader& member) {
            if (name == "from") return member.read(value.from);
            if (name == "to") return member.read(value.to);
            return true;  // not read: checked and skipped
        });
    }
};

namespace json_types {

using namespace json_support;
using namespace std::chrono_literals;

static_assert(SerializationPolicy<Json, Everything> && SerializationPolicy<Json, int> &&
              SerializationPolicy<Json, Node>);
static_assert(SerializationPolicy<Json, JsonValue> && SerializationPolicy<Json, Shape> &&
              SerializationPolicy<Json, Named>);
static_assert(std::is_empty_v<Json>);

struct Undescribed {};
struct NoDefault {
    explicit NoDefault(int) {}
};
enum class Nameless { one };
static_assert(!SerializationPolicy<Json, Undescribed> && !SerializationPolicy<Json, std::vector<Undescribed>>);
static_assert(!SerializationPolicy<Json, std::map<std::string, std::optional<Undescribed>>>);
static_assert(!SerializationPolicy<Json, Nameless> && !SerializationPolicy<Json, int*>);
static_assert(!SerializationPolicy<Json, char> && !SerializationPolicy<Json, long double>);
static_assert(!SerializationPolicy<Json, std::string_view>, "would point into a payload that is gone");
static_assert(!SerializationPolicy<Json, std::map<int, int>>, "a member's name is text");
static_assert(!SerializationPolicy<Json, std::multimap<std::string, int>>);
static_assert(!SerializationPolicy<Json, std::optional<std::optional<int>>>, "null would have two meanings");
static_assert(!SerializationPolicy<Json, std::optional<JsonValue>>, "null would have two meanings");
static_assert(!SerializationPolicy<Json, std::chrono::steady_clock::time_point>);
static_assert(!SerializationPolicy<Json, std::chrono::duration<double>>);
static_assert(!SerializationPolicy<Json, std::chrono::duration<int, std::ratio<1, 60>>>);

TEST_CASE("Json: whole numbers of every width, to their limits") {
    both_ways(true, "true");
    both_ways(false, "false");
    auto const limits = []<class T>(T) {
        both_ways(std::numeric_limits<T>::min(), std::to_string(std::numeric_limits<T>::min()));
        both_ways(std::numeric_limits<T>::max(), std::to_string(std::numeric_limits<T>::max()));
        both_ways(T(0), "0");
        both_ways(T(7), "7");
    };
    limits((signed char)0), limits((unsigned char)0), limits(short()), limits((unsigned short)0);
    limits(0), limits(0U), limits(0L), limits(0UL), limits(0LL), limits(0ULL);
}

TEST_CASE("Json: real numbers by their shortest text") {
    both_ways(0.1, "0.1");
    both_ways(-0.0, "-0");
    CHECK(std::signbit(*read<double>("-0")));
    both_ways(1e300, "1e+300");
    both_ways(5e-324, "5e-324");
    both_ways(std::numeric_limits<double>::max(), "1.7976931348623157e+308");
    both_ways(3.0, "3");
    both_ways(0.1F, "0.1");
    both_ways(std::numeric_limits<float>::denorm_min(), "1e-45");
    CHECK(*read<double>("2.5E+3") == 2500);
    CHECK(*read<double>("1e-400") == 0);
    CHECK(*read<double>("0." + std::string(400, '0') + "1e5") == 0);
    CHECK(*read<double>("-1e-9999999999999999999999") == 0);
    CHECK(*read<double>("1" + std::string(400, '0') + "e-400") == 1);
}

TEST_CASE("Json: text with everything that must be escaped") {
    both_ways(std::string(), R"("")");
    both_ways(std::string("\"\\\b\f\n\r\t/"), R"("\"\\\b\f\n\r\t/")");
    both_ways(std::string("\0\x01\x1f\x7f", 4), "\"\\u0000\\u0001\\u001f\x7f\"");
    both_ways(std::string("grün 猫 🐈"), "\"grün 猫 🐈\"");
    CHECK(*read<std::string>(R"("\u0041\u00fc\u732b\ud83d\udc08\/")") == "Aü猫🐈/");
    // An escape at every place of a string of every length, for the scan in steps of 16 and 8.
    for (std::size_t size = 0; size < 50; ++size) {
        for (std::size_t at = 0; at <= size; ++at) {
            std::string text(size, 'a'), json = "\"" + text + "\"";
            if (at < size) text[at] = '\n', json = "\"" + text.substr(0, at) + "\\n" + text.substr(at + 1) + "\"";
            both_ways(text, json);
        }
    }
}

TEST_CASE("Json: enumerations by name") {
    both_ways(Colour::red, R"("red")");
    both_ways(Colour::green, R"("green")");
    CHECK(*read<Colour>(R"("rouge")") == Colour::red);
    CHECK(write_error(Colour::blue) ==
          "JSON at $: cannot write a value of an enumeration that has no name in its holdfast::JsonNames");
}

TEST_CASE("Json: sequences, sets, maps, tuples") {
    both_ways(std::vector<int>{1, 2, 3}, "[1,2,3]");
    both_ways(std::vector<int>(), "[]");
    both_ways(std::vector<bool>{true, false}, "[true,false]");
    both_ways(std::deque<std::string>{"a", "b"}, R"(["a","b"])");
    both_ways(std::list<std::vector<int>>{{1}, {}, {2, 3}}, "[[1],[],[2,3]]");
    both_ways(std::vector<std::optional<int>>{1, std::nullopt}, "[1,null]");
    both_ways(std::array<int, 2>{4, 5}, "[4,5]");
    both_ways(std::array<int, 0>{}, "[]");
    both_ways(std::set<int>{3, 1, 2}, "[1,2,3]");
    both_ways(std::set<int, std::greater<>>{3, 1, 2}, "[3,2,1]");
    both_ways(std::unordered_set<std::string>{"c", "a", "b"}, R"(["a","b","c"])");
    both_ways(std::map<std::string, int>{{"b", 2}, {"a", 1}}, R"({"a":1,"b":2})");
    both_ways(std::map<std::string, int, std::greater<>>{{"b", 2}, {"a", 1}}, R"({"a":1,"b":2})");
    both_ways(std::unordered_map<std::string, int>{{"b", 2}, {"\n", 1}, {"ä", 3}}, R"({"\n":1,"b":2,"ä":3})");
    both_ways(std::pair(1, std::string("x")), R"([1,"x"])");
    both_ways(std::tuple(true, 2, 3.5), "[true,2,3.5]");
    both_ways(std::optional<int>(), "null");
    both_ways(std::optional<int>(1), "1");
    CHECK(*read<std::map<std::string, int>>(R"({"a\nb":1,"a\nc":2})") ==
          std::map<std::string, int>{{"a\nb", 1}, {"a\nc", 2}});
}

TEST_CASE("Json: variants by the name of their alternative") {
    both_ways(Shape(), R"({"none":null})");
    both_ways(Shape(Circle{2}), R"({"Circle":{"radius":2}})");
    both_ways(Shape(Point{1, 2}), R"({"Point":{"x":1,"y":2}})");
    both_ways(Shape(true), R"({"bool":true})");
    both_ways(Shape(1), R"({"integer":1})");
    both_ways(Shape(1.5), R"({"number":1.5})");
    both_ways(Shape("x"), R"({"string":"x"})");
    both_ways(Named(std::vector<Point>{{1, 2}}), R"({"polygon":[{"x":1,"y":2}]})");
    both_ways(Named(std::vector<int>{1}), R"({"numbers":[1]})");
    CHECK(read_error<Shape>("{}") == "JSON at $: expected an object with one member, found an empty one (byte 0)");
    CHECK(read_error<Shape>(R"({"bool":true,"Circle":{}})") ==
          "JSON at $: expected an object with one member, found more (byte 0)");
    CHECK(read_error<Shape>(R"({"Square":1})") ==
          "JSON at $: expected the name of an alternative, found one that this program does not know (byte 0)");
    CHECK(read_error<Shape>(R"({"Point":{"y":true}})") ==
          "JSON at $.Point.y: expected a whole number from -2147483648 to 2147483647, found a boolean (byte 14)");
}

TEST_CASE("Json: structs, nested and recursive") {
    both_ways(Point{1, -2}, R"({"x":1,"y":-2})");
    both_ways(Empty{}, "{}");
    both_ways(
        Node{1, {{2, {}}, {3, {{4, {}}}}}},
        R"({"value":1,"children":[{"value":2,"children":[]},{"value":3,"children":[{"value":4,"children":[]}]}]})");
    Defined defined;
    defined.number = 4;
    both_ways(defined, R"({"number":4,"text":""})");
    CHECK(*read<Point>(" {\n\t\"y\" : 2 ,\r\n \"x\":1 } \n") == Point{1, 2});
    CHECK(*read<Point>(R"({"\u0079":2,"x":1})") == Point{1, 2});
}

TEST_CASE("Json: types of the user's own") {
    both_ways(Version{1, 20}, R"("1.20")");
    both_ways(Temperature(36.6), "36.6");
    both_ways(std::vector<Interval>{{1, 2}, {3, 4}}, R"([{"from":1,"to":2},{"from":3,"to":4}])");
    CHECK(read<Version>(R"("1-20")").error() == Errc::incompatible);
    CHECK(read<Version>(R"("1-20")").error().message().starts_with("JSON at $: expected a version such as 1.20"));
    CHECK(read_error<Version>("1") == "JSON at $: expected a string, found a number (byte 0)");
    CHECK(*read<Interval>(R"({"step":[1,{"a":2}],"to":5})") == Interval{0, 5});
    CHECK(read_error<Interval>(R"({"step":[1,{"a":2,}],"to":5})").starts_with("JSON at ${0}[1]: this is not JSON"));
    CHECK(read_error<Interval>(R"({"to":5,"to":5})") == "JSON at $: two members have the same name (byte 0)");
}

TEST_CASE("Json: points in time as RFC 3339") {
    using namespace std::chrono;
    sys_days const leap = 2024y / 2 / 29;
    both_ways(sys_time<seconds>(leap + 12h + 34min + 56s), R"("2024-02-29T12:34:56Z")");
    both_ways(sys_time<milliseconds>(leap + 50ms), R"("2024-02-29T00:00:00.050Z")");
    both_ways(sys_time<microseconds>(leap + 50us), R"("2024-02-29T00:00:00.000050Z")");
    both_ways(sys_time<nanoseconds>(leap + 1ns), R"("2024-02-29T00:00:00.000000001Z")");
    both_ways(leap, R"("2024-02-29T00:00:00Z")");
    both_ways(sys_time<milliseconds>(sys_days(1969y / 12 / 31) + 23h + 59min + 59s + 999ms),
              R"("1969-12-31T23:59:59.999Z")");
    both_ways(sys_seconds(sys_days(0y / 1 / 1)), R"("0000-01-01T00:00:00Z")");
    both_ways(sys_seconds(sys_days(9999y / 12 / 31) + 23h + 59min + 59s), R"("9999-12-31T23:59:59Z")");
    using Milli = sys_time<milliseconds>;
    CHECK(*read<Milli>(R"("2024-02-29t12:00:00z")") == leap + 12h);
    CHECK(*read<Milli>(R"("2024-02-29T12:00:00.5+05:30")") == leap + 6h + 30min + 500ms);
    CHECK(*read<Milli>(R"("2024-02-29T12:00:00.123000-01:00")") == leap + 13h + 123ms);
    for (char const* text :
         {"", "2024-02-29", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-02-29T24:00:00Z",
          "2024-02-29T00:60:00Z", "2024-02-29T00:00:60Z", "2024-02-29T00:00:00", "2024-02-29 00:00:00Z",
          "2024-02-29T00:00:00.Z", "2024-02-29T00:00:00.0001Z", "2024-02-29T00:00:00+24:00",
          "2024-02-29T00:00:00+00:60", "2024-02-29T00:00:00ZZ", "2024-2-29T00:00:00Z", "+024-02-29T00:00:00Z"})
        CHECK(read_error<Milli>(std::string("\"") + text + "\"") ==
              "JSON at $: expected a time as RFC 3339 writes it, with at most 3 digits of a fraction, found other text "
              "(byte 0)");
    CHECK(read_error<sys_days>(R"("2024-02-29T00:00:01Z")") ==
          "JSON at $: expected a time that its type can hold, found another one (byte 0)");
    CHECK(read_error<sys_time<nanoseconds>>(R"("2500-01-01T00:00:00Z")") ==
          "JSON at $: expected a time that its type can hold, found another one (byte 0)");
}

TEST_CASE("Json: durations with their unit") {
    both_ways(1500ms, R"("1500ms")");
    both_ways(-3ns, R"("-3ns")");
    both_ways(std::chrono::days(2), R"("2d")");
    both_ways(90min, R"("90min")");
    both_ways(std::chrono::nanoseconds::min(), R"("-9223372036854775808ns")");
    CHECK(*read<std::chrono::seconds>(R"("2h")") == 2h);
    CHECK(*read<std::chrono::seconds>(R"("2000ms")") == 2s);
    CHECK(read_error<std::chrono::seconds>(R"("1500ms")") ==
          "JSON at $: expected a length of time that its type can hold, found another one (byte 0)");
    CHECK(read_error<std::chrono::nanoseconds>(R"("9223372036854775807h")") ==
          "JSON at $: expected a length of time that its type can hold, found another one (byte 0)");
    for (char const* text : {"", "1", "s", "1 s", "1.5s", "1m", "+1s", "99999999999999999999s"})
        CHECK(read_error<std::chrono::seconds>(std::string("\"") + text + "\"")
                  .starts_with("JSON at $: expected a whole number with one of the units"));
}

TEST_CASE("Json: JsonValue loses nothing") {
    for (std::string_view text : {"null", "true", "-0", "0.10", "1E400", "123456789012345678901234567890", R"("a\nb")",
                                  R"({"z":1,"a":{"y":[],"b":{}},"m":[null,true,"x",1.50]})"}) {
        auto const value = read<JsonValue>(text);
        REQUIRE(value);
        CHECK(*write(*value) == text);
    }
    JsonValue const value = JsonValue::Object{{"b", 1}, {"a", JsonValue::Array{nullptr, "x", 2.5, false}}};
    both_ways(value, R"({"b":1,"a":[null,"x",2.5,false]})");
    CHECK(value.find("b")->get_if<JsonNumber>()->as<int>() == 1);
    CHECK(value.find("c") == nullptr);
    CHECK(value.kind() == JsonKind::object);
    CHECK(JsonNumber{"300"}.as<unsigned char>() == std::nullopt);
    CHECK(JsonNumber{"1e2"}.as<double>() == 100);
    CHECK(JsonNumber{"1e2"}.as<int>() == std::nullopt);
    CHECK(JsonNumber{"007"}.as<int>() == std::nullopt);
    CHECK(JsonNumber{"1e999"}.as<double>() == std::nullopt);
    CHECK(write_error(JsonValue(std::nan(""))) == "JSON at $: cannot write a JsonNumber whose text is no number");
    CHECK(write_error(JsonValue(JsonNumber{"1,2"})) == "JSON at $: cannot write a JsonNumber whose text is no number");
    CHECK(write_error(JsonValue(JsonValue::Object{{"a", 1}, {"a", 2}})) ==
          "JSON at $: cannot write an object with two members of the same name");
}

class Random {
public:
    std::uint64_t bits() { return engine_(); }
    std::size_t up_to(std::size_t limit) { return bits() % (limit + 1); }
    template <class T>
    T whole() {
        return static_cast<T>(bits() >> up_to(63));
    }
    template <class T, class U>
    T real() {
        for (;;)
            if (T const value = std::bit_cast<T>(static_cast<U>(bits())); std::isfinite(value)) return value;
    }
    std::string text() {
        std::string text;
        for (std::size_t n = up_to(40); n != 0; --n) {
            auto const point = static_cast<char32_t>(up_to(3) != 0 ? up_to(0x7f) : up_to(0x10ffff));
            detail::append_utf8(text, point >= 0xd800 && point < 0xe000 ? U'x' : point);
        }
        return text;
    }
    JsonValue value(unsigned depth) {
        switch (up_to(depth == 0 ? 4 : 6)) {
            case 0: return nullptr;
            case 1: return up_to(1) != 0;
            case 2: return whole<std::int64_t>();
            case 3: return real<double, std::uint64_t>();
            case 4: return text();
            case 5: {
                JsonValue::Array array;
                for (std::size_t n = up_to(4); n != 0; --n) array.push_back(value(depth - 1));
                return array;
            }
            default: break;
        }
        JsonValue::Object object;
        for (std::size_t n = up_to(4); n != 0; --n) object.emplace_back(std::to_string(n) + text(), value(depth - 1));
        return object;
    }
    Everything everything() {
        Everything e;
        e.flag = up_to(1) != 0;
        e.small = whole<std::int8_t>();
        e.large = whole<std::uint64_t>();
        e.real = real<double, std::uint64_t>();
        e.single = real<float, std::uint32_t>();
        e.text = text();
        e.colour = up_to(1) != 0 ? Colour::red : Colour::green;
        if (up_to(1) != 0) e.maybe = whole<int>();
        for (std::size_t n = up_to(3); n != 0; --n) {
            e.points.push_back({whole<int>(), whole<int>()});
            e.texts.push_back(text());
            e.reals.push_back(real<double, std::uint64_t>());
            e.numbers.insert(whole<int>());
            e.words.insert(text());
            e.places[text()] = {whole<int>(), whole<int>()};
            e.lists[text()].push_back(whole<int>());
            e.flags.push_back(up_to(1) != 0);
        }
        e.three = {whole<int>(), whole<int>(), whole<int>()};
        e.pair = {whole<int>(), text()};
        e.tuple = {up_to(1) != 0, real<double, std::uint64_t>()};
        switch (up_to(3)) {
            case 0: e.shape = Circle{real<double, std::uint64_t>()}; break;
            case 1: e.shape = text(); break;
            case 2: e.shape = whole<int>(); break;
            default: break;
        }
        // Years 1653 to 2286.
        e.when = decltype(e.when)(std::chrono::microseconds(whole<std::int64_t>() % 10'000'000'000'000'000));
        e.length = std::chrono::milliseconds(whole<std::int64_t>());
        e.any = value(3);
        e.version = {static_cast<int>(up_to(99)), static_cast<int>(up_to(99))};
        e.interval = {whole<int>(), whole<int>()};
        return e;
    }

private:
    std::mt19937_64 engine_{20240229};
};

TEST_CASE("Json: random values come back, and are written the same again") {
    Random random;
    for (int i = 0; i < 2000; ++i) {
        Everything const before = random.everything();
        auto const text = write(before);
        REQUIRE(text);
        CHECK(text->find('\n') == text->npos);
        auto const after = read<Everything>(*text);
        INFO(*text);
        REQUIRE(after);
        REQUIRE(*after == before);
        REQUIRE(*write(*after) == *text);
        auto const any = read<JsonValue>(*text);
        REQUIRE(any);
        REQUIRE(*write(*any) == *text);
    }
}

TEST_CASE("Json: one map, one text, whatever the order of insertion") {
    std::unordered_map<std::string, int> forwards, backwards(1000);
    for (int i = 0; i < 100; ++i) forwards[std::to_string(i)] = i;
    for (int i = 100; i-- > 0;) backwards[std::to_string(i)] = i;
    CHECK(*write(forwards) == *write(backwards));
}

}  // namespace json_types
