#ifndef HOLDFAST_LOCKING_MUTEX_LOCK_HPP
#define HOLDFAST_LOCKING_MUTEX_LOCK_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/threads/keyed_mutex.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace holdfast {

/// Excludes the threads of this process that share this object or a copy of it, key by key. Other processes are not
/// held off: what they write shows as a conflict.
///
/// Who waits gets it in order of arrival. The lock has no epoch: it does not fence, since a thread that holds it cannot
/// be overtaken.
///
/// The holder is the thread that last acquired, moved or used the guard (`renew`, a write through it), so that a guard
/// can be handed over; a thread that has ended holds nothing. If the holder acquires the key again it gets
/// `already_held`, everybody else waits. A child of `fork` is another process: there nobody holds anything, and copies
/// of guards are dead.
///
/// Thread safety: every member may be called from any thread. Cost: no system call unless somebody must wait.
class MutexLock {
    using Mutex = detail::KeyedMutex<LockInfo>;

public:
    static constexpr Family family = Family::locking;

    class Guard {
    public:
        Epoch epoch() const noexcept { return 0; }
        /// As long as the process lives.
        Instant reliable_until() const noexcept { return held_ ? (Instant::max)() : (Instant::min)(); }
        /// Whether it is held. Whoever asks is the holder from now on. Errors: `lost`.
        Result<void> confirm(Context const&) {
            if (!held_) return Error(Errc::lost, "the lock was released, or is the parent's: acquire it again");
            held_.use();
            return {};
        }
        Result<void> renew(Context const& context) { return confirm(context); }
        /// Never fails; again is nothing.
        Result<void> release(Context const&) noexcept { return held_.release(), Result<void>(); }

    private:
        friend class MutexLock;
        explicit Guard(Mutex::Held held) noexcept : held_(std::move(held)) {}

        Mutex::Held held_;
    };

    /// Errors: `busy`, `cancelled`, `already_held`.
    template <StoragePolicy S>
    Result<Guard> acquire(S&, Context const& context, KeyView key, std::string_view purpose) {
        auto held = Mutex::acquire(mutex_, context, key.view(), [&](LockInfo& info) {
            info.who = context.env.who();
            info.purpose = purpose;
            info.since = context.env.wall();
        });
        if (!held) return std::move(held).error().during("lock").on(key.view());
        return Guard(*std::move(held));
    }

    /// Who holds the lock of a key, among those who share this object.
    template <StoragePolicy S>
    Result<std::optional<LockInfo>> inspect(S&, Context const&, KeyView key) {
        return mutex_->look(key.view());
    }

private:
    detail::Handle<Mutex> mutex_ = std::make_shared<Mutex>();
};

}  // namespace holdfast

#endif
