#ifndef HOLDFAST_TESTING_LAWS_CALLS_HPP
#define HOLDFAST_TESTING_LAWS_CALLS_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/testing/laws/threads.hpp>
#include <holdfast/testing/laws/witness.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// How laws call a storage, and where.
namespace holdfast::testing::law {

inline Context patient() { return Context(Environment::system(), std::chrono::seconds(30)); }
inline Context for_at_most(int milliseconds) {
    return Context(Environment::system(), std::chrono::milliseconds(milliseconds));
}

/// A key that nobody else has, so that laws can be checked on a storage that is in use.
inline Key fresh_key(std::string_view prefix = "law-") {
    auto const id = Environment::system().new_write_id().text();
    return *Key::parse(std::string(prefix).append(id.data(), id.size()));
}

/// A record as `settle` would make it: a successor of `base`.
inline RecordPtr make_record(KeyView key, std::string_view payload, RecordPtr const& base = nullptr,
                             bool tombstone = false) {
    Environment& env = Environment::system();
    Stamp stamp = base ? base->stamp : Stamp();
    WriteId const id = env.new_write_id();
    stamp.ids.push(id);
    if (!base) stamp.lineage = id;
    if (!tombstone) {
        stamp.payload_id = id;
        ++stamp.sequence;
    }
    stamp.tombstone = tombstone;
    stamp.when = env.wall();
    stamp.who = env.who();
    return std::make_shared<Record const>(Record{key, Bytes::copy(payload), stamp, {}, Revision(id)});
}

inline Context unlimited() { return Context(Environment::system()); }
/// A caller that has no time, and one that asks to stop.
inline std::vector<Context> hasty() {
    static constinit std::atomic<bool> stop{true};
    Environment& env = Environment::system();
    return {Context(env, Duration::zero()), Context(env, std::chrono::seconds(30), &stop)};
}

inline bool is_applied(Result<WriteOutcome> const& done) noexcept {
    return done && done->kind() == WriteOutcome::Kind::applied;
}
inline bool is_conflict(Result<WriteOutcome> const& done) noexcept {
    return done && done->kind() == WriteOutcome::Kind::conflict;
}

/// The id of a slot of a key; of a version: one of them.
inline RecordId slot_of(KeyView key, Slot slot) noexcept {
    return slot == Slot::version ? RecordId(key, slot, {1, WriteId{1, 2}}) : RecordId(key, slot);
}

/// Calls a storage for one thread of a law, and knows what it did when something is not as expected.
template <StoragePolicy S>
class Caller : public Witness {
public:
    Caller(S& storage, Findings& found) noexcept : Witness(found), storage_(&storage) {}

    S& storage() const noexcept { return *storage_; }

    Result<RecordPtr> fetch(RecordId const& id, Context const& ctx = patient()) {
        return noted(this->safely([&] { return storage_->read(ctx, id); }), "read", id);
    }
    Result<WriteOutcome> write(RecordId const& id, RecordPtr const& record, Precondition const& when,
                               Context const& ctx = patient()) {
        return noted(this->safely([&] { return storage_->write(ctx, id, record, when); }),
                     "write of " + came(record) + shown(when), id);
    }
    Result<WriteOutcome> remove(RecordId const& id, Precondition const& when, Context const& ctx = patient()) {
        return noted(this->safely([&] { return storage_->remove(ctx, id, when); }), "removal" + shown(when), id);
    }
    Result<WriteOutcome> write_all(std::vector<Write> const& writes, Context const& ctx = patient())
        requires TransactionalStorage<S>
    {
        std::string did = "batch of";
        for (Write const& one : writes)
            did.append(&one == writes.data() ? " " : ", ").append(one.record ? "write of " + came(one.record) : one.when.kind() == Precondition::Kind::absent ? "check" : "removal")
                .append(shown(one.when)).append(place(one.id));
        auto done = this->safely([&] { return storage_->write_all(ctx, std::span<Write const>(writes)); });
        note(std::move(did), came(done));
        return done;
    }

    /// What is there; null also if that cannot be read.
    RecordPtr read(RecordId const& id) {
        auto done = fetch(id);
        return done ? *std::move(done) : nullptr;
    }
    /// Whether it was applied.
    bool applies(RecordId const& id, RecordPtr const& record, Precondition const& when = Precondition::none()) {
        return is_applied(write(id, record, when));
    }
    bool removes(RecordId const& id, Precondition const& when = Precondition::none()) {
        return is_applied(remove(id, when));
    }
    /// Whether it was a conflict: an error, or not to know, is another answer.
    bool conflicts(RecordId const& id, RecordPtr const& record, Precondition const& when) {
        return is_conflict(record ? write(id, record, when) : remove(id, when));
    }
    bool applies_all(std::vector<Write> const& writes)
        requires TransactionalStorage<S>
    {
        return is_applied(write_all(writes));
    }
    /// A call of another kind was made: notes it, and gives its result back.
    template <class R>
    R noted(R result, std::string did, RecordId const& id) {
        note(std::move(did.append(place(id))), came(result));
        return result;
    }

private:
    static std::string place(RecordId const& id) {
        std::string text;
        if (id.slot != Slot::current) text.append(" (slot ").append(name(id.slot)).append(")");
        return text;
    }

    S* storage_;
};

/// One record that a law is checked on.
template <StoragePolicy S>
class Place : public Caller<S> {
    using Base = Caller<S>;

public:
    Place(S& storage, Findings& found, RecordId id) noexcept : Base(storage, found), id_(id) {}

    RecordId const& id() const noexcept { return id_; }
    KeyView key() const noexcept { return id_.key; }
    Slot slot() const noexcept { return id_.slot; }
    /// The same for another thread.
    Place elsewhere() const noexcept { return Place(this->storage(), this->found(), id_); }
    /// A record of this key as `settle` would make it.
    RecordPtr record(std::string_view payload, RecordPtr const& base = nullptr, bool tombstone = false) const {
        return make_record(id_.key, payload, base, tombstone);
    }

    using Base::applies, Base::conflicts, Base::fetch, Base::read, Base::remove, Base::removes, Base::write;
    Result<RecordPtr> fetch() { return Base::fetch(id_); }
    RecordPtr read() { return Base::read(id_); }
    Result<WriteOutcome> write(RecordPtr const& record, Precondition const& when = Precondition::none()) {
        return Base::write(id_, record, when);
    }
    bool applies(RecordPtr const& record, Precondition const& when = Precondition::none()) {
        return Base::applies(id_, record, when);
    }
    /// Of a null record: its removal.
    bool conflicts(RecordPtr const& record, Precondition const& when) { return Base::conflicts(id_, record, when); }
    Result<WriteOutcome> remove(Precondition const& when = Precondition::none()) { return Base::remove(id_, when); }
    bool removes(Precondition const& when = Precondition::none()) { return Base::removes(id_, when); }

private:
    RecordId id_;
};

/// Ids of the other slots of its key, of which a law may have to know that they are no matter.
template <StoragePolicy S>
std::vector<RecordId> beside(Place<S> const& at) {
    std::vector<RecordId> ids;
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention})
        if (slot != at.slot() && AttributedStorage<S>) ids.push_back(slot_of(at.key(), slot));
    return ids;
}

/// Checks a law in each slot that the storage must keep, on a key of its own, and tidies up. Where stamps have no place
/// nothing but the state must be kept.
template <StoragePolicy S, class Law>
void in_every_slot(S& storage, Findings& found, Law&& law) {
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention}) {
        if (slot != Slot::current && !AttributedStorage<S>) return;
        Key const key = fresh_key();
        Place<S> at(storage, found, slot_of(key, slot));
        law(at);
        (void)at.removes();
    }
}

}  // namespace holdfast::testing::law

#endif
