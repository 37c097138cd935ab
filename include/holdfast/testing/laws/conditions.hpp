#ifndef HOLDFAST_TESTING_LAWS_CONDITIONS_HPP
#define HOLDFAST_TESTING_LAWS_CONDITIONS_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <string>
#include <vector>

// The laws of storages about removal, preconditions and revisions.
namespace holdfast::testing::law {

/// Revisions that look like this one and are not: a beginning of it, one byte changed anywhere, longer by a byte.
inline std::vector<Revision> strangers_of(Revision const& revision) {
    std::vector<Revision> all = {Revision(), Revision(Environment::system().new_write_id())};
    std::string const token(revision.view());
    auto const add = [&](std::string const& other) {
        auto const parsed = Revision::parse(other);
        if (parsed && *parsed != revision) all.push_back(*parsed);
    };
    for (std::size_t place = 0; place < token.size(); ++place) {
        std::string other = token;
        other[place] = static_cast<char>(other[place] ^ 1);
        add(other);
    }
    for (std::size_t const size : {token.size() / 2, token.size() - 1})
        if (size < token.size()) add(token.substr(0, size));
    add(token + "0");
    return all;
}

template <StoragePolicy S>
void removals_remove(S& storage, Findings& found) {
    if (!found.begins("removals_remove", {"reads_see_writes"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        at.expect(at.removes(), "removing what is absent is applied");
        if (!at.expect(at.applies(at.record("x")), "a write is applied")) return;
        at.expect(at.removes(), "a removal is applied");
        at.expect(at.read() == nullptr, "what was removed is absent");
        at.expect(at.removes(), "a removal may be repeated");
        at.expect(at.applies(at.record("y")), "what was removed can be written again");
        RecordPtr const now = at.read();
        at.expect(now && now->payload.view() == "y", "what was written after a removal can be read");
    });
}

template <ConditionalStorage S>
void writes_heed_conditions(S& storage, Findings& found) {
    if (!found.begins("writes_heed_conditions", {"reads_see_writes", "removals_remove", "slots_are_apart"})) return;
    constexpr std::string_view by_conflict = "a write whose precondition does not hold is a conflict, and no error";
    in_every_slot(storage, found, [&](Place<S>& at) {
        auto const others = beside(at);  // are no matter
        for (RecordId const& other : others) (void)at.applies(other, at.record("beside"));
        auto const first = at.record("1");
        at.expect(!at.applies(first, Precondition::matches(first->revision)), "'matches' does not create");
        for (RecordId const& other : others)
            if (RecordPtr const now = at.read(other))
                at.expect(!at.applies(first, Precondition::matches(now->revision)),
                          "'matches' does not hold on a record of another slot");
        at.expect(!at.applies(first, Precondition::matches(Revision())), "'matches' of no revision does not create");
        if (!at.expect(at.applies(first, Precondition::absent()), "'absent' creates")) return;
        RecordPtr const base = at.read();
        if (!at.expect(base != nullptr, "a record that was created can be read")) return;
        auto const again = at.write(at.record("other"), Precondition::absent());
        at.expect(!is_applied(again), "'absent' does not replace");
        at.expect(is_applied(again) || is_conflict(again), by_conflict);
        for (Revision const& other : strangers_of(base->revision))
            at.expect(!at.applies(at.record("other", base), Precondition::matches(other)),
                      "'matches' does not replace another revision");
        RecordPtr const still = at.read();
        at.expect(still && still->payload.view() == "1", "a write that conflicts changes nothing");
        if (!at.expect(at.applies(at.record("2", base), Precondition::matches(base->revision)),
                       "'matches' replaces the revision that was read"))
            return;
        auto const late = at.write(at.record("3", base), Precondition::matches(base->revision));
        at.expect(!is_applied(late), "'matches' does not replace a later revision");
        at.expect(is_applied(late) || is_conflict(late), by_conflict);
        RecordPtr const now = at.read();
        at.expect(now && now->payload.view() == "2", "a write that conflicts changes nothing");
        (void)at.removes();
        if (now) {
            auto const gone = at.write(at.record("4", now), Precondition::matches(now->revision));
            at.expect(!is_applied(gone), "'matches' does not bring back what was removed");
            at.expect(is_applied(gone) || is_conflict(gone), by_conflict);
            at.expect(at.applies(at.record("5"), Precondition::absent()), "'absent' creates again after a removal");
        }
        for (RecordId const& other : others) (void)at.removes(other);
    });
}

template <ConditionalStorage S>
void removals_heed_conditions(S& storage, Findings& found) {
    if (!found.begins("removals_heed_conditions", {"removals_remove", "writes_heed_conditions"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        at.expect(at.removes(Precondition::absent()), "removing what is absent is applied under 'absent'");
        (void)at.applies(at.record("y"), Precondition::absent());
        RecordPtr const now = at.read();
        if (!at.expect(now != nullptr, "a record that was created can be read")) return;
        at.expect(at.conflicts(nullptr, Precondition::absent()), "removing what is there is a conflict under 'absent'");
        for (Revision const& other : strangers_of(now->revision))
            at.expect(!at.removes(Precondition::matches(other)), "removing another revision is a conflict");
        at.expect(at.read() != nullptr, "a removal that conflicts removes nothing");
        at.expect(at.removes(Precondition::matches(now->revision)), "removing the revision that was read is applied");
        at.expect(at.read() == nullptr, "what was removed on a condition is absent");
        at.expect(at.conflicts(nullptr, Precondition::matches(now->revision)),
                  "removing what is absent is a conflict under 'matches'");
    });
}

template <ConditionalStorage S>
    requires AttributedStorage<S>
void tombstones_are_records(S& storage, Findings& found) {
    if (!found.begins("tombstones_are_records", {"records_are_kept", "writes_heed_conditions", "removals_heed_conditions"}))
        return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        (void)at.applies(at.record("1"), Precondition::absent());
        RecordPtr const base = at.read();
        if (!at.expect(base != nullptr, "a record that was created can be read")) return;
        at.expect(at.applies(at.record("", base, true), Precondition::matches(base->revision)),
                  "a tombstone can be written");
        RecordPtr const now = at.read();
        if (!at.expect(now && now->stamp.tombstone, "a tombstone is read as one")) return;
        at.expect(!at.applies(at.record("2"), Precondition::absent()), "'absent' does not hold on a tombstone");
        at.expect(!at.removes(Precondition::absent()), "removing a tombstone is a conflict under 'absent'");
        at.expect(!at.applies(at.record("2", base), Precondition::matches(base->revision)),
                  "'matches' does not hold on a tombstone of another revision");
        if (!at.expect(at.applies(at.record("2", now), Precondition::matches(now->revision)),
                       "a tombstone can be replaced"))
            return;
        RecordPtr const back = at.read();
        if (!at.expect(holdfast::detail::is_there(back) && back->payload.view() == "2",
                       "what replaced a tombstone is read"))
            return;
        (void)at.applies(at.record("", back, true), Precondition::matches(back->revision));
        RecordPtr const grave = at.read();
        if (!grave) return;
        at.expect(at.removes(Precondition::matches(grave->revision)), "a tombstone can be removed");
        at.expect(at.read() == nullptr, "a tombstone that was removed is absent");
    });
}

template <ConditionalStorage S>
void revisions_name_one_write(S& storage, Findings& found) {
    if (!found.begins("revisions_name_one_write", {"writes_heed_conditions"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        std::vector<Revision> seen;
        RecordPtr base;
        for (unsigned round = 0; round < 12; ++round) {
            if (!at.expect(at.applies(at.record("same", base), Precondition::unchanged_since(base)),
                           "a write on its base is applied"))
                return;
            base = at.read();
            if (!at.expect(base != nullptr, "a record that was written can be read")) return;
            for (auto const& earlier : seen)
                at.expect(earlier != base->revision,
                          "a revision is never used again, though the same bytes are stored or the key was removed");
            seen.push_back(base->revision);
            if (round % 4 == 2) {
                (void)at.removes();
                base = nullptr;
            }
        }
    });
}

/// What is given twice: each call that a storage takes, again after others.
template <ConditionalStorage S>
void repeats_take_effect_once(S& storage, Findings& found) {
    if (!found.begins("repeats_take_effect_once", {"writes_heed_conditions", "removals_heed_conditions"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        auto const stays = [&](std::string_view payload, std::string_view expected) {
            RecordPtr const now = at.read();
            return at.expect(now && now->payload.view() == payload, expected);
        };
        /// What is given again is answered: that it was made, under the revision that it has, or a conflict.
        auto const again = [&](RecordPtr const& record, Precondition const& when) {
            auto const done = at.write(record, when);
            at.expect(is_applied(done) || is_conflict(done), "a write that is given again is applied or a conflict, and no error");
            RecordPtr const now = at.read();
            bool const there = now && now->payload == record->payload;
            if (is_applied(done) && there)
                at.expect(now->revision == done->revision(), "a write that is given again and applied has the revision that is there");
        };
        auto const first = at.record("1");
        (void)at.applies(first, Precondition::absent());
        again(first, Precondition::absent());  // at once: a reply was lost
        if (!stays("1", "a create that is given twice takes effect once")) return;
        RecordPtr const base = at.read();
        auto const second = at.record("2", base);
        auto const when = Precondition::matches(base->revision);
        (void)at.applies(second, when);
        RecordPtr const middle = at.read();
        if (!at.expect(middle && middle->payload.view() == "2", "a write is applied")) return;
        again(second, when);
        RecordPtr const same = at.read();
        at.expect(same && same->payload.view() == "2", "a write that is given twice takes effect once");
        again(first, Precondition::absent());
        stays("2", "a create that arrives again after a later write changes nothing");
        RecordPtr const current = at.read();
        if (!current) return;
        (void)at.applies(at.record("3", current), Precondition::matches(current->revision));
        (void)at.applies(second, when);
        stays("3", "a write that arrives again after a later write changes nothing");
        (void)at.removes(when);
        stays("3", "a conditional removal that arrives late removes nothing");
        (void)at.applies(at.record("late"), Precondition::matches(middle->revision));
        stays("3", "a write that arrives after another has replaced its base changes nothing");
        RecordPtr const last = at.read();
        if (!last) return;
        (void)at.removes(Precondition::matches(last->revision));
        (void)at.applies(second, when);
        at.expect(at.read() == nullptr, "a write on a base that arrives after the removal of that brings nothing back");
        (void)at.applies(at.record("4"), Precondition::absent());
        (void)at.removes(Precondition::matches(last->revision));
        stays("4", "a removal that arrives again removes nothing that was created since");
    });
}

}  // namespace holdfast::testing::law

#endif
