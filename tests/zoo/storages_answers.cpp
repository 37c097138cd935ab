// Storages that answer something else than what they did: to callers in a hurry, or without a time limit, to what is
// given again, and where a condition does not hold.

#include <zoo/storages.hpp>

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <set>

namespace zoo {

namespace {

using Id = RecordId const&;
using Kind = Precondition::Kind;
using Writes = std::span<Write const>;
using holdfast::testing::law::is_applied;
using holdfast::testing::law::is_conflict;
using Outcome = Result<WriteOutcome>;

bool in_a_hurry(Context const& ctx) { return ctx.immediate() || ctx.stopped(); }

Breaking reading(std::function<Result<RecordPtr>(Context const&, RecordPtr const& now)> answer) {
    return [answer](Ark& ark) {
        ark.on_read = [answer](Ark& right, Context const& ctx, Id id) { return answer(ctx, *right.right_read(id)); };
    };
}
/// What is made, and what is said of it; `make` makes it.
using Make = std::function<Outcome()>;
using Say = std::function<Outcome(Context const&, Precondition const&, Make const& make)>;
Breaking writing(Say say) {
    return [say](Ark& ark) {
        ark.on_write = [say](Ark& right, Context const& ctx, Id id, RecordPtr const& record, Precondition const& when) {
            return say(ctx, when, [&] { return right.right_write(id, record, when); });
        };
    };
}
Breaking removing(Say say) {
    return [say](Ark& ark) {
        ark.on_remove = [say](Ark& right, Context const& ctx, Id id, Precondition const& when) {
            return say(ctx, when, [&] { return right.right_remove(id, when); });
        };
    };
}
Breaking batching(std::function<Outcome(Ark&, Context const&, Writes)> batch) {
    return [batch](Ark& ark) { ark.on_write_all = batch; };
}
/// Writes that were applied, by their ids.
struct Known {
    std::mutex mutex;
    std::set<std::string> ids;

    static std::string name(Record const& record) {
        auto const text = record.stamp.ids.newest().text();
        return std::string(text.data(), text.size());
    }
    bool has(std::string const& id) {
        std::lock_guard const lock(mutex);
        return ids.contains(id);
    }
    void add(std::string const& id) {
        std::lock_guard const lock(mutex);
        ids.insert(id);
    }
};

Animals hurried() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) {
        all.push_back(storage(law, sin, std::move(broken)));
    };

    char const* law = "reads_see_writes";
    add(law, "a read that times out finds nothing", reading([](Context const& ctx, RecordPtr const& now) {
            return in_a_hurry(ctx) ? RecordPtr() : now;
        }));
    add(law, "no time limit is none in an int: a read times out", reading([](Context const& ctx, RecordPtr const& now) -> Result<RecordPtr> {
            if (!ctx.limited()) return Error(Errc::timed_out);
            return now;
        }));
    add(law, "no time limit is none in an int: a write times out", writing([](Context const& ctx, Precondition const&, Make const& make) -> Outcome {
            if (!ctx.limited()) return Error(Errc::timed_out);
            return make();
        }));

    law = "errors_change_nothing";
    add(law, "a write that times out is a conflict", writing([](Context const& ctx, Precondition const&, Make const& make) -> Outcome {
            return in_a_hurry(ctx) ? Outcome(WriteOutcome::conflict()) : make();
        }));
    add(law, "a write that is made too late is a conflict", writing([](Context const& ctx, Precondition const&, Make const& make) -> Outcome {
            auto done = make();
            return in_a_hurry(ctx) ? Outcome(WriteOutcome::conflict()) : done;
        }));
    add(law, "a removal that times out is a conflict", removing([](Context const& ctx, Precondition const&, Make const& make) -> Outcome {
            return in_a_hurry(ctx) ? Outcome(WriteOutcome::conflict()) : make();
        }));
    add(law, "says timed out after a write on a condition", writing([](Context const& ctx, Precondition const& when, Make const& make) -> Outcome {
            auto done = make();
            return in_a_hurry(ctx) && when.kind() != Kind::none ? Outcome(Error(Errc::timed_out)) : done;
        }));

    law = "batches_are_whole";
    add(law, "says timed out after a batch", batching([](Ark& right, Context const& ctx, Writes writes) -> Outcome {
            auto done = right.change(writes, Ark::Call::batch);
            return in_a_hurry(ctx) ? Outcome(Error(Errc::timed_out)) : done;
        }));
    add(law, "stops in the middle of a batch", batching([](Ark& right, Context const& ctx, Writes writes) -> Outcome {
            if (!in_a_hurry(ctx)) return right.change(writes, Ark::Call::batch);
            (void)right.change(writes.first(1), Ark::Call::batch);
            return Error(Errc::timed_out);
        }));
    add(law, "a batch in a hurry is taken for made", batching([](Ark& right, Context const& ctx, Writes writes) -> Outcome {
            return in_a_hurry(ctx) ? Outcome(WriteOutcome::applied(Revision())) : right.change(writes, Ark::Call::batch);
        }));

    law = "every_key_is_listed_once";
    add(law, "a limit of one more than can be is none", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) {
            return request.limit + 1 == 0 ? Result<ListPage>(ListPage()) : right.right_list(request);
        };
    });
    add(law, "a limit with a sign", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) -> Result<ListPage> {
            if (static_cast<std::int32_t>(request.limit) < 0) return Error(Errc::invalid_argument, "a limit is positive");
            return right.right_list(request);
        };
    });
    add("rereads_are_reads", "a reread that times out says that nothing changed", [](Ark& ark) {
        ark.on_reread = [](Ark& right, Context const& ctx, Id id, RecordPtr const& known) -> Result<RecordPtr> {
            auto const now = *right.right_read(id);
            return in_a_hurry(ctx) || (now && known && now->revision == known->revision) ? known : now;
        };
    });
    return all;
}

Animals answered_badly() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) {
        all.push_back(storage(law, sin, std::move(broken)));
    };
    auto const of_conflicts = [](Outcome instead) {
        return [instead](Context const&, Precondition const&, Make const& make) -> Outcome {
            auto done = make();
            return is_conflict(done) ? instead : done;
        };
    };

    char const* law = "writes_heed_conditions";
    add(law, "a conflict is an error, as of HTTP", writing(of_conflicts(Error(Errc::conflict, "412"))));
    add(law, "a conflict is unknown", writing(of_conflicts(WriteOutcome::unknown(Error(Errc::unavailable)))));
    add(law, "a row of any slot of the key keeps 'absent' from holding", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Outcome {
            if (when.kind() == Kind::absent && id.slot == Slot::current)
                for (auto const& row : right.rows())
                    if (row->key.view() == id.key.view()) return WriteOutcome::conflict();
            return right.right_write(id, record, when);
        };
    });
    add(law, "a row of any slot of the key makes 'matches' hold", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Outcome {
            bool found = false;
            for (auto const& row : right.rows())
                found = found || (when.kind() == Kind::matches && row->key.view() == id.key.view() && row->record->revision == when.revision());
            return right.right_write(id, record, found ? Precondition::none() : when);
        };
    });
    add("removals_heed_conditions", "a conflict of a removal is an error", removing(of_conflicts(Error(Errc::not_found, "404"))));

    law = "batches_heed_conditions";
    add(law, "a conflict of a batch is an error", batching([](Ark& right, Context const&, Writes writes) -> Outcome {
            auto done = right.change(writes, Ark::Call::batch);
            return is_conflict(done) ? Outcome(Error(Errc::aborted, "the transaction was cancelled")) : done;
        }));
    auto const holding = [](std::function<bool(Precondition const&, Record const*)> held) {
        return [held](Ark& ark) {
            ark.holds = [held](Id, Precondition const& when, Record const* now, Ark::Call call) {
                return call == Ark::Call::batch ? held(when, now) : when.holds(now);
            };
        };
    };
    add(law, "compares revisions of a batch by prefix", holding([](Precondition const& when, Record const* now) {
            if (when.kind() != Kind::matches) return when.holds(now);
            return now != nullptr && !when.revision().empty() && now->revision.view().starts_with(when.revision().view());
        }));
    add(law, "an empty revision in a batch matches everything", holding([](Precondition const& when, Record const* now) {
            return when.holds(now) || (when.kind() == Kind::matches && when.revision().empty() && now != nullptr);
        }));
    add(law, "'matches' of no revision creates, in a batch", holding([](Precondition const& when, Record const* now) {
            return when.holds(now) || (when.kind() == Kind::matches && when.revision().empty() && now == nullptr);
        }));
    add(law, "counts a tombstone as absent, in a batch", holding([](Precondition const& when, Record const* now) {
            return when.holds(now) || (when.kind() == Kind::absent && now->stamp.tombstone);
        }));
    add(law, "batches count their revisions apart", [](Ark& ark) {
        auto counts = std::make_shared<std::map<std::string, std::array<std::uint64_t, 2>>>();
        ark.store = [counts](Id id, Record& record, Record const*, Ark::Call call) {
            record.revision = Revision(WriteId{3, ++(*counts)[to_string(id)][call == Ark::Call::batch ? 1 : 0]});
        };
    });

    law = "batches_are_whole";
    add(law, "removing what is absent is a conflict, in a batch", batching([](Ark& right, Context const&, Writes writes) -> Outcome {
            for (Write const& one : writes)
                if (!one.record && one.when.kind() == Kind::none && !*right.right_read(one.id)) return WriteOutcome::conflict();
            return right.change(writes, Ark::Call::batch);
        }));
    auto const once_per = [](std::function<bool(Id)> counts) {
        return batching([counts](Ark& right, Context const&, Writes writes) {
            std::vector<Write> batch;
            std::set<std::string_view> keys;
            for (Write const& one : writes)
                if (!counts(one.id) || keys.insert(one.id.key.view()).second) batch.push_back(one);
            return right.change(batch, Ark::Call::batch);
        });
    };
    add(law, "sorts a batch by keys, and keeps one element of each", once_per([](Id) { return true; }));
    add(law, "keeps one version of each key in a batch", once_per([](Id id) { return id.slot == Slot::version; }));
    add(law, "a buffer of 4 KiB for each record of a batch", [](Ark& ark) {
        ark.store = [](Id, Record& record, Record const*, Ark::Call call) {
            if (call == Ark::Call::batch && record.payload.size() > 4096) record.payload = Bytes::copy(record.payload.view().substr(0, 4096));
        };
    });

    law = "repeats_take_effect_once";
    add(law, "a write id that is known is an error", [](Ark& ark) {
        auto known = std::make_shared<Known>();
        ark.on_write = [known](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Outcome {
            std::string const name = to_string(id) + Known::name(*record);
            if (when.kind() != Kind::none && known->has(name)) return Error(Errc::invalid_argument, "the write id is not unique");
            auto done = right.right_write(id, record, when);
            if (is_applied(done)) known->add(name);
            return done;
        };
    });
    add(law, "what is given again is applied under the revision of now", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Outcome {
            auto done = right.right_write(id, record, when);
            auto const now = *right.right_read(id);
            bool const mine = is_conflict(done) && now && now->stamp.ids.newest() == record->stamp.ids.newest();
            return mine ? Outcome(WriteOutcome::applied(Revision(Environment::system().new_write_id()))) : done;
        };
    });
    add("batches_take_effect_once", "a token of a batch that is known is an error", [](Ark& ark) {
        auto known = std::make_shared<Known>();
        ark.on_write_all = [known](Ark& right, Context const&, Writes writes) -> Outcome {
            bool const named = !writes.empty() && writes[0].record && writes[0].when.kind() != Kind::none;
            std::string const name = named ? Known::name(*writes[0].record) : std::string();
            if (named && known->has(name)) return Error(Errc::invalid_argument, "the token was used");
            auto done = right.change(writes, Ark::Call::batch);
            if (named && is_applied(done)) known->add(name);
            return done;
        };
    });
    return all;
}

}  // namespace

Animals storages_of_answers() {
    Animals all = hurried();
    for (auto const& one : answered_badly()) all.push_back(one);
    return all;
}

TEST_CASE("zoo: storages that answer something else than what they did", "[zoo]") { condemned(storages_of_answers()); }

}  // namespace zoo
