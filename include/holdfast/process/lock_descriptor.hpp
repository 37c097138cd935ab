#ifndef HOLDFAST_PROCESS_LOCK_DESCRIPTOR_HPP
#define HOLDFAST_PROCESS_LOCK_DESCRIPTOR_HPP

#include <holdfast/process/fork_watch.hpp>
#include <holdfast/process/process_image.hpp>

#include <atomic>
#include <cerrno>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace holdfast::detail {

/// The descriptor of a lock file: of this process alone, and open for no longer than the process has room for it.
///
/// A lock belongs to the open description, so a child that kept a copy of the descriptor would hold its parent's locks
/// after the parent's death. All of them are therefore known here, and closed in a forked child before `fork` returns
/// there. A child of `_Fork` or `clone` closes them when it asks for any lock; one that never does keeps the locks.
///
/// Who is done with a lock leaves the descriptor open for the next time. An eighth of the files that the process may
/// have open are left so at most (and 256); further ones take the place of the oldest. When the process has no room for
/// another file, all of them are closed (`close_idle`).
///
/// Thread safety: every member, from any thread.
class LockDescriptor {
public:
    LockDescriptor() noexcept = default;
    LockDescriptor(LockDescriptor const&) = delete;
    LockDescriptor& operator=(LockDescriptor const&) = delete;
    ~LockDescriptor() { close(); }

    int get() const noexcept { return fd_; }
    /// Whether it is open, and was opened by this process.
    bool ours() const noexcept { return users_.load(std::memory_order_relaxed) > idle && of(process_generation()); }

    /// Keeps it open until `rest`, once more for each call. Opens it by `call()`, a descriptor or -1, if it is not.
    /// False: the reason is in `errno`. Cost: no system call if it was open.
    template <class Call>
    bool use(Call&& call) {
        unsigned const now = process_generation();
        if (of(now) && use_again()) return true;
        Registry const all;
        if (use_again()) return true;
        int fd = call();
        if (fd < 0 && may_make_room(errno) && all.drop_idle(0)) fd = call();
        if (fd < 0) return false;
        all.make_room();
        fd_ = fd;
        generation_.store(now, std::memory_order_relaxed);
        ++openings_;
        all.add(*this);
        users_.store(1, std::memory_order_release);
        return true;
    }
    /// The end of a use, of the opening with this number.
    void rest(unsigned opening) noexcept {
        if (ours() && openings_ == opening) users_.fetch_sub(1, std::memory_order_release);
    }
    /// Whether somebody else uses it, too.
    bool shared() const noexcept { return users_.load(std::memory_order_relaxed) > 1; }
    /// Ends every use.
    void close() noexcept {
        if (users_.load(std::memory_order_relaxed) == closed) return;
        Registry const all;
        if (users_.load(std::memory_order_relaxed) != closed) all.drop(*this);
    }
    /// Another number after each opening.
    unsigned openings() const noexcept { return openings_; }

    /// Closes those that nobody uses. Whether there were some.
    static bool close_idle() noexcept {
        int const kept = errno;
        bool const closed_some = Registry().drop_idle(0);
        errno = kept;
        return closed_some;
    }
    /// Whether that helps against an error of `open`.
    static constexpr bool may_make_room(int error) noexcept { return error == EMFILE || error == ENFILE; }

private:
    static constexpr int closed = -1, idle = 0;  // and above: how many use it

    bool of(unsigned generation) const noexcept { return generation_.load(std::memory_order_relaxed) == generation; }
    bool use_again() noexcept {
        int users = users_.load(std::memory_order_relaxed);
        while (users != closed)
            if (users_.compare_exchange_weak(users, users + 1, std::memory_order_acquire)) return true;
        return false;
    }

    /// All that are open, the oldest first, for as long as this lives.
    class Registry {
    public:
        Registry() noexcept { lock(); }
        Registry(Registry const&) = delete;
        Registry& operator=(Registry const&) = delete;
        ~Registry() { ::pthread_mutex_unlock(&mutex_); }

        void add(LockDescriptor& one) const noexcept {
            one.before_ = last_;
            one.after_ = nullptr;
            (last_ != nullptr ? last_->after_ : first_) = &one;
            last_ = &one;
            ++open_;
        }
        void drop(LockDescriptor& one) const noexcept {
            int const kept = errno;
            ::close(one.fd_);
            errno = kept;
            forget(one);
        }
        void make_room() const noexcept {
            if (open_ >= 4) (void)drop_idle(most() - 1);
        }
        /// Leaves `rest` at most, if so many can be closed.
        bool drop_idle(unsigned rest) const noexcept {
            bool dropped = false;
            for (LockDescriptor *one = first_, *next; one != nullptr && open_ > rest; one = next) {
                next = one->after_;
                int users = idle;
                if (!one->users_.compare_exchange_strong(users, closed, std::memory_order_acquire)) continue;
                drop(*one);
                dropped = true;
            }
            return dropped;
        }

        static void before_fork() noexcept { lock(); }
        static void in_parent() noexcept { ::pthread_mutex_unlock(&mutex_); }
        static void in_child() noexcept {
            close_all();
            ::pthread_mutex_unlock(&mutex_);
        }

    private:
        static void lock() noexcept {
            // What is left of a parent whose `_Fork` or `clone` told nobody, while another thread may have been here.
            fork_.look([] {
                (void)::pthread_mutex_init(&mutex_, nullptr);
                close_all();
            });
            ::pthread_mutex_lock(&mutex_);
        }
        static void close_all() noexcept {
            for (LockDescriptor* one = first_; one != nullptr; one = one->after_) {
                ::close(one->fd_);
                one->fd_ = -1;
                one->users_.store(closed, std::memory_order_relaxed);
            }
            first_ = last_ = nullptr;
            open_ = 0;
        }
        static unsigned most() noexcept {
            rlimit limit{};
            if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur / 8 > 256) return 256;
            return limit.rlim_cur < 32 ? 4 : static_cast<unsigned>(limit.rlim_cur / 8);
        }
        static void forget(LockDescriptor& one) noexcept {
            (one.before_ != nullptr ? one.before_->after_ : first_) = one.after_;
            (one.after_ != nullptr ? one.after_->before_ : last_) = one.before_;
            one.fd_ = -1;
            one.users_.store(closed, std::memory_order_relaxed);
            --open_;
        }

        // Nothing here has a constructor or a destructor that runs: locks are taken before `main` and after it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wzero-as-null-pointer-constant"  // the system's macro
        static inline constinit pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
#pragma GCC diagnostic pop
        static inline constinit LockDescriptor *first_ = nullptr, *last_ = nullptr;
        static inline constinit unsigned open_ = 0;
        static inline constinit ForkWatch fork_{ForkWatch::Unused()};
        // Before the first use, when the program or the library that this is part of begins: a fork that comes in the
        // middle of a first use would find it half made.
        static bool begin() noexcept { return ::pthread_atfork(&before_fork, &in_parent, &in_child) == 0; }
        static inline bool const begun_ = begin();
    };

    int fd_ = -1;
    std::atomic<int> users_{closed};
    std::atomic<unsigned> generation_{0};
    unsigned openings_ = 0;
    LockDescriptor *before_ = nullptr, *after_ = nullptr;
};

}  // namespace holdfast::detail

#endif
