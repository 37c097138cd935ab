#ifndef HOLDFAST_LOCKING_MUTEX_LOCK_HPP
#define HOLDFAST_LOCKING_MUTEX_LOCK_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/detail/keyed_mutex.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace holdfast {

/// Excludes the threads of this process that share this object or a copy of it, key by key. Other processes are not
/// held off: what they write shows as a conflict.
///
/// Waiting has no order. The lock has no epoch: it does not fence, since a thread that holds it cannot be overtaken.
/// A thread that acquires a key again while it holds it gets `already_held`. Do not fork while a thread holds one.
///
/// Thread safety: every member may be called from any thread. Cost: no system call unless somebody must wait.
class MutexLock {
    using Mutex = detail::KeyedMutex<LockInfo>;

public:
    static constexpr Family family = Family::locking;

    class Guard {
    public:
        Epoch epoch() const noexcept { return 0; }
        Result<void> renew(Context const&) {
            if (!held_) return Error(Errc::lost, "the lock was released: acquire it again");
            return {};
        }
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
        auto held = Mutex::acquire(mutex_, context, key.view());
        if (!held) return std::move(held).error().during("lock").on(key.view());
        held->publish({context.env.who(), std::string(purpose), context.env.wall()});
        return Guard(*std::move(held));
    }

    /// Who holds the lock of a key, among those who share this object.
    template <StoragePolicy S>
    Result<std::optional<LockInfo>> inspect(S&, Context const&, KeyView key) {
        return mutex_->look(key.view());
    }

private:
    std::shared_ptr<Mutex> mutex_ = std::make_shared<Mutex>();
};

}  // namespace holdfast

#endif
