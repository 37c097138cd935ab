#ifndef HOLDFAST_TESTING_LINEARIZABILITY_EXPLANATION_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_EXPLANATION_HPP

#include <holdfast/core/hex.hpp>
#include <holdfast/testing/linearizability/contradiction.hpp>
#include <holdfast/testing/linearizability/recorded_history.hpp>

namespace holdfast::testing::detail {

/// Puts a violation into words.
class Explanation {
public:
    Explanation(RecordedHistory const& history, std::vector<HistoryEvent> const& of_key) : history_(history) {
        start_ = never;
        for (HistoryEvent const& event : history.events) start_ = (std::min)(start_, event.invoked);
        of_key_ = &of_key;
    }

    std::string describe(Contradiction const& found) const {
        auto const& parts = found.parts();
        HistoryEvent const& last = parts.back().event;
        std::string text =
            "key " + quoted(history_.keys.text(last.key)) + ": no order of the calls explains this one\n";
        text += line(last);
        std::string together;
        for (std::size_t i = 0; i + 1 < parts.size(); ++i)
            if (parts[i].certain) together += line(parts[i].event);
        if (!together.empty()) text += "beside\n" + together;
        if (last.kind == HistoryEvent::Kind::read) text += origin(last.value);
        else if (last.conditional && last.outcome == HistoryEvent::Outcome::applied) text += origin(last.expected);
        std::string during;
        std::size_t count = 0;
        for (HistoryEvent const& other : *of_key_) {
            bool const outside = HistoryEvent::before(other, last) || HistoryEvent::before(last, other);
            if (outside || same(other, last) || changes_no_verdict(other)) continue;
            if (++count <= most_lines) during += line(other);
        }
        if (!during.empty()) text += "concurrent with it\n" + during + more(count);
        return text;
    }

    /// `  B  read "1"  #7..#8`
    std::string line(HistoryEvent const& event) const {
        using Outcome = HistoryEvent::Outcome;
        std::string text = "  " + std::string(history_.actors.text(event.actor));
        if (event.kind == HistoryEvent::Kind::read) {
            text += " read " + value(event.value);
        } else {
            text += event.conditional ? " changed " + value(event.expected) + " to " : std::string(" set ");
            text += value(event.value);
        }
        text += ", " + moment(event.invoked) + " to ";
        text += event.outcome == Outcome::unknown || event.returned == never ? "?" : moment(event.returned);
        if (event.outcome == Outcome::conflict) text += ": conflict";
        else if (event.outcome == Outcome::failed) text += ": known not applied";
        else if (event.outcome == Outcome::unknown) text += ": unknown";
        return text + "\n";
    }

private:
    static constexpr std::size_t most_lines = 8, most_bytes = 60;

    /// Who could have set the value that was seen or expected.
    std::string origin(Token token) const {
        if (token == absent_token) return {};
        std::string writers, failed;
        std::size_t count = 0;
        for (HistoryEvent const& event : *of_key_) {
            if (event.kind != HistoryEvent::Kind::write || event.value != token) continue;
            bool const not_made =
                event.outcome == HistoryEvent::Outcome::failed || event.outcome == HistoryEvent::Outcome::conflict;
            if (not_made) failed += line(event);
            else if (++count <= most_lines) writers += line(event);
        }
        if (!writers.empty()) return value(token) + " was set by\n" + writers + more(count);
        if (!failed.empty()) return value(token) + " was set only by what is known not to have been applied\n" + failed;
        auto const first = history_.initial.find(of_key_->front().key);
        if (first != history_.initial.end() && first->second == token) return value(token) + " was there at first\n";
        return value(token) + " was never written\n";
    }

    static std::string more(std::size_t count) {
        return count > most_lines ? "  and " + std::to_string(count - most_lines) + " more\n" : std::string();
    }
    /// What failed changed nothing. An unknown write stays concurrent with everything after it: that is no news.
    static bool changes_no_verdict(HistoryEvent const& event) noexcept {
        return event.outcome == HistoryEvent::Outcome::failed || event.outcome == HistoryEvent::Outcome::unknown;
    }
    static bool same(HistoryEvent const& a, HistoryEvent const& b) noexcept {
        return a.actor == b.actor && a.invoked == b.invoked && a.value == b.value && a.kind == b.kind;
    }

    std::string value(Token token) const {
        return token == absent_token ? std::string("absence") : quoted(history_.text(token));
    }
    static std::string quoted(std::string_view text) {
        std::string out = "\"";
        for (char const c : text.substr(0, most_bytes)) {
            auto const byte = static_cast<unsigned char>(c);
            if (byte >= 0x20 && byte != 0x7f) out += c;
            else out.append("\\x").append(holdfast::detail::hex_of(c).data(), 2);
        }
        return out + (text.size() > most_bytes ? "\"…" : "\"");
    }

    std::string moment(Moment at) const {
        if (!history_.nanoseconds) return "#" + std::to_string(at);
        std::string micros = std::to_string((at - start_) / 1000);
        std::string const rest = std::to_string(1000 + (at - start_) % 1000).substr(1);
        return micros + "." + rest + " µs";
    }

    RecordedHistory const& history_;
    std::vector<HistoryEvent> const* of_key_;
    Moment start_;
};

}  // namespace holdfast::testing::detail

#endif
