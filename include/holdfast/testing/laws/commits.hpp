#ifndef HOLDFAST_TESTING_LAWS_COMMITS_HPP
#define HOLDFAST_TESTING_LAWS_COMMITS_HPP

#include <holdfast/concepts/versioning.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>
#include <holdfast/testing/laws/watched.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// How laws commit by a versioning policy.
namespace holdfast::testing::law {

constexpr std::string_view name(WriteOutcome::Kind kind) noexcept {
    if (kind == WriteOutcome::Kind::applied) return "applied";
    return kind == WriteOutcome::Kind::conflict ? "conflict" : "unknown";
}
inline std::string came(Commit const& done) {
    std::string text(name(done.kind));
    if (done.kind == WriteOutcome::Kind::unknown) text.append(": ").append(done.why.describe());
    if (done.now) text.append(", now ").append(came(done.now));
    if (done.seen) text.append(", seen ").append(came(*done.seen));
    return text;
}
inline std::string told(Result<Commit> const& done) { return done ? came(*done) : done.error().describe(); }

inline bool is(Result<Commit> const& done, WriteOutcome::Kind kind) { return done && done->kind == kind; }
inline bool is_applied(Result<Commit> const& done) { return is(done, WriteOutcome::Kind::applied); }

/// Numbers that a record may have come to. The first few say most.
inline constexpr std::array<std::uint64_t, 10> long_counted = {7,
                                                               std::uint64_t{1} << 63,
                                                               std::uint64_t{1} << 40,
                                                               255,
                                                               65'535,
                                                               (std::uint64_t{1} << 31) - 1,
                                                               (std::uint64_t{1} << 32) - 1,
                                                               (std::uint64_t{1} << 53) + 1,
                                                               (std::uint64_t{1} << 63) - 1,
                                                               ~std::uint64_t{0} - 3};

/// A change that sets a content.
inline Change content(std::string_view payload) { return Change{.payload = Bytes::copy(payload)}; }
/// A change that leaves the content of `base` as it is, as a lock or a seal does.
inline Change same_content(RecordPtr const& base) {
    return Change{.payload = base->payload,
                  .attributes = base->attributes,
                  .tombstone = base->stamp.tombstone,
                  .same_content = true};
}
inline Change removal() { return Change{.tombstone = true}; }

/// Commits on one record, in a world of its own, and knows what it did when something is not as expected.
template <StoragePolicy S, VersioningPolicy<Watched<S>> V>
class Commits : public Witness {
public:
    Commits(V& versioning, S& storage, Findings& found, Slot slot = Slot::current)
        : Witness(found),
          versioning_(versioning),
          plain_(storage),
          watched_(storage),
          key_(fresh_key()),
          id_(slot_of(key_, slot)),
          env_(found.seed(), "law@host:1") {
        env_.advance(std::chrono::hours(1));
    }
    ~Commits() {
        (void)safely([&] { return plain_.remove(patient(), id_, Precondition::none()); });
    }
    Commits(Commits const&) = delete;
    Commits& operator=(Commits const&) = delete;

    RecordId const& id() const noexcept { return id_; }
    Watched<S>& watched() noexcept { return watched_; }
    S& plain() noexcept { return plain_; }
    TestEnvironment& env() noexcept { return env_; }
    /// All of them for states; for what is kept beside them some will do, which saves much of the time.
    std::span<std::uint64_t const> numbers() const noexcept {
        return std::span(long_counted).first(id_.slot == Slot::current || found().thorough() ? long_counted.size() : 2);
    }

    /// A record that uses every member, such as this policy writes; not of great numbers.
    Record full() const {
        Record record = *sample(key_, 10);
        record.payload = Bytes::copy("base");
        record.stamp.discipline = V::discipline;
        record.stamp.sequence = 7;
        record.stamp.epoch = 5;
        record.stamp.restored = 3;
        return record;
    }
    /// What is left where there was never more than a lock.
    Record only_lock() const {
        Record record = full();
        Stamp fresh;
        fresh.lineage = record.stamp.ids.newest();
        fresh.ids = record.stamp.ids;
        fresh.epoch = record.stamp.epoch;
        fresh.tombstone = true;
        fresh.discipline = record.stamp.discipline;
        fresh.who = record.stamp.who;
        record.stamp = fresh;
        record.payload = Bytes();
        record.attributes.clear();
        return record;
    }
    /// Stores a record by another writer; it is no step of the policy. Null if it cannot be stored or read, which is a
    /// finding: nothing could be learned.
    RecordPtr given(Record record) { return given_at(id_, std::move(record)); }
    RecordPtr given_at(RecordId const& id, Record record) {
        record.revision = Revision(record.stamp.ids.newest());
        auto const shared = std::make_shared<Record const>(std::move(record));
        auto const done = safely([&] { return plain_.write(patient(), id, shared, Precondition::none()); });
        note("given " + came(shared), came(done));
        if (!expect(is_applied(done), "the storage takes every record: these laws are about what stands above it"))
            return nullptr;
        return at(id);
    }
    /// The record that another writer would make of `base` now.
    RecordPtr by_another(RecordPtr const& base, std::string_view payload) {
        Record next = *make_record(key_, payload, base);
        next.stamp.discipline = V::discipline;
        return given(std::move(next));
    }

    Result<Commit> commit(RecordPtr const& base, Change change, Duration timeout = std::chrono::seconds(60)) {
        std::string did = "commit of ";
        did.append(change.tombstone      ? "a removal"
                   : change.same_content ? "the same content"
                                         : shown(change.payload.view()))
            .append(" on ")
            .append(came(base));
        if (id_.slot != Slot::current) did.append(" (slot ").append(holdfast::name(id_.slot)).append(")");
        Context const ctx(env_, timeout);
        auto done = safely([&] { return versioning_.commit(watched_, ctx, id_, base, std::move(change)); });
        note(std::move(did), told(done));
        return done;
    }
    /// What a commit on what is there left; null if it was not applied, or left nothing.
    RecordPtr after(RecordPtr const& base, Change change) {
        return is_applied(commit(base, std::move(change))) ? now() : nullptr;
    }
    RecordPtr now() { return at(id_); }
    RecordPtr at(RecordId const& id) {
        auto read = safely([&] { return plain_.read(patient(), id); });
        if (!read) note("read", read.error().describe()), succeeds(read);
        return read ? *std::move(read) : nullptr;
    }

    bool expect_number(std::uint64_t came, std::uint64_t wanted, std::string_view expected) {
        return came == wanted || expect(false, expected, std::to_string(came) + ", not " + std::to_string(wanted));
    }

private:
    V& versioning_;
    S& plain_;
    Watched<S> watched_;
    Key key_;
    RecordId id_;
    TestEnvironment env_;
};

/// Checks a law of commits in each slot, on a key of its own.
template <StoragePolicy S, VersioningPolicy<Watched<S>> V, class Law>
void in_each_slot(V& versioning, S& storage, Findings& found, Law&& law) {
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention}) {
        Commits<S, V> commits(versioning, storage, found, slot);
        law(commits);
    }
}

}  // namespace holdfast::testing::law

#endif
