#ifndef HOLDFAST_CORE_LIBRARY_LIFE_HPP
#define HOLDFAST_CORE_LIBRARY_LIFE_HPP

#include <holdfast/core/environment.hpp>

#include <atomic>
#include <utility>

namespace holdfast::detail {

/// Whether the global objects of a linked library are still there. They are destroyed when the process ends, while
/// other destructors and other threads go on: who needs them asks for a `Use`, and is told that they are gone.
///
/// Thread safety: every member, from any thread. Cost of a `Use`: two atomic additions.
class LibraryLife {
public:
    /// The library is not taken down while this lives, which must be short. False: it is gone.
    class Use {
    public:
        Use(Use const&) = delete;
        Use& operator=(Use const&) = delete;
        ~Use() {
            if (life_ != nullptr) life_->users_.fetch_sub(1, std::memory_order_release);
        }
        explicit operator bool() const noexcept { return life_ != nullptr; }

    private:
        friend class LibraryLife;
        explicit Use(LibraryLife* life) noexcept : life_(life) {}
        LibraryLife* life_;
    };

    Use use() noexcept {
        if ((users_.fetch_add(1, std::memory_order_acquire) & over) == 0) return Use(this);
        users_.fetch_sub(1, std::memory_order_relaxed);
        return Use(nullptr);
    }

    bool is_over() const noexcept { return (users_.load(std::memory_order_relaxed) & over) != 0; }

    /// By what runs last before the library is taken down. Waits for those who use it, up to a second: what they do
    /// takes milliseconds, but those that a fork left behind in the parent are counted for ever.
    void end() noexcept {
        constexpr Duration step = std::chrono::microseconds(100);
        auto users = users_.fetch_or(over, std::memory_order_acq_rel);
        for (int i = 0; (users & ~over) != 0 && i < 10'000; ++i) {
            Environment::system().sleep(step);
            users = users_.load(std::memory_order_acquire);
        }
    }

private:
    static constexpr unsigned over = 1u << 31;

    std::atomic<unsigned> users_{0};
};

}  // namespace holdfast::detail

#endif
