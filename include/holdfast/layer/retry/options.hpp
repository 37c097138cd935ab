#ifndef HOLDFAST_LAYER_RETRY_OPTIONS_HPP
#define HOLDFAST_LAYER_RETRY_OPTIONS_HPP

#include <holdfast/core/error.hpp>
#include <holdfast/core/time.hpp>

#include <cstdint>
#include <initializer_list>

namespace holdfast {

/// A set of error codes.
class ErrcSet {
public:
    constexpr ErrcSet(std::initializer_list<Errc> codes) noexcept {
        for (Errc const code : codes) bits_ |= bit(code);
    }
    constexpr bool has(Errc code) const noexcept { return (bits_ & bit(code)) != 0; }

private:
    static constexpr std::uint64_t bit(Errc code) noexcept { return std::uint64_t{1} << static_cast<unsigned>(code); }

    std::uint64_t bits_ = 0;
};

/// What `Retrying` repeats, how often and how fast.
struct RetryOptions {
    /// The errors that are worth another try. `busy` is left out: whoever says it has waited for its turn as long as it
    /// was allowed to, and another turn would only multiply that time; add it for a storage that does not wait.
    ErrcSet repeat{Errc::unavailable};
    unsigned attempts = 5;                                 ///< of one operation in all, the first included
    Duration first_pause = std::chrono::milliseconds(50);  ///< the first pause is a random part of this
    Duration longest_pause = std::chrono::seconds(5);      ///< each next one of twice as much, up to this
    /// Of all operations of the layer together: so many repetitions for 100 operations, and …
    unsigned budget_percent = 10;
    /// … so many more that may be saved up and are there at the beginning. 0 turns repeating off.
    unsigned budget_burst = 20;
};

}  // namespace holdfast

#endif
