#ifndef HOLDFAST_TESTING_LAWS_OBJECT_CONDITIONS_HPP
#define HOLDFAST_TESTING_LAWS_OBJECT_CONDITIONS_HPP

#include <holdfast/testing/laws/object_calls.hpp>
#include <holdfast/testing/laws/threads.hpp>

#include <atomic>
#include <string>
#include <string_view>

// The laws of `ObjectStore` about preconditions, and about many callers.
namespace holdfast::testing::law {

template <ObjectStore O>
void puts_heed_conditions(O& objects, Findings& found) {
    if (!found.begins("puts_heed_conditions", {"puts_are_read", "removed_objects_are_absent"})) return;
    on_a_name(objects, found, [&](Named<O>& at) {
        Named<O> other = at.beside("-beside");
        (void)other.puts("beside");
        Revision const strange = other.revision();
        at.expect(is_conflict(at.put("x", Precondition::matches(strange))), "'matches' does not create");
        at.expect(at.is_absent(), "a put that conflicts changes nothing");
        auto const first = at.put("1", Precondition::absent());
        if (!at.expect(is_applied(first), "'absent' creates")) return;
        at.expect(is_conflict(at.put("2", Precondition::absent())), "'absent' does not hold on what is there");
        at.expect(at.has("1"), "a put that conflicts changes nothing");
        at.expect(is_conflict(at.put("2", Precondition::matches(strange))), "'matches' does not hold on another revision");
        at.expect(is_conflict(at.put("2", Precondition::matches(Revision()))), "'matches' of no revision holds on nothing");
        at.expect(at.has("1"), "a put that conflicts changes nothing");
        auto const second = at.put("2", Precondition::matches(first->revision()));
        if (!at.expect(is_applied(second), "'matches' holds on the revision that is there")) return;
        at.expect(at.has("2"), "a put whose condition holds replaces what is there");
        at.expect(is_conflict(at.put("3", Precondition::matches(first->revision()))), "'matches' does not hold on what was replaced");
        at.expect(is_conflict(at.put("2", Precondition::matches(first->revision()))),
                  "that the body is there already is no success: somebody else may have put it");
        at.expect(at.has("2"), "a put that conflicts changes nothing");
        if (!at.expect(at.puts("4"), "a put without a condition is applied, whatever is there")) return;
        at.expect(is_conflict(at.put("5", Precondition::matches(second->revision()))), "'matches' notices a put without a condition");
        (void)at.removes();
        at.expect(is_conflict(at.put("6", Precondition::matches(second->revision()))), "'matches' does not hold on what was removed");
        at.expect(at.puts("7", Precondition::absent()), "'absent' holds on what was removed");
        at.expect(other.has("beside"), "puts leave other names alone");
        (void)other.removes();
    });
}

template <ObjectStore O>
void removals_heed_revisions(O& objects, Findings& found) {
    if (!found.begins("removals_heed_revisions", {"puts_are_read", "removed_objects_are_absent"})) return;
    bool const can = holdfast::detail::removes_conditionally(objects);
    on_a_name(objects, found, [&](Named<O>& at) {
        auto const first = at.put("1");
        auto const second = at.put("2");
        if (!at.expect(is_applied(first) && is_applied(second), "a put without a condition is applied")) return;
        auto const stale = at.remove(Precondition::matches(first->revision()));
        if (can) at.expect(is_conflict(stale), "a removal of what was replaced is a conflict");
        else at.expect(!stale && stale.error() == Errc::not_supported, "a removal that would be blind is refused: 'not_supported'");
        if (!at.expect(at.has("2"), "a removal that does not take effect changes nothing")) return;
        auto const right = at.remove(Precondition::matches(second->revision()));
        if (can) at.expect(is_applied(right) && at.is_absent(), "a removal of what is there is applied");
        else at.expect(!right && right.error() == Errc::not_supported && at.has("2"), "a removal that would be blind is refused: 'not_supported'");
        (void)at.removes();
        auto const gone = at.remove(Precondition::matches(second->revision()));
        if (can) at.expect(is_conflict(gone), "a removal of a revision that is not there any more is a conflict");
    });
}

template <ObjectStore O>
void equal_bodies_may_be_one(O& objects, Findings& found) {
    if (!found.begins("equal_bodies_may_be_one", {"puts_are_read"})) return;
    on_a_name(objects, found, [&](Named<O>& at) {
        // Of one length, put within an instant, and different late, early, or in one bit.
        std::string const base(4096, 'a');
        std::vector<std::pair<std::string, Revision>> seen;
        for (std::size_t const place : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{63}, std::size_t{64}, std::size_t{2048}, base.size() - 1})
            for (char const change : {'b', 'c', 'A'}) {
                std::string body = base;
                body[place] = change;
                auto const done = at.put(body);
                if (!at.expect(is_applied(done), "a put without a condition is applied")) return;
                for (auto const& [other, revision] : seen)
                    at.expect(other == body || revision != done->revision(), "two different bodies never have one revision");
                seen.emplace_back(body, done->revision());
            }
        // Nor does what was there come back into force unless the same body does.
        Revision const last = seen.back().second;
        (void)at.puts(base);
        if constexpr (O::conditional_put)
            at.expect(is_conflict(at.put("x", Precondition::matches(last))), "'matches' does not hold on what was replaced");
    });
}

template <ObjectStore O>
void readers_see_whole_bodies(O& objects, Findings& found, unsigned puts = 120) {
    if (!found.begins("readers_see_whole_bodies", {"puts_are_read"})) return;
    puts = found.rounds(puts);
    on_a_name(objects, found, [&](Named<O>& at) {
        auto const body_of = [](unsigned n) {
            std::string const number = std::to_string(n) + ".";
            std::string body;
            while (body.size() < (n % 3 == 0 ? 70'000u : 700u)) body.append(number);
            return body;
        };
        if (!at.expect(at.puts(body_of(0)), "a put without a condition is applied")) return;
        std::atomic<bool> done{false};
        std::atomic<unsigned> acknowledged{0};
        at_once(3, [&](unsigned me) {
            Named<O> mine = at.elsewhere();
            for (unsigned n = 1; me == 0 && n <= puts; ++n)
                if (mine.puts(body_of(n))) acknowledged = n;
            if (me == 0) done = true;
            unsigned least = 0;
            for (unsigned i = 0; me != 0 && (i < 20 || !done); ++i) {
                if (unsigned const known = acknowledged; known > least) least = known;
                auto const now = mine.get();
                if (!mine.succeeds(now)) return;
                if (!mine.expect(now->kind == Fetched::Kind::found, "what is replaced is never absent")) return;
                std::string_view const body = now->body.view();
                auto const number = static_cast<unsigned>(std::strtoul(std::string(body.substr(0, body.find('.'))).c_str(), nullptr, 10));
                if (!mine.expect(body == body_of(number), "a reader beside a writer sees a whole body")) return;
                if (!mine.expect(number >= least, "a reader sees what another thread has put, and then nothing older")) return;
                least = number;
            }
        });
    });
}

template <ObjectStore O>
void one_put_wins(O& objects, Findings& found, unsigned rounds = 40) {
    if (!found.begins("one_put_wins", {"puts_heed_conditions", "removals_heed_revisions", "readers_see_whole_bodies"})) return;
    rounds = found.rounds(rounds);
    constexpr unsigned threads = 4;
    on_a_name(objects, found, [&](Named<O>& at) {
        Revision base;
        for (unsigned round = 0; round < rounds; ++round) {
            auto const text = [&](unsigned me) { return std::to_string(round) + "/" + std::to_string(me); };
            auto const when = base.empty() ? Precondition::absent() : Precondition::matches(base);
            std::atomic<unsigned> winners{0}, winner{0};
            at_once(threads, [&](unsigned me) {
                Named<O> mine = at.elsewhere();
                if (!mine.puts(text(me), when)) return;
                ++winners;
                winner = me;
            });
            if (!at.expect(winners == 1, "of several puts on one base exactly one is applied", std::to_string(winners) + " were")) return;
            if (!at.expect(at.has(text(winner)), "what is left of several puts is what the winner put")) return;
            base = at.revision();
            if (!holdfast::detail::removes_conditionally(objects)) continue;
            // A removal is a rival like any other.
            std::atomic<bool> put{false}, removed{false};
            at_once(2, [&](unsigned me) {
                Named<O> mine = at.elsewhere();
                auto const on_base = Precondition::matches(base);
                if (me == round % 2) removed = mine.removes(on_base);
                else put = mine.puts("rival " + std::to_string(round), on_base);
            });
            if (!at.expect(put != removed, "of a removal and a put on one base exactly one is applied")) return;
            if (!at.expect(removed ? at.is_absent() : at.has("rival " + std::to_string(round)),
                           "of a removal and a put on one base what is left is what the winner left"))
                return;
            base = at.revision();
        }
    });
}

}  // namespace holdfast::testing::law

#endif
