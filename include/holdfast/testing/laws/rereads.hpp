#ifndef HOLDFAST_TESTING_LAWS_REREADS_HPP
#define HOLDFAST_TESTING_LAWS_REREADS_HPP

#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>

#include <string_view>

// The laws of `RevalidatingStorage`.
namespace holdfast::testing::law {

/// Writes one record after the other, and after each calls `body` with the record before, as it was read.
template <RevalidatingStorage S, class Body>
void through_changes(Place<S>& at, Body&& body) {
    RecordPtr known;
    auto const follows = [&](RecordPtr const& next) {
        if (!at.expect(at.applies(next), "a write is applied") || !body(known)) return false;
        known = at.read();
        return at.expect(known != nullptr, "a record that was written can be read");
    };
    for (std::string_view const payload : {std::string_view("first"), std::string_view("second, and longer"),
                                           std::string_view(), std::string_view("fourth")})
        if (!follows(at.record(payload, known))) return;
    if constexpr (AttributedStorage<S>) {
        for (std::size_t n = 0; n < 8; ++n) {
            if (!follows(sample(at.key(), n))) return;
            Record step = *known;  // a lease that is renewed leaves the content as it is
            step.stamp.ids.push(Environment::system().new_write_id());
            step.revision = Revision(step.stamp.ids.newest());
            step.lease = std::make_shared<Lease const>(Lease{.id = {1, n}});
            if (!follows(std::make_shared<Record const>(std::move(step)))) return;
        }
    }
    if (at.removes()) (void)body(known);
}

template <RevalidatingStorage S>
Result<RecordPtr> reread(Place<S>& at, RecordPtr const& known) {
    return at.noted(at.storage().reread(patient(), at.id(), known), "reread of " + came(known), at.id());
}

template <RevalidatingStorage S>
void rereads_are_reads(S& storage, Findings& found) {
    if (!found.begins("rereads_are_reads", {"records_are_kept", "revisions_name_one_write"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        auto const same = [&](RecordPtr const& known) {
            auto const read = at.fetch();
            auto const now = reread(at, known);
            if (!at.succeeds(read) || !at.succeeds(now)) return false;
            bool const both = *read && *now;
            return at.expect(both ? same_record(**read, **now) : !*read && !*now, "a reread returns what a read would");
        };
        if (!same(nullptr)) return;
        through_changes(at, [&](RecordPtr const& known) {
            RecordPtr const now = at.read();
            for (Context const& ctx : hasty()) {
                auto const done = at.noted(storage.reread(ctx, at.id(), known), "reread in a hurry", at.id());
                bool const right = !done || (*done ? now && (*done)->revision == now->revision : !now);
                if (!at.expect(right, "a reread in a hurry returns what a read would, or fails by an error")) return false;
            }
            return same(known) && same(nullptr) && same(now);
        });
    });
}

template <RevalidatingStorage S>
void rereads_return_what_is_known(S& storage, Findings& found) {
    if (!found.begins("rereads_return_what_is_known", {"rereads_are_reads"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        through_changes(at, [&](RecordPtr const&) {
            RecordPtr const now = at.read();
            if (!now) return true;
            auto const again = reread(at, now);
            if (!at.succeeds(again)) return false;
            return at.expect(*again == now, "a reread of an unchanged record returns the object that is known",
                             "another object");
        });
    });
}

}  // namespace holdfast::testing::law

#endif
