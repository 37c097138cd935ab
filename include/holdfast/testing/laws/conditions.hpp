#ifndef HOLDFAST_TESTING_LAWS_CONDITIONS_HPP
#define HOLDFAST_TESTING_LAWS_CONDITIONS_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <vector>

// The laws of storages about removal, preconditions and revisions.
namespace holdfast::testing::law {

/// Revisions that look like this one and are not: a storage may refuse them, too.
inline std::vector<Revision> strangers_of(Revision const& revision) {
    std::vector<Revision> all = {Revision(), Revision(Environment::system().new_write_id())};
    std::string const token(revision.view());
    for (std::size_t const place : {std::size_t{0}, token.size() / 2, token.size() - 1}) {
        if (place >= token.size()) continue;
        std::string other = token;
        other[place] = static_cast<char>(other[place] ^ 1);
        if (auto parsed = Revision::parse(other)) all.push_back(*parsed);
    }
    return all;
}

/// `remove` and what it leaves.
template <StoragePolicy S>
void removal(S& storage, Findings& found) {
    in_every_slot(storage, found, [&](Place const& at) {
        at.expect(removed(storage, at.id, Precondition::none()), "removing what is absent is applied");
        if (!at.expect(applied(storage, at.id, at.record("x"), Precondition::none()), "a write is applied")) return;
        at.expect(removed(storage, at.id, Precondition::none()), "a removal is applied");
        at.expect(read(storage, at.id) == nullptr, "a removed record is absent");
        at.expect(removed(storage, at.id, Precondition::none()), "a removal may be repeated");
        if constexpr (ConditionalStorage<S>) {
            at.expect(removed(storage, at.id, Precondition::absent()),
                         "removing what is absent is applied under 'absent'");
            auto const record = at.record("y");
            (void)applied(storage, at.id, record, Precondition::absent());
            RecordPtr const now = read(storage, at.id);
            if (!at.expect(now != nullptr, "a removed key can be created again")) return;
            at.expect(!removed(storage, at.id, Precondition::absent()),
                         "removing what is there is a conflict under 'absent'");
            at.expect(!removed(storage, at.id, Precondition::matches(Revision(WriteId{1, 1}))),
                         "removing another revision is a conflict");
            at.expect(read(storage, at.id) != nullptr, "a removal that conflicts removes nothing");
            at.expect(removed(storage, at.id, Precondition::matches(now->revision)),
                         "removing the revision that was read is applied");
            at.expect(!removed(storage, at.id, Precondition::matches(now->revision)),
                         "removing what is absent is a conflict under 'matches'");
        }
    });
}

/// `absent` and `matches` say no when they do not hold.
template <ConditionalStorage S>
void preconditions(S& storage, Findings& found) {
    in_every_slot(storage, found, [&](Place const& at) {
        auto const first = at.record("1");
        at.expect(!applied(storage, at.id, first, Precondition::matches(first->revision)), "'matches' does not create");
        if (!at.expect(applied(storage, at.id, first, Precondition::absent()), "'absent' creates")) return;
        RecordPtr const base = read(storage, at.id);
        if (!at.expect(base != nullptr, "a created record can be read")) return;
        at.expect(!applied(storage, at.id, at.record("other"), Precondition::absent()), "'absent' does not replace");
        for (Revision const& other : strangers_of(base->revision))
            at.expect(!applied(storage, at.id, at.record("other", base), Precondition::matches(other)),
                      "'matches' does not replace another revision");
        auto const second = at.record("2", base);
        at.expect(applied(storage, at.id, second, Precondition::matches(base->revision)),
                      "'matches' replaces the revision that was read");
        at.expect(!applied(storage, at.id, at.record("3", base), Precondition::matches(base->revision)),
                      "'matches' does not replace a later revision");
        RecordPtr const now = read(storage, at.id);
        at.expect(now && now->payload.view() == "2", "a write that conflicts changes nothing");
    });
}

/// A tombstone is a record: it is read, and 'absent' does not hold on it.
template <ConditionalStorage S>
    requires AttributedStorage<S>
void tombstones_are_records(S& storage, Findings& found) {
    in_every_slot(storage, found, [&](Place const& at) {
        (void)applied(storage, at.id, at.record("1"), Precondition::absent());
        RecordPtr const base = read(storage, at.id);
        if (!at.expect(base != nullptr, "a created record can be read")) return;
        auto const grave = at.record("", base, true);
        at.expect(applied(storage, at.id, grave, Precondition::matches(base->revision)), "a tombstone can be written");
        RecordPtr const now = read(storage, at.id);
        if (!at.expect(now && now->stamp.tombstone, "a tombstone is read as one")) return;
        at.expect(!applied(storage, at.id, at.record("2"), Precondition::absent()),
                      "'absent' does not hold on a tombstone");
        at.expect(applied(storage, at.id, at.record("2", now), Precondition::matches(now->revision)),
                      "a tombstone can be replaced");
    });
}

/// A revision names one write for ever, also when the same bytes are stored again, and across removals.
template <ConditionalStorage S>
void revisions_are_never_reused(S& storage, Findings& found) {
    in_every_slot(storage, found, [&](Place const& at) {
        std::vector<Revision> seen;
        RecordPtr base;
        for (unsigned round = 0; round < 6; ++round) {
            auto const record = at.record("same", base);
            if (!at.expect(applied(storage, at.id, record, Precondition::unchanged_since(base)),
                           "a write on its base is applied"))
                return;
            base = read(storage, at.id);
            if (!at.expect(base != nullptr, "a record that was written can be read")) return;
            for (auto const& earlier : seen) at.expect(earlier != base->revision, "a revision is never used again");
            seen.push_back(base->revision);
            if (round == 2) {
                (void)removed(storage, at.id, Precondition::none());
                base = nullptr;
            }
        }
    });
}

/// The same write given twice takes effect at most once. (It may be told again that it was applied.)
template <ConditionalStorage S>
void repeating_is_harmless(S& storage, Findings& found) {
    in_every_slot(storage, found, [&](Place const& at) {
        auto const first = at.record("1");
        (void)applied(storage, at.id, first, Precondition::absent());
        RecordPtr const base = read(storage, at.id);
        if (!at.expect(base != nullptr, "a created record can be read")) return;
        auto const second = at.record("2", base);
        (void)applied(storage, at.id, second, Precondition::matches(base->revision));
        (void)applied(storage, at.id, first, Precondition::absent());
        RecordPtr const middle = read(storage, at.id);
        if (!at.expect(middle && middle->payload.view() == "2", "a create given twice takes effect once")) return;
        (void)applied(storage, at.id, second, Precondition::matches(base->revision));
        (void)applied(storage, at.id, at.record("3", middle), Precondition::matches(middle->revision));
        (void)applied(storage, at.id, second, Precondition::matches(base->revision));
        RecordPtr const now = read(storage, at.id);
        at.expect(now && now->payload.view() == "3", "a write given twice takes effect once");
    });
}

}  // namespace holdfast::testing::law

#endif
