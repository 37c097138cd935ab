#ifndef HOLDFAST_TESTING_LAWS_STALE_HPP
#define HOLDFAST_TESTING_LAWS_STALE_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <string>

// The law of storages about reads that may be stale.
namespace holdfast::testing::law {

template <StoragePolicy S>
void only_what_may_be_stale_is(S& storage, Findings& found) {
    if (!found.begins("only_what_may_be_stale_is", {"reads_see_writes", "removals_remove"})) return;
    constexpr bool stale = holdfast::detail::serves_stale<S>;
    in_every_slot(storage, found, [&](Place<S>& at) {
        Context lenient = patient();
        lenient.may_be_stale = true;
        for (int round = 0; round < 6; ++round) {
            bool const gone = round % 3 == 2;
            std::string const text = std::to_string(round);
            if (gone) (void)at.removes();
            else if (!at.expect(at.applies(at.record(text)), "a write is applied")) return;
            auto const maybe = at.fetch(at.id(), lenient);
            if (!at.succeeds(maybe)) return;
            bool const current = gone ? !*maybe : *maybe && (*maybe)->payload.view() == text;
            if (!stale) at.expect(current, "without `stale_reads` a read that may be stale sees every write, too");
            bool past = current || !*maybe;
            for (int earlier = 0; earlier < round; ++earlier)
                past = past || (*maybe)->payload.view() == std::to_string(earlier);
            at.expect(past, "a read that may be stale sees what was there once");
            RecordPtr const now = at.read();
            at.expect(gone ? !now : now && now->payload.view() == text, "all other reads see every write");
        }
    });
}

}  // namespace holdfast::testing::law

#endif
