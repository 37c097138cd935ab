#ifndef HOLDFAST_TESTING_LAWS_CHANGES_HPP
#define HOLDFAST_TESTING_LAWS_CHANGES_HPP

#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>

#include <atomic>
#include <string>

// The laws of `RevalidatingStorage` and `WatchableStorage`.
namespace holdfast::testing::law {

/// A reread is a read, and the same object while the record is the same.
template <RevalidatingStorage S>
void rereads_are_reads(S& storage, Findings& found) {
    Context const ctx = patient();
    in_every_slot(storage, found, [&](Place const& at) {
        auto const nothing = storage.reread(ctx, at.id, nullptr);
        if (!at.succeeds(nothing, "a reread of what was never there")) return;
        at.expect(*nothing == nullptr, "a reread of what was never there is null");
        RecordPtr known;
        auto const follows = [&](RecordPtr const& next) {
            if (!at.succeeds(storage.write(ctx, at.id, next, Precondition::none()), "a write")) return false;
            auto const now = storage.reread(ctx, at.id, known);
            if (!at.succeeds(now, "a reread")) return false;
            if (!at.expect(*now && (*now)->payload == next->payload, "a reread sees what was written since"))
                return false;
            auto const read = storage.read(ctx, at.id);
            if (!at.succeeds(read, "a read")) return false;
            if (!at.expect(*read && same_record(**read, **now), "a reread returns what a read would")) return false;
            auto const again = storage.reread(ctx, at.id, *now);
            if (!at.succeeds(again, "a reread")) return false;
            at.expect(*again == *now, "a reread of an unchanged record returns the record that is known");
            known = *now;
            return true;
        };
        for (std::string_view const payload : {std::string_view("first"), std::string_view("second, and longer"),
                                               std::string_view(), std::string_view("fourth")})
            if (!follows(at.record(payload, known))) return;
        if constexpr (AttributedStorage<S>) {
            for (std::size_t n = 0; n < 8; ++n) {
                if (!follows(sample(at.id.key, n))) return;
                Record step = *known;  // a lease that is renewed leaves the content as it is
                step.stamp.ids.push(ctx.env.new_write_id());
                step.revision = Revision(step.stamp.ids.newest());
                step.lease = std::make_shared<Lease const>(Lease{.id = {1, n}});
                if (!follows(std::make_shared<Record const>(std::move(step)))) return;
            }
        }
        (void)storage.remove(ctx, at.id, Precondition::none());
        auto const gone = storage.reread(ctx, at.id, known);
        if (at.succeeds(gone, "a reread")) at.expect(*gone == nullptr, "a reread sees a removal");
    });
}

/// Changes wake who waits: those that were made before the call, and those of others while it lasts. Everything is
/// given half a minute, since machines can be slow.
template <WatchableStorage S>
void changes_are_noticed(S& storage, Findings& found) {
    in_every_slot(storage, found, [&](Place const& at) {
        constexpr Duration long_enough = std::chrono::seconds(30);
        auto const wait = [&](Revision const& since, Duration timeout) {
            return storage.wait_for_change(Context(Environment::system(), timeout), at.id, since);
        };
        auto const put = [&](RecordPtr const& base) {
            auto const done = storage.write(patient(), at.id, at.record("x", base), Precondition::none());
            return is_applied(done) ? done->revision() : Revision();
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
                    if (!at.succeeds(notice, "a wait for a change")) return;
                    woken = *notice;
                    auto const now = storage.read(patient(), at.id);
                    if (!*notice || (now && (*now ? (*now)->revision : Revision()) != since)) return;
                }
                woken = false;
            });
            return woken.load();
        };

        Revision first;
        at.expect(noticed(Revision(), [&] { first = put(nullptr); }), "who waits for a record notices that it comes");
        if (!at.expect(!first.empty(), "a write is applied")) return;
        auto const before = wait(Revision(), long_enough);
        if (!at.succeeds(before, "a wait for a change")) return;
        at.expect(*before, "a change that was made before the wait is noticed");

        bool ended = false;
        for (int i = 0; i < 100 && !ended; ++i) {
            auto const nothing = wait(first, std::chrono::milliseconds(20));
            if (!at.succeeds(nothing, "a wait for a change")) return;
            ended = !*nothing;
        }
        at.expect(ended, "a wait for a change ends at the time limit when nothing changes");
        std::atomic<bool> const stop{true};
        auto const stopped = storage.wait_for_change(Context(Environment::system(), long_enough, &stop), at.id, first);
        at.expect(!stopped && stopped.error() == Errc::cancelled, "a request to stop ends a wait: 'cancelled'");

        Revision second;
        at.expect(noticed(first, [&] { second = put(nullptr); }), "who waits for a change notices that it is written");
        at.expect(noticed(second, [&] { (void)removed(storage, at.id, Precondition::none()); }),
                  "who waits for a change notices that the record is removed");
    });
}

}  // namespace holdfast::testing::law

#endif
