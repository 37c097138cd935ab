// The checker is checked: histories made by hand, a checker that tries every order, and histories that a register made.

#include <holdfast/testing/linearizability/check.hpp>

#include <catch2/catch_test_macros.hpp>

#include <numeric>
#include <random>

namespace linearizability_check_test {

using namespace holdfast::testing;
using Kind = LinearizabilityVerdict::Kind;
using Outcome = HistoryEvent::Outcome;

constexpr Token none = absent_token;

/// One register "k"; values are small numbers, 0 is absence.
struct Register : RecordedHistory {
    Register() {
        for (int i = 1; i < 10; ++i) (void)token(std::to_string(i));
    }
    Register& read(std::string_view who, Token saw, Moment from, Moment to) {
        RecordedHistory::read("k", who, saw, from, to);
        return *this;
    }
    Register& set(std::string_view who, Token value, Moment from, Moment to, Outcome outcome = Outcome::applied) {
        RecordedHistory::write("k", who, value, from, to, outcome);
        return *this;
    }
    Register& swap(std::string_view who, Token old, Token value, Moment from, Moment to,
                   Outcome outcome = Outcome::applied) {
        RecordedHistory::swap("k", who, old, value, from, to, outcome);
        return *this;
    }
};

void legal(RecordedHistory const& history, char const* what) {
    INFO(what);
    auto const verdict = check_linearizability(history);
    CHECK(verdict);
    CHECK(verdict.text == "");
}

/// Refused, and the contradiction is found in `size` calls.
std::string illegal(RecordedHistory const& history, std::size_t size, char const* what) {
    INFO(what);
    auto const verdict = check_linearizability(history);
    INFO(verdict.text);
    CHECK(verdict.kind == Kind::violation);
    CHECK(verdict.key == "k");
    CHECK(verdict.contradiction.size() == size);
    return verdict.text;
}

TEST_CASE("linearizability: histories that a register can have made", "[linearizability]") {
    constexpr auto unknown = Outcome::unknown, failed = Outcome::failed, conflict = Outcome::conflict;
    legal(Register(), "nothing");
    legal(Register().read("A", none, 1, 2), "absent at first");
    legal(Register().swap("A", none, 1, 1, 2).read("B", 1, 3, 4), "what was written is read");
    legal(Register().swap("A", none, 1, 1, 5).read("B", none, 2, 3).read("C", 1, 2, 3), "during a write both is right");
    legal(Register().swap("A", none, 1, 1, 5).read("B", 1, 5, 6).read("C", none, 5, 6), "calls that touch overlap");
    legal(Register().set("A", 1, 1, 9).set("B", 2, 1, 9).read("C", 1, 2, 3).read("C", 2, 4, 5), "two writes in order");
    legal(Register().set("A", 1, 1, 9).set("B", 2, 1, 9).read("C", 2, 2, 3).read("C", 1, 4, 5), "and the other way");
    legal(Register().swap("A", none, 1, 1, 9, unknown).read("B", none, 2, 3), "an unknown write that never is");
    legal(Register().swap("A", none, 1, 1, 2, unknown).read("B", none, 3, 4).read("B", 1, 5, 6),
          "an unknown write that takes effect after a later read had not seen it");
    legal(Register().swap("A", none, 1, 1, 2, unknown).swap("B", 1, 2, 3, 4), "an unknown write that another built on");
    legal(Register()
              .set("A", 1, 1, 2)
              .set("B", 2, 3, 4, unknown)
              .set("A", 3, 5, 6)
              .read("A", 3, 7, 8)
              .read("A", 2, 9, 10),
          "an unknown write that lands on top of a later one");
    legal(Register().set("A", 1, 1, 2).set("A", 2, 3, 4).set("A", 1, 5, 6).read("B", 1, 7, 8), "equal values");
    legal(Register()
              .set("A", 1, 1, 2, unknown)
              .set("B", 1, 1, 2, unknown)
              .set("A", 2, 3, 4)
              .read("B", 1, 5, 6)
              .set("A", 3, 7, 8)
              .read("B", 1, 9, 10),
          "two unknown writes of an equal value land at different times");
    legal(Register().swap("A", none, 1, 1, 2, failed).read("B", none, 3, 4), "what failed was not made");
    legal(Register().swap("A", none, 1, 1, 2).swap("B", none, 2, 3, 4, conflict).read("B", 1, 5, 6), "a true conflict");
    legal(Register().swap("A", none, 1, 1, 4).swap("B", 1, none, 3, 6).swap("C", none, 2, 2, 7, conflict),
          "a conflict with what was there for a moment");
    legal(Register().swap("A", none, 1, 1, 2).swap("A", 1, none, 3, 4).swap("B", none, 2, 5, 6).read("C", 2, 7, 8),
          "removed and created again");
    legal(Register().swap("A", 1, 1, 1, 9).set("B", 1, 3, 4), "a swap of equal values waits for its value");
    legal(Register().set("A", 1, 1, 9).set("B", 2, 2, 3).read("B", 2, 4, 5).read("C", 1, 6, 7).read("C", 1, 10, 11),
          "a write that began first takes effect last");
    Register given;
    given.initial[given.keys("k")] = 5;
    legal(given.read("A", 5, 1, 2).swap("A", 5, 6, 3, 4), "a register that was not absent at first");
    // What is spent first is wanted later: a dead end with more left condemns one with less, never the reverse.
    legal(Register()
              .swap("C", 2, 1, 1, 2, unknown)
              .set("A", 2, 10, 21)
              .set("B", 1, 10, 20)
              .read("R", 1, 30, 31)
              .set("E", 2, 70, 71)
              .set("F", 9, 72, 100)
              .read("R", 1, 73, 74),
          "one unknown write, to be saved");
    legal(Register()
              .swap("C", 2, 1, 1, 2, unknown)
              .swap("C", 2, 1, 1, 2, unknown)
              .swap("D", 3, 1, 1, 2, unknown)
              .set("A", 3, 10, 20)
              .set("B", 2, 10, 20)
              .read("R", 1, 30, 31)
              .set("A", 3, 40, 50)
              .set("B", 2, 40, 50)
              .read("R", 1, 60, 61)
              .set("E", 2, 70, 71)
              .set("F", 9, 72, 100)
              .read("R", 1, 73, 74),
          "two unknown writes, one to be saved");
    legal(Register().set("A", 1, 1, never).read("B", none, 5, 6).read("B", 1, 7, 8), "a call that never returned");
}

TEST_CASE("linearizability: histories that no register can have made", "[linearizability]") {
    constexpr auto unknown = Outcome::unknown, failed = Outcome::failed, conflict = Outcome::conflict;
    illegal(Register().swap("A", none, 1, 1, 2).swap("A", 1, 2, 3, 4).read("B", 1, 5, 6), 2, "a stale read");
    illegal(Register().swap("A", none, 1, 1, 2).read("B", none, 3, 4), 2, "a write that is not seen");
    illegal(Register().swap("A", none, 1, 1, 2).swap("B", 1, 2, 3, 6).swap("C", 1, 3, 4, 5), 2, "a lost update");
    auto text = illegal(Register().swap("A", none, 1, 1, 2).read("B", 7, 3, 4), 1, "a value that was never written");
    CHECK(text.find("\"7\" was never written") != text.npos);
    text = illegal(Register().swap("A", none, 1, 1, 2, failed).read("B", 1, 3, 4), 1, "a failed write that is seen");
    CHECK(text.find("set only by what is known not to have been applied") != text.npos);
    illegal(Register()
                .swap("A", none, 1, 1, 2)
                .swap("A", 1, 2, 3, 4, unknown)
                .read("B", 2, 5, 6)
                .set("B", 1, 7, 8)
                .read("B", 1, 9, 10)
                .read("B", 2, 11, 12),
            3, "an unknown write that takes effect twice");
    illegal(Register().set("A", 1, 1, 2, unknown).read("B", 1, 3, 4).set("B", 2, 5, 6).read("B", 1, 7, 8), 3,
            "an unknown write without condition that takes effect twice");
    illegal(Register().set("A", 1, 1, 2).set("A", 2, 3, 4).read("B", 2, 5, 6).read("B", 1, 7, 8), 3, "back in time");
    illegal(Register().set("A", 1, 1, 9).set("B", 2, 1, 9).read("C", 1, 2, 3).read("C", 2, 4, 5).read("D", 1, 6, 7), 3,
            "two readers who see two writes in different orders");
    illegal(Register().swap("A", none, 1, 1, 6).swap("B", none, 2, 2, 5), 2, "created twice");
    illegal(Register().read("A", 1, 1, 2).swap("B", none, 1, 3, 4), 1, "read before it was written");
    illegal(Register().set("A", 1, 1, 2).set("A", 2, 3, 4).set("B", 1, 5, 6).read("C", 2, 7, 8), 3,
            "equal values, stale");
    illegal(Register().swap("A", none, 1, 1, 2).swap("A", 1, none, 3, 4).read("B", 1, 5, 6), 2,
            "what was removed is back");
    illegal(Register().swap("A", none, 1, 1, 2, conflict).read("B", none, 3, 4), 1, "a conflict with nobody");
    illegal(Register().swap("A", none, 1, 1, 2).swap("B", 1, 2, 3, 4, conflict), 2, "a conflict with nobody since");
    illegal(Register().swap("A", none, 1, 1, 2).swap("B", 2, 3, 3, 4).swap("C", 1, 2, 5, 6), 1, "built on the future");
    illegal(Register()
                .set("A", 1, 1, 2, unknown)
                .set("B", 1, 1, 2, unknown)
                .read("C", 1, 3, 4)
                .set("C", 2, 5, 6)
                .read("C", 1, 7, 8)
                .set("C", 3, 9, 10)
                .read("C", 1, 11, 12),
            5, "two unknown writes are not three");
    illegal(Register().read("B", 1, 1, 2).set("A", 1, 3, 4, unknown), 1, "an unknown write before its beginning");
    Register given;
    given.initial[given.keys("k")] = 5;
    illegal(given.read("A", none, 1, 2), 1, "a register that was not absent at first");
}

TEST_CASE("linearizability: a violation is put into words that name who, what and when", "[linearizability]") {
    Register history;
    for (Moment i = 0; i < 100; ++i) history.read("noise", none, 2 * i, 2 * i + 1);
    history.swap("A", none, 1, 201, 202).swap("B", 1, 2, 203, 206).swap("C", 1, 3, 204, 205).read("D", 3, 300, 301);
    auto const verdict = check_linearizability(history);
    CHECK(verdict.text ==
          "key \"k\": no order of the calls explains this one\n"
          "  B changed \"1\" to \"2\", #203 to #206\n"
          "beside\n"
          "  C changed \"1\" to \"3\", #204 to #205\n"
          "\"1\" was set by\n"
          "  A changed absence to \"1\", #201 to #202\n"
          "concurrent with it\n"
          "  C changed \"1\" to \"3\", #204 to #205\n");
    REQUIRE(verdict.contradiction.size() == 2);
    CHECK(history.actors.text(verdict.contradiction[0].actor) == "C");

    RecordedHistory timed;
    timed.nanoseconds = true;
    timed.read("a\nb", "A", timed.token(std::string("\x01") + std::string(100, 'x')), 5'000'000'000, 5'000'012'345);
    CHECK(check_linearizability(timed).text ==
          "key \"a\\x0ab\": no order of the calls explains this one\n  A read \"\\x01" + std::string(59, 'x') +
              "\"…, 0.000 µs to 12.345 µs\n\"\\x01" + std::string(59, 'x') + "\"… was never written\n");
}

TEST_CASE("linearizability: keys are judged by themselves, and the limit of steps is kept", "[linearizability]") {
    RecordedHistory two;
    two.write("a", "A", two.token("1"), 1, 2);
    two.read("b", "A", none, 3, 4);
    CHECK(check_linearizability(two));
    two.read("b", "A", two.token("1"), 5, 6);
    CHECK(check_linearizability(two).key == "b");

    // Many unconditional writes at once, and a read that none of them explains: every subset would have to be tried.
    Register hard;
    for (Token i = 1; i < 10; ++i) {
        hard.set("A", i, i, 100).read("B", i, i, 100).set("C", i, i, 100).read("D", i, i, 100).set("E", i, i, 100);
        hard.swap("F", i, i % 9 + 1, i, 100);
    }
    hard.read("Z", 77, 101, 102);
    LinearizabilityOptions few;
    few.steps = 1000;
    auto const verdict = check_linearizability(hard, few);
    CHECK(verdict.kind == Kind::undecided);
    CHECK(!verdict);
    CHECK(verdict.steps == 1000);
    CHECK(verdict.text.find("no answer after 1000 steps") != std::string::npos);
    // A violation elsewhere is an answer.
    hard.RecordedHistory::read("other", "A", 1, 1, 2);
    CHECK(check_linearizability(hard, few).key == "other");
}

/// Tries every order of every choice of the unknown writes. For a handful of calls.
class EveryOrder {
public:
    explicit EveryOrder(std::vector<HistoryEvent> events)
        : events_(std::move(events)), placed_(events_.size(), false) {}
    bool exists() { return from(absent_token); }

private:
    bool from(Token state) {
        bool complete = true;
        for (std::size_t i = 0; i < events_.size(); ++i) complete = complete && (placed_[i] || optional(events_[i]));
        if (complete) return true;
        for (std::size_t i = 0; i < events_.size(); ++i) {
            HistoryEvent const& event = events_[i];
            if (placed_[i] || event.outcome == Outcome::failed || !first(i)) continue;
            Token next = state;
            bool const met = !event.conditional || event.expected == state;
            if (event.kind == HistoryEvent::Kind::read) {
                if (event.value != state) continue;
            } else if (event.outcome == Outcome::conflict) {
                if (event.conditional && event.expected == state) continue;
            } else {
                if (!met) continue;
                next = event.value;
            }
            placed_[i] = true;
            bool const found = from(next);
            placed_[i] = false;
            if (found) return true;
        }
        return false;
    }
    /// Whether nobody who has to come before is still waiting.
    bool first(std::size_t i) const {
        for (std::size_t j = 0; j < events_.size(); ++j)
            if (!placed_[j] && !optional(events_[j]) && events_[j].returned < events_[i].invoked) return false;
        return true;
    }
    static bool optional(HistoryEvent const& event) {
        return event.outcome == Outcome::unknown || event.outcome == Outcome::failed;
    }

    std::vector<HistoryEvent> events_;
    std::vector<bool> placed_;
};

/// Small chaos: few values and moments, so that many histories are nearly right.
RecordedHistory chaos(std::mt19937& random) {
    auto const below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    RecordedHistory history;
    unsigned const calls = 1 + below(6), values = 1 + below(4), moments = 3 + below(12);
    for (unsigned i = 0; i < calls; ++i) {
        Moment const from = below(moments), to = from + below(moments);
        HistoryEvent event{.invoked = from, .returned = to};
        (void)history.keys("k");
        (void)history.actors("A");
        event.value = below(values + 1);
        if (below(3) != 0) {
            event.kind = HistoryEvent::Kind::write;
            event.conditional = below(3) != 0;
            event.expected = below(values + 1);
            unsigned const outcome = below(10);
            event.outcome = outcome < 5   ? Outcome::applied
                            : outcome < 8 ? Outcome::unknown
                            : outcome < 9 ? Outcome::conflict
                                          : Outcome::failed;
        }
        history.add(event);
    }
    return history;
}

TEST_CASE("linearizability: the verdicts are those of a checker that tries every order", "[linearizability]") {
    std::mt19937 random(4711);
    unsigned in_order = 0, wrong = 0, not_small = 0, rounds = 20'000;
    for (unsigned i = 0; i < rounds; ++i) {
        RecordedHistory const history = chaos(random);
        bool const expected = EveryOrder(history.events).exists();
        auto const verdict = check_linearizability(history);
        in_order += expected ? 1u : 0u;
        wrong += verdict.kind == (expected ? Kind::linearizable : Kind::violation) ? 0u : 1u;
        if (verdict.kind != Kind::violation) continue;
        // The contradiction alone is one, whatever the others did; without any part of it there is none.
        auto const contradicts = [&](std::size_t without) {
            std::vector<HistoryEvent> weak;
            for (HistoryEvent event : history.events) {
                bool stays = false;
                for (std::size_t c = 0; c < verdict.contradiction.size(); ++c) {
                    HistoryEvent const& part = verdict.contradiction[c];
                    stays =
                        stays || (c != without && part.invoked == event.invoked && part.returned == event.returned &&
                                  part.value == event.value && part.kind == event.kind &&
                                  part.expected == event.expected && part.outcome == event.outcome);
                }
                if (!stays && (event.kind == HistoryEvent::Kind::read || event.outcome == Outcome::conflict)) continue;
                if (!stays && event.outcome == Outcome::applied) event.outcome = Outcome::unknown;
                weak.push_back(event);
            }
            return !EveryOrder(weak).exists();
        };
        not_small += contradicts(~std::size_t(0)) ? 0u : 1u;
    }
    CHECK(wrong == 0);
    CHECK(not_small == 0);
    CHECK(in_order > rounds / 10);
    CHECK(in_order < rounds * 9 / 10);
}

/// Mostly unknown writes of few values beside certain reads: which of them are used up is what decides.
RecordedHistory doubts(std::mt19937& random) {
    auto const below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    RecordedHistory history;
    Moment now = 0;
    for (unsigned i = 0, calls = 6 + below(5); i < calls; ++i) {
        now += 1 + below(3);
        if (below(5) < 2) {
            history.read("k", "A", 1 + below(2), now, now + below(6));
        } else {
            bool const certain = below(4) == 0;
            history.write("k", "A", 1 + below(2), now, now + below(6), certain ? Outcome::applied : Outcome::unknown);
            history.events.back().conditional = below(3) != 0;
            history.events.back().expected = below(3);
        }
    }
    return history;
}

TEST_CASE("linearizability: unknown writes are spent as by a checker that tries every order", "[linearizability]") {
    std::mt19937 random(815);
    unsigned in_order = 0, wrong = 0, rounds = 20'000;
    LinearizabilityOptions options;
    options.explain = false;
    for (unsigned i = 0; i < rounds; ++i) {
        RecordedHistory const history = doubts(random);
        bool const expected = EveryOrder(history.events).exists();
        in_order += expected ? 1u : 0u;
        wrong +=
            check_linearizability(history, options).kind == (expected ? Kind::linearizable : Kind::violation) ? 0u : 1u;
    }
    CHECK(wrong == 0);
    CHECK(in_order > rounds / 10);
    CHECK(in_order < rounds * 9 / 10);
}

struct Made {
    RecordedHistory history;
    std::vector<std::size_t> reads;  ///< events, in the order in which they took effect
    std::vector<std::size_t> applied;
};

/// A register is run call by call; each call is then said to have lasted a while before and after. No call of a process
/// overlaps another of its own.
Made run_register(std::mt19937& random, unsigned processes, unsigned calls, bool conditional, unsigned values,
                  unsigned unknown_percent) {
    auto const below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    Made made;
    std::vector<Moment> free(processes, 0);
    struct Late {
        Token expected, value;
        unsigned due;
    };
    std::vector<Late> late;
    Token state = none;
    Moment now = 0;
    unsigned fresh = 0;
    for (unsigned i = 0; i < calls; ++i) {
        now += 10;
        for (auto at = late.begin(); at != late.end();) {  // a late write lands, if its condition holds by then
            if (at->due > i) {
                ++at;
                continue;
            }
            if (!conditional || at->expected == state) state = at->value;
            at = late.erase(at);
            now += 10;
        }
        unsigned const who = below(processes);
        if (free[who] >= now) continue;
        Moment const earliest = free[who] + 1;
        Moment const from = std::max(earliest, now - std::min<Moment>(now, below(80))), to = now + below(80);
        free[who] = to;
        std::string const actor = "p" + std::to_string(who);
        if (below(2) == 0) {
            made.reads.push_back(made.history.events.size());
            made.history.read("k", actor, state, from, to);
            continue;
        }
        Token const value = made.history.token(std::to_string(values == 0 ? ++fresh : below(values)));
        bool const unknown = below(100) < unknown_percent;
        Outcome const outcome = unknown ? Outcome::unknown : Outcome::applied;
        if (!unknown) made.applied.push_back(made.history.events.size());
        if (conditional) made.history.swap("k", actor, state, value, from, to, outcome);
        else made.history.write("k", actor, value, from, to, outcome);
        switch (unknown ? below(3) : 0) {
            case 0: state = value; break;
            case 1: late.push_back({made.history.events.back().expected, value, i + below(20)}); break;
            default: break;
        }
    }
    return made;
}

TEST_CASE("linearizability: what a register made is accepted, and a certain fault is refused", "[linearizability]") {
    std::mt19937 random(42);
    for (unsigned round = 0; round < 60; ++round) {
        bool const conditional = round % 2 == 0;
        unsigned const values = round % 3 == 0 ? 4 : 0, unknown = round % 5 * 8;
        // Where values repeat and writes are unknown, to refuse is hard: those histories are short.
        unsigned const calls = values != 0 && unknown != 0 ? 60 : 200;
        Made made = run_register(random, 2 + round % 7, calls, conditional, values, unknown);
        INFO("round " << round);
        auto const verdict = check_linearizability(made.history);
        INFO(verdict.text);
        CHECK(verdict.kind == Kind::linearizable);

        // A read of a value that nobody wrote.
        RecordedHistory forged = made.history;
        std::size_t const at = made.reads[random() % made.reads.size()];
        forged.events[at].value = forged.token("never");
        CHECK(check_linearizability(forged).kind == Kind::violation);
        if (values != 0) continue;

        // Values differ. A value that was seen is written by what is known not to have been applied.
        RecordedHistory denied = made.history;
        for (std::size_t const read : made.reads) {
            Token const seen = denied.events[read].value;
            if (seen == none) continue;
            for (HistoryEvent& event : denied.events)
                if (event.kind == HistoryEvent::Kind::write && event.value == seen) event.outcome = Outcome::failed;
            CHECK(check_linearizability(denied).kind == Kind::violation);
            break;
        }
        // A read at the end of what was there at the beginning: every value is written once, so it cannot be again.
        RecordedHistory stale = made.history;
        Moment end = 0;
        for (HistoryEvent const& event : stale.events) end = std::max(end, event.returned);
        stale.read("k", "end", none, end + 1, end + 2);
        CHECK(check_linearizability(stale).kind == Kind::violation);
        if (!conditional || made.applied.size() < 2) continue;
        // Two updates of one state, both applied.
        RecordedHistory lost = made.history;
        std::size_t const i = 1 + random() % (made.applied.size() - 1);
        lost.events[made.applied[i]].expected = lost.events[made.applied[i - 1]].expected;
        CHECK(check_linearizability(lost).kind == Kind::violation);
    }
}

TEST_CASE("linearizability: long histories take about a step a call", "[linearizability]") {
    std::mt19937 random(7);
    for (unsigned const unknown : {0u, 10u, 40u}) {
        for (bool const conditional : {true, false}) {
            INFO(unknown << "% unknown, " << (conditional ? "conditional" : "unconditional"));
            Made made = run_register(random, 8, 3'000, conditional, 0, unknown);
            auto const verdict = check_linearizability(made.history);
            CHECK(verdict);
            CHECK(made.history.events.size() > 1'500);
            CHECK(verdict.steps < 10 * made.history.events.size());
            made.history.events[made.reads[made.reads.size() - 10]].value = made.history.events[made.reads[10]].value;
            auto const stale = check_linearizability(made.history);
            CHECK(stale.kind == Kind::violation);
            CHECK(stale.contradiction.size() <= 4);
        }
    }
}

}  // namespace linearizability_check_test
