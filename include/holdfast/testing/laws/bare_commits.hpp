#ifndef HOLDFAST_TESTING_LAWS_BARE_COMMITS_HPP
#define HOLDFAST_TESTING_LAWS_BARE_COMMITS_HPP

#include <holdfast/testing/laws/commits.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

// The laws of versioning policies over storages without stamps: what is left of a commit is its content.
namespace holdfast::testing::law {

template <StoragePolicy S, class V>
void contents_are_stored(V& versioning, S& storage, Findings& found) {
    if (!found.begins("contents_are_stored")) return;
    Commits<S, V> at(versioning, storage, found, Slot::current);
    RecordPtr now;
    for (std::string const& payload :
         {std::string("first"), every_byte(), std::string(), std::string(10'000, 'x'), std::string("first")}) {
        auto const done = at.commit(now, content(payload));
        if (!at.expect(is_applied(done), "a commit on what is there is applied")) return;
        now = at.now();
        if (!at.expect(now && now->payload.view() == payload, "the payload of the change is stored, and no byte more", came(now)))
            return;
        at.expect(done->now && same_record(*done->now, *now), "`now` is what is stored, with its revision");
        at.expect(!done->write, "what is known to be applied has no handle");
    }
    auto const gone = at.commit(now, removal());
    at.expect(is_applied(gone) && !gone->now && !at.now(), "a removal leaves nothing", came(at.now()));
    auto const again = at.commit(nullptr, content("again"));
    now = at.now();
    at.expect(is_applied(again) && now && now->payload.view() == "again", "what was removed can be made again");
    Change labelled = content("more");
    labelled.attributes = {{"a", "b"}};
    auto const refused = at.commit(now, std::move(labelled));
    at.expect(!refused && refused.error() == Errc::not_supported, "attributes have no place, and are refused", told(refused));
    at.expect(at.now() && at.now()->payload.view() == "again", "who is refused changes nothing");
    (void)at.commit(at.now(), removal());
}

/// Others write before, or between the look and the write: other bytes, or those that the commit would write.
template <StoragePolicy S, class V>
void first_conflicts_are_conflicts(V& versioning, S& storage, Findings& found) {
    if (!found.begins("first_conflicts_are_conflicts", {"contents_are_stored"})) return;
    using Way = typename Watched<S>::Way;
    Commits<S, V> at(versioning, storage, found, Slot::current);
    for (bool const between : {false, true})
        for (bool const exists : {false, true})
            for (std::string_view const theirs : {std::string_view("theirs"), std::string_view("mine"), std::string_view()})
                for (bool const removes : {false, true}) {
                    (void)at.plain().remove(patient(), at.id(), Precondition::none());
                    RecordPtr const base = exists ? at.given(*make_record(at.id().key, "base")) : nullptr;
                    bool const vanishes = theirs.empty();
                    if ((exists && !base) || (!exists && (vanishes || removes))) continue;
                    bool acted = false;
                    auto const act = [&] {
                        if (std::exchange(acted, true)) return;
                        if (vanishes) (void)at.plain().remove(patient(), at.id(), Precondition::none());
                        else (void)at.given(*make_record(at.id().key, theirs, base));
                    };
                    if (!between) act();
                    at.watched().on_call = [&](Operation const& call) {
                        if (call.writes_something()) act();
                        return Way::pass;
                    };
                    auto const done = at.commit(base, removes ? removal() : content("mine"));
                    at.watched().on_call = nullptr;
                    at.expect(acted && is(done, WriteOutcome::Kind::conflict),
                              "a first conflict is a conflict, whatever stands there");
                    RecordPtr const now = at.now();
                    at.expect(vanishes ? !now : now && now->payload.view() == theirs, "who loses changes nothing", came(now));
                }
    (void)at.plain().remove(patient(), at.id(), Precondition::none());
}

/// A write that the storage refuses, and replies that never come.
template <StoragePolicy S, class V>
void failures_are_told(V& versioning, S& storage, Findings& found) {
    if (!found.begins("failures_are_told", {"contents_are_stored"})) return;
    using Way = typename Watched<S>::Way;
    using Kind = WriteOutcome::Kind;
    Commits<S, V> at(versioning, storage, found, Slot::current);
    for (Way const way : {Way::refused, Way::lost, Way::reply_lost})
        for (bool const exists : {false, true})
            for (bool const removes : {false, true}) {
                (void)at.plain().remove(patient(), at.id(), Precondition::none());
                RecordPtr const base = exists ? at.given(*make_record(at.id().key, "base")) : nullptr;
                if ((exists && !base) || (!exists && removes)) continue;
                at.watched().on_call = [&](Operation const& call) { return call.writes_something() ? way : Way::pass; };
                auto const done = at.commit(base, removes ? removal() : content("mine"), std::chrono::seconds(5));
                at.watched().on_call = nullptr;
                RecordPtr const now = at.now();
                bool const made = removes ? !now : now && now->payload.view() == "mine";
                if (way == Way::refused)
                    at.expect(!done && done.error() == Watched<S>::planned && !made,
                              "a write that the storage refuses makes the commit fail, by the same code", told(done));
                else
                    at.expect(is(done, Kind::unknown) || (is(done, Kind::applied) && made),
                              "a commit whose replies are lost is `unknown`, or applied if that can be seen", told(done));
                at.expect(made == (way == Way::reply_lost), "what is there is what was made", came(now));
            }
    (void)at.plain().remove(patient(), at.id(), Precondition::none());
}

}  // namespace holdfast::testing::law

#endif
