#ifndef HOLDFAST_PROCESS_PROCESS_IMAGE_HPP
#define HOLDFAST_PROCESS_PROCESS_IMAGE_HPP

#include <atomic>
#include <cstddef>
#include <new>

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

namespace holdfast::detail {

/// Which copy of the process this is: a number that differs on the two sides of every split of its memory that the
/// kernel knows of (`fork`, `_Fork`, `clone`), so that nothing that belongs to one side is used on the other. Never 0.
///
/// The kernel gives the child a page of zeros in the place of ours (`MADV_WIPEONFORK`, `INHERIT_ZERO`), also where no
/// handler of `pthread_atfork` is called. `vfork` shares the memory until `exec` and is no split. What the kernel does
/// not know of, a machine or a process that is resumed twice from one image, is not noticed here.
///
/// Nothing is ever half made: a child that is forked at any moment finds a number or makes one.
class ProcessImage {
public:
    /// Cost: two loads.
    static unsigned generation() noexcept {
        Number* page = page_.load(std::memory_order_acquire);
        if (page == nullptr) [[unlikely]]
            page = make_page();
        unsigned now = page->load(std::memory_order_relaxed);
        if (now != 0) [[likely]]
            return now;
        // A new copy, or the first question. What was drawn before the split is in memory that is not wiped.
        unsigned const next = drawn_.fetch_add(1, std::memory_order_relaxed) + 1;
        return page->compare_exchange_strong(now, next, std::memory_order_relaxed) ? next : now;
    }

private:
    using Number = std::atomic<unsigned>;

    static Number* make_page() noexcept {
        Number* made = wiped_page();
        if (made == nullptr) {  // an old kernel: `_Fork` and `clone` go unnoticed
            made = &by_handler_;
            (void)::pthread_atfork(nullptr, nullptr, [] { by_handler_.store(0, std::memory_order_relaxed); });
        }
        Number* there = nullptr;  // of a thread that was faster; then ours stays behind, once in the life of a process
        return page_.compare_exchange_strong(there, made, std::memory_order_acq_rel) ? made : there;
    }

    static Number* wiped_page() noexcept {
#if defined(MADV_WIPEONFORK) || defined(INHERIT_ZERO)
        auto const size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        void* const page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) return nullptr;
#if defined(MADV_WIPEONFORK)
        if (::madvise(page, size, MADV_WIPEONFORK) == 0) return ::new (page) Number(0);
#else
        if (::minherit(page, size, INHERIT_ZERO) == 0) return ::new (page) Number(0);
#endif
        (void)::munmap(page, size);
#endif
        return nullptr;
    }

    static inline constinit std::atomic<Number*> page_{nullptr};
    static inline constinit Number drawn_{0}, by_handler_{0};
};

inline unsigned process_generation() noexcept { return ProcessImage::generation(); }

}  // namespace holdfast::detail

#endif
