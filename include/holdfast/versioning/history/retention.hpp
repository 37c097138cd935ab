#ifndef HOLDFAST_VERSIONING_HISTORY_RETENTION_HPP
#define HOLDFAST_VERSIONING_HISTORY_RETENTION_HPP

#include <holdfast/concepts/retention.hpp>
#include <holdfast/versioning/history/version_list.hpp>

#include <cstdint>
#include <optional>

namespace holdfast {

/// Limits known at run time: a version is kept if all that are set keep it. Cost: that of those that are set.
struct KeepLimits {
    std::optional<std::uint64_t> last{};   ///< so many states, the current one included. Cost: none
    std::optional<Duration> age{};         ///< states that were there since, see `KeepFor`. Cost: none
    std::optional<std::uint64_t> bytes{};  ///< so many bytes of payload, the current one included. Cost: a read each

    Result<std::uint64_t> floor(VersionList& versions) const {
        std::uint64_t floor = 0;
        if (last) floor = by_count(versions, *last);
        for (auto const& part : {age ? versions.current_before(*age) : Result<std::uint64_t>(std::uint64_t{0}),
                                 bytes ? by_bytes(versions, *bytes) : Result<std::uint64_t>(std::uint64_t{0})}) {
            if (!part) return part.error();
            if (*part > floor) floor = *part;
        }
        return floor;
    }

private:
    static std::uint64_t by_count(VersionList const& versions, std::uint64_t most) noexcept {
        return versions.newest() >= most ? versions.newest() - most + 1 : 0;
    }
    static Result<std::uint64_t> by_bytes(VersionList& versions, std::uint64_t most) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < versions.size(); ++i) {
            auto const size = versions.bytes(i);
            if (!size) return size.error();
            sum += *size;
            if (sum > most) return i == 0 ? versions.newest() : versions[i - 1].sequence;
        }
        return std::uint64_t{0};
    }
};

/// Keeps every version.
struct KeepAll {
    Result<std::uint64_t> floor(VersionList&) const { return std::uint64_t{0}; }
};

/// Keeps the last `count` states, the current one included.
template <std::uint64_t count>
struct KeepLast {
    static_assert(count > 0, "holdfast: the current state is always kept: KeepLast begins at 1");
    Result<std::uint64_t> floor(VersionList& versions) const { return KeepLimits{.last = count}.floor(versions); }
};

/// Keeps what was the state at any time in the last `seconds`, as far as prunes have watched: no clock that is set
/// wrong deletes anything. A first prune begins to watch and deletes nothing; prune now and then, from one machine, or
/// say `PruneOptions::trust_clocks`.
template <std::uint64_t seconds>
struct KeepFor {
    Result<std::uint64_t> floor(VersionList& versions) const {
        return KeepLimits{.age = std::chrono::seconds(seconds)}.floor(versions);
    }
};

/// Keeps the newest states that have `count` bytes of payload together, and the current one in any case.
template <std::uint64_t count>
struct KeepBytes {
    Result<std::uint64_t> floor(VersionList& versions) const { return KeepLimits{.bytes = count}.floor(versions); }
};

/// Keeps what one of them keeps: `KeepIfAny<KeepLast<10>, KeepFor<7 * 24 * 3600>>`.
template <class First, class... Others>
struct KeepIfAny {
    static_assert(RetentionPolicy<First> && (RetentionPolicy<Others> && ...),
                  "holdfast: every argument of KeepIfAny says what is kept, as KeepLast<N> does; one of these does not");
    Result<std::uint64_t> floor(VersionList& versions) const {
        auto lowest = First().floor(versions);
        auto const also = [&](Result<std::uint64_t> const& other) {
            if (!lowest) return;
            if (!other || *other < *lowest) lowest = other;
        };
        (also(Others().floor(versions)), ...);
        return lowest;
    }
};

/// Keeps what all of them keep: `KeepIfEvery<KeepLast<1000>, KeepBytes<1 << 20>>`.
template <class First, class... Others>
struct KeepIfEvery {
    static_assert(RetentionPolicy<First> && (RetentionPolicy<Others> && ...),
                  "holdfast: every argument of KeepIfEvery says what is kept, as KeepLast<N> does; one of these does not");
    Result<std::uint64_t> floor(VersionList& versions) const {
        auto highest = First().floor(versions);
        auto const also = [&](Result<std::uint64_t> const& other) {
            if (!highest) return;
            if (!other || *other > *highest) highest = other;
        };
        (also(Others().floor(versions)), ...);
        return highest;
    }
};

}  // namespace holdfast

#endif
