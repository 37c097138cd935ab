#ifndef HOLDFAST_TESTING_DELIVERY_HPP
#define HOLDFAST_TESTING_DELIVERY_HPP

namespace holdfast::testing {

/// What becomes of one write on its way to a storage that is far away.
struct Delivery {
    static constexpr unsigned held = ~0u;

    bool now = true;        ///< a copy arrives at once
    bool reply = true;      ///< and what it did is told; otherwise the outcome is `unknown`
    bool later = false;     ///< a copy is still under way
    unsigned after = held;  ///< it arrives after so many more operations; `held`: when `LateWorld::arrive` says so
    bool refused = false;   ///< does not leave at all: an `Error`

    static Delivery intact() noexcept { return {}; }
    static Delivery not_sent() noexcept { return {.now = false, .refused = true}; }
    static Delivery lost() noexcept { return {.now = false, .reply = false}; }
    static Delivery reply_lost() noexcept { return {.reply = false}; }
    static Delivery late(unsigned after = held) noexcept {
        return {.now = false, .reply = false, .later = true, .after = after};
    }
    static Delivery twice(unsigned after = held) noexcept { return {.later = true, .after = after}; }
    static Delivery twice_reply_lost(unsigned after = held) noexcept {
        return {.reply = false, .later = true, .after = after};
    }
};

}  // namespace holdfast::testing

#endif
