#ifndef HOLDFAST_TESTING_LINEARIZABILITY_CONTRADICTION_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_CONTRADICTION_HPP

#include <holdfast/testing/linearizability/search.hpp>

namespace holdfast::testing::detail {

/// Makes the reason of a violation small: first the shortest beginning of the history that has no order, then what of
/// it can be forgotten. To forget a read is to leave it out; to forget an applied write is to call it unknown, so that
/// it may still have set what others saw. Both only make more orders possible: what is left proves the violation.
class Contradiction {
public:
    struct Part {
        HistoryEvent event;
        bool certain;  ///< otherwise forgotten, or unknown from the beginning
    };

    /// `search` found no order of `events`. A try may take somewhat longer than that did, all of them `steps`.
    Contradiction(std::vector<HistoryEvent> events, Token initial, Plan const& plan, Search const& search,
                  std::uint64_t steps)
        : initial_(initial), steps_each_(4 * search.steps() + 1000), steps_left_(steps) {
        std::size_t const furthest = search.furthest();
        std::uint32_t const last = plan.steps[furthest].call;
        std::vector<std::uint8_t> fate(events.size(), 0);  // 0: not begun, 1: under way, 2: returned
        for (std::size_t i = 0; i <= furthest; ++i) fate[plan.steps[i].call] = plan.steps[i].returns ? 2 : 1;
        for (std::uint32_t i = 0; i < events.size(); ++i) {
            if (fate[i] == 0 || i == last) continue;
            if (fate[i] == 2) parts_.push_back({events[i], true});
            else if (events[i].kind == HistoryEvent::Kind::write &&
                     events[i].outcome != HistoryEvent::Outcome::conflict)
                parts_.push_back({as_unknown(events[i]), false});
        }
        std::stable_sort(parts_.begin(), parts_.end(),
                         [](Part const& a, Part const& b) { return a.event.invoked < b.event.invoked; });
        parts_.push_back({events[last], true});  // the one that cannot be placed
    }

    /// Forgets as much as can be. Long stretches first: in a long history few calls matter.
    void reduce() {
        if (needs_what_nobody_set(parts_.back().event)) {
            parts_.erase(parts_.begin(), parts_.end() - 1);
            return;
        }
        for (std::size_t size = parts_.size(); size > 0; size /= 2) {
            for (std::size_t from = 0; from + 1 < parts_.size(); from += size) (void)try_to_forget(from, size);
            std::erase_if(parts_, [](Part const& part) { return !part.certain && !can_be_unknown(part.event); });
        }
    }

    /// The last is the call that has no place.
    std::vector<Part> const& parts() const noexcept { return parts_; }

private:
    static HistoryEvent as_unknown(HistoryEvent event) noexcept {
        event.outcome = HistoryEvent::Outcome::unknown;
        return event;
    }

    bool needs_what_nobody_set(HistoryEvent const& event) const {
        bool const read = event.kind == HistoryEvent::Kind::read;
        if (!read && (!event.conditional || event.outcome != HistoryEvent::Outcome::applied)) return false;
        Token const value = read ? event.value : event.expected;
        return value != initial_ && std::none_of(parts_.begin(), parts_.end() - 1, [&](Part const& part) {
                   return can_be_unknown(part.event) && part.event.value == value;
               });
    }

    bool try_to_forget(std::size_t from, std::size_t size) {
        std::size_t const end = (std::min)(from + size, parts_.size() - 1);
        auto const first = parts_.begin() + static_cast<std::ptrdiff_t>(from);
        auto const past = parts_.begin() + static_cast<std::ptrdiff_t>(end);
        if (steps_left_ == 0 || std::none_of(first, past, [](Part const& part) { return part.certain; })) return false;
        std::vector<HistoryEvent> rest;
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            bool const certain = parts_[i].certain && (i < from || i >= end);
            if (certain) rest.push_back(parts_[i].event);
            else if (can_be_unknown(parts_[i].event)) rest.push_back(as_unknown(parts_[i].event));
        }
        Plan const plan(rest, initial_);
        Search search(plan, (std::min)(steps_left_, steps_each_));
        auto const found = search.run();
        // Building the plan is work, too, so that the limit holds for long histories.
        std::uint64_t const price = search.steps() + rest.size() / 4 + 1;
        steps_left_ -= (std::min)(steps_left_, price);
        if (found != Search::Found::none) return false;
        for (std::size_t i = from; i < end; ++i) {
            parts_[i].certain = false;
            if (can_be_unknown(parts_[i].event)) parts_[i].event = as_unknown(parts_[i].event);
        }
        return true;
    }

    static bool can_be_unknown(HistoryEvent const& event) noexcept {
        return event.kind == HistoryEvent::Kind::write && event.outcome != HistoryEvent::Outcome::conflict;
    }

    Token initial_;
    std::uint64_t steps_each_, steps_left_;
    std::vector<Part> parts_;
};

}  // namespace holdfast::testing::detail

#endif
