#ifndef HOLDFAST_TESTING_LINEARIZABILITY_EVENT_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_EVENT_HPP

#include <cstdint>

namespace holdfast::testing {

/// A value of a register, or what stands for one. Equal tokens are equal values; nothing else is known of them.
using Token = std::uint64_t;
/// The value of a register that has none: before the first write, and after a removal.
inline constexpr Token absent_token = 0;

/// A point of the order in which calls began and ended: a number that only grows, or nanoseconds of an `Instant`.
using Moment = std::uint64_t;
/// When a call ends whose end is not known.
inline constexpr Moment never = ~Moment(0);

/// One call on one register, as its caller saw it.
struct HistoryEvent {
    enum class Kind : unsigned char {
        read,   ///< saw `value`
        write,  ///< sets `value`, if `conditional` only while the register has the value `expected`
    };
    enum class Outcome : unsigned char {
        applied,   ///< took effect, once, between `invoked` and `returned`; of a read: it succeeded
        conflict,  ///< never takes effect, and between `invoked` and `returned` the register once was not `expected`
        failed,    ///< never takes effect, for whatever reason; a read that failed says nothing
        unknown,   ///< takes effect once at any time after `invoked`, if `expected` holds then, or never
    };

    std::uint32_t key = 0;    ///< which register: index into `RecordedHistory::keys`
    std::uint32_t actor = 0;  ///< who called: index into `RecordedHistory::actors`; for people, the check ignores it
    Kind kind = Kind::read;
    Outcome outcome = Outcome::applied;
    bool conditional = false;
    Token expected = absent_token;
    Token value = absent_token;  ///< a removal sets `absent_token`
    Moment invoked = 0;
    Moment returned = never;  ///< not before `invoked`; of an `unknown` call it does not matter

    /// Whether one ended before the other began. Calls that touch are concurrent: a clock that stands still proves no
    /// order.
    static bool before(HistoryEvent const& a, HistoryEvent const& b) noexcept { return a.returned < b.invoked; }
};

}  // namespace holdfast::testing

#endif
