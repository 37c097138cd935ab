// Broken retention policies. No law sees:
// - one that keeps less than its name says: what a policy wishes is its own business.

#include <zoo/zoo.hpp>

#include <holdfast/testing/laws/retention.hpp>
#include <holdfast/versioning/history/retention.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <mutex>
#include <set>

namespace zoo {

namespace in_retentions {

using namespace holdfast;
using namespace holdfast::testing;

/// Keeps the last states, and is wrong in one way.
struct BrokenRetention {
    enum class Moving : unsigned char { right, forgets, once, stays };

    std::function<Result<std::uint64_t>(VersionList&)> ask{};
    Moving moving = Moving::right;
    std::uint64_t last = 3;
    unsigned moves = 0;

    BrokenRetention() = default;
    BrokenRetention(BrokenRetention&& other)
        : ask(other.ask), moving(other.moving), last(other.last), moves(other.moves + 1) {
        constexpr unsigned settled = 2;  // into the check, and into the law
        if (moving == Moving::forgets && moves > settled) last = 1;
        if (moving == Moving::once && moves > settled + 1) last = 0;
        if (moving == Moving::stays && moves > settled)
            ask = [](VersionList&) -> Result<std::uint64_t> { return Error(Errc::lost); };
    }

    Result<std::uint64_t> floor(VersionList& versions) const {
        return ask ? ask(versions) : KeepLimits{.last = last}.floor(versions);
    }
};

class RetentionPen {
public:
    void asks(std::string law, std::string sin,
              std::function<std::function<Result<std::uint64_t>(VersionList&)>()> make) {
        all_.push_back({std::move(law), std::move(sin), [make] {
                            BrokenRetention broken;
                            broken.ask = make();
                            return check_retention(std::move(broken));
                        }});
    }
    void moves(std::string sin, BrokenRetention::Moving how) {
        all_.push_back({"retentions_can_be_moved", std::move(sin), [how] {
                            BrokenRetention broken;
                            broken.moving = how;
                            return check_retention(std::move(broken));
                        }});
    }
    Animals take() { return std::move(all_); }

private:
    Animals all_;
};

std::set<std::string>& laws() {
    static std::set<std::string> all;
    static bool const once = [] {
        auto const check = [&](auto retention) {
            auto const found = check_retention(std::move(retention));
            CHECK(found.text() == "");
            all.insert(found.checked().begin(), found.checked().end());
        };
        check(KeepAll());
        check(KeepLast<1>());
        check(KeepLast<10>());
        check(KeepFor<7'200>());
        check(KeepBytes<1'000>());
        check(KeepLimits{.last = 20, .age = std::chrono::hours(5), .bytes = 100'000});
        check(KeepIfAny<KeepLast<3>, KeepFor<7'200>, KeepBytes<100>>());
        check(KeepIfEvery<KeepLast<3>, KeepFor<7'200>, KeepBytes<100>>());
        return true;
    }();
    (void)once;
    return all;
}

}  // namespace in_retentions

Animals retentions() {
    using namespace in_retentions;
    using Ask = std::function<Result<std::uint64_t>(VersionList&)>;
    using Floor = Result<std::uint64_t>;
    RetentionPen pen;
    auto const always = [&](std::string law, std::string sin, Ask ask) {
        pen.asks(std::move(law), std::move(sin), [ask] { return ask; });
    };

    std::string law = "floors_are_told";
    always(law, "cannot be asked of a single state", [](VersionList& versions) -> Floor {
        if (versions.size() < 2) return Error(Errc::not_found);
        return versions[1].sequence;
    });
    always(law, "cannot be asked of many states", [](VersionList& versions) -> Floor {
        if (versions.size() > 1'000) return Error(Errc::too_large);
        return std::uint64_t{0};
    });
    always(law, "cannot be asked of great sequences", [](VersionList& versions) -> Floor {
        auto const newest = static_cast<std::int64_t>(versions.newest());
        if (newest < 0) return Error(Errc::malformed);
        return static_cast<std::uint64_t>(newest);
    });
    always(law, "cannot be asked of damaged or empty states", [](VersionList& versions) -> Floor {
        auto const size = versions.bytes(0);
        if (!size) return size.error();
        if (*size == 0) return Error(Errc::malformed);
        return std::uint64_t{0};
    });

    law = "floors_are_of_one_list";
    pen.asks(law, "never keeps again what it once gave up", [] {
        auto const highest = std::make_shared<std::atomic<std::uint64_t>>(0);
        return [=](VersionList& versions) -> Floor {
            std::uint64_t const now = versions.newest();
            if (now > *highest) *highest = now;
            return highest->load();
        };
    });
    pen.asks(law, "keeps less each time", [] {
        auto const asked = std::make_shared<std::atomic<std::uint64_t>>(0);
        return [=](VersionList&) -> Floor { return (*asked)++; };
    });
    pen.asks(law, "takes a list of the same length for the same list", [] {
        struct Last {
            std::mutex mutex;
            std::size_t size = 0;
            std::uint64_t floor = 0;
        };
        auto const last = std::make_shared<Last>();
        return [=](VersionList& versions) -> Floor {
            std::lock_guard const lock(last->mutex);
            if (last->size != versions.size()) last->size = versions.size(), last->floor = versions.newest();
            return last->floor;
        };
    });
    pen.asks(law, "works on a list that it shares with others who ask", [] {
        auto const newest = std::make_shared<std::atomic<std::uint64_t>>(0);
        return [=](VersionList& versions) -> Floor {
            *newest = versions.newest();
            Environment::system().sleep(std::chrono::microseconds(200));
            return newest->load();
        };
    });

    law = "floors_ignore_times_of_day";
    always(law, "keeps what was written in the last day, by the clocks of the writers",
           [](VersionList& versions) -> Floor {
               auto const newest = versions.when(0);
               if (!newest) return newest.error();
               for (std::size_t i = 1; i < versions.size() && i < 20; ++i) {
                   auto const when = versions.when(i);
                   if (!when) return when.error();
                   if (*newest - *when > std::chrono::hours(30)) return versions[i - 1].sequence;
               }
               return std::uint64_t{0};
           });
    always(law, "keeps what was written in the last year, by its own clock", [](VersionList& versions) -> Floor {
        auto const when = versions.when(0);
        if (!when) return when.error();
        if (*when == Timestamp::min()) return versions.newest();
        if (Environment::system().wall() - *when > std::chrono::hours(24 * 365)) return versions.newest();
        return std::uint64_t{0};
    });
    always(law, "gives up what is from the future", [](VersionList& versions) -> Floor {
        auto const when = versions.when(0);
        if (!when) return when.error();
        if (*when > Environment::system().wall() + std::chrono::hours(24)) return versions.newest();
        return std::uint64_t{0};
    });

    law = "floors_heed_errors";
    always(law, "gives up what cannot be read", [](VersionList& versions) -> Floor {
        for (std::size_t i = 0; i < versions.size() && i < 5; ++i)
            if (!versions.bytes(i)) return versions.newest();
        return std::uint64_t{0};
    });
    always(law, "keeps what it could read before an error, and no more", [](VersionList& versions) -> Floor {
        for (std::size_t i = 0; i < versions.size() && i < 5; ++i) {
            auto const size = versions.bytes(i);
            if (!size && i == 0) return size.error();
            if (!size) return versions[i - 1].sequence;
        }
        return std::uint64_t{0};
    });
    always(law, "takes one that cannot be read now for the last one", [](VersionList& versions) -> Floor {
        std::uint64_t floor = versions.newest();
        for (std::size_t i = 0; i < versions.size() && i < 25; ++i) {
            auto const when = versions.when(i);
            if (!when && i < 3) return when.error();
            if (!when) return floor;
            floor = versions[i].sequence;
        }
        return floor;
    });
    always(law, "gives up what is as old as cannot be told", [](VersionList& versions) -> Floor {
        auto const before = versions.current_before(std::chrono::hours(24 * 10'000));
        return before ? *before : versions.newest();
    });
    always(law, "says `unavailable` whatever it was", [](VersionList& versions) -> Floor {
        auto const size = versions.bytes(0);
        if (!size) return Error(Errc::unavailable);
        return std::uint64_t{0};
    });
    always(law, "takes what cannot be read for large", [](VersionList& versions) -> Floor {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < versions.size() && i < 40; ++i) {
            auto const size = versions.bytes(i);
            sum += size ? *size : 100'000'000;
            if (sum > 1'000'000) return versions[i].sequence;
        }
        return std::uint64_t{0};
    });

    pen.moves("forgets its limits", BrokenRetention::Moving::forgets);
    pen.moves("can be moved once", BrokenRetention::Moving::once);
    pen.moves("leaves itself behind", BrokenRetention::Moving::stays);
    return pen.take();
}
Laws laws_of_retentions() { return {in_retentions::laws().begin(), in_retentions::laws().end()}; }

TEST_CASE("zoo: retentions that are right obey every law", "[zoo]") { CHECK(laws_of_retentions().size() == 5); }
TEST_CASE("zoo: retentions", "[zoo]") { condemned(retentions()); }

}  // namespace zoo
