#ifndef HOLDFAST_TESTING_LAWS_RECORDS_HPP
#define HOLDFAST_TESTING_LAWS_RECORDS_HPP

#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>

#include <string>

// The laws of storages that keep more than payloads.
namespace holdfast::testing::law {

/// Says which members of `now` are not what they were in `sent`. `how` tells how the record was written.
template <StoragePolicy S>
bool is_as_written(Place<S> const& at, RecordPtr const& now, Record const& sent, std::string_view how) {
    bool fine = true;
    auto const says = [&](bool holds, std::string_view what) {
        if (!holds) fine = at.expect(false, std::string(what).append(", ").append(how));
        return holds;
    };
    if (!says(now != nullptr, "a record that was written can be read")) return false;
    says(now->key.view() == sent.key.view(), "a record that was read says its key");
    says(now->payload == sent.payload, "the payload is read as it was written");
    says(now->attributes == sent.attributes, "the attributes are read as they were written");
    Stamp const &is = now->stamp, &was = sent.stamp;
    if (!(is == was)) {
        says(is.lineage == was.lineage, "stamp.lineage is read as it was written");
        says(is.ids == was.ids, "stamp.ids is read as it was written");
        says(is.payload_id == was.payload_id, "stamp.payload_id is read as it was written");
        says(is.previous == was.previous, "stamp.previous is read as it was written");
        says(is.restored == was.restored, "stamp.restored is read as it was written");
        says(is.sequence == was.sequence, "stamp.sequence is read as it was written");
        says(is.epoch == was.epoch, "stamp.epoch is read as it was written");
        says(is.discipline == was.discipline, "stamp.discipline is read as it was written");
        says(is.tombstone == was.tombstone, "stamp.tombstone is read as it was written");
        says(is.when == was.when, "stamp.when is read as it was written");
        says(is.who == was.who, "stamp.who is read as it was written");
        says(is.set_by == was.set_by, "stamp.set_by is read as it was written");
        if (fine) says(false, "the stamp is read as it was written");
    }
    if (!says((now->lease == nullptr) == (sent.lease == nullptr),
              "a lease is read where one was written, and only there") ||
        !sent.lease)
        return fine;
    Lease const &has = *now->lease, &had = *sent.lease;
    if (has == had) return fine;
    says(has.id == had.id, "lease.id is read as it was written");
    says(has.held == had.held, "lease.held is read as it was written");
    says(has.wanted == had.wanted, "lease.wanted is read as it was written");
    says(has.dirty == had.dirty, "lease.dirty is read as it was written");
    says(has.ttl == had.ttl, "lease.ttl is read as it was written");
    says(has.acquired == had.acquired, "lease.acquired is read as it was written");
    says(has.renewed == had.renewed, "lease.renewed is read as it was written");
    says(has.holder == had.holder, "lease.holder is read as it was written");
    says(has.purpose == had.purpose, "lease.purpose is read as it was written");
    if (fine) says(false, "the lease is read as it was written");
    return fine;
}

/// Records that use every member over its whole range, written by every call that writes, over each other and anew.
template <AttributedStorage S>
void records_are_kept(S& storage, Findings& found) {
    if (!found.begins("records_are_kept", {"reads_see_writes", "removals_remove"})) return;
    enum Way : unsigned { plainly, conditionally, in_a_batch };
    std::size_t shift = 0;
    in_every_slot(storage, found, [&](Place<S>& at) {
        Key const other = fresh_key();
        RecordPtr base;
        ++shift;
        for (std::size_t n = 0; n < edges_of_numbers.size() + 3; ++n) {
            if (n % 5 == 0 && base) {  // created anew, by each way in turn
                if (!at.expect(at.removes(), "a removal is applied")) return;
                base = nullptr;
            }
            auto way = static_cast<Way>((n + shift) % 3);
            if (way == in_a_batch && !TransactionalStorage<S>) way = conditionally;
            if (way == conditionally && !ConditionalStorage<S>) way = plainly;
            RecordPtr const sent = sample(at.key(), n);
            auto const when = way == plainly ? Precondition::none() : Precondition::unchanged_since(base);
            std::string_view const how = way == plainly         ? "written unconditionally"
                                         : way == conditionally ? "written on a condition"
                                                                : "written in a batch";
            Result<WriteOutcome> done = Error(Errc::not_found);
            if (way == in_a_batch) {
                if constexpr (TransactionalStorage<S>)
                    done = at.write_all({{slot_of(other, at.slot()), make_record(other, "x"), Precondition::none()},
                                         {at.id(), sent, when}});
            } else {
                done = at.write(sent, when);
            }
            if (!at.succeeds(done)) return;
            if (!at.expect(is_applied(done), "a write whose precondition holds is applied")) return;
            base = at.read();
            if (!is_as_written(at, base, *sent, how)) return;
            if (way == in_a_batch) continue;
            at.expect(base->revision == done->revision(),
                      "a record that was read has the revision that its write returned");
        }
        (void)at.removes(slot_of(other, at.slot()));
    });
}

template <AttributedStorage S>
void attributes_are_whole(S& storage, Findings& found) {
    if (!found.begins("attributes_are_whole", {"records_are_kept"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        RecordPtr last;
        for (std::size_t const size : {16u * 1024u, 16'000u, 40u * 1024u}) {
            Record record = *at.record("x");
            record.attributes = {{"n", std::string(size / 2 - 1, '\x01')}, {"m", std::string(size / 2 - 1, 'm')}};
            if (size == 16'000) {  // many small ones
                record.attributes.clear();
                for (unsigned i = 0; i < 250; ++i)
                    record.attributes.emplace_back(std::to_string(i), std::string(60, static_cast<char>('a' + i % 26)));
            }
            auto const sent = std::make_shared<Record const>(std::move(record));
            auto const done = at.write(sent);
            if (size <= 16 * 1024 && !at.expect(is_applied(done), "16 KiB of attributes are stored")) return;
            if (is_applied(done)) last = sent;
            if (!is_as_written(at, at.read(), *last, "with large attributes")) return;
        }
    });
}

}  // namespace holdfast::testing::law

#endif
