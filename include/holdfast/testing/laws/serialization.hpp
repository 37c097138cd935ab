#ifndef HOLDFAST_TESTING_LAWS_SERIALIZATION_HPP
#define HOLDFAST_TESTING_LAWS_SERIALIZATION_HPP

#include <holdfast/concepts/serialization.hpp>
#include <holdfast/detail/compare_content.hpp>
#include <holdfast/testing/laws/findings.hpp>

#include <initializer_list>

namespace holdfast::testing {

/// The laws of `SerializationPolicy` on some states: they come back equal, equal states give equal bytes (or bytes that
/// the serialization's own `same_content` holds equal), encoding appends, and whatever else is decoded is a value or an
/// `Error` (`malformed`, `incompatible`). Every cut of the bytes and every single changed byte of the first 200 are
/// tried.
template <class State, SerializationPolicy<State> Z>
Findings check_serialization(Z& coder, std::initializer_list<State> states) {
    Findings found;
    Key const key = detail::fresh_key();
    CodingContext const about{RecordId(key), 1, nullptr};
    auto const record = [&](std::string_view payload) { return detail::make_record(key, payload); };
    auto const harmless = [&](std::string_view bytes) {
        auto const read = coder.template decode<State>(about, record(bytes));
        if (!read)
            found.expect(read.error() == Errc::malformed || read.error() == Errc::incompatible,
                         "bytes that cannot be decoded are 'malformed' or 'incompatible'");
    };
    for (State const& state : states) {
        Buffer one, two;
        two.append("before");
        if (!found.succeeds(coder.encode(about, state, one), "encoding") ||
            !found.succeeds(coder.encode(about, state, two), "encoding"))
            continue;
        std::string const bytes(one.view());
        found.expect(two.view().starts_with("before"), "encoding appends");
        auto const again = Bytes::copy(two.view().substr(two.view().starts_with("before") ? 6 : 0));
        auto const same = holdfast::detail::compare_content(coder, about, Bytes::copy(bytes), about, again);
        if (found.succeeds(same, "comparing two payloads of one state"))
            found.expect(*same, "equal states give equal bytes");
        auto const back = coder.template decode<State>(about, record(bytes));
        if (found.succeeds(back, "decoding what was encoded")) found.expect(*back == state, "decode(encode(x)) == x");
        for (std::size_t n = 0; n < bytes.size() && n < 2000; ++n) harmless(std::string_view(bytes).substr(0, n));
        for (std::size_t i = 0; i < bytes.size() && i < 200; ++i)
            for (char const c : {'\0', '"', '\\', '{', '}', ',', '9', '\xff'}) {
                std::string changed = bytes;
                changed[i] = c;
                harmless(changed);
            }
    }
    for (std::string_view const bytes : {"", "null", "{", "[[[[", "\"", "\xff\xfe", "{\"a\":1,,}", "1e999999", "tru"})
        harmless(bytes);
    return found;
}

}  // namespace holdfast::testing

#endif
