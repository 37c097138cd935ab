#ifndef HOLDFAST_TESTING_LAWS_AGES_HPP
#define HOLDFAST_TESTING_LAWS_AGES_HPP

#include <holdfast/testing/laws/calls.hpp>

// The law of `AgingStorage`.
namespace holdfast::testing::law {

/// The age of a record is never more than the time since its last write, whichever call made that; what is not there
/// has none.
template <AgingStorage S>
void ages_are_true(S& storage, Findings& found) {
    Environment& env = Environment::system();
    constexpr Duration rounding = std::chrono::milliseconds(1);
    in_every_slot(storage, found, [&](Place const& at) {
        auto const is_absent = [&](std::string_view law) {
            auto const age = storage.age(patient(), at.id);
            if (at.succeeds(age, "asking for an age")) at.expect(!age->has_value(), law);
        };
        is_absent("a record that was never written has no age");
        RecordPtr base;
        for (int round = 0; round < 4; ++round) {
            Instant const begun = env.monotonic();
            auto const when = round < 2 || !ConditionalStorage<S> ? Precondition::none()
                                                                  : Precondition::unchanged_since(base);
            // What is written is about something that is long ago.
            Record record = *at.record("x", base, AttributedStorage<S> && round == 3);
            record.stamp.when = Timestamp();
            if (!at.expect(applied(storage, at.id, std::make_shared<Record const>(std::move(record)), when),
                           "a write whose precondition holds is applied"))
                return;
            auto const age = storage.age(patient(), at.id);
            if (!at.succeeds(age, "asking for an age")) return;
            if (!at.expect(age->has_value(), "a record that was written has an age")) return;
            Duration const most = env.monotonic() - begun + rounding;
            if (!at.expect(**age <= most, "an age is not more than the time since the last write")) return;
            base = read(storage, at.id);
            env.sleep(std::chrono::milliseconds(3));
        }
        (void)removed(storage, at.id, Precondition::none());
        is_absent("a record that was removed has no age");
    });
}

}  // namespace holdfast::testing::law

#endif
