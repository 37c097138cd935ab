#ifndef HOLDFAST_TESTING_LAWS_AGES_HPP
#define HOLDFAST_TESTING_LAWS_AGES_HPP

#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>

#include <string>

// The law of `AgingStorage`.
namespace holdfast::testing::law {

/// Each call that writes, of records that say themselves that they are old.
template <AgingStorage S>
void ages_are_true(S& storage, Findings& found) {
    if (!found.begins("ages_are_true", {"reads_see_writes", "removals_remove", "slots_are_apart", "writes_heed_conditions"})) return;
    Environment& env = Environment::system();
    constexpr Duration rounding = std::chrono::milliseconds(1);
    in_every_slot(storage, found, [&](Place<S>& at) {
        auto const others = beside(at);  // are no matter
        for (RecordId const& other : others) (void)at.applies(other, at.record("beside"));
        env.sleep(std::chrono::milliseconds(2));
        auto const aged = [&] { return at.noted(storage.read_aged(patient(), at.id()), "read_aged", at.id()); };
        auto const is_absent = [&](std::string_view expected) {
            auto const none = aged();
            if (at.succeeds(none)) at.expect(!none->record && !none->age, expected);
        };
        is_absent("what was never written has no age");
        RecordPtr base;
        for (int round = 0; round < 6; ++round) {
            Instant const begun = env.monotonic();
            // What is written is about something that is long ago.
            Record record = *at.record("x", base, AttributedStorage<S> && round == 3);
            record.stamp.when = Timestamp();
            auto const sent = std::make_shared<Record const>(std::move(record));
            auto const when = round < 2 || !ConditionalStorage<S> ? Precondition::none() : Precondition::unchanged_since(base);
            bool applied = false;
            if constexpr (TransactionalStorage<S>) applied = round == 4 && at.applies_all({{at.id(), sent, when}});
            if (!at.expect(applied || at.applies(sent, when), "a write whose precondition holds is applied")) return;
            auto const now = aged();
            if (!at.succeeds(now)) return;
            if (!at.expect(now->record && (now->age || !S::late_writes), "a record that was written has an age")) return;
            Duration const most = env.monotonic() - begun + rounding, age = now->age.value_or(Duration::zero());
            at.expect(age >= Duration::zero(), "an age is not negative");
            if (!at.expect(age <= most, "an age is not more than the time since the last write"))
                return;
            RecordPtr const read = at.read();
            if (!at.expect(read && same_record(*now->record, *read), "the record that has the age is the one that is there")) return;
            base = at.read();
            env.sleep(std::chrono::milliseconds(3));
        }
        auto const still = storage.read_aged(unlimited(), at.id());
        at.expect(still && still->record, "an age is told without a time limit, too");
        (void)at.removes();
        is_absent("what was removed has no age");
        for (RecordId const& other : others) (void)at.removes(other);
    });
}

}  // namespace holdfast::testing::law

#endif
