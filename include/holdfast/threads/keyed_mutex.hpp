#ifndef HOLDFAST_THREADS_KEYED_MUTEX_HPP
#define HOLDFAST_THREADS_KEYED_MUTEX_HPP

#include <holdfast/core/text_hash.hpp>
#include <holdfast/process/process_image.hpp>
#include <holdfast/threads/queue_place.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace holdfast::detail {

/// A mutex for each name, with a `Data` that its holder may use. Excludes threads of this process, and gives each name
/// in order of arrival. Without contention no system call is made.
///
/// The holder is the thread that last acquired, moved or used (`use`) the `Held`; a thread that has ended holds
/// nothing. After a fork the child begins anew: there nobody holds or awaits a name, and copies of a `Held` are dead.
///
/// The data of up to `most_free` free names are kept, so that a descriptor in them need not be opened again.
template <class Data>
class KeyedMutex {
    struct Entry {
        bool held = false;
        std::atomic<std::uint64_t> holder{0};  ///< number of a strand; changed without the mutex by the holder
        WaitQueue waiting;                     ///< empty unless it is held
        Data data{};
    };
    // An entry stays where it is while others come and go.
    using Entries = std::unordered_map<std::string, Entry, TextHash, TextEqual>;
    using Named = typename Entries::value_type;

    /// What belongs to one process.
    struct Table {
        unsigned const generation = process_generation();
        std::mutex mutex;
        Entries entries;
        std::atomic<std::size_t> held{0};
        Table* abandoned = nullptr;

        bool is_ours() const noexcept { return generation == process_generation(); }
        void count(std::size_t change) noexcept {  // under the mutex
            held.store(held.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
        }
    };

public:
    explicit KeyedMutex(std::size_t most_free = 64) : most_free_(most_free), table_(new Table) {}
    KeyedMutex(KeyedMutex const&) = delete;
    KeyedMutex& operator=(KeyedMutex const&) = delete;
    ~KeyedMutex() { dispose(table_.load(std::memory_order_acquire)); }

    /// The mutex of one name, held. Movable; may be used and released by another thread.
    class Held {
    public:
        Held(Held&& other) noexcept : mutex_(std::move(other.mutex_)), table_(other.table_), at_(other.at_) { use(); }
        Held& operator=(Held other) noexcept {
            std::swap(mutex_, other.mutex_);
            std::swap(table_, other.table_);
            std::swap(at_, other.at_);
            use();
            return *this;
        }
        ~Held() { release(); }

        /// Whether this process holds it: not released, and not a copy that came into a forked child.
        explicit operator bool() const noexcept { return mutex_ != nullptr && table_->is_ours(); }
        /// The caller is the holder from now on.
        void use() noexcept {
            if (mutex_ != nullptr) at_->second.holder.store(this_strand().number, std::memory_order_relaxed);
        }
        std::string const& name() const noexcept { return at_->first; }
        /// For the holder alone.
        Data& data() noexcept { return at_->second.data; }

        void release() noexcept {
            bool const ours = static_cast<bool>(*this);
            if (auto const mutex = std::move(mutex_); ours) mutex->free(*table_, *at_);
        }

    private:
        friend class KeyedMutex;
        Held(std::shared_ptr<KeyedMutex> mutex, Table& table, Named& at) noexcept
            : mutex_(std::move(mutex)), table_(&table), at_(&at) {}

        std::shared_ptr<KeyedMutex> mutex_;
        Table* table_;
        Named* at_;
    };

    struct Nothing {
        void operator()(Data&) const noexcept {}
    };

    /// Waits as the context says. `introduce(Data&)` is called when the lock is had, and sets what `look` may read at
    /// the same time. Errors: `already_held` (by this thread), `busy`, `cancelled`.
    template <class Introduce = Nothing>
    static Result<Held> acquire(std::shared_ptr<KeyedMutex> const& self, Context const& context, std::string_view name,
                                Introduce&& introduce = {}) {
        Table& table = self->table();
        std::unique_lock lock(table.mutex);
        auto found = table.entries.find(name);
        if (found == table.entries.end()) found = table.entries.try_emplace(std::string(name)).first;
        Named& at = *found;
        Entry& entry = at.second;
        std::uint64_t const me = this_strand().number;
        if (!entry.held) {
            introduce(entry.data);
            entry.held = true;
            entry.holder.store(me, std::memory_order_relaxed);
            table.count(1);
            return Held(self, table, at);
        }
        if (entry.holder.load(std::memory_order_relaxed) == me)
            return Error(Errc::already_held, "this thread holds the lock already: write through its guard");
        QueuePlace place(table.mutex, entry.waiting, context.env, [&] { self->free(table, at); });
        place.join();
        lock.unlock();
        if (auto waited = place.wait(context); !waited)
            return waited.error() == Errc::timed_out
                       ? Error(Errc::busy, "another thread of this process holds the lock: try later")
                       : std::move(waited).error();
        Held held(self, table, at);
        {
            std::lock_guard const again(table.mutex);  // given back before `held`, which needs it to end
            introduce(entry.data);
        }
        return held;
    }

    /// A copy of the data of a name that is held.
    std::optional<Data> look(std::string_view name) {
        Table& table = this->table();
        std::lock_guard const lock(table.mutex);
        auto const at = table.entries.find(name);
        if (at == table.entries.end() || !at->second.held) return std::nullopt;
        return at->second.data;
    }

    /// Whether it is held now.
    bool is_held(std::string_view name) {
        Table& table = this->table();
        std::lock_guard const lock(table.mutex);
        auto const at = table.entries.find(name);
        return at != table.entries.end() && at->second.held;
    }

    /// Whether any name may be held. Cost: 2 loads.
    bool in_use() const noexcept {
        return table_.load(std::memory_order_acquire)->held.load(std::memory_order_relaxed) != 0;
    }

private:
    Table& table() {
        Table* now = table_.load(std::memory_order_acquire);
        while (!now->is_ours()) [[unlikely]] {  // the process was forked
            auto fresh = std::make_unique<Table>();
            Table* const parents = now;
            if (!table_.compare_exchange_strong(now, fresh.get(), std::memory_order_acq_rel)) continue;
            now = fresh.release();
            dispose(parents);
        }
        return *now;
    }

    /// A table of the parent may have been in the middle of a change: it is left alone, and still found by who looks
    /// for leaks.
    static void dispose(Table* table) noexcept {
        if (table->is_ours()) return delete table;
        table->abandoned = abandoned_.load(std::memory_order_relaxed);
        while (!abandoned_.compare_exchange_weak(table->abandoned, table, std::memory_order_relaxed)) {
        }
    }

    void free(Table& table, Named& at) noexcept {
        std::unique_lock lock(table.mutex);
        Entry& entry = at.second;
        if (auto const next = entry.waiting.next()) {
            entry.holder.store(next.strand, std::memory_order_relaxed);
            lock.unlock();
            return WaitQueue::tell(next);
        }
        entry.held = false;
        table.count(std::size_t(-1));
        if (table.entries.size() > most_free_) table.entries.erase(table.entries.find(at.first));
    }

    static inline constinit std::atomic<Table*> abandoned_{nullptr};

    std::size_t const most_free_;
    std::atomic<Table*> table_;
};

}  // namespace holdfast::detail

#endif
