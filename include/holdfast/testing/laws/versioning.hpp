#ifndef HOLDFAST_TESTING_LAWS_VERSIONING_HPP
#define HOLDFAST_TESTING_LAWS_VERSIONING_HPP

#include <holdfast/concepts/versioning.hpp>
#include <holdfast/testing/laws/storage.hpp>

namespace holdfast::testing {

/// The laws of `VersioningPolicy`, over an attributed storage that makes no faults: one winner on a base, stamps that
/// go on, and records of another discipline left alone.
template <AttributedStorage S, VersioningPolicy<S> V>
Findings check_versioning(V& versioning, S& storage) {
    using Kind = WriteOutcome::Kind;
    Findings found;
    Key const key = detail::fresh_key();
    Context const ctx = law::patient();
    auto const commit = [&](RecordPtr const& base, std::string_view payload, Epoch epoch = 0) {
        return versioning.commit(storage, ctx, RecordId(key), base,
                                 Change{.payload = Bytes::copy(payload), .epoch = epoch});
    };
    auto const first = commit(nullptr, "1");
    if (!found.succeeds(first, "the first commit") ||
        !found.expect(first->kind == Kind::applied, "the first commit is applied"))
        return found;
    RecordPtr const one = law::read(storage, key);
    if (!found.expect(one && one->payload.view() == "1", "what was committed can be read")) return found;
    found.expect(first->now && first->now->revision == one->revision, "a commit returns the record that is stored");
    found.expect(one->stamp.lineage == one->stamp.ids.newest() && one->stamp.sequence == 1,
                 "a first record has its own id as lineage, and sequence 1");
    found.expect(one->stamp.discipline == V::discipline, "a record is marked with its discipline");
    auto const second = commit(one, "2", 5);
    RecordPtr const two = law::read(storage, key);
    if (!found.succeeds(second, "a second commit") ||
        !found.expect(two && two->payload.view() == "2", "a second commit replaces the first"))
        return found;
    found.expect(two->stamp.lineage == one->stamp.lineage && two->stamp.sequence == 2 &&
                     two->stamp.ids.contains(one->stamp.ids.newest()),
                 "lineage, sequence and ring go on");
    auto const third = commit(two, "3");
    RecordPtr const three = law::read(storage, key);
    found.expect(third && three && three->stamp.epoch == 5, "a writer without a lock does not lower the epoch");
    found.expect(!commit(three, "4", 3), "a holder with an earlier epoch is refused");
    if (V::discipline != Discipline::last_writer_wins) {
        auto const stale = commit(one, "stale");
        found.expect(stale && stale->kind == Kind::conflict, "of two commits on one base at most one is applied");
        auto const again = commit(nullptr, "first again");
        found.expect(again && again->kind == Kind::conflict, "a commit on absence does not replace a record");
    }
    Record foreign = *law::read(storage, key);
    foreign.stamp.discipline =
        V::discipline == Discipline::history ? Discipline::compare_and_swap : Discipline::history;
    foreign.stamp.ids.push(ctx.env.new_write_id());
    (void)law::applied(storage, key, std::make_shared<Record const>(foreign), Precondition::none());
    RecordPtr const theirs = law::read(storage, key);
    auto const refused = commit(theirs, "ours");
    found.expect(!refused && refused.error() == Errc::incompatible,
                 "a base of another discipline is refused as 'incompatible'");
    RecordPtr const after = law::read(storage, key);
    found.expect(theirs && after && after->revision == theirs->revision,
                 "a record of another discipline is left alone");
    return found;
}

}  // namespace holdfast::testing

#endif
