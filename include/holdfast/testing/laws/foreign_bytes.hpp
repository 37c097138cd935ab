#ifndef HOLDFAST_TESTING_LAWS_FOREIGN_BYTES_HPP
#define HOLDFAST_TESTING_LAWS_FOREIGN_BYTES_HPP

#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/laws/codings.hpp>

#include <concepts>

// The laws of serializations about bytes that are not what they encoded, and about those around these.
namespace holdfast::testing::law {

template <class State, class Z>
void foreign_bytes_are_refused(Codings<State, Z> const& codings) {
    if (!codings.found().begins("foreign_bytes_are_refused", {"states_come_back"})) return;
    auto const where = codings.usual();
    std::optional<Bytes> known;
    if (!codings.states().empty()) known = codings.encode(codings.states().back(), where);
    auto const harmless = [&](auto const& at, std::string_view bytes) {
        std::string const did = "decoding " + shown(bytes);
        if (known && bytes.size() % 2 == 0) {
            (void)codings.decode(at, Bytes::copy(bytes));
            auto const next = codings.decode(where, *known);
            codings.expect(next && *next == codings.states().back(),
                           did + ", then " + codings.nth(codings.states().size() - 1),
                           "what was decoded before decides nothing", next ? "another state" : next.error().describe());
        }
        auto const read = codings.decode(at, Bytes::copy(bytes));
        if (!read)
            codings.expect(read.error() == Errc::malformed || read.error() == Errc::incompatible, did,
                           "a value, `malformed` or `incompatible`", read.error().describe());
    };
    for (std::string_view const bytes :
         {"", "null", "{", "[[[[", "\"", "\xff\xfe", "{\"a\":1,,}", "1e999999", "tru", "-", "0", " ", "\n", "{}", "[]",
          "99999999999999999999999", "holdfast", "\x28\xb5\x2f\xfd",
          "\x7f"
          "ELF"})
        harmless(where, bytes);
    for (char const c : {'[', '{', '(', '"', '\0', '\x9f', '\xff'}) harmless(where, std::string(70'000, c));
    TestEnvironment chance(codings.found().seed());
    for (unsigned round = codings.found().rounds(200); round > 0; --round) {
        std::string bytes(round % 80, '\0');
        chance.random(bytes.data(), bytes.size());
        harmless(where, bytes);
    }
    for (State const& state : codings.states()) {
        auto const encoded = codings.encode(state, where);
        if (!encoded) continue;
        std::string const bytes(encoded->view());
        std::size_t const step = bytes.size() < 2'000 || codings.found().thorough() ? 1 : bytes.size() / 2'000;
        for (std::size_t n = 0; n < bytes.size(); n += step) harmless(where, std::string_view(bytes).substr(0, n));
        if (!bytes.empty()) harmless(where, std::string_view(bytes).substr(1));
        harmless(where, bytes + bytes);
        for (char const c : {'\0', ' ', '}', '\xff'}) harmless(where, bytes + c), harmless(where, c + bytes);
        for (std::size_t i = 0; i < bytes.size() && i < 200; ++i)
            for (char const c : {'\0', '"', '\\', '{', '}', ',', '9', '\xff', static_cast<char>(bytes[i] ^ 1)}) {
                std::string changed = bytes;
                changed[i] = c;
                harmless(where, changed);
            }
        // What belongs elsewhere.
        for (auto const& other : codings.places()) harmless(other, bytes);
    }
}

/// The same bytes, with others before and behind them.
inline std::vector<Bytes> placed(std::string_view bytes, std::string_view behind) {
    std::vector<Bytes> all;
    std::string const padding = std::string(behind.substr(0, read_padding)) + std::string(read_padding, '}');
    for (char const other : {'\0', '}', '"', '9', '\xff'}) {
        for (std::size_t const front : {1u, 64u})
            all.push_back(Bytes::copy(std::string(front, other).append(bytes)).drop_front(front));
        Buffer far;  // what follows the padding
        far.append(bytes);
        far.append(padding);
        far.append(std::string(300, other));
        far.truncate(bytes.size());
        all.push_back(Bytes(std::move(far)));
    }
    for (std::string_view const what : {std::string_view(padding), std::string_view("\xff\xff\xff\xff")}) {
        Buffer near;
        near.append(bytes);
        Bytes padded(std::move(near));
        // The storage is a buffer that was made here: not const, and nobody else's.
        if (!bytes.empty())
            std::memcpy(const_cast<char*>(padded.data()) + bytes.size(), what.data(),
                        what.size() < read_padding ? what.size() : read_padding);
        all.push_back(std::move(padded));
    }
    return all;
}

template <class State, class Z>
void bytes_around_are_not_read(Codings<State, Z> const& codings) {
    if (!codings.found().begins("bytes_around_are_not_read", {"states_come_back", "foreign_bytes_are_refused"})) return;
    auto const where = codings.usual();
    for (std::size_t i = 0; i < codings.states().size(); ++i) {
        auto const encoded = codings.encode(codings.states()[i], where);
        if (!encoded) continue;
        std::string_view const bytes = encoded->view();
        for (std::size_t cut = 0; cut <= bytes.size() && cut < 20; ++cut) {
            std::string_view const part = bytes.substr(0, bytes.size() - cut), rest = bytes.substr(bytes.size() - cut);
            Bytes const apart = Bytes::copy(part);
            auto const alone = codings.decode(where, apart);
            for (Bytes const& among : placed(part, rest)) {
                auto const read = codings.decode(where, among);
                bool const same =
                    read ? alone && *read == *alone : !alone && read.error().code() == alone.error().code();
                codings.expect(
                    same, codings.nth(i) + " decoded, but for the last " + std::to_string(cut) + " bytes, among others",
                    "what stands before and behind the bytes decides nothing",
                    read ? "another state" : read.error().describe());
            }
        }
    }
}

/// What a state was made of is overwritten; what it says must stay.
template <class State, class Z>
void states_own_what_they_say(Codings<State, Z> const& codings) {
    if (!codings.found().begins("states_own_what_they_say", {"states_come_back", "bytes_around_are_not_read"})) return;
    auto const states = codings.states();
    auto where = codings.usual();
    for (std::size_t i = 0; i < states.size(); ++i) {
        auto const encoded = codings.encode(states[i], where);
        if (!encoded) continue;
        std::string const did = codings.nth(i) + " decoded, its record gone";
        if constexpr (!std::same_as<State, Bytes>) {  // which share the payload
            Bytes const payload = Bytes::copy(encoded->view());
            RecordPtr const record = codings.record(where, payload);
            auto const back = codings.decode(where, record);
            if (!payload.empty()) std::memset(const_cast<char*>(payload.data()), '?', payload.size());
            codings.expect(back && *back == states[i], did, "a state does not point into the payload", "another state");
        }
        // Another record where the first one was.
        for (std::size_t other = 0; other < states.size(); ++other) {
            auto const bytes = codings.encode(states[other], where);
            if (!bytes) continue;
            std::optional<Record> place(*codings.record(where, *encoded));
            auto const nothing = [](Record const*) {};
            RecordPtr first(&*place, nothing);
            auto const back = codings.decode(where, first);
            if (first.use_count() > 1) continue;  // it is kept alive
            first.reset();
            place.emplace(*codings.record(where, *bytes));
            RecordPtr const second(&*place, nothing);
            auto const next = codings.decode(where, second);
            codings.expect(back && *back == states[i], did, "a state does not point into the record", "another state");
            codings.expect(next && *next == states[other],
                           codings.nth(other) + " decoded from a record where another was",
                           "what was decoded before decides nothing", next ? "another state" : next.error().describe());
        }
    }
}

}  // namespace holdfast::testing::law

#endif
