// Storages whose handles do not know enough of each other.

#include <zoo/storages.hpp>

#include <holdfast/layer/cached.hpp>
#include <holdfast/object/directory_objects.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/laws/handles.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/scratch.hpp>

namespace zoo {

using holdfast_tests::Scratch;

using namespace holdfast::testing;

namespace {

using Id = RecordId const&;
using Kind = Precondition::Kind;

/// Of one set of records; `broken` is called with each handle and its number.
Animal handle(std::string law, std::string sin, std::function<void(Ark&, unsigned)> broken) {
    return {std::move(law), std::move(sin), [broken] {
                Ark records;
                unsigned number = 0;
                auto const open = [&] {
                    Ark one = records;
                    broken(one, number++);
                    return one;
                };
                return check_handles(open, {.patience = std::chrono::seconds(3)});
            }};
}

/// A cache of one handle.
struct Memory {
    std::mutex mutex;
    std::map<std::string, RecordPtr> known;
};

}  // namespace

Animals handles() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, std::function<void(Ark&, unsigned)> broken) {
        all.push_back(handle(law, sin, std::move(broken)));
    };
    char const* law = "handles_share_records";
    add(law, "each handle remembers what it has read", [](Ark& ark, unsigned) {
        auto memory = std::make_shared<Memory>();
        ark.on_read = [memory](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
            std::lock_guard const lock(memory->mutex);
            auto& known = memory->known[to_string(id)];
            if (!known) known = *right.right_read(id);
            return known;
        };
        ark.on_write = [memory](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            std::lock_guard const lock(memory->mutex);
            memory->known.erase(to_string(id));
            return right.right_write(id, record, when);
        };
        ark.on_remove = [memory](Ark& right, Context const&, Id id, Precondition const& when) {
            std::lock_guard const lock(memory->mutex);
            memory->known.erase(to_string(id));
            return right.right_remove(id, when);
        };
    });
    add(law, "each handle remembers that there was nothing", [](Ark& ark, unsigned) {
        auto memory = std::make_shared<Memory>();
        ark.on_read = [memory](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
            std::lock_guard const lock(memory->mutex);
            if (memory->known.contains(to_string(id))) return RecordPtr();
            auto const now = *right.right_read(id);
            if (!now && id.slot == Slot::lock) memory->known[to_string(id)] = nullptr;
            return now;
        };
    });
    add(law, "handles name revisions by numbers of their own", [](Ark& ark, unsigned number) {
        ark.give = [number](Id, Record& record) { record.revision = Revision(WriteId{number + 1, record.revision.write_id().low}); };
        ark.holds = [number](Id, Precondition const& when, Record const* now, Ark::Call) {
            if (when.kind() != Kind::matches) return when.holds(now);
            return now != nullptr && when.revision() == Revision(WriteId{number + 1, now->revision.write_id().low});
        };
        ark.on_write = [number](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            auto done = right.right_write(id, record, when);
            if (!law::is_applied(done)) return done;
            return Result<WriteOutcome>(WriteOutcome::applied(Revision(WriteId{number + 1, done->revision().write_id().low})));
        };
    });
    add(law, "a handle lists what it wrote itself", [](Ark& ark, unsigned number) {
        ark.on_list = [number](Ark& right, ListRequest const& request) {
            if (number % 2 == 1) return Result<ListPage>(ListPage());
            return right.right_list(request);
        };
    });
    add(law, "a handle rereads what it has seen itself", [](Ark& ark, unsigned) {
        auto memory = std::make_shared<Memory>();
        ark.on_read = [memory](Ark& right, Context const&, Id id) {
            auto now = right.right_read(id);
            std::lock_guard const lock(memory->mutex);
            memory->known[to_string(id)] = *now;
            return now;
        };
        ark.on_reread = [memory](Ark& right, Context const&, Id id, RecordPtr const& known) -> Result<RecordPtr> {
            std::lock_guard const lock(memory->mutex);
            auto const& seen = memory->known[to_string(id)];
            if (known && seen && seen->revision == known->revision) return known;
            return right.right_read(id);
        };
    });
    add(law, "a handle knows the age of what it wrote itself", [](Ark& ark, unsigned) {
        auto memory = std::make_shared<Memory>();
        ark.on_write = [memory](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            std::lock_guard const lock(memory->mutex);
            memory->known[to_string(id)] = record;
            return right.right_write(id, record, when);
        };
        ark.on_age = [memory](Ark&, Id id) -> Result<std::optional<Duration>> {
            std::lock_guard const lock(memory->mutex);
            if (!memory->known.contains(to_string(id))) return std::optional<Duration>();
            return std::optional<Duration>(Duration::zero());
        };
    });
    add(law, "batches of some handles are never sent", [](Ark& ark, unsigned number) {
        if (number % 2 == 0) return;
        ark.on_write_all = [](Ark&, Context const&, std::span<Write const>) -> Result<WriteOutcome> { return WriteOutcome::applied(Revision()); };
    });
    add(law, "each handle has a lock directory of its own", [](Ark& ark, unsigned number) {
        ark.on_lock_directory = [number](Ark const& right) {
            return LockDirectory::open(right.right_lock_directory()->path() + "/" + std::to_string(number));
        };
    });
    law = "handles_compete";
    add(law, "a mutex in the handle keeps those who remove apart", [](Ark& ark, unsigned) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) -> Result<WriteOutcome> {
            if (!when.holds(right.right_read(id)->get())) return WriteOutcome::conflict();
            if (when.kind() != Kind::none) Environment::system().sleep(std::chrono::milliseconds(2));
            return right.right_remove(id, Precondition::none());
        };
    });
    add(law, "a mutex in the handle keeps batches apart", [](Ark& ark, unsigned) {
        ark.on_write_all = [](Ark& right, Context const&, std::span<Write const> writes) -> Result<WriteOutcome> {
            std::vector<Write> blind(writes.begin(), writes.end());
            for (Write& one : blind) {
                if (!one.when.holds(right.right_read(one.id)->get())) return WriteOutcome::conflict();
                one.when = Precondition::none();
            }
            Environment::system().sleep(std::chrono::milliseconds(2));
            return right.change(blind, Ark::Call::batch);
        };
    });
    auto const racing = [](std::function<bool(Id, unsigned number)> when_racing) {
        return [when_racing](Ark& ark, unsigned number) {
            auto mine = std::make_shared<std::mutex>();  // which another handle does not know
            ark.on_write = [=](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
                if (!when_racing(id, number)) return right.right_write(id, record, when);
                std::lock_guard const lock(*mine);
                if (!when.holds(right.right_read(id)->get())) return WriteOutcome::conflict();
                if (when.kind() != Kind::none) Environment::system().sleep(std::chrono::milliseconds(20));
                return right.right_write(id, record, Precondition::none());
            };
        };
    };
    add(law, "a mutex in the handle keeps the writers apart", racing([](Id, unsigned) { return true; }));
    add(law, "a mutex in the handle keeps the writers of locks apart", racing([](Id id, unsigned) { return id.slot == Slot::lock; }));
    add(law, "the handle that was opened first needs no lock", racing([](Id, unsigned number) { return number % 2 == 0; }));
    law = "handles_notice_each_other";
    auto const deaf = [](auto&& hears) {
        return [hears](Ark& ark, unsigned) {
            auto writes = std::make_shared<std::atomic<unsigned>>(0);  // of this handle
            ark.on_write = [writes](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
                ++*writes;
                return right.right_write(id, record, when);
            };
            ark.on_wait = [writes, hears](Ark& right, Context const& ctx, Id id, Revision const& since) -> Result<bool> {
                for (unsigned const before = *writes;;) {
                    auto const now = *right.right_read(id);
                    bool const changed = (now ? now->revision : Revision()) != since;
                    if (changed && (*writes != before || hears(id))) return true;
                    auto const waited = ctx.wait(std::chrono::milliseconds(2));
                    if (!waited && waited.error() == Errc::timed_out) return false;
                    if (!waited) return waited.error();
                }
            };
        };
    };
    add(law, "a handle wakes who waits by it", deaf([](Id) { return false; }));
    add(law, "a handle hears of states of others only", deaf([](Id id) { return id.slot == Slot::current; }));
    auto const hearing = [](auto&& hears) {
        return [hears](Ark& ark, unsigned) {
            ark.on_wait = [hears](Ark& right, Context const& ctx, Id id, Revision const& since) -> Result<bool> {
                for (;;) {
                    auto const now = *right.right_read(id);
                    if ((now ? now->revision : Revision()) != since && hears(since, now)) return true;
                    auto const waited = ctx.wait(std::chrono::milliseconds(2));
                    if (!waited && waited.error() == Errc::timed_out) return false;
                    if (!waited) return waited.error();
                }
            };
        };
    };
    add(law, "a handle hears that records come", hearing([](Revision const& since, RecordPtr const&) { return since.empty(); }));
    add(law, "a handle hears no removals of others", hearing([](Revision const&, RecordPtr const& now) { return now != nullptr; }));
    add(law, "waiting needs the record to be there", [](Ark& ark, unsigned) {
        ark.on_wait = [](Ark&, Context const&, Id id, Revision const& since) -> Result<bool> {
            if (since.empty()) return Error(Errc::not_found, "no such record").on(to_string(id));
            return true;
        };
    });
    law = "records_outlive_handles";
    add(law, "what is not flushed is lost with the last handle", [](Ark& ark, unsigned) {
        struct Unflushed {
            Ark records;
            std::mutex mutex;
            std::vector<std::string> names;
            explicit Unflushed(Ark const& of) : records(of) {}
            ~Unflushed() {
                for (auto const& row : records.rows())
                    if (row->id.slot == Slot::retention) (void)records.right_remove(row->id, Precondition::none());
            }
        };
        auto unflushed = std::make_shared<Unflushed>(ark);
        ark.on_rank = [unflushed](Id) { return std::size_t{0}; };
    });
    add(law, "leases are kept in the process", [](Ark& ark, unsigned number) {
        ark.give = [number](Id, Record& record) {
            if (record.lease && number % 2 == 1 && record.lease->purpose.size() > 20 && number > 6) record.lease.reset();
        };
    });
    add(law, "what was removed is counted anew by the next handle", [](Ark& ark, unsigned) {
        auto counts = std::make_shared<std::map<std::string, std::uint64_t>>();
        auto mutex = std::make_shared<std::mutex>();
        ark.store = [counts, mutex](Id id, Record& record, Record const* old, Ark::Call) {
            std::lock_guard const lock(*mutex);
            std::uint64_t& count = (*counts)[to_string(id)];
            if (old != nullptr) count = std::max(count, old->revision.write_id().low);
            record.revision = Revision(WriteId{5, ++count});
        };
    });
    auto log_of_all = std::make_shared<std::map<std::string, RecordPtr>>();
    add(law, "what was removed comes back from the log", [log_of_all](Ark& ark, unsigned number) {
        auto& log = *log_of_all;
        if (number == 0) log.clear();
        ark.on_remove = [number, &log](Ark& right, Context const&, Id id, Precondition const& when) {
            auto const now = *right.right_read(id);
            if (number == 6 && now && id.slot == Slot::current) log[std::string(id.key.view())] = now;
            return right.right_remove(id, when);
        };
        ark.on_read = [number, &log](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
            if (number == 7 && log.contains(std::string(id.key.view())) && log.at(std::string(id.key.view()))->payload.view() == "x")
                return log.at(std::string(id.key.view()));
            return right.right_read(id);
        };
    });
    return all;
}

Laws laws_of_handles() {
    Ark records;
    auto const found = check_handles([&] { return records; });
    CHECK(found.text() == "");
    return found.checked();
}

TEST_CASE("zoo: handles that do not know enough of each other", "[zoo]") { condemned(handles()); }

TEST_CASE("zoo: handles of every storage obey the laws", "[zoo]") {
    Scratch const scratch;
    using Files = FileStorage<SlotFirst, Durability::none>;
    CHECK(check_handles([&] { return Files::open(scratch / "files"); }).text() == "");
    CHECK(check_handles([&] { return SqliteStorage::open(scratch / "state.db"); }).text() == "");
    CHECK(check_handles([&] { return Cached(Files::open(scratch / "files").value()); }).text() == "");
    using Either = OneOf<Files, SqliteStorage>;
    CHECK(check_handles([&] { return Either(SqliteStorage::open(scratch / "state.db").value()); }).text() == "");
    using Tree = ObjectStorage<DirectoryObjects<Durability::none>>;
    auto const objects = [&] { return DirectoryObjects<Durability::none>::open_for<SlotFirst>(scratch / "tree").value(); };
    CHECK(check_handles([&] { return Tree::open(objects()); }).text() == "");
    MemoryStorage const memory;
    CHECK(check_handles([&] { return memory; }).text() == "");
    CHECK(laws_of_handles().size() == 4);
}

}  // namespace zoo
