#ifndef HOLDFAST_TESTING_LAWS_CHANGES_HPP
#define HOLDFAST_TESTING_LAWS_CHANGES_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/testing/laws/findings.hpp>

#include <atomic>
#include <string>

// The laws of `RevalidatingStorage` and `WatchableStorage`.
namespace holdfast::testing::law {

/// A reread is a read, and the same object while the record is the same.
template <RevalidatingStorage S>
void rereads_are_reads(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    RecordId const id(key);
    Context const ctx(Environment::system(), std::chrono::seconds(30));
    auto const write = [&](RecordPtr const& record) {
        return found.succeeds(storage.write(ctx, id, record, Precondition::none()), "a write");
    };
    auto const nothing = storage.reread(ctx, id, nullptr);
    if (!found.succeeds(nothing, "a reread of what was never there")) return;
    found.expect(*nothing == nullptr, "a reread of what was never there is null");
    RecordPtr known;
    for (std::string_view const payload : {std::string_view("first"), std::string_view("second, and longer"),
                                           std::string_view(), std::string_view("fourth")}) {
        if (!write(detail::make_record(key, payload, known))) return;
        auto const now = storage.reread(ctx, id, known);
        if (!found.succeeds(now, "a reread")) return;
        if (!found.expect(*now && (*now)->payload.view() == payload, "a reread sees what was written since")) return;
        auto const read = storage.read(ctx, id);
        if (!found.succeeds(read, "a read")) return;
        found.expect(*read && (*read)->revision == (*now)->revision && (*read)->stamp == (*now)->stamp &&
                         (*read)->attributes == (*now)->attributes && (*read)->key.view() == (*now)->key.view(),
                     "a reread returns what a read would");
        auto const again = storage.reread(ctx, id, *now);
        if (!found.succeeds(again, "a reread")) return;
        found.expect(*again == *now, "a reread of an unchanged record returns the record that is known");
        known = *now;
    }
    (void)storage.remove(ctx, id, Precondition::none());
    auto const gone = storage.reread(ctx, id, known);
    if (found.succeeds(gone, "a reread")) found.expect(*gone == nullptr, "a reread sees a removal");
}

/// Changes wake who waits: those that were made before the call, and those of others while it lasts. Everything is
/// given half a minute, since machines can be slow.
template <WatchableStorage S>
void changes_are_noticed(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    RecordId const id(key);
    constexpr Duration long_enough = std::chrono::seconds(30);
    auto const wait = [&](Revision const& since, Duration timeout) {
        return storage.wait_for_change(Context(Environment::system(), timeout), id, since);
    };
    auto const put = [&](RecordPtr const& base) {
        auto const record = detail::make_record(key, "x", base);
        auto const done = storage.write(Context(Environment::system(), long_enough), id, record, Precondition::none());
        return done && done->kind() == WriteOutcome::Kind::applied ? done->revision() : Revision();
    };
    /// Waits until it is no longer `since`, while another thread makes that so.
    auto const noticed = [&](Revision const& since, auto&& change) {
        std::atomic<bool> changed{false}, woken{false};
        detail::in_threads(2, [&](unsigned me) {
            if (me == 0) {
                Environment::system().sleep(std::chrono::milliseconds(5));
                change();
                changed = true;
                return;
            }
            for (bool early = true; early;) {
                early = !changed;
                auto const notice = wait(since, long_enough);
                if (!found.succeeds(notice, "a wait for a change")) return;
                woken = *notice;
                auto const now = storage.read(Context(Environment::system(), long_enough), id);
                if (!*notice || (now && (*now ? (*now)->revision : Revision()) != since)) return;
            }
            woken = false;
        });
        return woken.load();
    };

    Revision first;
    found.expect(noticed(Revision(), [&] { first = put(nullptr); }), "who waits for a record notices that it comes");
    if (!found.expect(!first.empty(), "a write is applied")) return;
    auto const before = wait(Revision(), long_enough);
    if (!found.succeeds(before, "a wait for a change")) return;
    found.expect(*before, "a change that was made before the wait is noticed");

    bool ended = false;
    for (int i = 0; i < 100 && !ended; ++i) {
        auto const nothing = wait(first, std::chrono::milliseconds(20));
        if (!found.succeeds(nothing, "a wait for a change")) return;
        ended = !*nothing;
    }
    found.expect(ended, "a wait for a change ends at the time limit when nothing changes");
    std::atomic<bool> const stop{true};
    auto const stopped = storage.wait_for_change(Context(Environment::system(), long_enough, &stop), id, first);
    found.expect(!stopped && stopped.error() == Errc::cancelled, "a request to stop ends a wait: 'cancelled'");

    Revision second;
    found.expect(noticed(first, [&] { second = put(nullptr); }), "who waits for a change notices that it is written");
    found.expect(
        noticed(second,
                [&] { (void)storage.remove(Context(Environment::system(), long_enough), id, Precondition::none()); }),
        "who waits for a change notices that the record is removed");
}

}  // namespace holdfast::testing::law

#endif
