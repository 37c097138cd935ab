#ifndef HOLDFAST_TESTS_ZOO_ARK_HPP
#define HOLDFAST_TESTS_ZOO_ARK_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/posix/lock_directory.hpp>
#include <holdfast/testing/laws/calls.hpp>

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <stdlib.h>

namespace zoo {

using namespace holdfast;

/// A storage that is right and can do everything, as an embedded database has it: a sorted map, one writer at a time.
/// Each part of it can be replaced by a broken one. Without `attributed_` it keeps payloads of states, and no stamps.
template <bool conditional_ = true, bool attributed_ = true>
class BasicArk {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = conditional_;
    static constexpr bool attributed = attributed_;
    static constexpr bool late_writes = false;

    enum class Call : unsigned char { write, remove, batch };
    struct Row {
        Key key;
        RecordId id;  ///< its key is that of the row
        RecordPtr record;
        Instant written;
        Row(RecordId const& of, RecordPtr what, Instant when)
            : key(of.key), id(key, of.slot, of.version), record(std::move(what)), written(when) {}
        Row(Row const&) = delete;
        Row& operator=(Row const&) = delete;
    };
    using Rows = std::map<std::string, std::shared_ptr<Row const>, std::less<>>;

    // ---- what a broken one does: small things ----
    std::function<void(RecordId const&, Record& stored, Record const* old, Call)> store{};
    std::function<void(RecordId const&, Record& read)> give{};
    std::function<std::string(RecordId const&)> name{};
    std::function<bool(RecordId const&, Precondition const&, Record const* now, Call)> holds{};

    // ---- and whole calls ----
    std::function<Result<RecordPtr>(BasicArk&, Context const&, RecordId const&)> on_read{};
    std::function<Result<WriteOutcome>(BasicArk&, Context const&, RecordId const&, RecordPtr const&, Precondition const&)>
        on_write{};
    std::function<Result<WriteOutcome>(BasicArk&, Context const&, RecordId const&, Precondition const&)> on_remove{};
    std::function<Result<WriteOutcome>(BasicArk&, Context const&, std::span<Write const>)> on_write_all{};
    std::function<Result<ListPage>(BasicArk&, ListRequest const&)> on_list{};
    std::function<Result<RecordPtr>(BasicArk&, Context const&, RecordId const&, RecordPtr const&)> on_reread{};
    std::function<Result<bool>(BasicArk&, Context const&, RecordId const&, Revision const&)> on_wait{};
    std::function<Result<std::optional<Duration>>(BasicArk&, RecordId const&)> on_age{};
    std::function<std::vector<Result<RecordPtr>>(BasicArk&, Context const&, std::span<KnownRecord const>)> on_read_many{};
    std::function<std::vector<Result<WriteOutcome>>(BasicArk&, Context const&, std::span<Removal const>)> on_remove_many{};
    std::function<Result<Turn>(BasicArk&, Context const&, RecordId const&, bool)> on_turn{};
    std::function<std::size_t(RecordId const&)> on_rank{};
    std::function<Result<LockDirectory>(BasicArk const&)> on_lock_directory{};

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) {
        return on_read ? on_read(*this, ctx, id) : right_read(id);
    }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return on_write ? on_write(*this, ctx, id, record, when) : right_write(id, record, when);
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        return on_remove ? on_remove(*this, ctx, id, when) : right_remove(id, when);
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes)
        requires conditional_
    {
        return on_write_all ? on_write_all(*this, ctx, writes) : change(writes, Call::batch);
    }
    Result<ListPage> list(Context const&, ListRequest const& request) {
        return on_list ? on_list(*this, request) : right_list(request);
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) {
        if (on_reread) return on_reread(*this, ctx, id, known);
        auto now = right_read(id);
        return now && *now && known && (*now)->revision == known->revision ? known : now;
    }
    Result<bool> wait_for_change(Context const& ctx, RecordId const& id, Revision const& since) {
        if (on_wait) return on_wait(*this, ctx, id, since);
        for (;;) {
            auto const now = right_read(id);
            if ((*now ? (*now)->revision : Revision()) != since) return true;
            auto const waited = ctx.wait(std::chrono::milliseconds(2));
            if (!waited && waited.error() == Errc::timed_out) return false;
            if (!waited) return waited.error();
        }
    }
    Result<Aged> read_aged(Context const& ctx, RecordId const& id) {
        auto record = read(ctx, id);
        if (!record) return std::move(record).error();
        auto age = on_age ? on_age(*this, id) : right_age(id);
        if (!age) return std::move(age).error();
        return Aged{*std::move(record), *age};
    }
    Result<std::optional<Duration>> right_age(RecordId const& id) {
        std::lock_guard const lock(shared_->mutex);
        auto const row = find(id);
        return row ? std::optional(Environment::system().monotonic() - row->written) : std::optional<Duration>();
    }
    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads) {
        return on_read_many ? on_read_many(*this, ctx, reads) : right_read_many(ctx, reads);
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<Removal const> removals) {
        return on_remove_many ? on_remove_many(*this, ctx, removals) : right_remove_many(ctx, removals);
    }
    std::vector<Result<RecordPtr>> right_read_many(Context const& ctx, std::span<KnownRecord const> reads) {
        std::vector<Result<RecordPtr>> all;
        for (KnownRecord const& one : reads) all.push_back(one.known ? reread(ctx, one.id, one.known) : read(ctx, one.id));
        return all;
    }
    std::vector<Result<WriteOutcome>> right_remove_many(Context const& ctx, std::span<Removal const> removals) {
        std::vector<Result<WriteOutcome>> all;
        for (Removal const& one : removals) all.push_back(remove(ctx, one.id, one.when));
        return all;
    }
    std::size_t at_once() const { return 8; }
    Result<Turn> turn(Context const& ctx, RecordId const& id, bool always) {
        return on_turn ? on_turn(*this, ctx, id, always) : right_turn(ctx, turn_rank(id), always);
    }
    std::size_t turn_rank(RecordId const& id) const {
        return on_rank ? on_rank(id) : std::hash<std::string_view>()(id.key.view()) % 7;
    }
    Result<LockDirectory> lock_directory() const {
        return on_lock_directory ? on_lock_directory(*this) : right_lock_directory();
    }

    // ---- the right ones ----

    Result<RecordPtr> right_read(RecordId const& id) const {
        std::lock_guard const lock(shared_->mutex);
        auto const row = find(id);
        if (!row || !give) return row ? row->record : RecordPtr();
        Record copy = *row->record;
        give(id, copy);
        return RecordPtr(std::make_shared<Record const>(std::move(copy)));
    }
    Result<WriteOutcome> right_write(RecordId const& id, RecordPtr const& record, Precondition const& when) {
        Write const one{id, record, when};
        return change({&one, 1}, Call::write);
    }
    Result<WriteOutcome> right_remove(RecordId const& id, Precondition const& when) {
        Write const one{id, nullptr, when};
        return change({&one, 1}, Call::remove);
    }
    Result<WriteOutcome> change(std::span<Write const> writes, Call call) {
        std::lock_guard const lock(shared_->mutex);
        for (Write const& one : writes) {
            if (!attributed && one.id.slot != Slot::current) return Error(Errc::not_supported, "states only");
            auto const row = find(one.id);
            Record const* const now = row ? row->record.get() : nullptr;
            if (!(holds ? holds(one.id, one.when, now, call) : one.when.holds(now))) return WriteOutcome::conflict();
        }
        Revision revision;
        for (Write const& one : writes) {
            std::string const at = name_of(one.id);
            if (!one.record) {
                shared_->rows.erase(at);
                continue;
            }
            auto const row = find(one.id);
            auto const stored = ready(one.id, one.record, row ? row->record.get() : nullptr, call);
            revision = stored->revision;
            shared_->rows[at] = std::make_shared<Row const>(one.id, stored, Environment::system().monotonic());
        }
        return WriteOutcome::applied(writes.size() == 1 ? revision : Revision());
    }
    Result<ListPage> right_list(ListRequest const& request) const {
        std::lock_guard const lock(shared_->mutex);
        ListPage page;
        for (auto at = shared_->rows.upper_bound(request.cursor); at != shared_->rows.end(); ++at) {
            Row const& row = *at->second;
            std::string_view const key = row.key.view();
            bool const named = request.whole_key ? key == request.prefix : key.starts_with(request.prefix);
            bool const hidden = row.id.slot == Slot::current && row.record->stamp.tombstone;
            if (row.id.slot != request.slot || !named || hidden) continue;
            if (page.records.size() == std::max<std::size_t>(request.limit, 1)) return page;
            page.records.push_back({row.key, row.id.version});
            page.next = at->first;
        }
        page.next.clear();
        return page;
    }
    Result<Turn> right_turn(Context const& ctx, std::size_t rank, bool always) {
        struct Place final : Turn::Place {
            std::shared_ptr<Shared> shared;
            std::size_t rank;
            Place(std::shared_ptr<Shared> of, std::size_t at) : shared(std::move(of)), rank(at) {}
            ~Place() override {
                std::lock_guard const lock(shared->mutex);
                shared->queues[rank].pop_front();
            }
        };
        auto const me = std::this_thread::get_id();
        {
            std::lock_guard const lock(shared_->mutex);
            auto& queue = shared_->queues[rank];
            if (queue.empty() && !always) return Turn();
            if (!queue.empty() && queue.front() == me) return Turn();
            queue.push_back(me);
        }
        for (;;) {
            {
                std::lock_guard const lock(shared_->mutex);
                if (shared_->queues[rank].front() == me) return Turn(std::make_unique<Place>(shared_, rank));
            }
            if (auto const waited = ctx.wait(std::chrono::milliseconds(1)); !waited) {
                std::lock_guard const lock(shared_->mutex);
                std::erase(shared_->queues[rank], me);
                return waited.error();
            }
        }
    }
    Result<LockDirectory> right_lock_directory() const {
        std::lock_guard const lock(shared_->mutex);
        if (shared_->directory.empty()) {
            std::string path = (std::filesystem::temp_directory_path() / "holdfast-ark-XXXXXX").string();
            shared_->directory = ::mkdtemp(path.data());
        }
        return LockDirectory::open(shared_->directory);
    }

    /// Of every record, as a broken one may look at them.
    std::vector<std::shared_ptr<Row const>> rows() const {
        std::lock_guard const lock(shared_->mutex);
        std::vector<std::shared_ptr<Row const>> all;
        for (auto const& [unused, row] : shared_->rows) all.push_back(row);
        return all;
    }

private:
    struct Shared {
        std::mutex mutex;
        Rows rows;
        std::map<std::size_t, std::deque<std::thread::id>> queues;
        std::string directory;
        ~Shared() {
            std::error_code ignored;
            if (!directory.empty()) std::filesystem::remove_all(directory, ignored);
        }
    };

    std::string name_of(RecordId const& id) const {
        if (name) return name(id);
        std::string text(id.key.view());
        text.push_back('\0');
        text.append(std::to_string(static_cast<int>(id.slot)));
        if (id.slot == Slot::version) text.append(to_string(id.version));
        return text;
    }
    std::shared_ptr<Row const> find(RecordId const& id) const {
        auto const at = shared_->rows.find(name_of(id));
        return at == shared_->rows.end() ? nullptr : at->second;
    }
    RecordPtr ready(RecordId const& id, RecordPtr const& record, Record const* old, Call call) const {
        Record copy = *record;
        copy.revision = Revision(record->stamp.ids.newest());
        if (!attributed_) copy = Record{record->key, record->payload, Stamp(), {}, copy.revision};
        if (store) store(id, copy, old, call);
        return std::make_shared<Record const>(std::move(copy));
    }

    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

using Ark = BasicArk<>;

}  // namespace zoo

#endif
