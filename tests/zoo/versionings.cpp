// Broken versioning policies. No law sees:
// - one that reads more often than it must, or writes what it need not: that is cost, and counted by tests of its own;
// - one that puts a wrong text beside a right code.

#include <zoo/erased.hpp>
#include <zoo/scratch.hpp>
#include <zoo/zoo.hpp>

#include <holdfast/storage/file.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/laws/versioning.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>
#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>

#include <algorithm>
#include <set>

namespace zoo {

namespace {

using namespace holdfast::testing;
using Kind = WriteOutcome::Kind;

/// Compare-and-swap that is wrong in one way.
struct Broken {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;

    using Whole = std::function<Result<Commit>(Erased&, Context const&, RecordId const&, RecordPtr const&, Change)>;

    // ---- what it makes of what it is given, writes, and returns ----
    std::function<void(RecordPtr const& base, Change&)> before{};
    std::function<void(Record&, RecordPtr const& base, Change const&)> record{};
    std::function<void(Result<Commit>&, RecordPtr const& base, RecordId const&)> after{};
    std::function<bool(Change const&)> blind{};
    // ---- whole calls ----
    Whole whole{};
    std::function<Result<BatchCommit>(Erased&, Context const&, std::span<BatchChange>)> jointly{};

    template <StoragePolicy S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        if (before) before(base, change);
        Erased erased(storage);
        if (blind) erased.blind = blind(change);
        if (record) erased.spoil = [&, told = change](Record& out) { record(out, base, told); };
        bool const plain = !record && !blind && !whole;
        auto done = whole   ? whole(erased, ctx, id, base, std::move(change))
                    : plain ? CompareAndSwap().commit(storage, ctx, id, base, std::move(change))
                            : CompareAndSwap().commit(erased, ctx, id, base, std::move(change));
        if (record && done && done->kind == Kind::applied && done->now && erased.sent) {
            Record stored = *erased.sent;
            stored.revision = done->now->revision;
            done->now = std::make_shared<Record const>(std::move(stored));
        }
        if (after) after(done, base, id);
        return done;
    }
    template <TransactionalStorage S>
    Result<BatchCommit> commit_all(S& storage, Context const& ctx, std::span<BatchChange> changes) {
        if (!jointly) return CompareAndSwap().commit_all(storage, ctx, changes);
        Erased erased(storage);
        return jointly(erased, ctx, changes);
    }
};

/// Without the look at the discipline.
Result<Commit> unmarked(Erased& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
    change.discipline = Discipline::compare_and_swap;
    return settle(storage, ctx, id, base, std::move(change));
}
Result<Commit> right(Erased& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
    return CompareAndSwap().commit(storage, ctx, id, base, std::move(change));
}
void give(Result<Commit>& done, std::function<void(Record&)> const& change) {
    if (!done || !done->now) return;
    Record record = *done->now;
    change(record);
    done->now = std::make_shared<Record const>(std::move(record));
}
bool sets(Change const& change) { return !change.same_content && !change.tombstone; }

class Pen {
public:
    void add(std::string law, std::string sin, std::function<void(Broken&)> make) {
        all_.push_back({std::move(law), std::move(sin), [make] {
                            Broken broken;
                            make(broken);
                            MemoryStorage storage;
                            return check_versioning(broken, storage);
                        }});
    }
    /// By what is written.
    void writes(std::string law, std::string sin, std::function<void(Record&, RecordPtr const&, Change const&)> make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.record = make; });
    }
    void before(std::string law, std::string sin, std::function<void(RecordPtr const&, Change&)> make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.before = make; });
    }
    void after(std::string law, std::string sin, std::function<void(Result<Commit>&, RecordPtr const&, RecordId const&)> make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.after = make; });
    }
    void whole(std::string law, std::string sin, Broken::Whole make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.whole = make; });
    }
    void jointly(std::string law, std::string sin,
                 std::function<Result<BatchCommit>(Erased&, Context const&, std::span<BatchChange>)> make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.jointly = make; });
    }
    Animals take() { return std::move(all_); }

private:
    Animals all_;
};

void of_members(Pen& pen) {
    std::string law = "commits_store_changes";
    pen.before(law, "forgets the attributes", [](auto&, Change& change) { change.attributes.clear(); });
    pen.before(law, "keeps the attributes of before if none are given", [](RecordPtr const& base, Change& change) {
        if (base && change.attributes.empty()) change.attributes = base->attributes;
    });
    pen.before(law, "adds attributes to those of before", [](RecordPtr const& base, Change& change) {
        if (base && sets(change)) change.attributes.insert(change.attributes.end(), base->attributes.begin(), base->attributes.end());
    });
    pen.before(law, "takes an empty payload for none", [](RecordPtr const& base, Change& change) {
        if (base && sets(change) && change.payload.empty()) change.payload = base->payload;
    });
    pen.before(law, "takes an empty payload for a removal", [](RecordPtr const&, Change& change) {
        if (change.payload.empty()) change.tombstone = true;
    });
    pen.before(law, "ends payloads at a zero byte", [](auto&, Change& change) {
        auto const text = change.payload.view();
        change.payload = Bytes::copy(text.substr(0, text.find('\0')));
    });
    pen.whole(law, "does not write a payload that is there already", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        if (base && sets(change) && !base->stamp.tombstone && change.payload == base->payload)
            return Result<Commit>(Commit::applied(base));
        return right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "writes what is of other slots into the state", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        return right(s, ctx, RecordId(id.key), base, std::move(change));
    });

    law = "commits_return_what_is_stored";
    pen.after(law, "returns the record without the revision that it got", [](auto& done, auto&, auto&) {
        give(done, [](Record& record) { record.revision = Revision(); });
    });
    pen.after(law, "returns the record that was replaced", [](auto& done, auto& base, auto&) {
        if (done && done->now && base) done->now = base;
    });
    pen.after(law, "returns nothing", [](auto& done, auto&, auto&) { if (done) done->now = nullptr; });
    pen.after(law, "returns the record without its lock", [](auto& done, auto&, auto&) {
        give(done, [](Record& record) { record.lease.reset(); });
    });
    pen.after(law, "returns the record with a stamp from before", [](auto& done, auto& base, auto&) {
        give(done, [&](Record& record) { if (base) record.stamp.sequence = base->stamp.sequence; });
    });
    pen.after(law, "says that what it replaced has been seen since", [](auto& done, auto& base, auto&) {
        if (done && done->kind == Kind::applied) done->seen = base;
    });
    pen.after(law, "gives a handle with everything", [](auto& done, auto&, RecordId const& id) {
        if (done && !done->write) done->write = std::make_shared<UnknownWrite const>(UnknownWrite{Key(id.key), id.slot, {1, 1}, {}, {}});
    });

    law = "sequences_count_contents";
    pen.writes(law, "counts locks and seals", [](Record& out, auto& base, auto& change) {
        if (base && change.same_content && !change.tombstone) ++out.stamp.sequence;
    });
    pen.writes(law, "counts removals", [](Record& out, auto&, auto& change) {
        if (change.tombstone && !change.same_content) ++out.stamp.sequence;
    });
    pen.writes(law, "counts in 32 bits", [](Record& out, auto&, auto&) { out.stamp.sequence = static_cast<std::uint32_t>(out.stamp.sequence); });
    pen.writes(law, "counts in floating point", [](Record& out, auto&, auto&) {
        out.stamp.sequence = static_cast<std::uint64_t>(static_cast<double>(out.stamp.sequence));
    });
    pen.writes(law, "counts in signed numbers that stop", [](Record& out, auto&, auto&) {
        out.stamp.sequence = std::min(out.stamp.sequence, ~std::uint64_t{0} / 2);
    });
    pen.writes(law, "begins with 0", [](Record& out, auto& base, auto&) { if (!base) out.stamp.sequence = 0; });
    pen.writes(law, "begins anew after a removal", [](Record& out, auto& base, auto& change) {
        if (base && base->stamp.tombstone && sets(change)) out.stamp.sequence = 1;
    });
    pen.writes(law, "does not count the same bytes", [](Record& out, auto& base, auto& change) {
        if (base && sets(change) && base->payload == out.payload) out.stamp.sequence = base->stamp.sequence;
    });

    law = "contents_are_named";
    pen.writes(law, "names the content anew with every write", [](Record& out, auto&, auto&) { out.stamp.payload_id = out.stamp.ids.newest(); });
    pen.writes(law, "names the content anew with a removal", [](Record& out, auto&, auto& change) {
        if (change.tombstone) out.stamp.payload_id = out.stamp.ids.newest();
    });
    pen.writes(law, "leaves the name of the first content", [](Record& out, auto& base, auto&) {
        if (base && base->stamp.payload_id) out.stamp.payload_id = base->stamp.payload_id;
    });
    pen.writes(law, "does not note what is repeated", [](Record& out, auto& base, auto& change) {
        if (base && sets(change)) out.stamp.restored = 0;
    });
    pen.writes(law, "notes for ever what was repeated once", [](Record& out, auto& base, auto& change) {
        if (base && sets(change) && change.restores == 0) out.stamp.restored = base->stamp.restored;
    });
    pen.writes(law, "notes what is repeated in 32 bits", [](Record& out, auto&, auto&) {
        out.stamp.restored = static_cast<std::uint32_t>(out.stamp.restored);
    });
    pen.writes(law, "a lock forgets what is repeated", [](Record& out, auto&, auto& change) { if (change.same_content) out.stamp.restored = 0; });
    pen.writes(law, "names the content before without keeping it", [](Record& out, auto& base, auto& change) {
        if (base && sets(change)) out.stamp.previous = base->stamp.payload_id;
    });

    law = "lives_go_on";
    pen.writes(law, "begins a life with every write", [](Record& out, auto&, auto&) { out.stamp.lineage = out.stamp.ids.newest(); });
    pen.writes(law, "begins a life after a removal", [](Record& out, auto& base, auto&) {
        if (base && base->stamp.tombstone) out.stamp.lineage = out.stamp.ids.newest();
    });
    pen.writes(law, "names no life", [](Record& out, auto& base, auto&) { if (!base) out.stamp.lineage = WriteId(); });
    auto const ring_of = [](Record& out, std::size_t size) {
        WriteRing ring;
        for (std::size_t i = 0; i < std::min(size, out.stamp.ids.size()); ++i) (void)ring.append(out.stamp.ids[i]);
        out.stamp.ids = ring;
    };
    pen.writes(law, "remembers its own write only", [=](Record& out, auto&, auto&) { ring_of(out, 1); });
    pen.writes(law, "remembers seven writes", [=](Record& out, auto&, auto&) { ring_of(out, 7); });
    pen.writes(law, "forgets the writes before a removal", [=](Record& out, auto&, auto& change) { if (change.tombstone) ring_of(out, 1); });
    pen.writes(law, "remembers earlier writes the wrong way round", [](Record& out, auto&, auto&) {
        WriteRing ring;
        (void)ring.append(out.stamp.ids.newest());
        for (std::size_t i = out.stamp.ids.size(); i-- > 1;) (void)ring.append(out.stamp.ids[i]);
        out.stamp.ids = ring;
    });

    law = "writers_are_named";
    pen.writes(law, "leaves the writer of before", [](Record& out, auto& base, auto&) { if (base) out.stamp.who = base->stamp.who; });
    pen.writes(law, "leaves the time of before", [](Record& out, auto& base, auto&) { if (base) out.stamp.when = base->stamp.when; });
    pen.writes(law, "takes the system's time", [](Record& out, auto&, auto&) { out.stamp.when = Environment::system().wall(); });
    pen.writes(law, "a lock makes its holder the author", [](Record& out, auto&, auto&) { out.stamp.set_by.reset(); });
    pen.writes(law, "a second lock makes the first the author", [](Record& out, auto& base, auto& change) {
        if (base && change.same_content) out.stamp.set_by = Author{base->stamp.when, base->stamp.who};
    });
    pen.writes(law, "an author is the author for ever", [](Record& out, auto& base, auto& change) {
        if (base && sets(change)) out.stamp.set_by = base->stamp.author();
    });
    pen.writes(law, "remembers the author, and not when", [](Record& out, auto&, auto&) { if (out.stamp.set_by) out.stamp.set_by->when = out.stamp.when; });
}

void of_rules(Pen& pen) {
    std::string law = "epochs_never_fall";
    pen.writes(law, "bears the epoch of the last writer", [](Record& out, auto&, auto& change) { out.stamp.epoch = change.epoch; });
    pen.writes(law, "does not note a later epoch", [](Record& out, auto& base, auto&) { if (base) out.stamp.epoch = base->stamp.epoch; });
    pen.writes(law, "keeps the epoch in 32 bits", [](Record& out, auto&, auto&) { out.stamp.epoch = static_cast<std::uint32_t>(out.stamp.epoch); });
    pen.writes(law, "a lock does not note its epoch", [](Record& out, auto& base, auto& change) {
        if (base && change.same_content) out.stamp.epoch = base->stamp.epoch;
    });
    pen.writes(law, "raises the epoch with every write", [](Record& out, auto& base, auto&) { if (base) ++out.stamp.epoch; });
    auto const unfenced = [](std::function<bool(RecordPtr const&, Change const&)> lets_in) {
        return [lets_in](Erased& s, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
            if (base && change.epoch < base->stamp.epoch && change.epoch != 0 && lets_in(base, change)) change.epoch = base->stamp.epoch;
            return right(s, ctx, id, base, std::move(change));
        };
    };
    pen.whole(law, "fences nobody", unfenced([](auto&, auto&) { return true; }));
    pen.whole(law, "does not fence removals", unfenced([](auto&, Change const& change) { return change.tombstone; }));
    pen.whole(law, "does not fence locks", unfenced([](auto&, Change const& change) { return change.same_content; }));
    pen.whole(law, "compares epochs in 32 bits", unfenced([](RecordPtr const& base, Change const& change) {
                  return static_cast<std::uint32_t>(change.epoch) >= static_cast<std::uint32_t>(base->stamp.epoch);
              }));
    pen.whole(law, "compares epochs as signed numbers", unfenced([](RecordPtr const& base, Change const& change) {
                  return static_cast<std::int64_t>(change.epoch) >= static_cast<std::int64_t>(base->stamp.epoch);
              }));
    pen.whole(law, "lets the holder before the last one write", unfenced([](RecordPtr const& base, Change const& change) {
                  return change.epoch + 1 == base->stamp.epoch;
              }));
    pen.whole(law, "fences the holder himself", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (base && change.epoch != 0 && change.epoch == base->stamp.epoch) return Error(Errc::fenced);
        return right(s, ctx, id, base, std::move(change));
    });
    pen.after(law, "says that who is fenced met a conflict", [](auto& done, auto&, auto&) {
        if (!done && done.error() == Errc::fenced) done = Commit::conflict();
    });

    law = "records_bear_their_discipline";
    pen.writes(law, "marks records as the change says", [](Record& out, auto&, auto& change) { out.stamp.discipline = change.discipline; });
    pen.writes(law, "a lock decides the discipline", [](Record& out, auto&, auto&) { out.stamp.discipline = Discipline::compare_and_swap; });
    pen.writes(law, "leaves the discipline of what was there", [](Record& out, auto& base, auto&) {
        if (base) out.stamp.discipline = base->stamp.discipline;
    });
    pen.whole(law, "refuses what a lock of another has left", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (base && base->stamp.discipline != Discipline::compare_and_swap) return Error(Errc::incompatible);
        return unmarked(s, ctx, id, base, std::move(change));
    });

    law = "other_disciplines_are_refused";
    pen.whole(law, "does not look at the discipline", unmarked);
    pen.whole(law, "takes over what was removed", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        bool const gone = base && base->stamp.tombstone;
        return gone ? unmarked(s, ctx, id, base, std::move(change)) : right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "locks and seals what others wrote", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        return change.same_content ? unmarked(s, ctx, id, base, std::move(change)) : right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "takes history for its own", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        bool const history = base && base->stamp.discipline == Discipline::history;
        return history ? unmarked(s, ctx, id, base, std::move(change)) : right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "looks after it has written", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        auto done = unmarked(s, ctx, id, base, std::move(change));
        if (auto same = detail::same_discipline(id, base, Discipline::compare_and_swap); !same) return std::move(same).error();
        return done;
    });
    pen.after(law, "says that the record of another is a conflict", [](auto& done, auto&, auto&) {
        if (!done && done.error() == Errc::incompatible) done = Commit::conflict();
    });

    law = "leases_obey_steps";
    using Step = Change::LeaseStep;
    pen.writes(law, "a content loses the lock", [](Record& out, auto&, auto& change) {
        if (sets(change) && change.lease_step == Step::keep) out.lease.reset();
    });
    pen.writes(law, "a removal loses the lock", [](Record& out, auto&, auto& change) { if (change.tombstone) out.lease.reset(); });
    pen.writes(law, "a lock that ends stays held", [](Record& out, auto& base, auto& change) {
        if (base && change.lease_step == Step::end) out.lease = base->lease;
    });
    pen.writes(law, "a lock that ends forgets who waits", [](Record& out, auto&, auto& change) {
        if (change.lease_step == Step::end) out.lease.reset();
    });
    pen.writes(law, "a lock that ends leaves that others wait, though nobody does", [](Record& out, auto& base, auto& change) {
        if (base && base->lease && change.lease_step == Step::end) out.lease = std::make_shared<Lease const>(Lease{.id = base->lease->id, .held = false, .wanted = true});
    });
    pen.writes(law, "a lock that ends leaves its doubts", [](Record& out, auto& base, auto& change) {
        if (!base || !base->lease || change.lease_step != Step::end) return;
        Lease left = *base->lease;
        left.held = false;
        out.lease = std::make_shared<Lease const>(left);
    });
    pen.writes(law, "cannot lock what it creates", [](Record& out, auto& base, auto&) { if (!base) out.lease.reset(); });
    pen.writes(law, "keeps the purpose of before", [](Record& out, auto& base, auto& change) {
        if (!base || !base->lease || !out.lease || change.lease_step != Step::set) return;
        Lease mixed = *out.lease;
        mixed.purpose = base->lease->purpose + "";
        mixed.acquired = base->lease->acquired;
        out.lease = std::make_shared<Lease const>(mixed);
    });

    law = "removals_leave_what_goes_on";
    pen.whole(law, "a removal leaves nothing", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (auto same = detail::same_discipline(id, base, Discipline::compare_and_swap); !same) return std::move(same).error();
        bool const gone = change.tombstone && !change.same_content;
        auto sending = detail::Sending::prepare(s, ctx, id, base, std::move(change));
        if (!sending) return sending.error();
        sending->vanish = gone;
        return detail::settle_sending(s, ctx, id, *sending, [&] {
            return gone ? s.remove(ctx, id, sending->when) : s.write(ctx, id, sending->record, sending->when);
        });
    });
    pen.writes(law, "what was removed keeps its payload", [](Record& out, auto& base, auto& change) {
        if (base && change.tombstone && !change.same_content) out.payload = base->payload;
    });
    pen.writes(law, "what was removed is an empty state", [](Record& out, auto&, auto& change) {
        if (change.tombstone && !change.same_content) out.stamp.tombstone = false;
    });
    pen.writes(law, "a lock brings back what was removed", [](Record& out, auto&, auto& change) { if (change.same_content) out.stamp.tombstone = false; });
    pen.whole(law, "a seal of an absence writes nothing", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        if (!base && change.same_content) return Result<Commit>(Commit::applied(nullptr));
        return right(s, ctx, id, base, std::move(change));
    });
}

void of_races(Pen& pen) {
    std::string law = "one_commit_wins";
    pen.whole(law, "writes on what it finds instead of its base", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        if (auto same = detail::same_discipline(id, base, Discipline::compare_and_swap); !same) return Result<Commit>(std::move(same).error());
        auto const now = s.read(ctx, id);
        bool const moved = now && (bool(*now) != bool(base) || (base && (*now)->revision != base->revision));
        return right(s, ctx, id, moved ? *now : base, std::move(change));
    });
    auto const blind = [&](std::string sin, std::function<bool(Change const&)> when) {
        pen.add(law, std::move(sin), [when](Broken& broken) { broken.blind = when; });
    };
    blind("writes without a condition", [](auto&) { return true; });
    blind("removes without a condition", [](Change const& change) { return change.tombstone; });
    blind("locks without a condition", [](Change const& change) { return change.same_content; });
    pen.whole(law, "looks first and writes then", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        auto const now = s.read(ctx, id);
        if (now && !Precondition::unchanged_since(base).holds(now->get())) return Commit::conflict(*now);
        s.blind = true;
        return right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "creates without a condition", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        s.blind = !base;
        return right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "begins anew what was removed meanwhile", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        auto done = right(s, ctx, id, base, change);
        if (done && done->kind == Kind::conflict && base) {
            auto const now = s.read(ctx, id);
            if (now && !*now) return right(s, ctx, id, nullptr, std::move(change));
        }
        return done;
    });
    pen.whole(law, "tries once more after a conflict", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        auto done = right(s, ctx, id, base, change);
        if (!done || done->kind != Kind::conflict) return done;
        auto const now = s.read(ctx, id);
        return now ? right(s, ctx, id, *now, std::move(change)) : done;
    });
    pen.after(law, "says that its base is what it met", [](auto& done, auto& base, auto&) {
        if (done && done->kind == Kind::conflict) done->seen = base;
    });
    pen.after(law, "returns the base with a conflict", [](auto& done, auto& base, auto&) {
        if (done && done->kind == Kind::conflict) done->now = base;
    });

    law = "storage_errors_are_passed_on";
    auto const error = [&](std::string sin, std::function<Result<Commit>(Error const&, RecordPtr const&, RecordId const&)> make) {
        pen.after(law, std::move(sin), [make](auto& done, auto& base, auto& id) {
            if (!done && done.error() != Errc::fenced && done.error() != Errc::incompatible) done = make(done.error(), base, id);
        });
    };
    error("takes an error for a conflict", [](auto&, auto&, auto&) { return Commit::conflict(); });
    error("says `unavailable` whatever it was", [](auto&, auto&, auto&) { return Error(Errc::unavailable); });
    error("says that the outcome is unknown", [](auto& why, auto&, RecordId const& id) {
        return Commit::unknown(UnknownWrite{Key(id.key), id.slot, {1, 1}, {}, {}}, why);
    });
    error("swallows the error", [](auto&, RecordPtr const& base, auto&) { return Commit::applied(base); });
    pen.whole(law, "repeats what was refused", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        auto done = right(s, ctx, id, base, change);
        return done || done.error() == Errc::incompatible || done.error() == Errc::fenced ? std::move(done) : right(s, ctx, id, base, std::move(change));
    });

    law = "lost_replies_are_unknown";
    pen.whole(law, "believes what it sees after a lost reply", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        auto done = right(s, ctx, id, base, std::move(change));
        if (!done || done->kind != Kind::unknown || s.late) return done;
        auto const now = s.read(ctx, id);
        if (now && *now && (*now)->stamp.ids.newest() == done->write->id) return Result<Commit>(Commit::applied(*now));
        return done;
    });
    pen.whole(law, "takes what it does not see for a conflict", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        auto done = right(s, ctx, id, base, std::move(change));
        if (!done || done->kind != Kind::unknown || s.late) return done;
        return Result<Commit>(Commit::conflict());
    });
    pen.whole(law, "sends again where nothing is under way", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        auto done = right(s, ctx, id, base, change);
        if (done && done->kind == Kind::unknown && !s.late) {
            auto again = right(s, ctx, id, base, std::move(change));
            if (again && again->kind == Kind::applied) return again;
        }
        return done;
    });
    auto const handle = [&](std::string sin, std::function<void(UnknownWrite&, RecordPtr const&)> make) {
        pen.after(law, std::move(sin), [make](auto& done, auto& base, auto&) {
            if (!done || !done->write) return;
            UnknownWrite write = *done->write;
            make(write, base);
            done->write = std::make_shared<UnknownWrite const>(std::move(write));
        });
    };
    handle("the handle is always of the state", [](UnknownWrite& write, auto&) { write.slot = Slot::current; });
    handle("the handle names no base", [](UnknownWrite& write, auto&) { write.base = WriteId(); });
    handle("the handle names the base as the write", [](UnknownWrite& write, RecordPtr const& base) { if (base) write.id = base->stamp.ids.newest(); });
    handle("the handle names the content", [](UnknownWrite& write, RecordPtr const& base) { if (base) write.id = base->stamp.payload_id; });
    handle("the handle names no lineage", [](UnknownWrite& write, auto&) { write.base_lineage = WriteId(); });
    handle("the handle of a new record has its lineage", [](UnknownWrite& write, RecordPtr const& base) { if (!base) write.base_lineage = write.id; });
    handle("the handle says that something is under way", [](UnknownWrite& write, auto&) { write.at_rest = false; });
    handle("the handle says that nothing is left", [](UnknownWrite& write, auto&) { write.removes = true; });
    pen.after(law, "gives no handle", [](auto& done, auto&, auto&) { if (done) done->write = nullptr; });
    pen.after(law, "does not say why", [](auto& done, auto&, auto&) { if (done && done->kind == Kind::unknown) done->why = Error(Errc::unknown_outcome); });
    pen.after(law, "calls it an error", [](auto& done, auto&, auto&) { if (done && done->kind == Kind::unknown) done = Error(done->why); });
    pen.after(law, "returns what it tried to replace", [](auto& done, auto& base, auto&) { if (done && done->kind == Kind::unknown && base) done->now = base; });
}

/// Sends at a far storage as `make` says; elsewhere as is right.
Broken::Whole far(std::function<Result<Commit>(Erased&, Context const&, RecordId const&, RecordPtr const&, detail::Sending&)> make) {
    return [make](Erased& s, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) -> Result<Commit> {
        if (!s.late) return right(s, ctx, id, base, std::move(change));
        change.discipline = Discipline::compare_and_swap;
        auto sending = detail::Sending::prepare(s, ctx, id, base, std::move(change));
        if (!sending) return sending.error();
        return make(s, ctx, id, base, *sending);
    };
}

void of_fates(Pen& pen) {
    std::string law = "outcomes_are_true";
    pen.whole(law, "believes a conflict after a lost reply", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
        for (int i = 0; i < 8; ++i) {
            auto const done = s.write(ctx, id, sending.record, sending.when);
            if (!done && i == 0) return done.error();
            if (done && done->kind() == Kind::applied) return Commit::applied(std::move(sending).stored(done->revision()));
            if (done && done->kind() == Kind::conflict) return Commit::conflict();
        }
        return Commit::unknown(sending.trace(id.slot), Error(Errc::unknown_outcome));
    }));
    pen.whole(law, "takes what is not there yet for never made", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
        auto const done = s.write(ctx, id, sending.record, sending.when);
        if (!done) return done.error();
        if (done->kind() == Kind::applied) return Commit::applied(std::move(sending).stored(done->revision()));
        auto const now = s.read(ctx, id);
        if (now && *now && (*now)->stamp.ids.contains(sending.record->stamp.ids.newest())) return Commit::applied(sending.record);
        return Commit::conflict();
    }));
    pen.whole(law, "gives up with an error after a lost reply", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
        auto const done = s.write(ctx, id, sending.record, sending.when);
        if (!done) return done.error();
        if (done->kind() == Kind::applied) return Commit::applied(std::move(sending).stored(done->revision()));
        if (done->kind() == Kind::unknown) return Error(Errc::unavailable);
        return Commit::conflict();
    }));
    pen.whole(law, "takes the error of a second send for that of the first", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
        return detail::settle_sending(s, ctx, id, sending, [&]() -> Result<WriteOutcome> {
            return s.write(ctx, id, sending.record, sending.when);
        });
    }));
    pen.whole(law, "starts over on what is there after a lost reply", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (!s.late) return right(s, ctx, id, base, std::move(change));
        RecordPtr from = base;
        for (int i = 0;; ++i) {
            Change copy = change;
            copy.discipline = Discipline::compare_and_swap;
            auto sending = detail::Sending::prepare(s, ctx, id, from, std::move(copy));
            if (!sending) return sending.error();
            auto const done = s.write(ctx, id, sending->record, sending->when);
            if (!done) return done.error();
            if (done->kind() == Kind::applied) return Commit::applied(std::move(*sending).stored(done->revision()));
            if (done->kind() == Kind::conflict && i == 0) return Commit::conflict();
            if (i == 8) return Commit::unknown(sending->trace(id.slot), done->why());
            auto const now = s.read(ctx, id);
            if (now) from = *now;
        }
    });
    pen.whole(law, "takes an unknown outcome for success", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
        auto done = detail::settle_sending(s, ctx, id, sending, [&] { return s.write(ctx, id, sending.record, sending.when); });
        if (done && done->kind == Kind::unknown) return Commit::applied(sending.record);
        return done;
    }));

    law = "own_writes_are_recognized";
    pen.whole(law, "believes the first conflict", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
        bool first = true, conflict = false;
        auto done = detail::settle_sending(s, ctx, id, sending, [&] {
            auto sent = s.write(ctx, id, sending.record, sending.when);
            conflict = conflict || (first && sent && sent->kind() == Kind::conflict);
            first = false;
            return sent;
        });
        return conflict ? Result<Commit>(Commit::conflict()) : std::move(done);
    }));
    pen.whole(law, "does not look what a conflict after a lost reply means", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
        bool lost = false, doubt = false;
        auto done = detail::settle_sending(s, ctx, id, sending, [&] {
            auto sent = s.write(ctx, id, sending.record, sending.when);
            doubt = doubt || (lost && sent && sent->kind() == Kind::conflict);
            lost = lost || (sent && sent->kind() == Kind::unknown);
            return sent;
        });
        if (doubt) return Commit::unknown(sending.trace(id.slot), Error(Errc::unknown_outcome));
        return done;
    }));
    pen.whole(law, "knows its write only while it is the last one", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
        auto done = detail::settle_sending(s, ctx, id, sending, [&] { return s.write(ctx, id, sending.record, sending.when); });
        if (done && done->kind == Kind::applied && done->seen) return Commit::unknown(sending.trace(id.slot), Error(Errc::unknown_outcome));
        return done;
    }));
    pen.whole(law, "does not send again", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
        auto const sent = s.write(ctx, id, sending.record, sending.when);
        if (sent && sent->kind() == Kind::unknown) return Commit::unknown(sending.trace(id.slot), sent->why());
        bool first = true;
        return detail::settle_sending(s, ctx, id, sending, [&] {
            return std::exchange(first, false) ? sent : s.write(ctx, id, sending.record, sending.when);
        });
    }));
    pen.after(law, "does not say what has replaced its write", [](auto& done, auto&, auto&) { if (done && done->kind == Kind::applied) done->seen.reset(); });
    pen.add(law, "takes the id of a write for its revision", [](Broken& broken) {
        broken.after = [](auto& done, auto&, auto&) {
            give(done, [](Record& record) { record.revision = Revision(record.stamp.ids.newest()); });
        };
    });
}

void of_batches(Pen& pen) {
    auto const all = [](Erased& s, Context const& ctx, std::span<BatchChange> changes) { return CompareAndSwap().commit_all(s, ctx, changes); };
    std::string law = "joint_commits_are_whole";
    pen.jointly(law, "makes one change after the other", [](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
        BatchCommit batch{Commit::applied(nullptr), {}};
        for (BatchChange& one : changes) {
            if (one.only_check) {
                auto const now = s.read(ctx, one.id);
                if (now && *now) return BatchCommit{Commit::conflict(), {}};
                batch.records.push_back(nullptr);
                continue;
            }
            auto done = right(s, ctx, one.id, one.base, std::move(one.change));
            if (!done) return done.error();
            if (done->kind != Kind::applied) return BatchCommit{*std::move(done), {}};
            batch.records.push_back(done->now);
        }
        return batch;
    });
    pen.jointly(law, "does not check what must be absent", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
        std::vector<BatchChange> some;
        for (BatchChange& one : changes) if (!one.only_check) some.push_back(std::move(one));
        if (some.empty()) return BatchCommit{Commit::applied(nullptr), std::vector<RecordPtr>(changes.size())};
        auto done = all(s, ctx, some);
        if (done) done->records.resize(changes.size());
        return done;
    });
    pen.jointly(law, "looks at the discipline of the first only", [](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
        if (auto same = detail::same_discipline(changes[0].id, changes[0].base, Discipline::compare_and_swap); !same) return std::move(same).error();
        return settle_all(s, ctx, changes);
    });
    pen.jointly(law, "fences the first only", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
        for (BatchChange& one : changes.subspan(1)) if (one.base && one.change.epoch < one.base->stamp.epoch) one.change.epoch = 0;
        return all(s, ctx, changes);
    });
    pen.jointly(law, "takes an error for a conflict", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
        auto done = all(s, ctx, changes);
        if (!done && done.error() != Errc::fenced && done.error() != Errc::incompatible) return BatchCommit{Commit::conflict(), {}};
        return done;
    });
    pen.jointly(law, "takes a lost reply for an error", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
        auto done = all(s, ctx, changes);
        if (done && done->commit.kind == Kind::unknown) return Error(done->commit.why);
        return done;
    });
    pen.jointly(law, "writes on what it finds instead of its bases", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
        for (BatchChange& one : changes) {
            if (one.only_check || detail::same_discipline(one.id, one.base, Discipline::compare_and_swap).has_value() == false) continue;
            if (auto now = s.read(ctx, one.id)) one.base = *now;
        }
        return all(s, ctx, changes);
    });

    law = "joint_commits_are_commits";
    auto const spoiled = [&](std::string sin, std::function<void(BatchChange&)> make) {
        pen.jointly(law, std::move(sin), [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
            for (BatchChange& one : changes.subspan(1)) make(one);
            return all(s, ctx, changes);
        });
    };
    spoiled("forgets the attributes", [](BatchChange& one) { one.change.attributes.clear(); });
    spoiled("does not touch locks", [](BatchChange& one) { one.change.lease_step = Change::LeaseStep::keep; });
    spoiled("does not note epochs", [](BatchChange& one) { one.change.epoch = one.base ? one.base->stamp.epoch : 0; });
    spoiled("does not note what is repeated", [](BatchChange& one) { one.change.restores = 0; });
    spoiled("takes every change for a content", [](BatchChange& one) { one.change.same_content = false; });
    pen.jointly(law, "returns the records in the order in which it sent them", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
        auto done = all(s, ctx, changes);
        if (done) std::reverse(done->records.begin(), done->records.end());
        return done;
    });
    pen.jointly(law, "returns no records", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
        auto done = all(s, ctx, changes);
        if (done) done->records.clear();
        return done;
    });
}

/// What is right, over storages of every shape.
template <class V>
void obeys(V versioning, std::set<std::string>& laws) {
    auto const check = [&](auto& storage) {
        auto const found = check_versioning(versioning, storage);
        CHECK(found.text() == "");
        laws.insert(found.checked().begin(), found.checked().end());
    };
    MemoryStorage memory;
    check(memory);
    LateStorage world;
    holdfast_tests::Apart<LateStorage> far(world);
    check(far);
    Scratch const scratch;
    using Files = FileStorage<KeyDirectories, Durability::none>;
    using Local = OneOf<Files, SqliteStorage>;
    Local files(Files::open(scratch / "files").value());
    check(files);
    Local database(SqliteStorage::open(scratch / "state.db", {.durability = SqliteOptions::Durability::none}).value());
    check(database);
}

std::set<std::string>& laws() {
    static std::set<std::string> all;
    static bool const once = (obeys(CompareAndSwap(), all), obeys(LastWriterWins(), all), obeys(History<>(), all), true);
    (void)once;
    return all;
}

}  // namespace

Animals versionings() {
    Pen pen;
    of_members(pen);
    of_rules(pen);
    of_races(pen);
    of_fates(pen);
    of_batches(pen);
    return pen.take();
}
Laws laws_of_versionings() { return {laws().begin(), laws().end()}; }

TEST_CASE("zoo: versionings that are right obey every law", "[zoo]") { CHECK(laws_of_versionings().size() == 18); }
TEST_CASE("zoo: versionings", "[zoo]") { condemned(versionings()); }

}  // namespace zoo
