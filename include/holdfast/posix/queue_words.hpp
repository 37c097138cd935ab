#ifndef HOLDFAST_POSIX_QUEUE_WORDS_HPP
#define HOLDFAST_POSIX_QUEUE_WORDS_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/posix/lock_file.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace holdfast::detail {

/// What those who queue at a lock file tell each other: hints. Whatever stands there, and if nothing does, they only
/// look more often or in another order.
///
/// The words lie behind the text of the file, and are read and written by `pread` and `pwrite`: a file that is cut off
/// meanwhile is no signal. The mapping is only an address to wait on.
class QueueWords {
public:
    static constexpr unsigned lanes = 128;  ///< queues that one file has room for

    struct Standing {
        std::uint64_t passed = 0;  ///< tickets up to this one are waited for no more
        std::uint64_t turn = 0;    ///< the ticket whose holder is busy with what only he knows, and may be slow
        std::uint32_t looks = 0;   ///< changes as long as the first in the queue looks whether he may go on
        std::uint32_t bell = 0;    ///< changes with each ring
    };

    explicit QueueWords(unsigned lane) noexcept : at_(static_cast<off_t>(lane * sizeof(Standing))) {}
    QueueWords(QueueWords const&) = delete;
    QueueWords& operator=(QueueWords const&) = delete;
    ~QueueWords() { unmap(); }

    /// To be called before the first wait at a file that was opened. Cost: 4 system calls the first time.
    void attach(LockFile const& file) noexcept {
        if (opening_ == file.openings()) return;
        opening_ = file.openings();
        unmap();
        if (!make_room(file.fd())) return;
        void* const at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.fd(), place());
        page_ = at == MAP_FAILED ? nullptr : static_cast<char*>(at);
    }

    Standing read(LockFile const& file) const noexcept {
        char bytes[sizeof(Standing)] = {};
        (void)!::pread(file.fd(), bytes, sizeof bytes, place() + at_);
        Standing standing;
        std::memcpy(&standing, bytes, sizeof bytes);
        return standing;
    }
    void write_passed(LockFile const& file, std::uint64_t ticket) const noexcept {
        write(file, offsetof(Standing, passed), ticket);
    }
    void write_turn(LockFile const& file, std::uint64_t ticket) const noexcept {
        write(file, offsetof(Standing, turn), ticket);
    }
    void write_looks(LockFile const& file, std::uint32_t looks) const noexcept {
        write(file, offsetof(Standing, looks), looks);
    }

    /// Until the bell rings for the ticket, or is no longer as it was, or the time is over. Errors: `timed_out`,
    /// `cancelled`.
    Result<void> wait(Context const& context, std::uint32_t bell, std::uint64_t ticket, Duration at_most) const {
        if (page_ != nullptr) return context.wait(*word(), bell, at_most, scope(ticket));
        constexpr Duration blind = std::chrono::milliseconds(1);  // nobody can wake us
        return context.wait(at_most < blind ? at_most : blind);
    }
    /// Who waits is in another process, whatever world ours runs in.
    void ring(LockFile const& file, std::uint32_t bell, std::uint64_t ticket) const noexcept {
        if (page_ == nullptr) return;
        write(file, offsetof(Standing, bell), bell + 1);
        Environment::system().wake(word(), scope(ticket));
    }

private:
    static constexpr std::size_t size = 4096;
    static_assert(lanes * sizeof(Standing) <= size);

    static off_t place() noexcept {
        static constinit std::atomic<long> page{0};
        long known = page.load(std::memory_order_relaxed);
        if (known == 0) page.store(known = ::sysconf(_SC_PAGESIZE), std::memory_order_relaxed);
        return known > 8192 ? known : 8192;
    }
    static bool make_room(int fd) noexcept {
        off_t const end = place() + static_cast<off_t>(size);
        rlimit limit{};  // beyond it the system would send a signal
        if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur < static_cast<rlim_t>(end)) return false;
        struct stat about {};
        if (::fstat(fd, &about) != 0) return false;
        return about.st_size >= end || ::ftruncate(fd, end) == 0;  // only ever longer, and by nothing on the disk
    }

    template <class Word>
    void write(LockFile const& file, std::size_t at, Word word) const noexcept {
        if (page_ != nullptr) (void)!::pwrite(file.fd(), &word, sizeof word, place() + at_ + static_cast<off_t>(at));
    }

    WaitWord const* word() const noexcept {
        return reinterpret_cast<WaitWord const*>(page_ + at_ + offsetof(Standing, bell));
    }
    static WaitScope scope(std::uint64_t ticket) noexcept { return {true, std::uint32_t{1} << (ticket % 32)}; }

    void unmap() noexcept {
        if (page_ != nullptr) (void)::munmap(page_, size);
        page_ = nullptr;
    }

    off_t at_;
    char* page_ = nullptr;
    unsigned opening_ = 0;
};

}  // namespace holdfast::detail

#endif
