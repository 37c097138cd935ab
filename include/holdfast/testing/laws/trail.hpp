#ifndef HOLDFAST_TESTING_LAWS_TRAIL_HPP
#define HOLDFAST_TESTING_LAWS_TRAIL_HPP

#include <holdfast/core/hex.hpp>
#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/listing.hpp>
#include <holdfast/core/precondition.hpp>
#include <holdfast/core/record.hpp>
#include <holdfast/core/record_id.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/core/write_outcome.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::testing::law {

/// Some bytes as people can read them; of many the first and the last, and how many they are.
inline std::string shown(std::string_view bytes) {
    constexpr std::size_t most = 32, at_the_end = 12;
    std::string text = "\"";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes.size() > most && i == most - at_the_end) {
            i = bytes.size() - at_the_end;
            text.append("\"...\"");
        }
        auto const byte = static_cast<unsigned char>(bytes[i]);
        if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') text.push_back(bytes[i]);
        else text.append("\\x").append(holdfast::detail::hex_of(bytes[i]).data(), 2);
    }
    text.push_back('"');
    if (bytes.size() > most) text.append(" (").append(std::to_string(bytes.size())).append(" bytes)");
    return text;
}
/// The beginning of a revision, which tells it from others of a law.
inline std::string shown(Revision const& revision) {
    if (revision.empty()) return "(empty)";
    std::string text = "r-";
    for (char const c : revision.view().substr(0, 4)) text.append(holdfast::detail::hex_of(c).data(), 2);
    return text;
}
inline std::string shown(Precondition const& when) {
    if (when.kind() == Precondition::Kind::absent) return " if absent";
    if (when.kind() == Precondition::Kind::matches) return " if it is " + shown(when.revision());
    return "";
}

// What came of a call.

inline std::string came(RecordPtr const& record) {
    if (!record) return "nothing";
    return (record->stamp.tombstone ? "a tombstone" : shown(record->payload.view())) + " " + shown(record->revision);
}
inline std::string came(WriteOutcome const& outcome) {
    if (outcome.kind() == WriteOutcome::Kind::applied)
        return outcome.revision().empty() ? "applied" : "applied " + shown(outcome.revision());
    return outcome.kind() == WriteOutcome::Kind::conflict ? "conflict" : "unknown: " + outcome.why().describe();
}
inline std::string came(std::string const& said) { return said; }
inline std::string came(bool yes) { return yes ? "true" : "false"; }
inline std::string came(ListPage const& page) {
    std::string text = std::to_string(page.records.size()) + " records";
    if (!page.unreadable.empty()) text.append(", ").append(std::to_string(page.unreadable.size())).append(" unreadable");
    return text.append(page.next.empty() ? ", the last page" : ", and more");
}
inline std::string came(Aged const& aged) {
    return came(aged.record) + ", " + (aged.age ? std::to_string(aged.age->count() / 1'000'000) + " ms old" : "of no age");
}
template <class T>
std::string came(Result<T> const& result) {
    if (!result) return result.error().describe();
    if constexpr (requires { came(*result); }) return came(*result);
    else return "success";
}

/// What one thread did last with a policy, and what came of it: told if something is wrong with that.
class Trail {
public:
    void add(std::string did, std::string came) {
        constexpr std::size_t most = 5;
        if (steps_.size() == most) steps_.erase(steps_.begin());
        steps_.push_back({std::move(did), std::move(came)});
    }
    /// All steps; what came of the last one is apart.
    std::string did() const {
        std::string text;
        for (Step const& step : steps_) {
            text.append(step.did);
            if (&step != &steps_.back()) text.append(" -> ").append(step.came).append("; ");
        }
        return text;
    }
    std::string came() const { return steps_.empty() ? "" : steps_.back().came; }

private:
    struct Step {
        std::string did, came;
    };
    std::vector<Step> steps_;
};

}  // namespace holdfast::testing::law

#endif
