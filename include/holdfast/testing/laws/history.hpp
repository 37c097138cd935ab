#ifndef HOLDFAST_TESTING_LAWS_HISTORY_HPP
#define HOLDFAST_TESTING_LAWS_HISTORY_HPP

#include <holdfast/concepts/versioning.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/laws/storage.hpp>

namespace holdfast::testing {

namespace law {

/// Looks on while a versioning policy writes: is every state that is replaced known to be kept? Can make the writes of
/// versions fail.
template <StoragePolicy S>
class ArchiveWatch {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = S::conditional;
    static constexpr bool attributed = S::attributed;
    static constexpr bool late_writes = S::late_writes;

    enum class Versions : unsigned char {
        pass,     ///< are written
        refused,  ///< are not, by an `Error`
        lost,     ///< are not, and their fate is said to be unknown
    };

    explicit ArchiveWatch(S& storage) noexcept : storage_(&storage) {}

    Versions versions = Versions::pass;
    unsigned unkept = 0;  ///< states that were replaced although they were not kept

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) { return storage_->read(ctx, id); }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        Write const one{id, record, when};
        if (auto end = before({&one, 1})) return *std::move(end);
        return storage_->write(ctx, id, record, when);
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        Write const one{id, nullptr, when};
        if (auto end = before({&one, 1})) return *std::move(end);
        return storage_->remove(ctx, id, when);
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes)
        requires TransactionalStorage<S>
    {
        if (auto end = before(writes)) return *std::move(end);
        return storage_->write_all(ctx, writes);
    }

private:
    std::optional<Result<WriteOutcome>> before(std::span<Write const> writes) {
        for (Write const& write : writes) {
            if (write.id.slot == Slot::version && versions != Versions::pass) {
                Error why(Errc::unavailable, "no version is kept (planned)");
                if (versions == Versions::refused) return Result<WriteOutcome>(std::move(why));
                return Result<WriteOutcome>(WriteOutcome::unknown(std::move(why)));
            }
            if (write.id.slot == Slot::current) look(write, writes);
        }
        return std::nullopt;
    }

    void look(Write const& write, std::span<Write const> writes) {
        RecordPtr const now = law::read(*storage_, write.id);
        if (!now || now->stamp.tombstone || !write.when.holds(now.get())) return;
        bool const same =
            write.record && write.record->stamp.payload_id == now->stamp.payload_id && !write.record->stamp.tombstone;
        if (same) return;
        RecordId const kept(now->key, Slot::version, {now->stamp.sequence, now->stamp.payload_id});
        bool together = false;
        for (Write const& other : writes) together = together || (other.id == kept && other.record);
        RecordPtr const version = law::read(*storage_, kept);
        if (!together && !(version && version->payload == now->payload)) ++unkept;
    }

    S* storage_;
};

}  // namespace law

/// The laws of `HistoryVersioning`, over a storage that makes no faults: what is replaced or removed is kept, that is
/// known before it is replaced, and nothing else is kept. Those of `check_versioning` are apart.
template <AttributedStorage S, HistoryVersioning<S> V>
Findings check_history(V& versioning, S& storage) {
    using Kind = WriteOutcome::Kind;
    using Watch = law::ArchiveWatch<S>;
    Findings found;
    Key const key = detail::fresh_key();
    TestEnvironment env(Environment::system().new_write_id().low);
    Context const ctx(env, std::chrono::seconds(60));
    Watch watch(storage);
    auto const commit = [&](RecordPtr const& base, Change change) {
        return versioning.commit(watch, ctx, RecordId(key), base, std::move(change));
    };
    auto const put = [&](RecordPtr const& base, std::string_view text) {
        return commit(base, Change{.payload = Bytes::copy(text)});
    };
    auto const version = [&](RecordPtr const& record) {
        return law::read(storage, RecordId(key, Slot::version, {record->stamp.sequence, record->stamp.payload_id}));
    };
    auto const is = [](Result<Commit> const& done, Kind kind) { return done && done->kind == kind; };

    if (!found.expect(is(put(nullptr, "1"), Kind::applied), "the first commit is applied")) return found;
    RecordPtr const one = law::read(storage, key);
    if (!found.expect(one && !version(one), "a state is no version before it is replaced")) return found;

    for (auto const how : {Watch::Versions::refused, Watch::Versions::lost}) {
        watch.versions = how;
        found.expect(!is(put(one, "2"), Kind::applied), "nothing is replaced that could not be kept");
        RecordPtr const now = law::read(storage, key);
        found.expect(now && now->payload.view() == "1", "a state that cannot be kept stays");
    }
    watch.versions = Watch::Versions::pass;

    auto const second = put(one, "2");
    RecordPtr const two = law::read(storage, key);
    if (!found.expect(is(second, Kind::applied) && two && two->payload.view() == "2",
                      "a commit is applied as soon as what it replaces can be kept"))
        return found;
    found.expect(second->now && second->now->revision == two->revision, "a commit returns the record that is stored");
    RecordPtr const kept = version(one);
    found.expect(kept && kept->payload.view() == "1" && kept->stamp.sequence == 1 &&
                     kept->stamp.payload_id == one->stamp.payload_id,
                 "what is replaced is kept as it was, under its sequence and the id of its content");
    found.expect(two->stamp.previous == one->stamp.payload_id, "a state names the one before it");

    auto const late = put(one, "late");
    found.expect(is(late, Kind::conflict) && !version(two), "who loses leaves nothing behind");
    found.expect(is(commit(two, Change{.payload = two->payload, .same_content = true}), Kind::applied) && !version(two),
                 "the same content written anew is not kept twice");
    RecordPtr const sealed = law::read(storage, key);
    // What a crash between the two writes leaves.
    Record ahead = *sealed;
    ahead.revision = Revision();
    (void)law::applied(storage, RecordId(key, Slot::version, {ahead.stamp.sequence, ahead.stamp.payload_id}),
                       std::make_shared<Record const>(std::move(ahead)), Precondition::absent());
    found.expect(is(commit(sealed, Change{.tombstone = true}), Kind::applied),
                 "a version that is kept already is no obstacle");
    RecordPtr const gone = law::read(storage, key);
    if (!found.expect(gone && gone->stamp.tombstone, "a removal leaves a record of it")) return found;
    RecordPtr const last = version(two);
    found.expect(last && last->payload.view() == "2", "what is removed is kept");
    found.expect(is(put(gone, "3"), Kind::applied), "a removed key can be written again");
    RecordPtr const three = law::read(storage, key);
    found.expect(three && three->stamp.sequence == 3 && three->stamp.previous == two->stamp.payload_id,
                 "after a removal the chain of versions goes on");
    found.expect(watch.unkept == 0, "that a state is kept is known before it is replaced");
    return found;
}

}  // namespace holdfast::testing

#endif
