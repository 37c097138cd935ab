#ifndef HOLDFAST_TESTS_UNIT_SERIALIZATION_JSON_SUPPORT_HPP
#define HOLDFAST_TESTS_UNIT_SERIALIZATION_JSON_SUPPORT_HPP

#include <holdfast/serialization/json.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace json_support {

using namespace holdfast;

/// In a block of its own size, so that a sanitizer sees a read beyond the padding.
inline RecordPtr record(std::string_view payload) {
    return std::make_shared<Record>(Record{*Key::parse("k"), Bytes::copy(payload), {}, {}, {}});
}

template <class State>
Result<std::string> write(State const& state, std::string_view previous = {}) {
    RecordPtr const before = record(previous);
    Buffer out;
    out.append("before");
    auto const done = Json().encode({KeyView("k"), 1, previous.empty() ? nullptr : before.get()}, state, out);
    CHECK(out.view().starts_with("before"));
    if (!done) {
        CHECK(out.view() == "before");
        return done.error();
    }
    return std::string(out.view().substr(6));
}

template <class State>
Result<State> read(std::string_view payload) {
    return Json().template decode<State>({KeyView("k"), 1, nullptr}, record(payload));
}

/// Writes, compares with known text, and reads that back.
template <class State>
void both_ways(State const& state, std::string_view text) {
    INFO(text);
    auto const written = write(state);
    REQUIRE(written);
    CHECK(*written == text);
    auto const back = read<State>(text);
    REQUIRE(back);
    CHECK(*back == state);
}

/// Why reading fails: the sentence without what to do about it.
template <class State>
std::string read_error(std::string_view payload) {
    auto const state = read<State>(payload);
    if (state) return "accepted";
    CHECK(state.error() == Errc::malformed);
    std::string_view const message = state.error().message();
    CHECK(message.ends_with("; repair the record or restore it"));
    return std::string(message.substr(0, message.rfind(';')));
}

template <class State>
std::string write_error(State const& state) {
    auto const text = write(state);
    if (text) return "accepted";
    CHECK(text.error() == Errc::invalid_argument);
    std::string_view const message = text.error().message();
    CHECK(message.ends_with("; correct the state"));
    return std::string(message.substr(0, message.rfind(';')));
}

}  // namespace json_support

#endif
