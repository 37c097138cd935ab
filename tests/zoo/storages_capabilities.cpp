// Storages whose further capabilities are not what they should be.

#include <zoo/storages.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <optional>
#include <thread>

namespace zoo {

namespace {

using Id = RecordId const&;

void pause(int milliseconds) { Environment::system().sleep(std::chrono::milliseconds(milliseconds)); }
bool same_revision(RecordPtr const& a, RecordPtr const& b) { return a && b && a->revision == b->revision; }

Animals rereading_badly() {
    Animals all;
    using Known = std::function<RecordPtr(RecordPtr const& known, RecordPtr const& now)>;
    auto const add = [&](char const* law, char const* sin, Known answer) {
        all.push_back(storage(law, sin, [answer](Ark& ark) {
            ark.on_reread = [answer](Ark& right, Context const&, Id id, RecordPtr const& known) -> Result<RecordPtr> {
                return answer(known, *right.right_read(id));
            };
        }));
    };
    char const* law = "rereads_are_reads";
    add(law, "a record whose sequence is the same is the same", [](RecordPtr const& known, RecordPtr const& now) {
        return known && now && known->stamp.sequence == now->stamp.sequence ? known : now;
    });
    add(law, "a record whose payload is the same is the same", [](RecordPtr const& known, RecordPtr const& now) {
        return known && now && known->payload == now->payload ? known : now;
    });
    add(law, "gives what is known when there is nothing", [](RecordPtr const& known, RecordPtr const& now) {
        return now && !same_revision(known, now) ? now : known;
    });
    add(law, "forgets the lease of what changed", [](RecordPtr const& known, RecordPtr const& now) {
        if (!now || same_revision(known, now)) return now ? known : now;
        Record copy = *now;
        copy.lease.reset();
        return RecordPtr(std::make_shared<Record const>(std::move(copy)));
    });
    add(law, "gives nothing where nothing is known", [](RecordPtr const& known, RecordPtr const& now) {
        return known ? (same_revision(known, now) ? known : now) : nullptr;
    });
    law = "rereads_return_what_is_known";
    auto const copy = [](RecordPtr const& now) { return now ? RecordPtr(std::make_shared<Record const>(*now)) : now; };
    add(law, "reads anew every time", [copy](RecordPtr const&, RecordPtr const& now) { return copy(now); });
    add(law, "reads anew what has no payload", [copy](RecordPtr const& known, RecordPtr const& now) {
        return same_revision(known, now) && !now->payload.empty() ? known : copy(now);
    });
    add(law, "reads anew what has a lease", [copy](RecordPtr const& known, RecordPtr const& now) {
        return same_revision(known, now) && !now->lease ? known : copy(now);
    });
    return all;
}

Animals doing_many_badly() {
    Animals all;
    using Reads = std::span<KnownRecord const>;
    using Removals = std::span<Removal const>;
    auto const reads = [&](char const* sin, std::function<std::vector<Result<RecordPtr>>(Ark&, Context const&, Reads)> call) {
        all.push_back(storage("many_reads_are_reads", sin, [call](Ark& ark) { ark.on_read_many = call; }));
    };
    reads("gives each record once, however often it is asked for", [](Ark& right, Context const& ctx, Reads some) {
        auto found = right.right_read_many(ctx, some);
        for (std::size_t i = 1; i < some.size(); ++i)
            if (some[i].id == some[i - 1].id) found[i] = RecordPtr();
        return found;
    });
    reads("leaves out what is not there", [](Ark& right, Context const& ctx, Reads some) {
        auto found = right.right_read_many(ctx, some);
        std::erase_if(found, [](auto const& one) { return one && !*one; });
        return found;
    });
    reads("gives what is known without a look", [](Ark& right, Context const& ctx, Reads some) {
        auto found = right.right_read_many(ctx, some);
        for (std::size_t i = 0; i < some.size(); ++i)
            if (some[i].known) found[i] = some[i].known;
        return found;
    });
    reads("reads states whatever slot is asked for", [](Ark& right, Context const&, Reads some) {
        std::vector<Result<RecordPtr>> found;
        for (KnownRecord const& one : some) found.push_back(right.right_read(RecordId(one.id.key)));
        return found;
    });
    reads("reads the first 32", [](Ark& right, Context const& ctx, Reads some) {
        auto found = right.right_read_many(ctx, some.first(std::min<std::size_t>(some.size(), 32)));
        found.resize(some.size(), RecordPtr());
        return found;
    });
    auto const removals = [&](char const* sin, std::function<std::vector<Result<WriteOutcome>>(Ark&, Context const&, Removals)> call) {
        all.push_back(storage("many_removals_are_removals", sin, [call](Ark& ark) { ark.on_remove_many = call; }));
    };
    removals("removes without conditions", [](Ark& right, Context const&, Removals some) {
        std::vector<Result<WriteOutcome>> done;
        for (Removal const& one : some) done.push_back(right.right_remove(one.id, Precondition::none()));
        return done;
    });
    removals("removes all or nothing", [](Ark& right, Context const&, Removals some) {
        std::vector<Write> batch;
        for (Removal const& one : some) batch.push_back({one.id, nullptr, one.when});
        auto const done = right.change(batch, Ark::Call::remove);
        return std::vector<Result<WriteOutcome>>(some.size(), done);
    });
    removals("ends at the first conflict", [](Ark& right, Context const&, Removals some) {
        std::vector<Result<WriteOutcome>> done;
        for (Removal const& one : some) {
            if (!done.empty() && testing::law::is_conflict(done.back())) done.push_back(WriteOutcome::conflict());
            else done.push_back(right.right_remove(one.id, one.when));
        }
        return done;
    });
    removals("calls it applied to remove what is not there under any condition", [](Ark& right, Context const& ctx, Removals some) {
        auto done = right.right_remove_many(ctx, some);
        for (std::size_t i = 0; i < some.size(); ++i)
            if (!*right.right_read(some[i].id)) done[i] = WriteOutcome::applied(Revision());
        return done;
    });
    return all;
}

Animals watching_badly() {
    Animals all;
    using Wait = std::function<Result<bool>(Ark&, Context const&, Id, Revision const&)>;
    auto const add = [&](char const* law, char const* sin, Wait wait) {
        all.push_back(storage(law, sin, [wait](Ark& ark) { ark.on_wait = wait; }));
    };
    /// Waits until `changed` or the end.
    auto const until = [](Context const& ctx, auto&& changed) -> Result<bool> {
        for (;;) {
            if (changed()) return true;
            auto const waited = ctx.wait(std::chrono::milliseconds(2));
            if (!waited && waited.error() == Errc::timed_out) return false;
            if (!waited) return waited.error();
        }
    };
    auto const now = [](Ark& right, Id id) {
        auto const record = *right.right_read(id);
        return record ? record->revision : Revision();
    };
    char const* law = "changes_are_noticed";
    add(law, "never wakes anybody", [=](Ark&, Context const& ctx, Id, Revision const&) {
        return until(ctx, [] { return false; });
    });
    add(law, "notices only what comes after the call", [=](Ark& right, Context const& ctx, Id id, Revision const&) {
        Revision const first = now(right, id);
        return until(ctx, [&] { return now(right, id) != first; });
    });
    add(law, "notices no removals", [=](Ark& right, Context const& ctx, Id id, Revision const& since) {
        return until(ctx, [&] { return *right.right_read(id) && now(right, id) != since; });
    });
    add(law, "does not notice that a record comes", [=](Ark& right, Context const& ctx, Id id, Revision const& since) {
        return until(ctx, [&] { return !since.empty() && now(right, id) != since; });
    });
    add(law, "watches the state, whatever slot was asked for", [=](Ark& right, Context const& ctx, Id id, Revision const& since) {
        return until(ctx, [&] { return id.slot == Slot::current ? now(right, id) != since : false; });
    });
    law = "waits_end";
    add(law, "returns true again and again while nothing changes", [=](Ark& right, Context const& ctx, Id id, Revision const& since) {
        return until(ctx, [&] { return pause(1), (void)now(right, id), (void)since, true; });
    });
    add(law, "does not wait at all", [=](Ark& right, Context const&, Id id, Revision const& since) -> Result<bool> {
        return now(right, id) != since;
    });
    add(law, "gives up long before a short time is over", [=](Ark& right, Context const& ctx, Id id, Revision const& since) {
        bool const is_short = ctx.remaining() < std::chrono::milliseconds(100);
        return until(is_short ? ctx.within(std::chrono::milliseconds(2)) : ctx, [&] { return now(right, id) != since; });
    });
    add(law, "the end of the time is an error", [=](Ark& right, Context const& ctx, Id id, Revision const& since) -> Result<bool> {
        auto done = until(ctx, [&] { return now(right, id) != since; });
        if (done && !*done) return Error(Errc::timed_out);
        return done;
    });
    add(law, "does not hear a request to stop", [=](Ark& right, Context const& ctx, Id id, Revision const& since) {
        return until(Context(ctx.env, ctx.remaining()), [&] { return now(right, id) != since; });
    });
    add(law, "a request to stop is the end of the time", [=](Ark& right, Context const& ctx, Id id, Revision const& since) -> Result<bool> {
        auto done = until(ctx, [&] { return now(right, id) != since; });
        if (!done) return false;
        return done;
    });
    return all;
}

Animals aging_badly() {
    Animals all;
    using Age = std::function<std::optional<Duration>(Ark&, Id, std::optional<Duration> right)>;
    auto const add = [&](char const* sin, Age age) {
        all.push_back(storage("ages_are_true", sin, [age](Ark& ark) {
            ark.on_age = [age](Ark& right, Id id) -> Result<std::optional<Duration>> {
                for (auto const& row : right.rows())
                    if (row->id == id) return age(right, id, Environment::system().monotonic() - row->written);
                return age(right, id, std::nullopt);
            };
        }));
    };
    add("goes by the time in the record", [](Ark& right, Id id, std::optional<Duration> age) {
        auto const record = *right.right_read(id);
        return record && age ? std::optional<Duration>(Environment::system().wall() - record->stamp.when) : age;
    });
    add("in seconds, rounded up", [](Ark&, Id, std::optional<Duration> age) {
        return age ? std::optional<Duration>(std::chrono::ceil<std::chrono::seconds>(*age)) : age;
    });
    add("an absent record is as old as can be", [](Ark&, Id, std::optional<Duration> age) {
        return age ? age : std::optional<Duration>(Duration::max());
    });
    all.push_back(storage("ages_are_true", "the age of the creation", [](Ark& ark) {
        auto born = std::make_shared<std::pair<std::mutex, std::map<std::string, Instant>>>();
        ark.on_remove = [born](Ark& right, Context const&, Id id, Precondition const& when) {
            std::lock_guard const lock(born->first);
            born->second.erase(to_string(id));
            return right.right_remove(id, when);
        };
        ark.on_write = [born](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            std::lock_guard const lock(born->first);
            born->second.emplace(to_string(id), Environment::system().monotonic());
            return right.right_write(id, record, when);
        };
        ark.on_age = [born](Ark&, Id id) -> Result<std::optional<Duration>> {
            std::lock_guard const lock(born->first);
            auto const at = born->second.find(to_string(id));
            if (at == born->second.end()) return std::optional<Duration>();
            return std::optional<Duration>(Environment::system().monotonic() - at->second);
        };
    }));
    return all;
}

Animals queueing_badly() {
    Animals all;
    using OnTurn = std::function<Result<Turn>(Ark&, Context const&, std::size_t rank, bool always)>;
    auto const add = [&](char const* law, char const* sin, OnTurn turn) {
        all.push_back(storage(law, sin, [turn](Ark& ark) {
            ark.on_turn = [turn](Ark& right, Context const& ctx, Id id, bool always) {
                return turn(right, ctx, right.turn_rank(id), always);
            };
        }));
    };
    struct Nothing final : Turn::Place {};
    char const* law = "turns_are_in_order";
    /// Who has waited least, or who asked for one in any case, and so on.
    struct Asking {
        std::thread::id who;
        bool always;
    };
    using Choose = std::function<std::size_t(std::vector<Asking> const&)>;
    auto const choosing = [](Choose choose) {
        struct Queue {
            std::optional<std::thread::id> holder;
            std::vector<Asking> waiting;
        };
        struct Queues {
            std::mutex mutex;
            std::map<std::size_t, Queue> all;
        };
        struct Place final : Turn::Place {
            std::shared_ptr<Queues> queues;
            std::size_t rank;
            Place(std::shared_ptr<Queues> of, std::size_t at) : queues(std::move(of)), rank(at) {}
            ~Place() override {
                std::lock_guard const lock(queues->mutex);
                queues->all[rank].holder.reset();
            }
        };
        return [choose](Ark& ark) {
            auto queues = std::make_shared<Queues>();
            ark.on_turn = [queues, choose](Ark& right, Context const& ctx, Id id, bool always) -> Result<Turn> {
                std::size_t const rank = right.turn_rank(id);
                auto const me = std::this_thread::get_id();
                {
                    std::lock_guard const lock(queues->mutex);
                    Queue& queue = queues->all[rank];
                    if (queue.holder == me || (!queue.holder && queue.waiting.empty() && !always)) return Turn();
                    queue.waiting.push_back({me, always});
                }
                for (;;) {
                    {
                        std::lock_guard const lock(queues->mutex);
                        Queue& queue = queues->all[rank];
                        std::size_t const next = choose(queue.waiting);
                        if (!queue.holder && queue.waiting[next].who == me) {
                            queue.waiting.erase(queue.waiting.begin() + static_cast<std::ptrdiff_t>(next));
                            queue.holder = me;
                            return Turn(std::make_unique<Place>(queues, rank));
                        }
                    }
                    if (auto const waited = ctx.wait(std::chrono::milliseconds(1)); !waited) {
                        std::lock_guard const lock(queues->mutex);
                        std::erase_if(queues->all[rank].waiting, [&](Asking const& one) { return one.who == me; });
                        return waited.error();
                    }
                }
            };
        };
    };
    all.push_back(storage(law, "last come, first served", choosing([](auto const& waiting) { return waiting.size() - 1; })));
    all.push_back(storage(law, "who asks in any case goes before who only looked", choosing([](auto const& waiting) {
        for (std::size_t i = 0; i < waiting.size(); ++i)
            if (waiting[i].always) return i;
        return std::size_t{0};
    })));
    add(law, "who only looks goes on at once", [](Ark& right, Context const& ctx, std::size_t rank, bool always) -> Result<Turn> {
        if (always || ctx.remaining() < std::chrono::seconds(1)) return right.right_turn(ctx, rank, always);
        return Turn();
    });
    law = "waits_for_turns_end";
    add(law, "waits for as long as it takes", [](Ark& right, Context const& ctx, std::size_t rank, bool always) {
        return right.right_turn(ctx.remaining() < std::chrono::seconds(1) ? Context(ctx.env, std::chrono::hours(1)) : ctx, rank, always);
    });
    add(law, "does not hear a request to stop", [](Ark& right, Context const& ctx, std::size_t rank, bool always) -> Result<Turn> {
        if (ctx.stopped()) return Turn();
        return right.right_turn(ctx, rank, always);
    });
    add(law, "gives a turn where the time is over", [](Ark& right, Context const& ctx, std::size_t rank, bool always) -> Result<Turn> {
        auto turn = right.right_turn(ctx, rank, always);
        if (!turn && turn.error() == Errc::timed_out) return Turn(std::make_unique<Nothing>());
        return turn;
    });
    add(law, "gives it again to the same thread", [](Ark& right, Context const& ctx, std::size_t rank, bool always) -> Result<Turn> {
        auto turn = right.right_turn(ctx, rank, always);
        if (turn && !*turn && always) return Turn(std::make_unique<Nothing>());
        return turn;
    });
    law = "turns_are_courtesy";
    all.push_back(storage(law, "who writes must have a turn", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const& ctx, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            auto const turn = right.right_turn(Context(ctx.env, std::chrono::milliseconds(50)), right.turn_rank(id), false);
            if (!turn) return Error(Errc::unavailable, "it is somebody else's turn");
            return right.right_write(id, record, when);
        };
    }));
    all.push_back(storage(law, "who reads must have a turn", [](Ark& ark) {
        ark.on_read = [](Ark& right, Context const& ctx, Id id) -> Result<RecordPtr> {
            auto const turn = right.right_turn(Context(ctx.env, std::chrono::milliseconds(50)), right.turn_rank(id), false);
            if (!turn) return Error(Errc::unavailable, "it is somebody else's turn");
            return right.right_read(id);
        };
    }));
    add(law, "a look takes the turn", [](Ark& right, Context const& ctx, std::size_t rank, bool) {
        return right.right_turn(ctx, rank, true);
    });
    law = "ranks_are_an_order";
    auto const rank = [&](char const* sin, std::function<std::size_t(Id)> of) {
        all.push_back(storage(law, sin, [of](Ark& ark) {
            ark.on_rank = of;
            ark.on_turn = [](Ark& right, Context const& ctx, Id id, bool always) {
                return right.right_turn(ctx, std::hash<std::string_view>()(id.key.view()) % 7, always);
            };
        }));
    };
    rank("another rank at each question", [](Id) {
        static std::atomic<std::size_t> next{0};
        return ++next % 7;
    });
    rank("ranks as large as hashes", [](Id id) { return std::hash<std::string_view>()(id.key.view()); });
    all.push_back(storage(law, "one turn for all ranks", [](Ark& ark) {
        ark.on_turn = [](Ark& right, Context const& ctx, Id, bool always) -> Result<Turn> {
            return right.right_turn(ctx, 0, always);
        };
    }));
    return all;
}

Animals hosting_badly() {
    Animals all;
    auto const add = [&](char const* sin, Breaking broken) {
        all.push_back(storage("lock_directories_are_one", sin, std::move(broken)));
    };
    add("makes another directory each time", [](Ark& ark) {
        auto more = std::make_shared<std::vector<std::string>>();
        ark.on_lock_directory = [more](Ark const& right) -> Result<LockDirectory> {
            auto const first = right.right_lock_directory();
            std::string const path = first->path() + "/" + std::to_string(more->size());
            more->push_back(path);
            return LockDirectory::open(path);
        };
    });
    add("cleans it up with every write", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            auto const directory = right.right_lock_directory();
            for (auto const& entry : std::filesystem::directory_iterator(directory->path())) std::filesystem::remove_all(entry.path());
            return right.right_write(id, record, when);
        };
    });
    add("removes its files with the record", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) {
            auto const directory = right.right_lock_directory();
            for (auto const& entry : std::filesystem::directory_iterator(directory->path())) std::filesystem::remove_all(entry.path());
            return right.right_remove(id, when);
        };
    });
    add("has none", [](Ark& ark) {
        ark.on_lock_directory = [](Ark const&) -> Result<LockDirectory> { return Error(Errc::not_supported, "none"); };
    });
    return all;
}

}  // namespace

Animals storages_of_capabilities() {
    Animals all;
    for (auto const& some : {rereading_badly(), doing_many_badly(), watching_badly(), aging_badly(), queueing_badly(), hosting_badly()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

TEST_CASE("zoo: storages that reread, watch or age wrongly", "[zoo]") {
    condemned(rereading_badly());
    condemned(doing_many_badly());
    condemned(watching_badly());
    condemned(aging_badly());
}
TEST_CASE("zoo: storages that queue or host wrongly", "[zoo]") {
    condemned(queueing_badly());
    condemned(hosting_badly());
}

}  // namespace zoo
