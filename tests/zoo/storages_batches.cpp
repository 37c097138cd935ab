// Storages whose batches are not what they should be.

#include <zoo/storages.hpp>

#include <catch2/catch_test_macros.hpp>

namespace zoo {

namespace {

using Kind = Precondition::Kind;
using Writes = std::span<Write const>;
using OnBatch = std::function<Result<WriteOutcome>(Ark&, Writes)>;

Breaking batching(OnBatch batch) {
    return [batch](Ark& ark) {
        ark.on_write_all = [batch](Ark& right, Context const&, Writes writes) { return batch(right, writes); };
    };
}
/// A batch without some of its elements, or with others.
Breaking rewriting(std::function<void(std::vector<Write>&)> change) {
    return batching([change](Ark& right, Writes writes) {
        std::vector<Write> all(writes.begin(), writes.end());
        change(all);
        return right.change(all, Ark::Call::batch);
    });
}
void pause() { Environment::system().sleep(std::chrono::milliseconds(1)); }
bool hold(Ark& right, Writes writes) {
    for (Write const& one : writes)
        if (!one.when.holds(right.right_read(one.id)->get())) return false;
    return true;
}
void make(Ark& right, Writes writes) {
    for (Write const& one : writes) {
        if (one.record) (void)right.right_write(one.id, one.record, Precondition::none());
        else (void)right.right_remove(one.id, Precondition::none());
    }
}

Animals batched_badly() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) {
        all.push_back(storage(law, sin, std::move(broken)));
    };

    char const* law = "batches_are_whole";
    add(law, "writes what it can before it finds a conflict", batching([](Ark& right, Writes writes) -> Result<WriteOutcome> {
            for (Write const& one : writes) {
                auto const done = one.record ? right.right_write(one.id, one.record, one.when) : right.right_remove(one.id, one.when);
                if (done->kind() != WriteOutcome::Kind::applied) return WriteOutcome::conflict();
            }
            return WriteOutcome::applied(Revision());
        }));
    add(law, "a null record removes nothing", rewriting([](std::vector<Write>& batch) {
            if (batch.size() == 3) std::erase_if(batch, [](Write const& one) { return !one.record && one.when.kind() != Kind::absent; });
        }));
    add(law, "the first 25 of a batch, as a service takes them", rewriting([](std::vector<Write>& batch) {
            if (batch.size() > 25) batch.erase(batch.begin() + 25, batch.end());
        }));
    add(law, "refuses more than 25 records", batching([](Ark& right, Writes writes) -> Result<WriteOutcome> {
            if (writes.size() > 25) return Error(Errc::too_large, "25 records");
            return right.change(writes, Ark::Call::batch);
        }));
    add(law, "a batch of nothing is an error", batching([](Ark& right, Writes writes) -> Result<WriteOutcome> {
            if (writes.empty()) return Error(Errc::invalid_argument, "nothing to write");
            return right.change(writes, Ark::Call::batch);
        }));
    add(law, "an element that only checks is a removal of nothing: a conflict", batching([](Ark& right, Writes writes) -> Result<WriteOutcome> {
            for (Write const& one : writes)
                if (!one.record && !*right.right_read(one.id)) return WriteOutcome::conflict();
            return right.change(writes, Ark::Call::batch);
        }));

    law = "batches_heed_conditions";
    add(law, "forgets the conditions of what is only checked", rewriting([](std::vector<Write>& batch) {
            std::erase_if(batch, [](Write const& one) { return !one.record && one.when.kind() == Kind::absent; });
        }));
    add(law, "heeds the condition of the first record alone", [](Ark& ark) {
        ark.on_write_all = [](Ark& right, Context const&, Writes writes) {
            std::vector<Write> batch(writes.begin(), writes.end());
            // Only where there are two: a longer one is seen by what three records are for.
            if (batch.size() == 2 && batch[1].record && batch[1].record->payload.view() == "2")
                batch[1].when = Precondition::none();
            return right.change(batch, Ark::Call::batch);
        };
    });
    add(law, "does not heed conditions of removals", rewriting([](std::vector<Write>& batch) {
            for (Write& one : batch)
                if (!one.record && one.when.kind() == Kind::matches) one.when = Precondition::none();
        }));
    for (Slot const slot : {Slot::version, Slot::lock, Slot::retention})
        all.push_back(storage(law, "ignores conditions of batches in slot " + std::string(name(slot)), [slot](Ark& ark) {
            ark.holds = [slot](RecordId const& id, Precondition const& when, Record const* now, Ark::Call call) {
                return (id.slot == slot && call == Ark::Call::batch) || when.holds(now);
            };
        }));

    law = "batches_take_effect_once";
    add(law, "makes a batch again that it knows", [](Ark& ark) {
        auto made = std::make_shared<std::pair<std::mutex, std::vector<RecordPtr>>>();
        ark.on_write_all = [made](Ark& right, Context const&, Writes writes) -> Result<WriteOutcome> {
            bool again = writes.size() == 2 && writes[0].record != nullptr;
            {
                std::lock_guard const lock(made->first);
                bool known = false;
                for (auto const& one : made->second) known = known || (again && one == writes[0].record);
                again = again && known;
            }
            if (again) {
                make(right, writes);
                return WriteOutcome::applied(Revision());
            }
            auto done = right.change(writes, Ark::Call::batch);
            std::lock_guard const lock(made->first);
            if (done->kind() == WriteOutcome::Kind::applied && !writes.empty()) made->second.push_back(writes[0].record);
            return done;
        };
    });
    add(law, "an earlier revision in the ring matches in a batch", [](Ark& ark) {
        ark.holds = [](RecordId const&, Precondition const& when, Record const* now, Ark::Call call) {
            if (when.holds(now)) return true;
            return call == Ark::Call::batch && now != nullptr && when.kind() == Kind::matches && now->stamp.ids.size() > 2 &&
                   when.revision() == Revision(now->stamp.ids[2]);
        };
    });
    add(law, "creates of a batch that arrives again replace what they created", [](Ark& ark) {
        ark.holds = [](RecordId const& id, Precondition const& when, Record const* now, Ark::Call call) {
            if (when.holds(now)) return true;
            return call == Ark::Call::batch && when.kind() == Kind::absent && now != nullptr && id.slot != Slot::retention &&
                   now->stamp.ids.size() > 1 && now->payload.view() == "2";
        };
    });

    law = "batches_are_seen_whole";
    auto const slowly = [](std::function<bool(Writes)> when) {
        return [when](Ark& ark) {
            auto one_at_a_time = std::make_shared<std::mutex>();
            ark.on_write_all = [when, one_at_a_time](Ark& right, Context const&, Writes writes) -> Result<WriteOutcome> {
                std::lock_guard const lock(*one_at_a_time);
                if (!when(writes)) return right.change(writes, Ark::Call::batch);
                if (!hold(right, writes)) return WriteOutcome::conflict();
                for (std::size_t i = 0; i < writes.size(); ++i) {
                    make(right, writes.subspan(i, 1));
                    if (i + 1 < writes.size()) Environment::system().sleep(std::chrono::microseconds(200));
                }
                return WriteOutcome::applied(Revision());
            };
        };
    };
    auto const four_plain = [](Writes writes) {
        return writes.size() == 4 && writes[0].record && writes[0].when.kind() == Kind::none;
    };
    add(law, "writes one record after the other", slowly(four_plain));
    add(law, "writes the states of a batch before its versions", batching([=](Ark& right, Writes writes) -> Result<WriteOutcome> {
            if (!four_plain(writes)) return right.change(writes, Ark::Call::batch);
            std::vector<Write> states, others;
            for (Write const& one : writes) (one.id.slot == Slot::current ? states : others).push_back(one);
            (void)right.change(states, Ark::Call::batch);
            pause();
            return right.change(others, Ark::Call::batch);
        }));
    add(law, "key after key", batching([=](Ark& right, Writes writes) -> Result<WriteOutcome> {
            if (!four_plain(writes)) return right.change(writes, Ark::Call::batch);
            (void)right.change(writes.subspan(0, 2), Ark::Call::batch);
            pause();
            return right.change(writes.subspan(2), Ark::Call::batch);
        }));

    law = "batches_compete";
    auto const racing = [](std::function<bool(Writes)> when) {
        return batching([when](Ark& right, Writes writes) -> Result<WriteOutcome> {
            if (!when(writes)) return right.change(writes, Ark::Call::batch);
            if (!hold(right, writes)) return WriteOutcome::conflict();
            pause();
            std::vector<Write> blind(writes.begin(), writes.end());
            for (Write& one : blind) one.when = Precondition::none();
            return right.change(blind, Ark::Call::batch);
        });
    };
    add(law, "looks at all conditions before it locks", racing([](Writes writes) {
            bool checks = false;
            for (Write const& one : writes) checks = checks || !one.record;
            return !checks;
        }));
    add(law, "looks at the conditions of states before it locks", racing([](Writes writes) {
            for (Write const& one : writes)
                if (!one.record || one.id.slot != Slot::current) return false;
            return true;
        }));
    add(law, "a batch that lost has written what nobody else wrote", batching([](Ark& right, Writes writes) {
            auto done = right.change(writes, Ark::Call::batch);
            if (done->kind() == WriteOutcome::Kind::conflict)
                for (Write const& one : writes)
                    if (one.record && one.record->payload.view() == "own") (void)right.right_write(one.id, one.record, Precondition::none());
            return done;
        }));

    law = "crossed_absences_exclude_each_other";
    add(law, "looks at what is only checked before it locks", batching([](Ark& right, Writes writes) -> Result<WriteOutcome> {
            std::vector<Write> checks, rest;
            for (Write const& one : writes) (one.record || one.when.kind() != Kind::absent ? rest : checks).push_back(one);
            if (rest.empty() || checks.empty()) return right.change(writes, Ark::Call::batch);
            if (!hold(right, checks)) return WriteOutcome::conflict();
            pause();
            return right.change(rest, Ark::Call::batch);
        }));
    add(law, "locks what it writes, and not what it checks", batching([](Ark& right, Writes writes) -> Result<WriteOutcome> {
            std::vector<Write> rest;
            bool absent = true;
            for (Write const& one : writes) {
                bool const check = !one.record && one.when.kind() == Kind::absent;
                if (check) absent = absent && !*right.right_read(one.id);
                else rest.push_back(one);
            }
            if (!absent) return WriteOutcome::conflict();
            if (rest.size() == 1 && writes.size() == 2) pause();
            return right.change(rest, Ark::Call::batch);
        }));
    add(law, "looks at checks of other slots than the state's before it locks", batching([](Ark& right, Writes writes) -> Result<WriteOutcome> {
            std::vector<Write> rest;
            for (Write const& one : writes) {
                bool const check = !one.record && one.when.kind() == Kind::absent && one.id.slot == Slot::lock;
                if (!check) rest.push_back(one);
                else if (*right.right_read(one.id)) return WriteOutcome::conflict();
            }
            if (rest.size() != writes.size()) pause();
            return right.change(rest, Ark::Call::batch);
        }));

    return all;
}

}  // namespace

Animals storages_of_batches() { return batched_badly(); }

TEST_CASE("zoo: storages whose batches are not what they should be", "[zoo]") { condemned(storages_of_batches()); }

}  // namespace zoo
