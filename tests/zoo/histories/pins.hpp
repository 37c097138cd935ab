#ifndef HOLDFAST_TESTS_ZOO_HISTORIES_PINS_HPP
#define HOLDFAST_TESTS_ZOO_HISTORIES_PINS_HPP

#include <zoo/histories/broken.hpp>

#include <map>
#include <memory>

namespace zoo::in_histories {

inline void of_pins(HistoryPen& pen) {
    std::string law = "pins_are_watched";
    /// Remembers when it saw what.
    struct Seen {
        WriteId nonce;
        Instant since;
        Timestamp day;
    };
    using All = std::map<std::pair<std::uint64_t, std::uint64_t>, Seen>;
    auto const watch = [&](std::string sin,
                           std::function<bool(Environment&, Seen&, bool first, WriteId nonce, Duration ttl)> decide) {
        pen.add(law, std::move(sin), [decide](BrokenHistory& broken) {
            auto all = std::make_shared<All>();
            broken.stale = [all, decide](Environment& env, WriteId pin, WriteId nonce, Duration ttl) {
                auto const [at, first] =
                    all->try_emplace({pin.high, pin.low}, Seen{nonce, env.monotonic(), env.wall()});
                return decide(env, at->second, first, nonce, ttl);
            };
        });
    };
    watch("a pin is stale that was not seen before", [](auto&, auto&, bool first, auto, auto) { return first; });
    watch("does not look whether a pin was renewed",
          [](Environment& env, Seen& seen, bool, auto, Duration ttl) { return env.monotonic() - seen.since >= ttl; });
    watch("a renewal does not begin its time anew",
          [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
              if (seen.nonce != nonce) return seen.nonce = nonce, false;
              return env.monotonic() - seen.since >= ttl;
          });
    pen.add(law, "knows a pin by half of its name", [](BrokenHistory& broken) {
        auto all = std::make_shared<All>();
        broken.stale = [all](Environment& env, WriteId pin, WriteId nonce, Duration ttl) {
            Seen& seen = all->try_emplace({pin.high, 0}, Seen{nonce, env.monotonic(), env.wall()}).first->second;
            if (seen.nonce != nonce) seen = {nonce, env.monotonic(), env.wall()};
            return env.monotonic() - seen.since >= ttl;
        };
    });
    watch("knows a nonce by half of it", [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
        if (seen.nonce.high != nonce.high) seen = {nonce, env.monotonic(), env.wall()};
        return env.monotonic() - seen.since >= ttl;
    });
    watch("adds up times until they are past", [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
        if (seen.nonce != nonce) seen = {nonce, env.monotonic(), env.wall()};
        auto const end =
            static_cast<std::uint64_t>(seen.since.time_since_epoch().count()) + static_cast<std::uint64_t>(ttl.count());
        return env.monotonic().time_since_epoch().count() >= static_cast<std::int64_t>(end);
    });
    watch("goes by the time of day", [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
        if (seen.nonce != nonce) seen = {nonce, env.monotonic(), env.wall()};
        return env.wall() - seen.day >= ttl;
    });
    watch("a pin is stale a little early", [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
        if (seen.nonce != nonce) seen = {nonce, env.monotonic(), env.wall()};
        return env.monotonic() - seen.since >= ttl - ttl / 10 && ttl > Duration(10);
    });
    watch("once stale, stale for ever", [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
        if (seen.since == Instant::min()) return true;
        if (seen.nonce != nonce) seen = {nonce, env.monotonic(), env.wall()};
        if (env.monotonic() - seen.since < ttl) return false;
        seen.since = Instant::min();
        return true;
    });
    pen.add(law, "goes by the nonce, whosever pin it is", [](BrokenHistory& broken) {
        auto all = std::make_shared<All>();
        broken.stale = [all](Environment& env, WriteId, WriteId nonce, Duration ttl) {
            auto const at = all->try_emplace({nonce.high, nonce.low}, Seen{nonce, env.monotonic(), env.wall()}).first;
            return env.monotonic() - at->second.since >= ttl;
        };
    });
    pen.add(law, "takes the time from when it was made", [](BrokenHistory& broken) {
        broken.stale = [](Environment& env, WriteId, WriteId, Duration ttl) {
            return env.monotonic().time_since_epoch() >= ttl;
        };
    });

    law = "retention_is_constant";
    auto const keeps = [&](std::string sin, std::function<Result<std::uint64_t>(unsigned, VersionList&)> ask) {
        pen.add(law, std::move(sin), [ask](BrokenHistory& broken) {
            auto asked = std::make_shared<unsigned>(0);
            broken.kept.ask = [=](VersionList& versions) { return ask((*asked)++, versions); };
        });
    };
    keeps("keeps less each time", [](unsigned asked, VersionList&) { return std::uint64_t{asked}; });
    keeps("cannot be asked twice", [](unsigned asked, VersionList&) -> Result<std::uint64_t> {
        if (asked % 4 == 1) return Error(Errc::lost);
        return std::uint64_t{0};
    });
    keeps("cannot be asked of many versions", [](unsigned, VersionList& versions) -> Result<std::uint64_t> {
        if (versions.size() > 100) return Error(Errc::too_large);
        return std::uint64_t{0};
    });
}

}  // namespace zoo::in_histories

#endif
