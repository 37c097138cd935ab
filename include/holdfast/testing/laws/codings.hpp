#ifndef HOLDFAST_TESTING_LAWS_CODINGS_HPP
#define HOLDFAST_TESTING_LAWS_CODINGS_HPP

#include <holdfast/concepts/compare_content.hpp>
#include <holdfast/concepts/serialization.hpp>
#include <holdfast/core/one_mode.hpp>
#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>
#include <holdfast/testing/laws/threads.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The laws of serializations about states that they have encoded themselves.
namespace holdfast::testing::law {

/// Some states and the serialization that codes them.
template <class State, SerializationPolicy<State> Z>
class Codings {
public:
    /// Where a state is coded: of which key, slot and sequence.
    struct Where {
        Key key;
        Slot slot = Slot::current;
        std::uint64_t sequence = 1;

        RecordId id() const noexcept { return slot_of(key, slot); }
        CodingContext context(Record const* previous = nullptr) const noexcept { return {id(), sequence, previous}; }
        Where before() const { return {key, slot, sequence - 1}; }
        std::string text() const {
            return std::string(" (slot ").append(name(slot)).append(", sequence ").append(std::to_string(sequence)) +
                   ")";
        }
    };

    Codings(Z& coder, std::span<State const> states, Findings& found)
        : coder_(coder), states_(states), found_(found), usual_{fresh_key()} {}

    std::span<State const> states() const noexcept { return states_; }
    Findings& found() const noexcept { return found_; }
    Where const& usual() const noexcept { return usual_; }

    /// Keys of every length, all slots, sequences over their range.
    std::vector<Where> places() const {
        std::vector<Where> all = {usual_};
        for (Slot const slot : {Slot::version, Slot::lock, Slot::retention}) all.push_back({usual_.key, slot, 2});
        for (std::uint64_t const number : edges_of_numbers) all.push_back({usual_.key, Slot::current, number});
        for (std::string const& key : {std::string("k"), std::string(200, 'k'), std::string("\xc3\xa9/\"\\'")})
            if (auto parsed = Key::parse(key)) all.push_back({*parsed, Slot::current, 3});
        return all;
    }

    RecordPtr record(Where const& where, Bytes payload) const {
        Record made = *make_record(where.key, "");
        made.payload = std::move(payload);
        made.stamp.sequence = where.sequence;
        return std::make_shared<Record const>(std::move(made));
    }
    /// The bytes of a state; none if it cannot be encoded.
    std::optional<Bytes> encode(State const& state, Where const& where, Record const* previous = nullptr) const {
        Buffer out;
        if (auto done = coder_.encode(where.context(previous), state, out); !done) {
            error_ = done.error().describe();
            return std::nullopt;
        }
        error_.clear();
        return Bytes(std::move(out));
    }
    Result<void> append(State const& state, Where const& where, Buffer& out) const {
        return coder_.encode(where.context(), state, out);
    }
    Result<State> decode(Where const& where, RecordPtr const& record) const {
#if defined(__cpp_exceptions)
        try {
            return coder_.template decode<State>(where.context(), record);
        } catch (...) {
            return Error(Errc::aborted, "an exception was thrown");
        }
#else
        return coder_.template decode<State>(where.context(), record);
#endif
    }
    Result<State> decode(Where const& where, Bytes payload) const {
        return decode(where, record(where, std::move(payload)));
    }
    Result<bool> same(Where const& a_where, Bytes const& a, Where const& b_where, Bytes const& b) const {
        return holdfast::detail::compare_content(coder_, a_where.context(), a, b_where.context(), b);
    }
    static constexpr bool compares = holdfast::detail::ComparesInContext<Z>;

    bool expect(bool holds, std::string_view did, std::string_view expected, std::string_view came = "") const {
        return holds || found_.expect(false, did, expected, came.empty() ? std::string_view(error_) : came);
    }
    std::string nth(std::size_t i) const {
        return "state " + std::to_string(i + 1) + " of " + std::to_string(states_.size());
    }

private:
    Z& coder_;
    std::span<State const> states_;
    Findings& found_;
    Where usual_;
    mutable std::string error_{};
};

template <class State, class Z>
void states_come_back(Codings<State, Z> const& codings) {
    if (!codings.found().begins("states_come_back")) return;
    auto const states = codings.states();
    if (!codings.found().expect(!states.empty(), "a check without states", "states of every shape", "nothing to check")) return;
    for (auto const& where : codings.places())
        for (std::size_t i = 0; i < states.size(); ++i)
            for (std::size_t before = 0; before <= states.size(); ++before) {
                std::string const did = codings.nth(i) + " encoded and decoded" + where.text();
                RecordPtr previous;
                if (before > 0 && where.sequence < 2) continue;
                if (before > 0) {
                    auto bytes = codings.encode(states[before - 1], where.before());
                    if (bytes) previous = codings.record(where.before(), *std::move(bytes));
                }
                auto const bytes = codings.encode(states[i], where, previous.get());
                if (!codings.expect(bool(bytes), did, "a state can be encoded, for any key, slot and sequence"))
                    continue;
                auto const back = codings.decode(where, *bytes);
                codings.expect(back && *back == states[i], did,
                               previous ? "a state comes back, whatever record it replaces" : "a state comes back",
                               back ? "another state; bytes " + shown(bytes->view()) : back.error().describe());
            }
}

template <class State, class Z>
void equal_states_give_equal_bytes(Codings<State, Z> const& codings) {
    if (!codings.found().begins("equal_states_give_equal_bytes", {"states_come_back"})) return;
    auto const states = codings.states();
    auto const equal = [&](auto const& a_where, Bytes const& a, auto const& b_where, Bytes const& b,
                           std::string_view did) {
        auto const same = codings.same(a_where, a, b_where, b);
        if (codings.found().succeeds(same, did))
            codings.expect(*same, did, "equal bytes, or bytes of which `same_content` is true",
                           shown(a.view()) + " and " + shown(b.view()));
    };
    for (std::size_t i = 0; i < states.size(); ++i) {
        auto const where = codings.usual();
        auto const next = typename Codings<State, Z>::Where{where.key, Slot::current, 2};
        auto const first = codings.encode(states[i], where);
        if (!first) continue;
        RecordPtr const previous = codings.record(where, *first);
        auto const second = codings.encode(states[i], next, previous.get());
        for (std::size_t other = 0; other < states.size(); ++other) {
            auto const between = codings.encode(states[other], where);
            auto const again = codings.encode(State(states[i]), where);
            std::string const did =
                codings.nth(i) + " encoded, then number " + std::to_string(other + 1) + ", then a copy of it";
            if (again) equal(where, *first, where, *again, did);
            if (!between || !second) continue;
            (void)codings.decode(where, *between);
            auto const replaced = codings.encode(State(states[i]), next, previous.get());
            if (replaced) equal(next, *second, next, *replaced, did + ", each in place of a record");
        }
        if (!Codings<State, Z>::compares) continue;
        for (auto const& other : codings.places()) {
            auto const there = codings.encode(states[i], other);
            if (!there) continue;
            std::string const did = codings.nth(i) + " encoded in two places, the second" + other.text();
            equal(where, *first, other, *there, did);
            equal(other, *there, where, *first, did);
        }
    }
}

template <class State, class Z>
void encoding_appends(Codings<State, Z> const& codings) {
    if (!codings.found().begins("encoding_appends", {"states_come_back", "equal_states_give_equal_bytes"})) return;
    auto const states = codings.states();
    for (std::size_t i = 0; i < states.size(); ++i)
        for (std::size_t const size : {1u, 7u, 64u, 5'000u}) {
            std::string const before(size, '{'),
                did = codings.nth(i) + " encoded behind " + std::to_string(size) + " bytes";
            Buffer out;
            out.append(before);
            if (!codings.found().succeeds(codings.append(states[i], codings.usual(), out), did)) continue;
            std::string_view const all = out.view();
            if (!codings.expect(all.starts_with(before), did, "what the buffer held stays", shown(all))) continue;
            Bytes const added = Bytes::copy(all.substr(size));
            auto const back = codings.decode(codings.usual(), added);
            codings.expect(back && *back == states[i], did,
                           "what is added is the state, and does not depend on what was there",
                           back ? "another state" : back.error().describe());
            auto const alone = codings.encode(states[i], codings.usual());
            if (!alone) continue;
            auto const same = codings.same(codings.usual(), *alone, codings.usual(), added);
            codings.expect(same && *same, did, "what is added does not depend on what was there",
                           shown(all.substr(size)));
        }
}

template <class State, class Z>
void different_states_differ(Codings<State, Z> const& codings) {
    if (!codings.found().begins("different_states_differ", {"states_come_back"})) return;
    auto const states = codings.states();
    auto const where = codings.usual();
    auto const next = typename Codings<State, Z>::Where{where.key, Slot::current, 2};
    for (std::size_t i = 0; i < states.size(); ++i)
        for (std::size_t other = 0; other < states.size(); ++other) {
            if (states[i] == states[other]) continue;
            auto const a = codings.encode(states[i], where), b = codings.encode(states[other], next);
            if (!a || !b) continue;
            auto const same = codings.same(where, *a, next, *b);
            std::string const did = codings.nth(i) + " compared with number " + std::to_string(other + 1);
            if (codings.found().succeeds(same, did))
                codings.expect(!*same, did, "bytes of different states are different", "they are said to be the same");
        }
    // What is no payload is not the same as one.
    if (!Codings<State, Z>::compares || states.empty()) return;
    auto const whole = codings.encode(states[states.size() - 1], where);
    if (!whole || whole->size() < 2) return;
    Bytes const cut = Bytes::copy(whole->view().substr(0, whole->size() - 1));
    auto const read = codings.decode(where, cut);
    auto const same = codings.same(where, *whole, where, cut);
    if (!read || *read != states[states.size() - 1])
        codings.expect(!same || !*same, "the last state compared with its bytes but for the last one",
                       "bytes of different states are different", "they are said to be the same");
}

/// Several threads, each with a state of its own; all of them know what must come.
template <class State, class Z>
void threads_do_not_mix_states(Codings<State, Z> const& codings) {
    if (!codings.found().begins("threads_do_not_mix_states",
                                {"states_come_back", "equal_states_give_equal_bytes", "foreign_bytes_are_refused"}))
        return;
    auto const states = codings.states();
    if (states.empty()) return;
    auto const where = codings.usual();
    std::vector<std::optional<Bytes>> bytes;
    for (State const& state : states) bytes.push_back(codings.encode(state, where));
    unsigned const rounds = codings.found().rounds(60);
    constexpr unsigned threads = 4;
    CommonRounds common(threads, rounds, 100 * std::size_t{rounds});
    at_once(threads, [&](unsigned me) {
        Codings<State, Z> const mine = codings;
        std::size_t const i = me % states.size();
        std::string const did = mine.nth(i) + " coded by one of four threads";
        common.run([&](std::size_t) {
            if (!bytes[i]) return false;
            auto const back = mine.decode(where, *bytes[i]);
            if (!mine.expect(back && *back == states[i], did, "each thread decodes its own state",
                             back ? "another state" : back.error().describe()))
                return false;
            auto const again = mine.encode(states[i], where);
            auto const same = again ? mine.same(where, *bytes[i], where, *again) : Result<bool>(false);
            return mine.expect(same && *same, did, "each thread encodes its own state", "other bytes");
        });
    });
}

}  // namespace holdfast::testing::law

#endif
