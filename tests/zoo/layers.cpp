// Broken layers. What no law of theirs sees:
// - What a layer keeps and answers later is wrong: the probe keeps nothing; the laws of storages see it on the layer.
// - It repeats too often or too soon: that is its own policy, within the caller's time limit.
// - It makes operations one after the other that could be made at once.
// - It shortens time limits by much: who tries several times may give each a part.

#include <zoo/misshapen_layer.hpp>
#include <zoo/slipping_layer.hpp>
#include <zoo/zoo.hpp>

#include <holdfast/layer/layer.hpp>
#include <holdfast/testing/laws/layers.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace zoo {

namespace layer_animals {

namespace {

using namespace holdfast;
using testing::check_layer;

/// Only what the compiler sees of it: the other laws ask a layer for what it has.
template <Shape shape>
testing::Findings of_shape() {
    testing::Findings found;
    auto make = []<class S>(S storage) { return Misshapen<shape, S>(std::move(storage)); };
    testing::law::constants_are_those_below(make, found);
    testing::law::capabilities_are_those_below(make, found);
    return found;
}

struct Sinner {
    char const* law;
    char const* sin;
    Slip slip;
};

constexpr Sinner all_sinners[] = {
    {"arguments_arrive", "copies a listing by members and forgets one: whole_key", Slip::forgets_whole_key},
    {"arguments_arrive", "copies a listing by members and forgets one: cursor", Slip::forgets_cursor},
    {"arguments_arrive", "lists the current slot, whichever is asked for", Slip::lists_the_current_slot},
    {"arguments_arrive", "asks for larger pages", Slip::doubles_the_limit},
    {"arguments_arrive", "reads anew what it should read again", Slip::forgets_known},
    {"arguments_arrive", "removes without a condition", Slip::forgets_removal_condition},
    {"arguments_arrive", "sends the first of a batch", Slip::first_of_batch_only},
    {"arguments_arrive", "copies records by members and forgets one: the lease", Slip::drops_leases},
    {"arguments_arrive", "copies ids by members and forgets one: the version", Slip::forgets_versions},
    {"arguments_arrive", "waits for a change since nothing", Slip::forgets_since},
    {"arguments_arrive", "takes every turn", Slip::always_wants_turns},
    {"arguments_arrive", "notes its own things in another slot", Slip::writes_of_its_own},

    {"contexts_arrive", "makes a context without the time limit", Slip::forgets_the_deadline},
    {"contexts_arrive", "makes a context without its staleness", Slip::forgets_staleness},
    {"contexts_arrive", "makes a context without the request to stop", Slip::forgets_to_stop},
    {"contexts_arrive", "uses the environment of the system", Slip::its_own_environment},
    {"contexts_arrive", "never lets the storage wait", Slip::never_waits},

    {"answers_come_back", "makes outcomes anew and forgets that they are at rest", Slip::forgets_rest},
    {"answers_come_back", "drops what is unreadable", Slip::drops_unreadable},
    {"answers_come_back", "ends a listing after a page", Slip::drops_next},
    {"answers_come_back", "forgets why an outcome is unknown", Slip::forgets_why},
    {"answers_come_back", "no age is an age of zero", Slip::no_age_is_zero},
    {"answers_come_back", "copies records without attributes", Slip::forgets_attributes},
    {"answers_come_back", "gives turns that have ended", Slip::ends_turns},
    {"answers_come_back", "every rank is 0", Slip::rank_is_zero},
    {"answers_come_back", "every wait ends with a change", Slip::waits_are_true},
    {"answers_come_back", "takes the revision of the record for that of the write", Slip::revision_of_the_record},
    {"answers_come_back", "cuts revisions", Slip::cuts_revisions},

    {"answered_writes_are_sent_once", "repeats a write of unknown fate", Slip::repeats_unknown},
    {"answered_writes_are_sent_once", "repeats what conflicts", Slip::repeats_conflict},
    {"answered_writes_are_sent_once", "writes twice to be sure", Slip::writes_to_be_sure},
    {"answered_writes_are_sent_once", "repeats removals, which do no harm", Slip::repeats_removals},

    {"errors_come_back", "a read that fails finds nothing", Slip::swallows_reads},
    {"errors_come_back", "a listing that fails is empty", Slip::swallows_lists},
    {"errors_come_back", "makes errors anew and forgets the pause", Slip::forgets_pauses},
    {"errors_come_back", "makes errors anew and forgets where", Slip::forgets_places},
    {"errors_come_back", "every error is 'unavailable'", Slip::all_is_unavailable},
    {"errors_come_back", "says that the storage failed, and not how", Slip::own_message},
    {"errors_come_back", "an error is an empty turn", Slip::no_turn_for_an_error},
    {"errors_come_back", "an error is no change", Slip::no_change_for_an_error},

    {"exceptions_pass", "makes errors of exceptions", Slip::catches_all},
    {"exceptions_pass", "reads nothing where the storage threw", Slip::reads_nothing_for_an_exception},
    {"exceptions_pass", "stays closed after an exception", Slip::is_closed_by_an_exception},

    {"repetitions_end", "pauses for as long as the service asks", Slip::pauses_as_asked},
    {"repetitions_end", "repeats for who has no time", Slip::repeats_in_a_hurry},
    {"repetitions_end", "repeats for who asks to stop", Slip::does_not_hear_to_stop},
    {"errors_come_back", "repeats until it succeeds", Slip::repeats_for_ever},
    {"arguments_arrive", "sends the first 25 of a batch", Slip::splits_batches},
    {"answers_come_back", "copies records on the way", Slip::copies_what_is_known},

    {"waits_keep_nobody_out", "one call at a time", Slip::one_call_at_a_time},
    {"waits_keep_nobody_out", "a lock for waits and for ages", Slip::one_turn_at_a_time},
    {"waits_keep_nobody_out", "who writes waits for who has a turn", Slip::writes_for_holders_only},
};

testing::Findings judged(Slip slip) {
    return check_layer([slip]<class S>(S storage) { return Slipping<S>(std::move(storage), slip); },
                       {.patience = std::chrono::seconds(1)});
}

/// As a user writes one: one hook.
template <StoragePolicy Next>
class Counting : public Layer<Counting<Next>, Next, 3> {
public:
    Counting(Next next, int& count) : Layer<Counting<Next>, Next, 3>(std::move(next)), count_(&count) {}

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        ++*count_;
        return call();
    }

private:
    int* count_;
};

}  // namespace

Animals all() {
    Animals animals = {
        {"constants_are_those_below", "always conditional", of_shape<Shape::always_conditional>},
        {"constants_are_those_below", "never conditional", of_shape<Shape::never_conditional>},
        {"constants_are_those_below", "always attributed", of_shape<Shape::always_attributed>},
        {"constants_are_those_below", "never late", of_shape<Shape::never_late>},
        {"constants_are_those_below", "always late", of_shape<Shape::always_late>},
        {"constants_are_those_below", "forgets that the storage reads stale", of_shape<Shape::forgets_stale_reads>},
        {"capabilities_are_those_below", "forgets reread", of_shape<Shape::forgets_reread>},
        {"capabilities_are_those_below", "forgets age", of_shape<Shape::forgets_age>},
        {"capabilities_are_those_below", "forgets the lock directory", of_shape<Shape::forgets_directory>},
        {"capabilities_are_those_below", "forgets the ranks of turns", of_shape<Shape::forgets_turn_rank>},
        {"capabilities_are_those_below", "forgets to wait for changes", of_shape<Shape::forgets_watching>},
        {"capabilities_are_those_below", "lists where nothing can be listed", of_shape<Shape::always_lists>},
        {"capabilities_are_those_below", "ranks turns that have no rank", of_shape<Shape::always_ranks>},
    };
    for (Sinner const& sinner : all_sinners)
        animals.push_back({sinner.law, sinner.sin, [slip = sinner.slip] { return judged(slip); }});
    return animals;
}

Laws laws() {
    int count = 0;
    return check_layer([&]<class S>(S storage) { return Counting<S>(std::move(storage), count); }).checked();
}

TEST_CASE("zoo: every broken layer is condemned by the law that it breaks", "[zoo]") { condemned(all()); }

}  // namespace layer_animals

Animals layers() { return layer_animals::all(); }
Laws laws_of_layers() { return layer_animals::laws(); }

}  // namespace zoo
