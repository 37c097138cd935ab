#ifndef HOLDFAST_TESTING_SIMULATION_AGENDA_HPP
#define HOLDFAST_TESTING_SIMULATION_AGENDA_HPP

#include <holdfast/core/time.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace holdfast::testing::detail {

/// What is to happen at a time: the earliest first, and in the order in which it was put down at the same time.
class Agenda {
public:
    void put(Duration when, std::function<void()> action) {
        items_.push_back({when, order_++, std::move(action)});
        std::push_heap(items_.begin(), items_.end(), later);
    }
    /// Of the first; never if there is none.
    Duration next() const noexcept { return items_.empty() ? (Duration::max)() : items_.front().when; }
    std::function<void()> take() {
        std::pop_heap(items_.begin(), items_.end(), later);
        auto action = std::move(items_.back().action);
        items_.pop_back();
        return action;
    }

private:
    struct Item {
        Duration when;
        std::uint64_t order;
        std::function<void()> action;
    };
    static bool later(Item const& a, Item const& b) noexcept {
        return a.when != b.when ? a.when > b.when : a.order > b.order;
    }

    std::vector<Item> items_;
    std::uint64_t order_ = 0;
};

}  // namespace holdfast::testing::detail

#endif
