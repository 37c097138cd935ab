#ifndef HOLDFAST_TESTING_LINEARIZABILITY_SEARCH_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_SEARCH_HPP

#include <holdfast/testing/linearizability/plan.hpp>

#include <utility>

namespace holdfast::testing::detail {

/// Looks for an order of the calls on one register: Wing and Gong's depth-first search with Lowe's memory of dead ends
/// (J. Wing, C. Gong 1993; G. Lowe 2017), led along the time line: a call is put in its place when its return is
/// reached, and before it those that it needs.
///
/// What keeps it fast without a wrong answer:
/// - What changes nothing (a read of the present value, a conflict that is true, a swap of equal values) takes its
///   place as soon as it can: earlier never hinders anybody.
/// - Unknown writes of the same condition and value are one class, and only their number counts. A place that failed
///   with more of them left fails with less.
/// - An unknown write is tried only if somebody who has begun needs its value next; otherwise it may as well wait.
class Search {
public:
    enum class Found : unsigned char { order, none, undecided };

    Search(Plan const& plan, std::uint64_t most_steps) : plan_(plan), most_steps_(most_steps) {}

    Found run() {
        Config config{0, plan_.initial, {}, {}};
        for (;;) {
            if (advance(config)) return Found::order;
            if (config.at >= furthest_) furthest_ = config.at;
            if (steps_ >= most_steps_) return Found::undecided;
            ++steps_;
            Frame frame{std::move(config), {}, 0};
            if (!known_dead(frame.config)) list_moves(frame);
            stack_.push_back(std::move(frame));
            while (!stack_.empty() && stack_.back().next == stack_.back().moves.size()) {
                if (!stack_.back().moves.empty()) bury(std::move(stack_.back().config));
                stack_.pop_back();
            }
            if (stack_.empty()) return Found::none;
            Frame& top = stack_.back();
            config = top.config;
            apply(config, top.moves[top.next++]);
        }
    }

    std::uint64_t steps() const noexcept { return steps_; }
    /// The index in `Plan::steps` of the first return that no order reaches.
    std::size_t furthest() const noexcept { return furthest_; }

private:
    using Used = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  ///< class and how many of it, by class

    struct Config {
        std::size_t at;  ///< in the time line
        Token state;
        std::vector<std::uint32_t> pending;  ///< begun, not unknown, and not yet in place; in the order of beginning
        Used used;
    };
    struct Move {
        bool unknown;
        std::uint32_t which;  ///< index in `pending`, or a class
    };
    struct Frame {
        Config config;
        std::vector<Move> moves;
        std::size_t next;
    };

    /// Goes on until a return whose call has no place yet; true at the end of the history.
    bool advance(Config& c) const {
        for (; c.at < plan_.steps.size(); ++c.at) {
            Plan::Step const step = plan_.steps[c.at];
            Plan::Call const& call = plan_.calls[step.call];
            if (step.returns) {
                for (std::uint32_t const p : c.pending)
                    if (p == step.call) return false;
            } else if (call.unknown_class == Plan::no_class && !call.changes_nothing_in(c.state)) {
                c.pending.push_back(step.call);
            }
        }
        return true;
    }

    void list_moves(Frame& frame) const {
        Config const& c = frame.config;
        std::uint32_t const wanted = plan_.steps[c.at].call;
        Plan::Call const& goal = plan_.calls[wanted];
        auto const reaches = [&](Token value) { return goal.changes_nothing_in(value); };
        for (std::uint32_t i = 0; i < c.pending.size(); ++i) {
            Plan::Call const& call = plan_.calls[c.pending[i]];
            if (!call.writes() || !call.allowed_in(c.state)) continue;
            frame.moves.push_back({false, i});
            if (c.pending[i] == wanted || reaches(call.value)) std::swap(frame.moves.front(), frame.moves.back());
        }
        auto const consider = [&](std::uint32_t k) {
            Token const value = plan_.classes[k].value;
            if (value != c.state && left(c, k) > 0 && needed(c, k, value)) frame.moves.push_back({true, k});
        };
        for (std::uint32_t const k : plan_.classes_expecting(c.state)) consider(k);
        bool any_value_helps = !plan_.expecting.empty();
        for (std::uint32_t const p : c.pending)
            any_value_helps = any_value_helps || plan_.calls[p].outcome == HistoryEvent::Outcome::conflict;
        if (any_value_helps) {
            for (auto const& [value, k] : plan_.unconditional) consider(k);
        } else if (!plan_.unconditional.empty()) {
            std::vector<std::uint32_t> classes;
            for (std::uint32_t const p : c.pending) {
                auto const at = plan_.unconditional.find(plan_.calls[p].needs());
                if (at != plan_.unconditional.end()) classes.push_back(at->second);
            }
            std::sort(classes.begin(), classes.end());
            classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
            for (std::uint32_t const k : classes) consider(k);
        }
    }

    std::size_t left(Config const& c, std::uint32_t k) const {
        std::size_t const begun = plan_.classes[k].begun_before(c.at);
        for (auto const& [used, n] : c.used)
            if (used == k) return begun - n;
        return begun;
    }

    /// Whether somebody can make use of `value` next, if class `k` sets it.
    bool needed(Config const& c, std::uint32_t k, Token value) const {
        for (std::uint32_t const p : c.pending) {
            Plan::Call const& call = plan_.calls[p];
            if (call.changes_nothing_in(value)) return true;
            if (call.writes() && call.conditional && call.expected == value) return true;
        }
        for (std::uint32_t const other : plan_.classes_expecting(value))
            if (left(c, other) > (other == k ? 1u : 0u)) return true;
        return false;
    }

    void apply(Config& c, Move move) const {
        if (move.unknown) {
            c.state = plan_.classes[move.which].value;
            auto at = c.used.begin();
            while (at != c.used.end() && at->first < move.which) ++at;
            if (at != c.used.end() && at->first == move.which) ++at->second;
            else c.used.insert(at, {move.which, 1});
        } else {
            c.state = plan_.calls[c.pending[move.which]].value;
            c.pending.erase(c.pending.begin() + static_cast<std::ptrdiff_t>(move.which));
        }
        std::erase_if(c.pending, [&](std::uint32_t p) { return plan_.calls[p].changes_nothing_in(c.state); });
    }

    // Dead ends, by the hash of all but `used`. What failed with less used up fails with more.

    static std::uint64_t hash(Config const& c) noexcept {
        std::uint64_t h = c.at * 0x9e3779b97f4a7c15u ^ c.state;
        auto const mix = [&](std::uint64_t x) { h = (h ^ (h >> 29) ^ x) * 0xbf58476d1ce4e5b9u; };
        for (std::uint32_t const p : c.pending) mix(p + 1);
        mix(c.pending.size());
        return h ^ (h >> 32);
    }

    static bool uses_no_more(Used const& a, Used const& b) noexcept {
        auto at = b.begin();
        for (auto const& [k, n] : a) {
            while (at != b.end() && at->first < k) ++at;
            if (at == b.end() || at->first != k || at->second < n) return false;
        }
        return true;
    }
    static bool same_place(Config const& a, Config const& b) noexcept {
        return a.at == b.at && a.state == b.state && a.pending == b.pending;
    }

    bool known_dead(Config const& c) {
        auto const at = dead_.find(hash(c));
        if (at == dead_.end()) return false;
        steps_ += at->second.size() / 64;  // looking through them takes time, too
        for (Config const& dead : at->second)
            if (same_place(dead, c) && uses_no_more(dead.used, c.used)) return true;
        return false;
    }
    void bury(Config&& c) {
        auto& there = dead_[hash(c)];
        std::erase_if(there, [&](Config const& old) { return same_place(old, c) && uses_no_more(c.used, old.used); });
        there.push_back(std::move(c));
    }

    Plan const& plan_;
    std::uint64_t most_steps_;
    std::uint64_t steps_ = 0;
    std::size_t furthest_ = 0;
    std::vector<Frame> stack_;
    std::unordered_map<std::uint64_t, std::vector<Config>> dead_;
};

}  // namespace holdfast::testing::detail

#endif
