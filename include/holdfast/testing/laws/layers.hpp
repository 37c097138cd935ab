#ifndef HOLDFAST_TESTING_LAWS_LAYERS_HPP
#define HOLDFAST_TESTING_LAWS_LAYERS_HPP

#include <holdfast/core/one_mode.hpp>
#include <holdfast/testing/laws/check.hpp>
#include <holdfast/testing/laws/layered.hpp>
#include <holdfast/testing/laws/passing.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The laws of layers (`layer/layer.hpp`) and of `OneOf`: what passes between whoever calls and the storage below.
namespace holdfast::testing::law {

template <class Make>
void constants_are_those_below(Make&, Findings& found) {
    if (!found.begins("constants_are_those_below")) return;
    over_every_storage([&]<unsigned can>() {
        constexpr unsigned layer = capabilities_of<LayerOver<Make, can>> & all_constants, below = can & all_constants;
        // A layer may have a memory of its own to answer from.
        constexpr bool same = layer == below || layer == (below | reads_stale);
        found.expect(same, "make a layer over a storage whose constants are: " + names_of(below),
                     "a layer says of itself what the storage below says", names_of(layer));
    });
}

template <class Make>
void capabilities_are_those_below(Make&, Findings& found) {
    if (!found.begins("capabilities_are_those_below", {"constants_are_those_below"})) return;
    over_every_storage([&]<unsigned can>() {
        constexpr unsigned layer = capabilities_of<LayerOver<Make, can>> & ~all_constants, below = can & ~all_constants;
        std::string const did = "make a layer over a storage that has: " + names_of(below);
        found.expect((below & ~layer) == 0, did, "a layer can what the storage below can",
                     "it lacks: " + names_of(below & ~layer));
        found.expect((layer & ~below) == 0, did, "a layer can no more than the storage below",
                     "it has, too: " + names_of(layer & ~below));
    });
}

template <class Make>
void arguments_arrive(Make& make, Findings& found) {
    if (!found.begins("arguments_arrive")) return;
    over_some_storages(make, found, [&]<unsigned can>(Layered<Make, can>& layered) {
        for (auto const& question : Questions<LayerOver<Make, can>>::all()) {
            (void)layered.ask(question);
            std::vector<Said> const wanted = question.said.each.empty() ? std::vector{question.said} : question.said.each;
            for (auto const& call : layered.calls())
                if (call.writes)
                    layered.expect(std::find(wanted.begin(), wanted.end(), call.said) != wanted.end(),
                                   "what is written below is what was asked for, and nothing else", call.said.text);
            for (Said const& one : wanted)
                layered.expect(std::any_of(layered.calls().begin(), layered.calls().end(),
                                           [&](auto const& call) { return call.said == one; }),
                               "every argument arrives at the storage unchanged: " + one.text,
                               layered.calls().empty() ? "nothing arrives" : layered.calls().back().said.text);
        }
    });
}

template <class Make>
void contexts_arrive(Make& make, Findings& found) {
    if (!found.begins("contexts_arrive", {"arguments_arrive"})) return;
    over_some_storages(make, found, [&]<unsigned can>(Layered<Make, can>& layered) {
        for (auto const& question : Questions<LayerOver<Make, can>>::all()) {
            if (!question.has_context) continue;
            std::atomic<bool> stop{false};
            Context lenient(layered.env());
            lenient.may_be_stale = true;
            Context const all[] = {Context(layered.env()), Context(layered.env(), std::chrono::minutes(3)),
                                   Context(layered.env(), Duration::zero()),
                                   Context(layered.env(), std::chrono::hours(1), &stop), lenient};
            for (Context const& ctx : all) {
                (void)ctx.deadline();  // it begins now
                (void)layered.ask(question, ctx);
                for (auto const& call : layered.calls()) {
                    if (!call.context) continue;
                    Context const& came = *call.context;
                    layered.expect(&came.env == &ctx.env, "the environment arrives", "another");
                    layered.expect(came.deadline() <= ctx.deadline() && came.immediate() == ctx.immediate(),
                                   "the time limit arrives, or a shorter one", came.limited() ? "another" : "none");
                    layered.expect(came.may_be_stale == ctx.may_be_stale, "whether a read may be stale arrives",
                                   came.may_be_stale ? "it may" : "it may not");
                    stop = true;
                    layered.expect(came.stopped() == ctx.stopped(), "a request to stop arrives", "none");
                    stop = false;
                }
            }
        }
    });
}

/// Plans answers that are unusual in each of their parts.
inline std::vector<std::pair<std::string, std::function<void(ProbeWorld&)>>> odd_answers() {
    auto const why = [] {
        return Error(Errc::unavailable, "m\xc3\xa9")
            .during("op")
            .on("subject \"k\"")
            .from("503")
            .retry_after(std::chrono::milliseconds(7));
    };
    std::vector<std::pair<std::string, std::function<void(ProbeWorld&)>>> all;
    auto const add = [&](std::string name, auto plan) { all.emplace_back(std::move(name), std::move(plan)); };
    Key const key("a key");
    add("nothing, conflict, empty", [](ProbeWorld&) {});
    for (std::size_t n : {0u, 3u, 4u})
        add("a record, applied", [n, key](ProbeWorld& world) {
            world.record = sample(key, n);
            world.outcome = WriteOutcome::applied(world.record->revision);
            world.changed = true;
            world.age = std::chrono::nanoseconds(n);
            world.gives_turn = n != 3;
            world.rank = 10 * n;
            world.at_once = 1 + n;
            world.heeds_removals = n != 3;
            world.page.records = {{key, {n, {n, ~n}}}, {Key("\xc3\xa9"), {}}};
            world.page.next = n == 3 ? std::string() : "\xff next" + std::to_string(n);
        });
    add("applied under no revision, at rest",
        [](ProbeWorld& world) { world.outcome = WriteOutcome::applied(Revision()).at_rest(); });
    add("unknown, unreadable", [why](ProbeWorld& world) {
        world.outcome = WriteOutcome::unknown(why());
        world.page.unreadable = {why(), Error(Errc::malformed)};
    });
    add("unknown at rest, an age of days", [why](ProbeWorld& world) {
        world.outcome = WriteOutcome::unknown(why()).at_rest();
        world.age = std::chrono::hours(1000);
    });
    return all;
}

/// What the probe answers by itself to many at once.
template <class T>
Said planned_answers(Said const& asked, T const& current, T const& other) {
    std::vector<Result<T>> all;
    for (std::size_t i = 0; i < asked.each.size(); ++i) all.push_back(i % 2 == 0 ? current : other);
    return answered(all);
}

/// What the probe answers by itself.
template <unsigned can>
Said planned_answer(ProbeWorld& world, Said const& asked) {
    auto const begins = [&](std::string_view what) { return asked.text.starts_with(what); };
    if (begins("read_many")) return planned_answers(asked, world.record, RecordPtr());
    if (begins("remove_many")) return planned_answers(asked, world.outcome, WriteOutcome::conflict());
    if (begins("at_once")) return {std::to_string(world.at_once)};
    if (begins("removes_conditionally")) return answered(world.heeds_removals);
    if (begins("read ") || begins("reread ")) return answered(world.record);
    if (begins("list ")) return answered(world.page);
    if (begins("wait_")) return answered(world.changed);
    if (begins("read_aged ")) return answered(Aged{world.record, world.age});
    if (begins("turn_rank ")) return {std::to_string(world.rank)};
    if (begins("turn ")) return {world.gives_turn ? "a turn" : "an empty turn"};
    if (begins("lock_directory")) return answered(LockDirectory::open("."));
    return answered(world.outcome);
}

template <class Make>
void answers_come_back(Make& make, Findings& found) {
    if (!found.begins("answers_come_back", {"arguments_arrive"})) return;
    for (auto const& [name, plan] : odd_answers())
        over_some_storages(make, found, [&]<unsigned can>(Layered<Make, can>& layered) {
            plan(layered.world());
            for (auto const& question : Questions<LayerOver<Make, can>>::all()) {
                Said const answer = layered.ask(question),
                           planned = planned_answer<can>(layered.world(), question.said);
                layered.expect(answer == planned, "every part of an answer comes back unchanged: " + planned.text,
                               answer.text);
            }
            if constexpr (TurnTakingStorage<LayerOver<Make, can>>) {
                layered.world().gives_turn = true;
                Key const key = fresh_key();
                auto const turn = layered.layer().turn(layered.context(), RecordId(key), true);
                layered.expect(turn && *turn && layered.world().turns == 1, "a turn lasts until its holder ends it",
                               "it has ended");
            }
            if constexpr (RevalidatingStorage<LayerOver<Make, can>>) {
                Key const key = fresh_key();
                RecordPtr const known = layered.world().record;
                auto const again = layered.layer().reread(layered.context(), RecordId(key), known);
                layered.expect(again && *again == known, "a reread gives the object that is known, if the storage does", "another object");
            }
            layered.expect(layered.world().turns == 0, "a turn that its holder has ended is over", "it is not");
        });
}

template <class Make>
void errors_come_back(Make& make, Findings& found) {
    if (!found.begins("errors_come_back", {"arguments_arrive", "answers_come_back"})) return;
    over_some_storages(make, found, [&]<unsigned can>(Layered<Make, can>& layered) {
        for (unsigned code = 1; code <= static_cast<unsigned>(Errc::store_violates_conditions); ++code)
            for (bool const bare : {true, false}) {
                if (bare && code % 8 != 6) continue;  // some are enough
                Error const planned = bare ? Error(static_cast<Errc>(code))
                                           : Error(static_cast<Errc>(code), "what happened")
                                                 .during("op")
                                                 .on("there")
                                                 .from("E7")
                                                 .retry_after(std::chrono::milliseconds(3));
                layered.world().error = planned;
                // Who gives up repeating may say so behind the message.
                std::string const whole = in_full(planned), message = in_full(planned.message());
                std::size_t const end = name(planned.code()).size() + message.size();  // before the closing quote
                for (auto const& question : Questions<LayerOver<Make, can>>::all()) {
                    if (!question.may_fail) continue;
                    Said const answer = layered.ask(question);
                    bool const same =
                        answer.text.starts_with(whole.substr(0, end)) && answer.text.ends_with(whole.substr(end));
                    layered.expect(same, "every error comes back, with all that it says: " + whole, answer.text);
                }
            }
    });
}

template <class Make>
void answered_writes_are_sent_once(Make& make, Findings& found) {
    if (!found.begins("answered_writes_are_sent_once", {"arguments_arrive", "answers_come_back"})) return;
    for (auto const& [name, plan] : odd_answers())
        over_some_storages(make, found, [&]<unsigned can>(Layered<Make, can>& layered) {
            plan(layered.world());
            for (auto const& question : Questions<LayerOver<Make, can>>::all()) {
                Said const answer = layered.ask(question);
                unsigned sent = 0;
                for (auto const& call : layered.calls()) sent += call.writes;
                layered.expect(sent <= std::max<std::size_t>(1, question.said.each.size()),
                               "a write is sent again only after an error, never once it was answered: " + answer.text,
                               "it was sent " + std::to_string(sent) + " times");
            }
        });
}

#if defined(__cpp_exceptions)
template <class Make>
void exceptions_pass(Make& make, Findings& found) {
    if (!found.begins("exceptions_pass", {"arguments_arrive", "answers_come_back"})) return;
    over_some_storages(make, found, [&]<unsigned can>(Layered<Make, can>& layered) {
        for (auto const& question : Questions<LayerOver<Make, can>>::all()) {
            if (!question.may_fail) continue;
            layered.world().throws = true;
            std::string came;
            try {
                came = layered.ask(question).text;
            } catch (PlannedException const&) {
                came = "the exception";
            }
            layered.expect(came == "the exception", "an exception of the storage passes", came);
            layered.world().throws = false;
            (void)layered.world().take_calls();
            Said const answer = layered.ask(question), planned = planned_answer<can>(layered.world(), question.said);
            layered.expect(answer == planned, "a layer goes on after an exception of the storage", answer.text);
        }
    });
}
#endif

}  // namespace holdfast::testing::law

namespace holdfast::testing {

/// Every law of layers; they are listed on the page of `Layer` (`layer/layer.hpp`), each by its name.
///
/// `make(storage)` gives the layer over a storage of any type, which it takes by value; `OneOf` is one, too:
///
///     check_layer([](auto storage) { return Counting(std::move(storage), counts); });
///
/// The storage below is a probe that keeps nothing, so these laws say what passes a layer; that what it keeps itself is
/// true, as a cache's, the laws of storages say (`check_storage`). Pauses cost no time, for those who take them from
/// the environment. Time: less than a second.
template <class Make>
Findings check_layer(Make make, LawOptions const& options = {}) {
    return law::check(options, [&](Findings& found) {
        law::constants_are_those_below(make, found);
        law::capabilities_are_those_below(make, found);
        law::arguments_arrive(make, found);
        law::contexts_arrive(make, found);
        law::answers_come_back(make, found);
        law::answered_writes_are_sent_once(make, found);
        law::errors_come_back(make, found);
#if defined(__cpp_exceptions)
        law::exceptions_pass(make, found);
#endif
        law::repetitions_end(make, found);
        law::waits_keep_nobody_out(make, found);
    });
}

}  // namespace holdfast::testing

#endif
