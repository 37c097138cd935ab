#ifndef HOLDFAST_DETAIL_KEYED_MUTEX_HPP
#define HOLDFAST_DETAIL_KEYED_MUTEX_HPP

#include <holdfast/detail/patience.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

namespace holdfast::detail {

/// A mutex for each name, with a `Data` that its holder may use. Excludes threads of this process.
///
/// The data of up to 64 free names are kept, so that a descriptor in them need not be opened again.
template <class Data>
class KeyedMutex {
    struct Entry {
        std::thread::id owner;
        bool held = false;
        unsigned users = 0;  ///< the holder and those who wait
        std::condition_variable freed;
        Data data{};
    };
    struct Hash {
        using is_transparent = void;  // a name that is known is found without a copy of it
        std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>()(name); }
    };
    // An entry stays where it is while others come and go.
    using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;
    using Named = typename Entries::value_type;

public:
    /// The mutex of one name, held. Movable; may be released by another thread.
    class Held {
    public:
        Held(Held&& other) noexcept : mutex_(std::move(other.mutex_)), at_(other.at_) {}
        Held& operator=(Held other) noexcept {
            std::swap(mutex_, other.mutex_);
            std::swap(at_, other.at_);
            return *this;
        }
        ~Held() { release(); }

        explicit operator bool() const noexcept { return mutex_ != nullptr; }
        std::string const& name() const noexcept { return at_->first; }
        /// For the holder alone.
        Data& data() noexcept { return at_->second.data; }
        /// Sets what `look` may read at the same time.
        void publish(Data data) {
            std::lock_guard const lock(mutex_->mutex_);
            at_->second.data = std::move(data);
        }

        void release() noexcept {
            if (auto const mutex = std::move(mutex_)) mutex->free(at_);
        }

    private:
        friend class KeyedMutex;
        Held(std::shared_ptr<KeyedMutex> mutex, Named* at) noexcept : mutex_(std::move(mutex)), at_(at) {}

        std::shared_ptr<KeyedMutex> mutex_;
        Named* at_;
    };

    /// Waits as the context says. Errors: `already_held` (by this thread), `busy`, `cancelled`.
    static Result<Held> acquire(std::shared_ptr<KeyedMutex> const& self, Context const& context,
                                std::string_view name) {
        std::unique_lock lock(self->mutex_);
        auto found = self->entries_.find(name);
        if (found == self->entries_.end()) found = self->entries_.try_emplace(std::string(name)).first;
        Named* const at = &*found;
        Entry& entry = at->second;
        if (entry.held && entry.owner == std::this_thread::get_id())
            return Error(Errc::already_held, "this thread holds the lock already: write through its guard");
        ++entry.users;
        if (entry.held && may_block(context)) entry.freed.wait(lock, [&] { return !entry.held; });
        if (entry.held) {
            lock.unlock();
            auto waited = until(
                context, [&]() -> Result<bool> { return self->try_take(entry); },
                [] { return std::string("another thread of this process holds the lock: try later"); });
            if (waited) return Held(self, at);
            lock.lock();
            self->leave(at);
            return std::move(waited).error();
        }
        take(entry);
        return Held(self, at);
    }

    /// A copy of the data of a name that is held.
    std::optional<Data> look(std::string_view name) {
        std::lock_guard const lock(mutex_);
        auto const at = entries_.find(name);
        if (at == entries_.end() || !at->second.held) return std::nullopt;
        return at->second.data;
    }

private:
    bool try_take(Entry& entry) {
        std::lock_guard const lock(mutex_);
        if (entry.held) return false;
        take(entry);
        return true;
    }
    static void take(Entry& entry) noexcept {
        entry.held = true;
        entry.owner = std::this_thread::get_id();
    }
    void free(Named* at) noexcept {
        std::lock_guard const lock(mutex_);
        at->second.held = false;
        at->second.freed.notify_one();
        leave(at);
    }
    void leave(Named* at) noexcept {
        if (--at->second.users == 0 && entries_.size() > 64) entries_.erase(entries_.find(at->first));
    }

    std::mutex mutex_;
    Entries entries_;
};

}  // namespace holdfast::detail

#endif
