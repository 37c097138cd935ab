// Storages that are right as long as one caller does one thing at a time.

#include <zoo/storages.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <thread>

namespace zoo {

namespace {

using Id = RecordId const&;
using Kind = Precondition::Kind;
using Writes = std::span<Write const>;
using Outcome = Result<WriteOutcome>;

void pause() { Environment::system().sleep(std::chrono::milliseconds(1)); }
Revision revision_of(RecordPtr const& record) { return record ? record->revision : Revision(); }

Animals listed_beside_others() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) { all.push_back(storage(law, sin, std::move(broken))); };
    char const* law = "listings_bear_writers";
    /// By the time of the last write, and goes on from that of the last record.
    auto const by_time = [](bool newest_first) {
        return [newest_first](Ark& ark) {
            ark.on_list = [newest_first](Ark& right, ListRequest const& request) -> Result<ListPage> {
                std::map<std::int64_t, std::shared_ptr<Ark::Row const>> rows;
                for (auto const& row : right.rows()) {
                    std::string_view const key = row->key.view();
                    bool const named = request.whole_key ? key == request.prefix : key.starts_with(request.prefix);
                    bool const hidden = row->id.slot == Slot::current && row->record->stamp.tombstone;
                    std::int64_t const written = row->written.time_since_epoch().count();
                    if (row->id.slot == request.slot && named && !hidden) rows[newest_first ? -written : written] = row;
                }
                ListPage page;
                auto at = request.cursor.empty() ? rows.begin() : rows.upper_bound(std::stoll(std::string(request.cursor)));
                for (; at != rows.end(); ++at) {
                    if (page.records.size() == std::max<std::size_t>(request.limit, 1)) return page;
                    page.records.push_back({at->second->key, at->second->id.version});
                    page.next = std::to_string(at->first);
                }
                page.next.clear();
                return page;
            };
        };
    };
    add(law, "by the time of the last write", by_time(false));
    add(law, "by the time of the last write, the newest first", by_time(true));
    add(law, "goes on from the next key, and ends where that is gone", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) -> Result<ListPage> {
            if (request.slot != Slot::current) return right.right_list(request);
            ListRequest whole = request;
            whole.cursor = {};
            whole.limit = 1'000'000;
            ListPage page;
            bool here = request.cursor.empty();
            auto const all_of_them = *right.right_list(whole);
            for (auto const& one : all_of_them.records) {
                here = here || one.key.view() == request.cursor;
                if (!here) continue;
                if (page.records.size() == std::max<std::size_t>(request.limit, 1)) {
                    page.next = one.key.str();
                    return page;
                }
                page.records.push_back(one);
            }
            return page;
        };
    });
    add("cursors_can_be_used_again", "cursors are of the connection of a thread", [](Ark& ark) {
        auto given = std::make_shared<std::pair<std::mutex, std::set<std::pair<std::thread::id, std::string>>>>();
        ark.on_list = [given](Ark& right, ListRequest const& request) -> Result<ListPage> {
            std::lock_guard const lock(given->first);
            auto const me = std::this_thread::get_id();
            if (!request.cursor.empty() && !given->second.contains({me, std::string(request.cursor)}))
                return Error(Errc::invalid_argument, "no such cursor");
            auto page = right.right_list(request);
            given->second.insert({me, page->next});
            return page;
        };
    });
    add("every_key_is_listed_once", "names what was removed as unreadable", [](Ark& ark) {
        auto gone = std::make_shared<std::pair<std::mutex, std::set<std::string>>>();
        ark.on_remove = [gone](Ark& right, Context const&, Id id, Precondition const& when) {
            std::lock_guard const lock(gone->first);
            if (*right.right_read(id)) gone->second.emplace(id.key.view());
            return right.right_remove(id, when);
        };
        ark.on_list = [gone](Ark& right, ListRequest const& request) {
            auto page = right.right_list(request);
            std::lock_guard const lock(gone->first);
            for (std::string const& key : gone->second) {
                bool const room = page->next.empty() && page->records.size() + page->unreadable.size() < request.limit;
                if (room && !request.prefix.empty() && key.starts_with(request.prefix) && !*right.right_read(RecordId(*Key::parse(key))))
                    page->unreadable.push_back(Error(Errc::not_found, "it has vanished").on(key));
            }
            return page;
        };
    });
    law = "every_slot_is_listed";
    auto const without = [](std::function<bool(Ark&, Slot, Listed const&)> left_out) {
        return [left_out](Ark& ark) {
            ark.on_list = [left_out](Ark& right, ListRequest const& request) {
                auto page = right.right_list(request);
                std::erase_if(page->records, [&](Listed const& one) { return request.slot != Slot::current && left_out(right, request.slot, one); });
                return page;
            };
        };
    };
    auto const buried = [](RecordPtr const& record) { return record && record->stamp.tombstone; };
    add(law, "leaves tombstones out in every slot", without([=](Ark& right, Slot slot, Listed const& one) {
            return buried(*right.right_read(RecordId(one.key, slot, one.version)));
        }));
    add(law, "leaves out what is beside a tombstone", without([=](Ark& right, Slot, Listed const& one) {
            return buried(*right.right_read(RecordId(one.key)));
        }));
    return all;
}

Animals aged_and_queued() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) { all.push_back(storage(law, sin, std::move(broken))); };
    char const* law = "ages_are_true";
    auto const aging = [](std::function<std::optional<Duration>(std::optional<Duration> least, std::optional<Duration> right, std::optional<Duration> most)> choose) {
        return [choose](Ark& ark) {
            ark.on_age = [choose](Ark& right, Id id) -> Result<std::optional<Duration>> {
                std::optional<Duration> age, least, most;
                for (auto const& row : right.rows()) {
                    if (row->key.view() != id.key.view()) continue;
                    Duration const here = Environment::system().monotonic() - row->written;
                    if (row->id == id) age = here;
                    if (!least || here < *least) least = here;
                    if (!most || here > *most) most = here;
                }
                return choose(least, age, most);
            };
        };
    };
    add(law, "the age of whatever slot was written last", aging([](auto least, auto, auto) { return least; }));
    add(law, "the age of the oldest slot", aging([](auto, auto right, auto most) { return right ? most : right; }));
    add(law, "by the clock of somebody who is ahead", aging([](auto, auto right, auto) {
            return right ? std::optional<Duration>(*right - std::chrono::hours(1)) : right;
        }));

    law = "waits_for_turns_end";
    struct Ticket {
        std::thread::id who;
        unsigned number;
        bool operator==(Ticket const&) const = default;
    };
    struct Queues {
        std::mutex mutex;
        std::map<std::size_t, std::deque<Ticket>> waiting;
        unsigned next = 0;
    };
    struct Place final : Turn::Place {
        std::shared_ptr<Queues> queues;
        std::size_t rank;
        Ticket ticket;
        Place(std::shared_ptr<Queues> of, std::size_t at, Ticket mine) : queues(std::move(of)), rank(at), ticket(mine) {}
        ~Place() override {
            std::lock_guard const lock(queues->mutex);
            std::erase(queues->waiting[rank], ticket);
        }
    };
    auto const queueing = [](bool gives_up, bool knows_itself) {
        return [=](Ark& ark) {
            auto queues = std::make_shared<Queues>();
            ark.on_turn = [=](Ark& right, Context const& ctx, Id id, bool always) -> Result<Turn> {
                std::size_t const rank = right.turn_rank(id);
                Ticket mine{std::this_thread::get_id(), 0};
                {
                    std::lock_guard const lock(queues->mutex);
                    auto& queue = queues->waiting[rank];
                    bool const had = !queue.empty() && queue.front().who == mine.who;
                    if ((queue.empty() && !always) || (had && (always || knows_itself))) return Turn();
                    mine.number = ++queues->next;
                    queue.push_back(mine);
                }
                for (;;) {
                    {
                        std::lock_guard const lock(queues->mutex);
                        if (queues->waiting[rank].front() == mine) return Turn(std::make_unique<Place>(queues, rank, mine));
                    }
                    if (auto const waited = ctx.wait(std::chrono::milliseconds(1)); !waited) {
                        std::lock_guard const lock(queues->mutex);
                        if (gives_up) std::erase(queues->waiting[rank], mine);
                        return waited.error();
                    }
                }
            };
        };
    };
    add(law, "who gave up waiting stays in the queue", queueing(false, true));
    add(law, "who has a turn and only looks waits for himself", queueing(true, false));
    add(law, "no time limit is none", [](Ark& ark) {
        ark.on_turn = [](Ark& right, Context const& ctx, Id id, bool always) -> Result<Turn> {
            if (!ctx.limited()) return Error(Errc::timed_out);
            return right.right_turn(ctx, right.turn_rank(id), always);
        };
    });
    add("ranks_are_an_order", "two of the ranks have one turn", [](Ark& ark) {
        ark.on_turn = [](Ark& right, Context const& ctx, Id id, bool always) {
            std::size_t const rank = right.turn_rank(id);
            return right.right_turn(ctx, rank == 6 ? 5 : rank, always);
        };
    });
    return all;
}

Animals raced() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) { all.push_back(storage(law, sin, std::move(broken))); };
    /// A lock around all calls but some; the others look, and write what they found to be right then.
    auto const locking = [](bool all_writes, bool all_removals, bool slow_batches) {
        return [=](Ark& ark) {
            auto mutex = std::make_shared<std::mutex>();
            ark.on_write = [=](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Outcome {
                if (!all_writes && when.kind() == Kind::none) return right.right_write(id, record, when);
                std::lock_guard const lock(*mutex);
                if (slow_batches) return right.right_write(id, record, when);
                if (!when.holds(right.right_read(id)->get())) return WriteOutcome::conflict();
                if (when.kind() == Kind::matches) pause();
                return right.right_write(id, record, Precondition::none());
            };
            ark.on_remove = [=](Ark& right, Context const&, Id id, Precondition const& when) -> Outcome {
                if (!all_removals && when.kind() == Kind::none) return right.right_remove(id, when);
                std::lock_guard const lock(*mutex);
                return right.right_remove(id, when);
            };
            ark.on_write_all = [=](Ark& right, Context const&, Writes writes) -> Outcome {
                std::lock_guard const lock(*mutex);
                bool conditions = false;
                std::vector<Write> blind(writes.begin(), writes.end());
                for (Write& one : blind) {
                    if (!one.when.holds(right.right_read(one.id)->get())) return WriteOutcome::conflict();
                    conditions = conditions || one.when.kind() == Kind::matches;
                    one.when = Precondition::none();
                }
                if (conditions && slow_batches) pause();
                return right.change(blind, Ark::Call::batch);
            };
        };
    };
    add("one_write_wins", "who writes without a condition needs no lock", locking(false, true, false));
    add("removals_compete", "who removes without a condition needs no lock", locking(true, false, false));
    add("batches_compete", "who writes one record without a condition needs no lock beside batches", locking(false, true, true));
    add("readers_see_whole_records", "each thread remembers that there was nothing", [](Ark& ark) {
        auto absent = std::make_shared<std::pair<std::mutex, std::set<std::pair<std::thread::id, std::string>>>>();
        ark.on_read = [absent](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
            std::lock_guard const lock(absent->first);
            std::pair const mine{std::this_thread::get_id(), to_string(id)};
            if (absent->second.contains(mine)) return RecordPtr();
            auto const now = *right.right_read(id);
            if (!now) absent->second.insert(mine);
            return now;
        };
        auto const forget = [absent](Id id) {
            std::lock_guard const lock(absent->first);
            absent->second.erase({std::this_thread::get_id(), to_string(id)});
        };
        ark.on_write = [forget](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            forget(id);
            return right.right_write(id, record, when);
        };
        ark.on_write_all = [forget](Ark& right, Context const&, Writes writes) {
            for (Write const& one : writes) forget(one.id);
            return right.change(writes, Ark::Call::batch);
        };
    });
    add("neighbours_are_left_alone", "sixteen documents, each written back as it was read", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            auto const document = [](KeyView key) { return std::hash<std::string_view>()(key.view()) % 16; };
            std::vector<std::shared_ptr<Ark::Row const>> others;
            for (auto const& row : right.rows())
                if (row->id.slot == Slot::current && row->key.view() != id.key.view() && document(row->key) == document(id.key)) others.push_back(row);
            if (id.slot != Slot::current || others.empty()) return right.right_write(id, record, when);
            for (int i = 0; i < 3; ++i) pause();
            for (auto const& row : others)
                if (revision_of(*right.right_read(row->id)) != row->record->revision) (void)right.right_write(row->id, row->record, Precondition::none());
            return right.right_write(id, record, when);
        };
    });
    char const* law = "lock_directories_are_one";
    add(law, "lists what is in the lock directory", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) {
            auto page = right.right_list(request);
            if (request.slot != Slot::current || !page->next.empty()) return page;
            for (auto const& entry : std::filesystem::directory_iterator(right.right_lock_directory()->path())) {
                std::string const name = entry.path().filename().string();
                if (name.starts_with(request.prefix) && page->records.size() < request.limit && !*right.right_read(RecordId(*Key::parse(name))))
                    page->records.push_back({*Key::parse(name), {}});
            }
            return page;
        };
    });
    add(law, "reads what is in the lock directory", [](Ark& ark) {
        ark.on_read = [](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
            auto const now = *right.right_read(id);
            if (now || id.slot != Slot::current || id.key.view().size() > 200) return now;
            bool const file = std::filesystem::exists(right.right_lock_directory()->path() + "/" + std::string(id.key.view()));
            return file ? holdfast::testing::law::make_record(id.key, "") : now;
        };
    });
    return all;
}

}  // namespace

Animals storages_of_crowds() {
    Animals all;
    for (auto const& some : {listed_beside_others(), aged_and_queued(), raced()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

TEST_CASE("zoo: storages that are right for one caller at a time", "[zoo]") { condemned(storages_of_crowds()); }

}  // namespace zoo
