// Storages that decide wrongly, or change what they should not.

#include <zoo/storages.hpp>

#include <catch2/catch_test_macros.hpp>

#include <thread>

namespace zoo {

namespace {

using Id = RecordId const&;
using Kind = Precondition::Kind;
using Held = std::function<bool(Precondition const&, Record const*)>;

/// Preconditions of some calls hold by another rule.
Breaking holding(Held held, std::vector<Ark::Call> calls = {Ark::Call::write}) {
    return [held, calls](Ark& ark) {
        ark.holds = [held, calls](Id, Precondition const& when, Record const* now, Ark::Call call) {
            for (auto const one : calls)
                if (one == call) return held(when, now);
            return when.holds(now);
        };
    };
}
std::string_view token(Precondition const& when) { return when.revision().view(); }
std::string_view token(Record const* now) { return now->revision.view(); }
void pause() { Environment::system().sleep(std::chrono::milliseconds(2)); }

/// A call that looks, and then does what it found to be right: what was true then.
template <class Done>
Result<WriteOutcome> checked_before(Ark& right, Id id, Precondition const& when, Done&& done) {
    auto const now = *right.right_read(id);
    if (!when.holds(now.get())) return WriteOutcome::conflict();
    if (when.kind() != Kind::none) pause();
    return done();
}

Animals decided_badly() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) {
        all.push_back(storage(law, sin, std::move(broken)));
    };

    char const* law = "writes_heed_conditions";
    add(law, "ignores preconditions", holding([](Precondition const&, Record const*) { return true; }, {Ark::Call::write, Ark::Call::batch}));
    add(law, "ignores 'absent'", holding([](Precondition const& when, Record const* now) {
            return when.kind() == Kind::absent || when.holds(now);
        }));
    add(law, "takes a write on its own revision for one that is repeated", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            bool const own = when.kind() == Kind::matches && when.revision() == record->revision;
            return right.right_write(id, record, own ? Precondition::none() : when);
        };
    });
    add(law, "compares revisions by prefix", holding([](Precondition const& when, Record const* now) {
            if (when.kind() != Kind::matches) return when.holds(now);
            return now != nullptr && !token(when).empty() && token(now).starts_with(token(when));
        }));
    add(law, "compares the first eight bytes of revisions", holding([](Precondition const& when, Record const* now) {
            if (when.kind() != Kind::matches) return when.holds(now);
            return now != nullptr && token(now).substr(0, 8) == token(when).substr(0, 8);
        }));
    add(law, "compares as many bytes as its own revision has", holding([](Precondition const& when, Record const* now) {
            if (when.kind() != Kind::matches) return when.holds(now);
            return now != nullptr && token(when).substr(0, token(now).size()) == token(now);
        }));
    add(law, "compares revisions as C strings", holding([](Precondition const& when, Record const* now) {
            if (when.kind() != Kind::matches) return when.holds(now);
            if (now == nullptr) return false;
            auto const text = [](std::string_view t) {
                std::string folded(t);
                for (char& c : folded) c = static_cast<char>(c & ~1);  // and without regard to case
                return folded;
            };
            return text(token(now)) == text(token(when));
        }));
    add(law, "an empty revision matches everything", holding([](Precondition const& when, Record const* now) {
            if (when.kind() == Kind::matches && when.revision().empty()) return now != nullptr;
            return when.holds(now);
        }));
    add(law, "'matches' creates", holding([](Precondition const& when, Record const* now) {
            return now == nullptr ? true : when.holds(now);
        }));
    add(law, "'matches' of no revision creates", holding([](Precondition const& when, Record const* now) {
            return now == nullptr && when.kind() == Kind::matches && when.revision().empty() ? true : when.holds(now);
        }));
    add(law, "writes although it says conflict", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            bool const held = when.holds(right.right_read(id)->get());
            auto done = right.right_write(id, record, Precondition::none());
            return held ? done : Result<WriteOutcome>(WriteOutcome::conflict());
        };
    });
    for (Slot const slot : {Slot::version, Slot::lock, Slot::retention})
        all.push_back(storage(law, "ignores preconditions in slot " + std::string(name(slot)), [slot](Ark& ark) {
            ark.holds = [slot](Id id, Precondition const& when, Record const* now, Ark::Call call) {
                return (id.slot == slot && call == Ark::Call::write) || when.holds(now);
            };
        }));

    law = "removals_heed_conditions";
    auto const removal = [](Held held) { return holding(std::move(held), {Ark::Call::remove}); };
    add(law, "applies a conditional removal blindly", removal([](Precondition const&, Record const*) { return true; }));
    add(law, "ignores 'matches' of a removal", removal([](Precondition const& when, Record const* now) {
            return when.kind() == Kind::matches ? now != nullptr : when.holds(now);
        }));
    add(law, "ignores 'absent' of a removal", removal([](Precondition const& when, Record const* now) {
            return when.kind() == Kind::absent || when.holds(now);
        }));
    add(law, "removing what is absent succeeds under 'matches', too", removal([](Precondition const& when, Record const* now) {
            return now == nullptr || when.holds(now);
        }));
    add(law, "removing what is absent is a conflict under 'absent', too", removal([](Precondition const& when, Record const* now) {
            return when.kind() == Kind::absent ? false : when.holds(now);
        }));
    add(law, "compares the revisions of removals by prefix", removal([](Precondition const& when, Record const* now) {
            if (when.kind() != Kind::matches) return when.holds(now);
            return now != nullptr && !token(when).empty() && token(now).starts_with(token(when));
        }));
    add(law, "removes although it says conflict", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) {
            bool const held = when.holds(right.right_read(id)->get());
            auto done = right.right_remove(id, Precondition::none());
            return held ? done : Result<WriteOutcome>(WriteOutcome::conflict());
        };
    });

    law = "tombstones_are_records";
    add(law, "counts a tombstone as absent", holding([](Precondition const& when, Record const* now) {
            if (when.kind() == Kind::absent) return now == nullptr || (now->stamp.tombstone && now->lease == nullptr && now->attributes.empty());
            return when.holds(now);
        }));
    add(law, "counts a tombstone as absent when it removes", removal([](Precondition const& when, Record const* now) {
            if (when.kind() == Kind::absent) return now == nullptr || now->stamp.tombstone;
            return when.holds(now);
        }));
    add(law, "'matches' does not replace a tombstone", holding([](Precondition const& when, Record const* now) {
            bool const bare = now != nullptr && now->stamp.tombstone && now->lease == nullptr && now->attributes.empty();
            return bare && when.kind() == Kind::matches ? false : when.holds(now);
        }));
    add(law, "a tombstone cannot be removed on a condition", removal([](Precondition const& when, Record const* now) {
            return now != nullptr && now->stamp.tombstone && when.kind() == Kind::matches ? false : when.holds(now);
        }));
    add(law, "any revision matches a tombstone", holding([](Precondition const& when, Record const* now) {
            return now != nullptr && now->stamp.tombstone && when.kind() == Kind::matches ? true : when.holds(now);
        }));

    law = "revisions_name_one_write";
    auto const numbered = [](std::function<Revision(Record const&, Record const*)> number) {
        return [number](Ark& ark) {
            ark.store = [number](Id, Record& record, Record const* old, Ark::Call) { record.revision = number(record, old); };
        };
    };
    add(law, "counts the writes of a record, from one on after its removal", numbered([](Record const&, Record const* old) {
            std::uint64_t const before = old == nullptr ? 0 : old->revision.write_id().low;
            return Revision(WriteId{7, before + 1});
        }));
    add(law, "names writes by a hash of the payload", numbered([](Record const& record, Record const*) {
            return Revision(WriteId{9, std::hash<std::string_view>()(record.payload.view())});
        }));
    add(law, "counts writes in a byte", numbered([](Record const&, Record const* old) {
            std::uint64_t const before = old == nullptr ? 0 : old->revision.write_id().low;
            return Revision(WriteId{7, (before + 1) % 8});
        }));
    add(law, "names writes by their content and its number", numbered([](Record const& record, Record const*) {
            return Revision(WriteId{record.stamp.sequence, std::hash<std::string_view>()(record.payload.view())});
        }));

    law = "repeats_take_effect_once";
    auto const remembering = [](Ark& ark, auto&& decide) {
        using Given = std::pair<RecordPtr, Precondition>;
        auto given = std::make_shared<std::map<std::string, std::vector<Given>>>();
        auto mutex = std::make_shared<std::mutex>();
        ark.on_write = [given, mutex, decide](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            std::lock_guard const lock(*mutex);
            auto& list = (*given)[to_string(id)];
            bool again = false;
            for (Given const& one : list) again = again || one.first == record;
            auto done = right.right_write(id, record, again && decide(when) ? Precondition::none() : when);
            if (holdfast::testing::law::is_applied(done)) list.emplace_back(record, when);
            return done;
        };
    };
    add(law, "takes a request that it knows for one that was lost, and makes it again", [=](Ark& ark) {
        remembering(ark, [](Precondition const& when) { return when.kind() == Kind::matches; });
    });
    add(law, "makes a create again that it knows", [=](Ark& ark) {
        remembering(ark, [](Precondition const& when) { return when.kind() == Kind::absent; });
    });
    add(law, "an earlier revision in the record's ring matches, too", holding([](Precondition const& when, Record const* now) {
            if (when.kind() != Kind::matches || now == nullptr || when.holds(now)) return when.holds(now);
            // The one before the last: "it was made by whoever asks".
            return now->stamp.ids.size() > 2 && when.revision() == Revision(now->stamp.ids[2]);
        }));
    add(law, "a removal by an earlier revision removes", removal([](Precondition const& when, Record const* now) {
            if (when.kind() != Kind::matches || now == nullptr || when.holds(now)) return when.holds(now);
            return now->stamp.ids.size() > 2 && when.revision() == Revision(now->stamp.ids[2]);
        }));

    law = "one_write_wins";
    add(law, "looks at the condition before it locks", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            return checked_before(right, id, when, [&] { return right.right_write(id, record, Precondition::none()); });
        };
    });
    add(law, "looks at 'absent' before it locks", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            if (when.kind() != Kind::absent) return right.right_write(id, record, when);
            return checked_before(right, id, when, [&] { return right.right_write(id, record, Precondition::none()); });
        };
    });
    add(law, "a lost race is an answer of success", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            auto const before = *right.right_read(id);
            if (when.kind() != Kind::none) pause();
            auto done = right.right_write(id, record, when);
            if (done->kind() == WriteOutcome::Kind::conflict && when.holds(before.get()))
                return WriteOutcome::applied(Revision(record->stamp.ids.newest()));
            return done;
        };
    });
    add(law, "only the lock of one slot is held while it looks", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            if (id.slot != Slot::lock) return right.right_write(id, record, when);
            return checked_before(right, id, when, [&] { return right.right_write(id, record, Precondition::none()); });
        };
    });

    law = "removals_compete";
    add(law, "a removal looks before it locks", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) {
            return checked_before(right, id, when, [&] { return right.right_remove(id, Precondition::none()); });
        };
    });
    add(law, "a removal that demands absence removes what came since", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) {
            if (when.kind() != Kind::absent) return right.right_remove(id, when);
            return checked_before(right, id, when, [&] { return right.right_remove(id, Precondition::none()); });
        };
    });
    add(law, "two removals of one revision both succeed", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) -> Result<WriteOutcome> {
            auto const before = *right.right_read(id);
            if (when.kind() != Kind::none) pause();
            auto done = right.right_remove(id, when);
            if (when.kind() == Kind::matches && when.holds(before.get()) && !*right.right_read(id))
                return WriteOutcome::applied(Revision());
            return done;
        };
    });

    law = "neighbours_are_left_alone";
    add(law, "keeps the slots of a key in one document and writes it back as it read it", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            RecordId const beside(id.key, id.slot == Slot::lock ? Slot::retention : Slot::lock);
            if (id.slot == Slot::current) return right.right_write(id, record, when);
            auto const other = *right.right_read(beside);
            pause();
            if (other) (void)right.right_write(beside, other, Precondition::none());
            else (void)right.right_remove(beside, Precondition::none());
            return right.right_write(id, record, when);
        };
    });
    add(law, "a removal writes the rest of the document back as it read it", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) {
            RecordId const beside(id.key, Slot::current);
            if (id.slot == Slot::current) return right.right_remove(id, when);
            auto const other = *right.right_read(beside);
            pause();
            if (other) (void)right.right_write(beside, other, Precondition::none());
            return right.right_remove(id, when);
        };
    });
    add(law, "one temporary file for all", [](Ark& ark) {
        auto temporary = std::make_shared<std::pair<std::mutex, RecordPtr>>();
        ark.on_write = [temporary](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            {
                std::lock_guard const lock(temporary->first);
                temporary->second = record;
            }
            std::this_thread::yield();
            RecordPtr mine;
            {
                std::lock_guard const lock(temporary->first);
                mine = temporary->second;
            }
            return right.right_write(id, when.kind() == Kind::none && record->payload.size() < 3 ? mine : record, when);
        };
    });

    law = "errors_change_nothing";
    add(law, "says timed out after it has written", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const& ctx, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            auto done = right.right_write(id, record, when);
            if (ctx.immediate()) return Error(Errc::timed_out);
            return done;
        };
    });
    add(law, "says cancelled after it has removed", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const& ctx, Id id, Precondition const& when) -> Result<WriteOutcome> {
            auto done = right.right_remove(id, when);
            if (ctx.stopped()) return Error(Errc::cancelled);
            return done;
        };
    });
    add(law, "a write in a hurry is taken for made", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const& ctx, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            if (ctx.stopped()) return WriteOutcome::applied(Revision(record->stamp.ids.newest()));
            return right.right_write(id, record, when);
        };
    });
    add(law, "a removal in a hurry is taken for made", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const& ctx, Id id, Precondition const& when) -> Result<WriteOutcome> {
            if (ctx.immediate()) return WriteOutcome::applied(Revision());
            return right.right_remove(id, when);
        };
    });

    law = "records_never_change";
    // A record that others are reading is not changed under them: that would be no finding but undefined.
    auto const changing = [](std::function<void(Record&, Record const&)> change) {
        return [change](Ark& ark) {
            auto last = std::make_shared<std::map<std::string, std::shared_ptr<Record>>>();
            auto const maker = std::this_thread::get_id();
            ark.on_read = [last, maker](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
                auto const now = *right.right_read(id);
                if (!now || std::this_thread::get_id() != maker) return now;
                return RecordPtr((*last)[to_string(id)] = std::make_shared<Record>(*now));
            };
            ark.on_write = [last, maker, change](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
                if (std::this_thread::get_id() == maker)
                    if (auto const at = last->find(to_string(id)); at != last->end() && when.kind() == Kind::none) change(*at->second, *record);
                return right.right_write(id, record, when);
            };
        };
    };
    add(law, "reads into one buffer", changing([](Record& read, Record const& next) { read.payload = next.payload; }));
    add(law, "stamps of records that were read go on", changing([](Record& read, Record const& next) { read.stamp.sequence = next.stamp.sequence; }));
    add(law, "attributes of records that were read are those of now", changing([](Record& read, Record const&) { read.attributes = {{"a", "b"}}; }));

    law = "readers_see_whole_records";
    add(law, "writes the payload before the rest", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            if (record->payload.size() < 500 || !record->lease) return right.right_write(id, record, when);
            auto const old = *right.right_read(id);
            Record half = *record;
            if (old) half.attributes = old->attributes;
            auto done = right.right_write(id, std::make_shared<Record const>(std::move(half)), when);
            if (done->kind() != WriteOutcome::Kind::applied) return done;
            pause();
            return right.right_write(id, record, Precondition::none());
        };
    });
    add(law, "writes in place, in two parts", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            auto const old = *right.right_read(id);
            if (!old || old->payload.size() < 500 || record->payload.size() < 500 || when.kind() != Kind::none || record->payload.size() > 5000)
                return right.right_write(id, record, when);
            Record half = *record;
            half.payload = Bytes::copy(std::string(record->payload.view().substr(0, 300)) + std::string(old->payload.view().substr(300)));
            (void)right.right_write(id, std::make_shared<Record const>(std::move(half)), when);
            pause();
            return right.right_write(id, record, Precondition::none());
        };
    });
    add(law, "removes before it writes", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            if (when.kind() != Kind::none || !record->lease) return right.right_write(id, record, when);
            (void)right.right_remove(id, Precondition::none());
            pause();
            return right.right_write(id, record, when);
        };
    });
    add(law, "a reader may see what was there before what it has seen", [](Ark& ark) {
        auto before = std::make_shared<std::pair<std::mutex, std::map<std::string, RecordPtr>>>();
        auto const maker = std::this_thread::get_id();
        ark.on_write = [before](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            auto const old = *right.right_read(id);
            auto done = right.right_write(id, record, when);
            std::lock_guard const lock(before->first);
            before->second[to_string(id)] = old;
            return done;
        };
        auto reads = std::make_shared<std::atomic<unsigned>>(0);
        ark.on_read = [before, reads, maker](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
            auto const now = *right.right_read(id);
            if (!now || !now->lease || now->lease->id.high != 1 || std::this_thread::get_id() == maker || ++*reads % 5 != 0) return now;
            std::lock_guard const lock(before->first);
            auto const old = before->second[to_string(id)];
            return old ? old : now;
        };
    });

    law = "only_what_may_be_stale_is";
    add(law, "answers what may be stale from memory and does not say so", [](Ark& ark) {
        auto known = std::make_shared<std::pair<std::mutex, std::map<std::string, RecordPtr>>>();
        ark.on_read = [known](Ark& right, Context const& ctx, Id id) -> Result<RecordPtr> {
            auto const now = *right.right_read(id);
            std::lock_guard const lock(known->first);
            auto& kept = known->second[to_string(id)];
            if (ctx.may_be_stale && kept) return kept;
            kept = now;
            return now;
        };
    });
    add(law, "after a read that may be stale all are", [](Ark& ark) {
        auto known = std::make_shared<std::pair<std::mutex, std::map<std::string, RecordPtr>>>();
        ark.on_read = [known](Ark& right, Context const& ctx, Id id) -> Result<RecordPtr> {
            auto const now = *right.right_read(id);
            std::lock_guard const lock(known->first);
            auto const at = known->second.find(to_string(id));
            if (at != known->second.end()) return at->second;
            if (ctx.may_be_stale) known->second[to_string(id)] = now;
            return now;
        };
    });
    add(law, "gives the record of another key where it may be stale", [](Ark& ark) {
        ark.on_read = [](Ark& right, Context const& ctx, Id id) -> Result<RecordPtr> {
            auto const now = *right.right_read(id);
            if (!now || !ctx.may_be_stale) return now;
            Record other = *now;
            other.payload = Bytes::copy("other");
            return RecordPtr(std::make_shared<Record const>(std::move(other)));
        };
    });

    law = "calls_are_those_of_a_map";
    add(law, "the lease of a bare record stays where the next one is bare, too", [](Ark& ark) {
        ark.store = [](Id, Record& record, Record const* old, Ark::Call) {
            if (old != nullptr && old->lease && !record.lease && old->attributes.empty() && record.attributes.empty()) record.lease = old->lease;
        };
    });
    add(law, "a tombstone does not replace another on a condition", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            auto const now = *right.right_read(id);
            if (now && now->stamp.tombstone && record->stamp.tombstone && when.kind() == Kind::matches) return WriteOutcome::conflict();
            return right.right_write(id, record, when);
        };
    });
    add(law, "a batch with two removals forgets the second", [](Ark& ark) {
        ark.on_write_all = [](Ark& right, Context const&, std::span<Write const> writes) {
            std::vector<Write> batch;
            unsigned removals = 0;
            for (Write const& one : writes) {
                bool const removal_of_something = !one.record && one.when.kind() == Kind::matches;
                if (removal_of_something && ++removals == 2) continue;
                batch.push_back(one);
            }
            return right.change(batch, Ark::Call::batch);
        };
    });

    return all;
}

}  // namespace

Animals storages_of_conditions() { return decided_badly(); }

TEST_CASE("zoo: storages that decide wrongly or change what they should not", "[zoo]") {
    condemned(storages_of_conditions());
}

}  // namespace zoo
