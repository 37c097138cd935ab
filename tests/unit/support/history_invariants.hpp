#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_HISTORY_INVARIANTS_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_HISTORY_INVARIANTS_HPP

#include <holdfast/testing/environment.hpp>
#include <holdfast/versioning/history.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace holdfast_tests {

/// What is wrong with what is stored of "k": every content in [floor, head) exists, what is pinned exists, the floor is
/// not beyond the head, and every version was committed once. `promised`: texts that were acknowledged as committed, by
/// sequence.
template <class S>
std::string broken(S& storage, std::map<std::uint64_t, std::string> const& promised, bool just_pruned = false) {
    using namespace holdfast;
    testing::TestEnvironment env;
    Context const ctx(env);
    auto const head = *storage.read(ctx, RecordId("k"));
    auto const kept = holdfast::detail::read_kept(storage, ctx, "k").value().state;
    std::map<std::uint64_t, RecordPtr> versions;
    std::string wrong;
    (void)holdfast::detail::each_version(storage, ctx, "k", [&](VersionId version) {
        auto const record = storage.read(ctx, RecordId("k", Slot::version, version)).value();
        if (!versions.emplace(version.sequence, record).second) wrong += "two versions of one sequence; ";
        if (just_pruned && kept.dead(version)) wrong += "a dead version was left; ";
    });
    if (!head) return wrong + (versions.empty() && promised.empty() ? "" : "no head; ");
    if (kept.floor > head->stamp.sequence) wrong += "floor beyond the head; ";
    for (std::uint64_t n = std::max<std::uint64_t>(kept.floor, 1); n < head->stamp.sequence; ++n)
        if (!versions.contains(n)) wrong += "version " + std::to_string(n) + " is missing; ";
    for (auto const& pin : kept.pins)
        if (!versions.contains(pin.version.sequence) && pin.version.sequence != head->stamp.sequence)
            wrong += "a pinned version is missing; ";
    for (auto const& [n, record] : versions) {
        if (n > head->stamp.sequence) wrong += "an orphan; ";
        auto const at = promised.find(n);
        if (at != promised.end() && record->payload.view() != at->second) wrong += "another content; ";
    }
    return wrong;
}

}  // namespace holdfast_tests

#endif
