#include <holdfast/serialization/json.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

using namespace holdfast;

enum class Colour { red, green };
struct Part {
    int number = 0;
    std::optional<std::string> text;
    std::vector<Part> parts;
    bool operator==(Part const&) const = default;
};
struct Version {
    unsigned number = 1;
    bool operator==(Version const&) const = default;
};
struct All {
    bool b = false;
    signed char i = 0;
    unsigned long long u = 0;
    double d = 0;
    float f = 0;
    std::string s;
    Colour e = Colour::red;
    std::optional<Part> o;
    std::deque<Part> q;
    std::array<int, 2> a{};
    std::set<std::string> k;
    std::map<std::string, Part> m;
    std::unordered_map<std::string, double> h;
    std::tuple<int, bool> t;
    std::variant<std::monostate, Part, std::string> v;
    std::chrono::sys_time<std::chrono::nanoseconds> w;
    std::chrono::milliseconds l{};
    Version x;
    JsonValue j;
    bool operator==(All const&) const = default;
};

}  // namespace

BOOST_HANA_ADAPT_STRUCT(Part, number, text, parts);
BOOST_HANA_ADAPT_STRUCT(All, b, i, u, d, f, s, e, o, q, a, k, m, h, t, v, w, l, x, j);

template <>
struct holdfast::JsonNames<Colour> {
    static constexpr std::pair<Colour, std::string_view> names[] = {{Colour::red, "red"}, {Colour::green, "green"}};
};
template <>
struct holdfast::JsonAs<Version> {
    static std::string to(Version const& version) { return std::to_string(version.number); }
    static Result<Version> from(std::string const& text) {
        if (text != "1" && text != "2") return Error(Errc::malformed, "expected version 1 or 2");
        return Version{static_cast<unsigned>(text[0] - '0')};
    }
};

namespace {

void expect(bool good) {
    if (!good) std::abort();
}

RecordPtr record(Bytes payload) {
    return std::make_shared<Record>(Record{KeyView("k"), std::move(payload), {}, {}, {}});
}

/// Whatever is accepted must come back equal when it is written, alone or over what it was read from, and read again.
template <class State>
bool check(RecordPtr const& input) {
    CodingContext const context{KeyView("k"), 1, nullptr};
    auto const state = Json().decode<State>(context, input);
    if (!state) {
        expect(state.error() == Errc::malformed);
        CodingContext const over{KeyView("k"), 1, input.get()};
        Buffer out;
        if (auto const done = Json().encode(over, State(), out); !done) expect(done.error() == Errc::malformed);
        else expect(Json().decode<State>(context, record(Bytes(std::move(out)))).has_value());
        return false;
    }
    Buffer alone, over;
    expect(Json().encode(context, *state, alone).has_value());
    expect(Json().encode({KeyView("k"), 1, input.get()}, *state, over).has_value());
    auto const text = record(Bytes(std::move(alone))), kept = record(Bytes(std::move(over)));
    expect(text->payload.view().find('\n') == std::string_view::npos);
    expect(*Json().decode<State>(context, text) == *state);
    expect(*Json().decode<State>(context, kept) == *state);
    // What was kept once is kept unchanged.
    Buffer again;
    expect(Json().encode({KeyView("k"), 1, kept.get()}, *state, again).has_value());
    expect(again.view() == kept->payload.view());
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    auto const input = record(Bytes::copy({reinterpret_cast<char const*>(data), size}));
    bool const json = check<JsonValue>(input);
    if (check<All>(input)) expect(json);
    if (check<std::string>(input)) expect(json);
    return 0;
}
