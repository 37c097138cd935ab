#ifndef HOLDFAST_TESTING_LAWS_RETENTION_HPP
#define HOLDFAST_TESTING_LAWS_RETENTION_HPP

#include <holdfast/concepts/retention.hpp>
#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/check.hpp>
#include <holdfast/versioning/history/version_list.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::testing {

namespace law {

/// The versions of a key as a prune hands them out, and nothing behind them.
class Versions {
public:
    /// So many, up to a sequence; with gaps, as prunes leave them.
    Versions(std::size_t size, std::uint64_t newest, std::uint64_t gap = 1) : key_(*Key::parse("k")) {
        for (std::size_t i = 0; i < size; ++i) ids_.push_back({newest - i * gap, WriteId{newest, i + 1}});
    }

    std::size_t bytes = 10;                  ///< of the payload of each
    Timestamp when{};                        ///< of each, by its writer's clock
    bool aging = false;                      ///< the older ones were written earlier, by their writers' clocks
    std::optional<Errc> reads{}, watched{};  ///< what the questions fail by
    std::size_t from = 0;                    ///< the first that cannot be read

    std::uint64_t newest() const noexcept { return ids_.front().sequence; }
    VersionList list() { return VersionList(ids_, this, read, current_before); }

private:
    static Result<RecordPtr> read(void* self, VersionId version) {
        auto& versions = *static_cast<Versions*>(self);
        if (versions.reads && version.payload_id.low > versions.from) return Error(*versions.reads, "planned");
        if (versions.payload_.size() != versions.bytes)
            versions.payload_ = Bytes::copy(std::string(versions.bytes, 'x'));
        Record record{versions.key_, versions.payload_, {}, {}, {}};
        record.stamp.sequence = version.sequence;
        record.stamp.payload_id = version.payload_id;
        record.stamp.when = versions.when;
        if (versions.aging) record.stamp.when -= std::chrono::hours(24 * version.payload_id.low);
        return std::make_shared<Record const>(std::move(record));
    }
    /// Each state was there for an hour.
    static Result<std::uint64_t> current_before(void* self, VersionList& list, Duration age) {
        auto& versions = *static_cast<Versions*>(self);
        if (versions.watched) return Error(*versions.watched, "planned");
        auto const back = static_cast<std::uint64_t>(age / std::chrono::hours(1));
        return back < list.size() ? list[static_cast<std::size_t>(back)].sequence : std::uint64_t{0};
    }

    Key key_;
    Bytes payload_;
    std::vector<VersionId> ids_;
};

/// Lists as keys have them: of one state, long ones, with gaps, of great sequences.
inline std::vector<Versions> lists_of_versions() {
    constexpr std::uint64_t top = ~std::uint64_t{0};
    std::vector<Versions> all;
    for (std::size_t const size : {1u, 2u, 3u, 30u, 1'100u}) {
        all.emplace_back(size, size);
        all.emplace_back(size, (std::uint64_t{1} << 40) + size, 3);
        all.emplace_back(size, (std::uint64_t{1} << 63) + size);
        all.emplace_back(size, top);
    }
    return all;
}

inline std::string told(Result<std::uint64_t> const& floor) {
    return floor ? std::to_string(*floor) : floor.error().describe();
}
inline std::string told(Versions const& versions, std::size_t size) {
    return "asked of " + std::to_string(size) + " versions up to " + std::to_string(versions.newest());
}

template <RetentionPolicy R>
Result<std::uint64_t> floor_of(R const& retention, Versions& versions) {
    auto list = versions.list();
    return retention.floor(list);
}

/// What a policy says of each of these lists; none where that is an error.
template <RetentionPolicy R>
std::vector<std::optional<std::uint64_t>> floors_of(R const& retention, std::vector<Versions>& lists) {
    std::vector<std::optional<std::uint64_t>> floors;
    for (Versions& versions : lists) {
        auto const floor = floor_of(retention, versions);
        floors.push_back(floor ? std::optional(*floor) : std::nullopt);
    }
    return floors;
}

template <RetentionPolicy R>
void floors_are_told(R const& retention, Findings& found) {
    if (!found.begins("floors_are_told")) return;
    for (Versions& versions : lists_of_versions())
        for (std::size_t const bytes : {0u, 10u, 10'000u}) {
            versions.bytes = bytes;
            auto list = versions.list();
            found.succeeds(retention.floor(list), told(versions, list.size()));
            versions.reads = Errc::malformed;
            auto damaged = versions.list();
            found.succeeds(retention.floor(damaged), told(versions, damaged.size()) + ", which are damaged");
            versions.reads.reset();
        }
}

template <RetentionPolicy R>
void floors_are_of_one_list(R const& retention, std::vector<std::optional<std::uint64_t>> const& floors,
                            Findings& found) {
    if (!found.begins("floors_are_of_one_list", {"floors_are_told"})) return;
    auto lists = lists_of_versions();
    auto const same = [&](std::size_t i, std::string_view did) {
        Versions mine = lists[i];
        auto const floor = floor_of(retention, mine);
        return found.expect(floor && floors[i] && *floor == *floors[i], did,
                            "the same versions have the same floor, whoever else asked for whatever key", told(floor));
    };
    for (std::size_t i = lists.size(); i-- > 0;)
        if (!same(i, "asked once more, after others")) return;
    at_once(3, [&](unsigned me) {
        for (std::size_t i = 0; i < lists.size(); ++i)
            (void)same((i + 5 * me) % lists.size(), "asked by several threads at once");
    });
}

template <RetentionPolicy R>
void floors_ignore_times_of_day(R const& retention, Findings& found) {
    if (!found.begins("floors_ignore_times_of_day", {"floors_are_told", "floors_are_of_one_list"})) return;
    Timestamp const now = Environment::system().wall();
    for (std::size_t const size : {1u, 5u, 100u}) {
        std::optional<std::uint64_t> first;
        for (bool const aging : {false, true})
            for (auto const shift : {0, -24 * 3'650, 24 * 3'650}) {
                Versions versions(size, 1'000);
                versions.when = now + std::chrono::hours(shift);
                versions.aging = aging;
                auto const floor = floor_of(retention, versions);
                if (!floor) continue;
                if (!first) first = *floor;
                found.expect(*floor == *first, told(versions, size) + ", written at other times of day",
                             "the times of day of the writers decide nothing", told(floor));
            }
    }
}

template <RetentionPolicy R>
void floors_heed_errors(R const& retention, Findings& found) {
    if (!found.begins("floors_heed_errors", {"floors_are_told", "floors_are_of_one_list"})) return;
    for (Versions& versions : lists_of_versions())
        for (std::size_t const bytes : {0u, 10'000u}) {
            versions.bytes = bytes;
            auto const whole = floor_of(retention, versions);
            for (Errc const code : {Errc::unavailable, Errc::timed_out, Errc::permission_denied})
                for (int which = 1; which < 4; ++which) {
                    Versions failing = versions;
                    if (which & 1) failing.reads = code;
                    if (which & 2) failing.watched = code;
                    std::size_t const size = failing.list().size();
                    for (std::size_t const from : {0u, 1u, 3u, 20u}) {  // others were read before
                        if (from > 0 && (which != 1 || from >= size || size > 100)) break;
                        failing.from = from;
                        auto const floor = floor_of(retention, failing);
                        if (!whole) continue;
                        found.expect(floor ? *floor <= *whole : floor.error() == code,
                                     told(versions, size) + ", which cannot be looked at now" +
                                         (from > 0 ? ", but for the first " + std::to_string(from) : ""),
                                     "what cannot be found out is an error, and deletes nothing more", told(floor));
                    }
                }
        }
}

template <RetentionPolicy R>
R retentions_can_be_moved(R retention, Findings& found) {
    if (!found.begins("retentions_can_be_moved", {"floors_are_told", "floors_are_of_one_list"})) return retention;
    auto lists = lists_of_versions();
    auto const floors = floors_of(retention, lists);
    R moved(std::move(retention));
    R again(std::move(moved));
    for (std::size_t i = 0; i < lists.size(); ++i) {
        auto const floor = floor_of(again, lists[i]);
        found.expect(floor && floors[i] && *floor == *floors[i], "asked after it was moved",
                     "a policy that was moved keeps the same", told(floor));
    }
    return again;
}

}  // namespace law

/// Every law of `RetentionPolicy`; they are listed on its page (`concepts/retention.hpp`), each by its name.
template <RetentionPolicy R>
Findings check_retention(R retention, LawOptions const& options = {}) {
    return law::check(options, [&](Findings& found) {
        auto lists = law::lists_of_versions();
        auto const first = law::floors_of(retention, lists);
        law::floors_are_told(retention, found);
        law::floors_are_of_one_list(retention, first, found);
        law::floors_ignore_times_of_day(retention, found);
        law::floors_heed_errors(retention, found);
        (void)law::retentions_can_be_moved(std::move(retention), found);
    });
}

}  // namespace holdfast::testing

#endif
