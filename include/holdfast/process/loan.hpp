#ifndef HOLDFAST_PROCESS_LOAN_HPP
#define HOLDFAST_PROCESS_LOAN_HPP

#include <atomic>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include <pthread.h>

namespace holdfast::detail {

/// An object that a thread keeps from call to call, for the time of one call: `*loan` is its owner, empty the first
/// time, and also while the one that is kept is lent already (a call inside of a call).
///
/// Works at any time, also when the thread or the process ends and other objects are gone: nothing here has a
/// destructor. What a thread keeps is freed by the destructor of a key of POSIX threads, behind all destructors of C++,
/// and again if others of that kind use it once more. What the main thread keeps stays until the process is gone.
///
/// `Owner` is a `std::unique_ptr`. Cost: that of a pointer of the thread; two calls the first time.
template <class Owner>
class Loan {
public:
    Loan() noexcept : owner_(std::exchange(slot().kept, nullptr)) {}
    Loan(Loan const&) = delete;
    Loan& operator=(Loan const&) = delete;
    ~Loan() {
        Slot& here = slot();
        if (here.kept != nullptr) return;  // somebody inside of this call left one
        if (here.freed_at_end != owner_.get()) {
            if (!free_at_end(owner_.get())) return;
            here.freed_at_end = owner_.get();
        }
        here.kept = owner_.release();
    }

    Owner& operator*() noexcept { return owner_; }
    Owner const& operator*() const noexcept { return owner_; }

private:
    using Pointer = typename Owner::pointer;

    struct Slot {
        Pointer kept = nullptr;          ///< null while it is lent
        Pointer freed_at_end = nullptr;  ///< what the key names
    };

    static Slot& slot() noexcept {
        static_assert(std::is_trivially_destructible_v<Slot>);
        thread_local constinit Slot here;
        return here;
    }

    static constexpr long unmade = -1, gone = -2;

    static bool free_at_end(Pointer object) noexcept {
        long key = key_.load(std::memory_order_acquire);
        if (key == unmade) key = make_key();
        return key >= 0 && ::pthread_setspecific(static_cast<pthread_key_t>(key), object) == 0;
    }

    static long make_key() noexcept {
        pthread_key_t made{};
        if (::pthread_key_create(&made, [](void* object) {
                slot() = {};
                Owner(static_cast<Pointer>(object));
            }) != 0)
            return unmade;
        long known = unmade;
        if (!key_.compare_exchange_strong(known, static_cast<long>(made), std::memory_order_acq_rel)) {
            (void)::pthread_key_delete(made);
            return known;
        }
        // If this is in a shared library that is unloaded, the threads that go on must not call into it.
        (void)std::atexit([] {
            long const key = key_.exchange(gone, std::memory_order_acq_rel);
            if (key >= 0) (void)::pthread_key_delete(static_cast<pthread_key_t>(key));
        });
        return static_cast<long>(made);
    }

    static inline constinit std::atomic<long> key_{unmade};

    Owner owner_;
};

}  // namespace holdfast::detail

#endif
