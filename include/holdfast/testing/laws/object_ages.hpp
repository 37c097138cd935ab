#ifndef HOLDFAST_TESTING_LAWS_OBJECT_AGES_HPP
#define HOLDFAST_TESTING_LAWS_OBJECT_AGES_HPP

#include <holdfast/testing/laws/object_calls.hpp>

#include <string>

// The law of `ObjectStore` about ages.
namespace holdfast::testing::law {

template <ObjectStore O>
void ages_are_lower_bounds(O& objects, Findings& found) {
    if (!found.begins("ages_are_lower_bounds", {"puts_are_read"})) return;
    Environment& env = Environment::system();
    on_a_name(objects, found, [&](Named<O>& at) {
        Named<O> other = at.beside("-beside");
        (void)other.puts("beside");
        env.sleep(std::chrono::milliseconds(30));
        Revision known;
        for (int round = 0; round < 4; ++round) {
            Instant const begun = env.monotonic();
            auto const done = at.put("of " + std::to_string(round));
            if (!at.expect(is_applied(done), "a put without a condition is applied")) return;
            for (Revision const& asked : {Revision(), done->revision(), known}) {
                auto const now = at.get({.name = {}, .known = asked});
                if (!at.succeeds(now)) return;
                Duration const most = env.monotonic() - begun + std::chrono::milliseconds(1);
                at.expect(now->age >= Duration::zero(), "an age is not negative");
                at.expect(now->age <= most, "an age is not more than the time since the last put",
                          std::to_string(now->age / std::chrono::milliseconds(1)) + " ms after " +
                              std::to_string(most / std::chrono::milliseconds(1)));
            }
            known = done->revision();
            env.sleep(std::chrono::milliseconds(10));
        }
        (void)other.removes();
    });
}

}  // namespace holdfast::testing::law

#endif
