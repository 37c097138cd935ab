// Broken policies of history. No law sees:
// - one that keeps a version twice under other names: nobody asks for those, and storages that cannot list hide them.

#include <zoo/erased.hpp>
#include <zoo/scratch.hpp>
#include <zoo/zoo.hpp>

#include <holdfast/storage/file.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/laws/history.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>

#include <mutex>
#include <set>

namespace zoo {

namespace {

using namespace holdfast::testing;
using holdfast_tests::Apart;
using Kind = WriteOutcome::Kind;

/// History that is wrong in one way.
struct BrokenHistory {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::history;

    /// Keeps what it wants, then commits what it wants.
    std::function<Result<Commit>(Erased&, Context const&, RecordId const&, RecordPtr const&, Change)> whole{};
    std::function<void(Record&)> version{};                       ///< spoils what is kept
    std::function<void(Record&, RecordPtr const&, Change const&)> head{};  ///< spoils what replaces it
    std::function<bool(Environment&, WriteId, WriteId, Duration)> stale{};
    std::function<Result<BatchCommit>(Erased&, Context const&, std::span<BatchChange>)> jointly{};

    struct Retention {
        std::function<Result<std::uint64_t>(VersionList&)> ask{};
        Result<std::uint64_t> floor(VersionList& versions) const { return ask ? ask(versions) : KeepAll().floor(versions); }
    };
    Retention kept{};

    template <StoragePolicy S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        if (!whole && !version && !head) return right_.commit(storage, ctx, id, base, std::move(change));
        Erased erased(storage);
        if (whole) return whole(erased, ctx, id, base, std::move(change));
        bool const keeps = replaces(id, base, change);
        if (keeps) {
            auto kept_now = archive(erased, ctx, base, version);
            if (!kept_now) return std::move(kept_now).error();
        }
        if (head) erased.spoil = [&, told = change](Record& out) { head(out, base, told); };
        change.discipline = discipline;
        return settle(erased, ctx, id, base, std::move(change));
    }
    template <TransactionalStorage S>
    Result<BatchCommit> commit_all(S& storage, Context const& ctx, std::span<BatchChange> changes) {
        if (!jointly) return right_.commit_all(storage, ctx, changes);
        Erased erased(storage);
        return jointly(erased, ctx, changes);
    }
    bool pin_is_stale(Environment& env, WriteId pin, WriteId nonce, Duration ttl) {
        return stale ? stale(env, pin, nonce, ttl) : right_.pin_is_stale(env, pin, nonce, ttl);
    }
    Retention const& retention() const { return kept; }

    static bool replaces(RecordId const& id, RecordPtr const& base, Change const& change) {
        return id.slot == Slot::current && base && !base->stamp.tombstone && !change.same_content;
    }
    /// Keeps the version of a record, and waits until that is known.
    static Result<bool> archive(Erased& storage, Context const& ctx, RecordPtr const& base,
                                std::function<void(Record&)> const& spoil = {}) {
        Write version = detail::archive_of(base);
        if (spoil) {
            Record copy = *version.record;
            spoil(copy);
            version.record = std::make_shared<Record const>(std::move(copy));
        }
        return detail::keep_versions(storage, ctx, {&version, 1});
    }
    static Result<Commit> replace(Erased& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        change.discipline = discipline;
        return settle(storage, ctx, id, base, std::move(change));
    }

private:
    History<> right_;
};

class HistoryPen {
public:
    using Make = std::function<void(BrokenHistory&)>;

    void add(std::string law, std::string sin, Make make) {
        all_.push_back({std::move(law), std::move(sin), [make] {
                            BrokenHistory broken;
                            make(broken);
                            MemoryStorage storage;
                            return check_history(broken, storage);
                        }});
    }
    void keeps(std::string law, std::string sin, std::function<void(Record&)> make) {
        add(std::move(law), std::move(sin), [make](BrokenHistory& broken) { broken.version = make; });
    }
    void whole(std::string law, std::string sin, decltype(BrokenHistory::whole) make) {
        add(std::move(law), std::move(sin), [make](BrokenHistory& broken) { broken.whole = make; });
    }
    Animals take() { return std::move(all_); }

private:
    Animals all_;
};

void of_versions(HistoryPen& pen) {
    using B = BrokenHistory;
    std::string law = "replaced_states_are_kept";
    pen.keeps(law, "forgets the attributes of a version", [](Record& out) { out.attributes.clear(); });
    pen.keeps(law, "forgets whose a version was", [](Record& out) { out.stamp.set_by.reset(); });
    pen.keeps(law, "forgets the content before a version", [](Record& out) { out.stamp.previous = WriteId(); });
    pen.keeps(law, "forgets what a version repeats", [](Record& out) { out.stamp.restored = 0; });
    pen.keeps(law, "forgets the epoch of a version", [](Record& out) { out.stamp.epoch = 0; });
    pen.keeps(law, "keeps the sequence of a version in 32 bits", [](Record& out) { out.stamp.sequence = static_cast<std::uint32_t>(out.stamp.sequence); });
    pen.keeps(law, "signs a version itself", [](Record& out) { out.stamp.who = Writer("me@host:1"); });
    pen.keeps(law, "dates a version anew", [](Record& out) { out.stamp.when += std::chrono::seconds(1); });
    pen.keeps(law, "remembers the last write of a version only", [](Record& out) {
        WriteRing ring;
        ring.push(out.stamp.ids.newest());
        out.stamp.ids = ring;
    });
    pen.keeps(law, "keeps ten thousand bytes of a version", [](Record& out) { out.payload = Bytes::copy(out.payload.view().substr(0, 10'000)); });
    pen.keeps(law, "keeps a version as a removed one", [](Record& out) { out.stamp.tombstone = true; });
    pen.keeps(law, "keeps the lock in a version", [](Record& out) {
        out.lease = std::make_shared<Lease const>(Lease{.id = {1, 2}});
    });
    pen.whole(law, "does not keep what is removed", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (B::replaces(id, base, change) && !change.tombstone)
            if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
        return B::replace(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "does not keep empty states", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (B::replaces(id, base, change) && !base->payload.empty())
            if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
        return B::replace(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "names versions by the write that made the record", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (B::replaces(id, base, change)) {
            Write version = detail::archive_of(base);
            version.id.version.payload_id = base->stamp.ids.newest();
            if (auto kept = detail::keep_versions(s, ctx, {&version, 1}); !kept) return std::move(kept).error();
        }
        return B::replace(s, ctx, id, base, std::move(change));
    });

    law = "states_are_kept_before_they_are_replaced";
    pen.whole(law, "keeps after it has replaced", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        bool const keeps = B::replaces(id, base, change);
        if (keeps) {  // what cannot be kept is not replaced: it asks, as who means well
            auto const can = B::archive(s, ctx, base, [](Record&) {});
            if (!can) return Result<Commit>(can.error());
            (void)s.remove(ctx, RecordId(id.key, Slot::version, detail::version_of(base->stamp)), Precondition::none());
        }
        auto done = B::replace(s, ctx, id, base, std::move(change));
        if (keeps && done && done->kind == Kind::applied) (void)B::archive(s, ctx, base);
        return done;
    });
    pen.whole(law, "believes a version that somebody left", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (B::replaces(id, base, change)) {
            auto const there = s.read(ctx, RecordId(id.key, Slot::version, detail::version_of(base->stamp)));
            if (!there) return there.error();
            if (!*there)
                if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
        }
        return B::replace(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "cannot go on from a version that somebody left", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (B::replaces(id, base, change)) {
            auto const there = s.read(ctx, RecordId(id.key, Slot::version, detail::version_of(base->stamp)));
            if (there && *there) return Commit::conflict();
            if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
        }
        return B::replace(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "removes first a version that somebody left", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (!B::replaces(id, base, change)) return B::replace(s, ctx, id, base, std::move(change));
        RecordId const version(id.key, Slot::version, detail::version_of(base->stamp));
        auto const there = s.read(ctx, version);
        if (!there || !*there) {
            if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
            return B::replace(s, ctx, id, base, std::move(change));
        }
        (void)s.remove(ctx, version, Precondition::none());
        auto done = B::replace(s, ctx, id, base, std::move(change));
        (void)B::archive(s, ctx, base);
        return done;
    });

    law = "states_that_cannot_be_kept_stay";
    auto const careless = [&](std::string sin, std::function<bool(Result<WriteOutcome> const&)> goes_on) {
        pen.whole(law, std::move(sin), [goes_on](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
            if (B::replaces(id, base, change)) {
                Write const version = detail::archive_of(base);
                auto done = s.write(ctx, version.id, version.record, version.when);
                if (done && done->kind() == Kind::conflict) done = s.write(ctx, version.id, version.record, Precondition::none());
                if (!goes_on(done)) return done ? Error(Errc::unavailable) : done.error();
            }
            return B::replace(s, ctx, id, base, std::move(change));
        });
    };
    careless("does not look what became of the version", [](auto&) { return true; });
    careless("takes a version of unknown fate for kept", [](auto& done) { return bool(done); });
    careless("takes a version that could not be sent for kept by somebody", [](auto& done) { return !done || done->kind() == Kind::applied; });
    pen.whole(law, "gives up history where it cannot be kept", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        if (B::replaces(id, base, change) && !B::archive(s, ctx, base)) change.discipline = Discipline::history;
        return B::replace(s, ctx, id, base, std::move(change));
    });

    law = "nothing_else_is_kept";
    auto const eager = [&](std::string sin, std::function<bool(RecordId const&, RecordPtr const&, Change const&)> also) {
        pen.whole(law, std::move(sin), [also](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
            if (base && (B::replaces(id, base, change) || also(id, base, change)))
                if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
            return B::replace(s, ctx, id, base, std::move(change));
        });
    };
    eager("keeps what is only locked or sealed", [](auto& id, auto& base, auto& change) {
        return id.slot == Slot::current && !base->stamp.tombstone && change.same_content;
    });
    eager("keeps what was removed", [](auto& id, auto& base, auto&) { return id.slot == Slot::current && base->stamp.tombstone; });
    eager("keeps versions of locks", [](auto& id, auto&, auto& change) { return id.slot == Slot::lock && !change.same_content; });
    eager("keeps versions of what is kept", [](auto& id, auto&, auto& change) { return id.slot == Slot::retention && !change.same_content; });
    pen.whole(law, "keeps the new state at once", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (B::replaces(id, base, change))
            if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
        auto done = B::replace(s, ctx, id, base, std::move(change));
        if (done && done->kind == Kind::applied && done->now && !done->now->stamp.tombstone && id.slot == Slot::current) (void)B::archive(s, ctx, done->now);
        return done;
    });
    pen.whole(law, "keeps what it was to write, and loses", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
        if (B::replaces(id, base, change))
            if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
        Bytes const mine = change.payload;
        auto done = B::replace(s, ctx, id, base, std::move(change));
        if (done && done->kind == Kind::conflict && base) {
            Record lost = *base;
            lost.payload = mine;
            ++lost.stamp.sequence;
            (void)B::archive(s, ctx, std::make_shared<Record const>(std::move(lost)));
        }
        return done;
    });

    law = "states_name_the_one_before";
    auto const head = [&](std::string sin, decltype(BrokenHistory::head) make) {
        pen.add(law, std::move(sin), [make](BrokenHistory& broken) { broken.head = make; });
    };
    head("names no state before it", [](Record& out, auto&, auto&) { out.stamp.previous = WriteId(); });
    head("names itself", [](Record& out, auto&, auto& change) { if (!change.same_content && !change.tombstone) out.stamp.previous = out.stamp.payload_id; });
    head("names the last write, be it a lock", [](Record& out, RecordPtr const& base, auto& change) {
        if (base && base->stamp.payload_id && !change.same_content && !change.tombstone) out.stamp.previous = base->stamp.ids.newest();
    });
    head("begins the chain anew after a removal", [](Record& out, RecordPtr const& base, auto&) {
        if (base && base->stamp.tombstone) out.stamp.previous = WriteId();
    });
    head("a lock names the state that it locks", [](Record& out, auto&, auto& change) { if (change.same_content) out.stamp.previous = out.stamp.payload_id; });

    law = "joint_commits_keep_versions";
    auto const jointly = [&](std::string sin, std::function<bool(BatchChange const&, std::size_t)> keeps, std::function<void(Record&)> spoil = {},
                             bool gives_up = false) {
        pen.add(law, std::move(sin), [=](BrokenHistory& broken) {
            broken.jointly = [=](Erased& s, Context const& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
                for (std::size_t i = 0; i < changes.size(); ++i) {
                    BatchChange& one = changes[i];
                    one.change.discipline = Discipline::history;
                    if (one.only_check || !B::replaces(one.id, one.base, one.change) || !keeps(one, i)) continue;
                    Write const version = detail::archive_of(one.base);
                    if (gives_up && *s.read(ctx, version.id)) return BatchCommit{Commit::conflict(), {}};
                    if (auto kept = B::archive(s, ctx, one.base, spoil); !kept) return std::move(kept).error();
                }
                return settle_all(s, ctx, changes);
            };
        });
    };
    jointly("keeps nothing of joint commits", [](auto&, auto) { return false; });
    jointly("keeps the first state of a joint commit", [](auto&, std::size_t i) { return i == 0; });
    jointly("does not keep what a joint commit removes", [](BatchChange const& one, auto) { return !one.change.tombstone; });
    jointly("forgets the attributes in joint commits", [](auto&, auto) { return true; }, [](Record& out) { out.attributes.clear(); });
    jointly("cannot go on jointly from a version that somebody left", [](auto&, auto) { return true; }, {}, true);
}

void of_pins(HistoryPen& pen) {
    std::string law = "pins_are_watched";
    /// Remembers when it saw what.
    struct Seen {
        WriteId nonce;
        Instant since;
        Timestamp day;
    };
    using All = std::map<std::pair<std::uint64_t, std::uint64_t>, Seen>;
    auto const watch = [&](std::string sin, std::function<bool(Environment&, Seen&, bool first, WriteId nonce, Duration ttl)> decide) {
        pen.add(law, std::move(sin), [decide](BrokenHistory& broken) {
            auto all = std::make_shared<All>();
            broken.stale = [all, decide](Environment& env, WriteId pin, WriteId nonce, Duration ttl) {
                auto const [at, first] = all->try_emplace({pin.high, pin.low}, Seen{nonce, env.monotonic(), env.wall()});
                return decide(env, at->second, first, nonce, ttl);
            };
        });
    };
    watch("a pin is stale that was not seen before", [](auto&, auto&, bool first, auto, auto) { return first; });
    watch("does not look whether a pin was renewed", [](Environment& env, Seen& seen, bool, auto, Duration ttl) {
        return env.monotonic() - seen.since >= ttl;
    });
    watch("a renewal does not begin its time anew", [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
        if (seen.nonce != nonce) return seen.nonce = nonce, false;
        return env.monotonic() - seen.since >= ttl;
    });
    watch("goes by the time of day", [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
        if (seen.nonce != nonce) seen = {nonce, env.monotonic(), env.wall()};
        return env.wall() - seen.day >= ttl;
    });
    watch("a pin is stale a little early", [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
        if (seen.nonce != nonce) seen = {nonce, env.monotonic(), env.wall()};
        return env.monotonic() - seen.since >= ttl - ttl / 10 && ttl > Duration(10);
    });
    watch("once stale, stale for ever", [](Environment& env, Seen& seen, bool, WriteId nonce, Duration ttl) {
        if (seen.since == Instant::min()) return true;
        if (seen.nonce != nonce) seen = {nonce, env.monotonic(), env.wall()};
        if (env.monotonic() - seen.since < ttl) return false;
        seen.since = Instant::min();
        return true;
    });
    pen.add(law, "goes by the nonce, whosever pin it is", [](BrokenHistory& broken) {
        auto all = std::make_shared<All>();
        broken.stale = [all](Environment& env, WriteId, WriteId nonce, Duration ttl) {
            auto const at = all->try_emplace({nonce.high, nonce.low}, Seen{nonce, env.monotonic(), env.wall()}).first;
            return env.monotonic() - at->second.since >= ttl;
        };
    });
    pen.add(law, "takes the time from when it was made", [](BrokenHistory& broken) {
        broken.stale = [](Environment& env, WriteId, WriteId, Duration ttl) { return env.monotonic().time_since_epoch() >= ttl; };
    });

    law = "retention_is_constant";
    auto const keeps = [&](std::string sin, std::function<Result<std::uint64_t>(unsigned, VersionList&)> ask) {
        pen.add(law, std::move(sin), [ask](BrokenHistory& broken) {
            auto asked = std::make_shared<unsigned>(0);
            broken.kept.ask = [=](VersionList& versions) { return ask((*asked)++, versions); };
        });
    };
    keeps("keeps less each time", [](unsigned asked, VersionList&) { return std::uint64_t{asked}; });
    keeps("cannot be asked twice", [](unsigned asked, VersionList&) -> Result<std::uint64_t> {
        if (asked % 4 == 1) return Error(Errc::lost);
        return std::uint64_t{0};
    });
    keeps("cannot be asked of many versions", [](unsigned, VersionList& versions) -> Result<std::uint64_t> {
        if (versions.size() > 100) return Error(Errc::too_large);
        return std::uint64_t{0};
    });
}

std::set<std::string>& laws() {
    static std::set<std::string> all;
    static bool const once = [] {
        History<> history;
        History<KeepLast<3>> some;
        auto const check = [&](auto& versioning, auto& storage) {
            auto const found = check_history(versioning, storage);
            CHECK(found.text() == "");
            all.insert(found.checked().begin(), found.checked().end());
        };
        MemoryStorage memory;
        check(history, memory);
        check(some, memory);
        for (auto const revisions : {LateRevisions::write_ids, LateRevisions::content, LateRevisions::counter}) {
            LateStorage far(std::make_shared<LateWorld>(revisions));
            check(history, far);
        }
        Scratch const scratch;
        using Files = FileStorage<KeyDirectories, Durability::none>;
        using Local = OneOf<Files, SqliteStorage>;
        Local files(Files::open(scratch / "files").value());
        check(history, files);
        Local database(SqliteStorage::open(scratch / "state.db", {.durability = SqliteOptions::Durability::none}).value());
        check(history, database);
        Apart<Local> apart(files);
        check(history, apart);
        return true;
    }();
    (void)once;
    return all;
}

}  // namespace

Animals histories() {
    HistoryPen pen;
    of_versions(pen);
    of_pins(pen);
    return pen.take();
}
Laws laws_of_histories() { return {laws().begin(), laws().end()}; }

TEST_CASE("zoo: histories that are right obey every law", "[zoo]") { CHECK(laws_of_histories().size() == 8); }
TEST_CASE("zoo: histories", "[zoo]") { condemned(histories()); }

}  // namespace zoo
