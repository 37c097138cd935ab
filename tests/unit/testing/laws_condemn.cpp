// For each law a model that breaks it: a law that condemns nothing proves nothing.

#include <holdfast/testing/laws.hpp>

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/mutex_lock.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <thread>

namespace laws_condemn_test {

using namespace holdfast;
using namespace holdfast::testing;

enum class Sin : unsigned char {
    ignores_preconditions,
    ignores_on_remove,
    forgets_writes,
    cuts_payloads,
    reuses_revisions,
    drops_attributes,
    mixes_slots,
    mutates,
    tears,
    folds_case,
    loses_listed,
    repeats_listed,
    lists_tombstones,
    half_batches,
};

template <Sin sin>
class Sinner : public Layer<Sinner<sin>, MemoryStorage, 1> {
    using Base = Layer<Sinner<sin>, MemoryStorage, 1>;

public:
    Sinner() : Base(MemoryStorage()) {}

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        return call();
    }

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) {
        auto got = Base::read(ctx, place(id));
        if (!got || !*got) return got;
        Record record = **got;
        if (sin == Sin::reuses_revisions) record.revision = Revision(WriteId{1, record.stamp.sequence});
        if (sin == Sin::tears && ++reads_ % 3 == 0) record.payload = Bytes::copy(record.payload.view().substr(0, 100));
        if (mutates_here()) {
            last_ = std::make_shared<Record>(record);
            return RecordPtr(last_);
        }
        return RecordPtr(std::make_shared<Record const>(std::move(record)));
    }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        if (sin == Sin::forgets_writes) return WriteOutcome::applied(record->revision);
        if (mutates_here() && last_) last_->payload = record->payload;
        Record changed = *record;
        if (sin == Sin::cuts_payloads && changed.payload.size() > 10'000)
            changed.payload = Bytes::copy(changed.payload.view().substr(0, 10'000));
        if (sin == Sin::drops_attributes) changed.attributes.clear();
        auto const sent = std::make_shared<Record const>(std::move(changed));
        bool const blind = sin == Sin::ignores_preconditions;
        auto const real = sin == Sin::reuses_revisions && when.kind() == Precondition::Kind::matches;
        return Base::write(ctx, place(id), sent, blind || real ? Precondition::none() : when);
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        return Base::remove(ctx, place(id), sin == Sin::ignores_on_remove ? Precondition::none() : when);
    }
    Result<ListPage> list(Context const& ctx, ListRequest const& request) {
        auto page = Base::list(ctx, request);
        if (!page || page->records.empty()) return page;
        if (sin == Sin::loses_listed && request.limit == 3) page->records.pop_back();
        if (sin == Sin::repeats_listed && page->records.size() < request.limit)
            page->records.push_back(page->records.front());
        if (sin == Sin::lists_tombstones && request.limit == 4)
            page->records.push_back({*Key::parse(std::string(request.prefix) + "!"), {}});
        return page;
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes) {
        if (sin == Sin::half_batches)
            for (Write const& one : writes)
                if (one.record) (void)Base::write(ctx, one.id, one.record, one.when);
        return Base::write_all(ctx, writes);
    }

private:
    static RecordId place(RecordId const& id) {
        static Key const folded = *Key::parse("folded");
        if (sin == Sin::folds_case && (id.key.view().ends_with("/a") || id.key.view().ends_with("/A")))
            return RecordId(folded);
        if (sin == Sin::mixes_slots && id.slot == Slot::lock) return RecordId(id.key);
        return id;
    }

    /// A record that others are reading is not changed under them: that would be no finding but undefined.
    bool mutates_here() const { return sin == Sin::mutates && std::this_thread::get_id() == maker_; }

    std::atomic<unsigned> reads_{0};
    std::shared_ptr<Record> last_;
    std::thread::id const maker_ = std::this_thread::get_id();

public:
    Sinner(Sinner&& other) noexcept : Base(std::move(other)) {}
};

template <Sin sin>
void condemned(std::string_view by) {
    Sinner<sin> storage;
    std::string const text =
        check_storage(storage).text() + check_listing(storage).text() + check_batches(storage).text();
    INFO(text);
    CHECK(text.find(by) != text.npos);
}

TEST_CASE("laws: each broken storage is condemned by its law", "[laws]") {
    condemned<Sin::ignores_preconditions>("'absent' does not replace");
    condemned<Sin::ignores_preconditions>("exactly one is applied");
    condemned<Sin::ignores_preconditions>("given twice takes effect once");
    condemned<Sin::ignores_on_remove>("removing another revision is a conflict");
    condemned<Sin::forgets_writes>("a read after a write sees its payload");
    condemned<Sin::cuts_payloads>("a read after a write sees its payload");
    condemned<Sin::reuses_revisions>("a revision is never used again");
    condemned<Sin::drops_attributes>("the attributes are read as they were written");
    condemned<Sin::mixes_slots>("the slots of a key do not touch each other");
    condemned<Sin::mutates>("a record that was read never changes");
    condemned<Sin::tears>("a reader sees a whole record");
    condemned<Sin::folds_case>("different keys are different records");
    condemned<Sin::loses_listed>("a listing has every key once");
    condemned<Sin::repeats_listed>("a listing has every key once");
    condemned<Sin::lists_tombstones>("is not listed");
    condemned<Sin::half_batches>("a batch that conflicts writes nothing");
}

enum class LockSin : unsigned char { lets_in, never_busy, deaf_to_time, leaks, nameless };

/// A lock around `MutexLock` that is wrong in one way.
template <LockSin sin>
struct LockSinner {
    static constexpr Family family = Family::locking;
    struct Guard {
        std::optional<MutexLock::Guard> inner;
        Epoch epoch() const noexcept { return 0; }
        Instant reliable_until() const { return inner ? inner->reliable_until() : Instant::max(); }
        Result<void> confirm(Context const& ctx) { return inner ? inner->confirm(ctx) : Result<void>(); }
        Result<void> renew(Context const&) { return {}; }
        Result<void> release(Context const& ctx) {
            if (sin == LockSin::leaks) return {};
            return inner ? inner->release(ctx) : Result<void>();
        }
    };
    template <class S>
    Result<Guard> acquire(S& storage, Context const& ctx, KeyView key, std::string_view purpose) {
        if (sin == LockSin::lets_in) return Guard{};
        auto got = lock.acquire(storage, ctx, key, purpose);
        if (got) return Guard{*std::move(got)};
        if (sin == LockSin::never_busy) return Error(Errc::unavailable);
        if (sin == LockSin::deaf_to_time && !ctx.immediate()) {
            auto longer = lock.acquire(storage, Context(ctx.env, std::chrono::seconds(6)), key, purpose);
            if (!longer) return longer.error();
            return Guard{*std::move(longer)};
        }
        return got.error();
    }
    MutexLock lock;
};

template <LockSin sin>
void lock_condemned(std::string_view by) {
    MemoryStorage storage;
    LockSinner<sin> locking;
    Findings found;
    law::a_guard_excludes(locking, storage, found);
    if (sin == LockSin::lets_in) law::threads_exclude_each_other(locking, storage, found);
    if (sin == LockSin::lets_in) law::a_holder_is_told(locking, storage, found);
    if (sin == LockSin::deaf_to_time) law::waiting_ends(locking, storage, found);
    INFO(found.text());
    CHECK(found.text().find(by) != std::string::npos);
}

TEST_CASE("laws: each broken lock is condemned", "[laws]") {
    lock_condemned<LockSin::lets_in>("while a guard lives no other is handed out");
    lock_condemned<LockSin::lets_in>("only one thread is inside the lock");
    lock_condemned<LockSin::lets_in>("not handed out twice to the same holder");
    lock_condemned<LockSin::never_busy>("is 'busy'");
    lock_condemned<LockSin::deaf_to_time>("does not last beyond the time limit");
    lock_condemned<LockSin::leaks>("a lock that was released can be had");
}

struct Lossy : holdfast_tests::PlainText {
    template <class State>
    Result<State> decode(CodingContext const&, RecordPtr const& record) {
        if (record->payload.view().starts_with('\xff')) return Error(Errc::unavailable);
        return State(record->payload.view().substr(0, 3));
    }
    Result<void> encode(CodingContext const&, std::string const& state, Buffer& out) {
        out.append(state);
        if (count++ % 2 == 1) out.push_back(' ');
        return {};
    }
    unsigned count = 0;
};

struct Careless {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;
    template <class S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const&, Change change) {
        std::this_thread::yield();                     // so that others come between, as they would on a slower storage
        RecordPtr const now = *storage.read(ctx, id);  // whatever is there
        return settle(storage, ctx, id, now, std::move(change));
    }
};

TEST_CASE("laws: a broken serialization, versioning and store are condemned", "[laws]") {
    Lossy coder;
    std::string const coded = check_serialization<std::string>(coder, {"text"}).text();
    CHECK(coded.find("decode(encode(x)) == x") != coded.npos);
    CHECK(coded.find("equal states give equal bytes") != coded.npos);
    CHECK(coded.find("'malformed' or 'incompatible'") != coded.npos);

    MemoryStorage storage;
    Careless careless;
    std::string const kept = check_versioning(careless, storage).text();
    CHECK(kept.find("at most one is applied") != kept.npos);
    CHECK(kept.find("another discipline is refused") != kept.npos);

    BasicStateStore<std::string, MemoryStorage, NoLock, Careless, holdfast_tests::PlainText> store;
    Findings found;
    law::conflicts_are_noticed(store, found);
    CHECK(found.text().find("replacing an old entry is a conflict") != std::string::npos);
    Findings lost;
    law::no_update_is_lost(store, lost);
    CHECK(lost.text().find("no update is lost") != std::string::npos);
}

}  // namespace laws_condemn_test
