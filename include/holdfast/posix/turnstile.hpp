#ifndef HOLDFAST_POSIX_TURNSTILE_HPP
#define HOLDFAST_POSIX_TURNSTILE_HPP

#include <holdfast/core/turn.hpp>
#include <holdfast/posix/ticket_queue.hpp>
#include <holdfast/process/process_image.hpp>
#include <holdfast/threads/fair_mutex.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace holdfast::detail {

/// Where those who write the same thing queue, in order of arrival: the threads of a process among themselves, and one
/// of them with those of other processes.
///
/// Courtesy, like the queues of which it is made. A turn is kept while a function of the user runs: nobody waits for it
/// longer than 10 s, nor while he has one himself. He goes past, and competes for the thing with whoever is there.
///
/// In a child that was forked it is to be made anew, in place (`ForkWatch`).
class Turnstile {
public:
    explicit Turnstile(unsigned lane) noexcept : queue_(lane) {}

    /// A way through, until it ends.
    class Pass {
    public:
        Pass(Pass&& other) noexcept
            : turnstile_(std::exchange(other.turnstile_, nullptr)),
              file_(other.file_),
              generation_(other.generation_),
              way_(other.way_) {}
        Pass& operator=(Pass&&) = delete;
        ~Pass() {
            if (!ours() || way_ != Way::first) return;
            if (file_ != nullptr) turnstile_->queue_.leave(*file_);
            turnstile_->threads_.unlock();
        }

        /// Until `attempt()`, a `Result<bool>`, is true: see `TicketQueue::get`. `file` is open until this ends; if it
        /// is not, there is no queue. After `found_free` it does not ask again who is there.
        template <class Attempt>
        Result<void> get(LockFile& file, Context const& context, Attempt&& attempt) {
            bool const asked = std::exchange(found_free_, nullptr) == turnstile_;
            if (way_ == Way::past || !file.ours()) return repeat(context, attempt);
            file_ = &file;
            return turnstile_->queue_.get(file, context, attempt, !asked);
        }

    private:
        friend class Turnstile;
        enum class Way : unsigned char {
            first,   ///< as the only one of this process
            within,  ///< in a turn of this thread
            past,    ///< without order
        };
        Pass(Turnstile& turnstile, Way way) noexcept : turnstile_(&turnstile), way_(way) {}

        /// Not moved from, and not the copy in a child that was forked.
        bool ours() const noexcept { return turnstile_ != nullptr && generation_ == process_generation(); }

        Turnstile* turnstile_;
        LockFile* file_ = nullptr;
        unsigned generation_ = process_generation();
        Way way_;
    };

    /// Waits for the other threads of this process. Errors: `timed_out`, `cancelled`.
    Result<Pass> enter(Context const& context) {
        using Way = Pass::Way;
        if (has_turn()) return Pass(*this, Way::within);
        if (threads_.try_lock()) return Pass(*this, Way::first);
        bool const in_turn = holder_.load(std::memory_order_relaxed) != 0;
        if (in_turn && (this_strand().has_turn || gone_past_.load(std::memory_order_relaxed)))
            return Pass(*this, Way::past);
        auto waited = threads_.lock(context.within(longest_turn));
        if (waited) return Pass(*this, Way::first);
        if (waited.error() != Errc::timed_out || context.expired()) return std::move(waited).error();
        gone_past_.store(true, std::memory_order_relaxed);
        return Pass(*this, Way::past);
    }

    /// Whether this thread has its turn here.
    bool has_turn() const noexcept { return holder_.load(std::memory_order_relaxed) == this_strand().number; }
    /// Whether no thread of this process is there. At a glance.
    bool is_free_here() const noexcept { return !threads_.is_locked(); }
    /// Whether nobody of another process is there. Cost: 1 system call if so.
    bool is_free_elsewhere(LockFile& file) const noexcept { return !queue_.occupied(file); }
    /// Nobody is there at all: the next pass of this thread need not ask.
    void found_free() const noexcept { found_free_ = this; }

    /// The caller's turn, after waiting for it. `open()` opens `file`, which rests when the turn ends. An empty one if
    /// this is no time to wait. Errors: `timed_out`, `cancelled`, those of `open`.
    template <class Open>
    Result<Turn> turn(Context const& context, LockFile& file, Open&& open) {
        auto pass = enter(context);
        if (!pass) return std::move(pass).error();
        if (pass->way_ != Pass::Way::first || this_strand().has_turn) return Turn();
        if (auto opened = open(); !opened) return std::move(opened).error();
        LockFile::Use use(file);
        auto place = std::make_unique<Place>(std::move(use), file, *std::move(pass));
        auto waited = queue_.wait(file, context, [] { return Result<bool>(true); });
        if (!waited) return std::move(waited).error();
        place->begin();
        return Turn(std::move(place));
    }

private:
    static constexpr Duration longest_turn = std::chrono::seconds(10);

    class Place final : public Turn::Place {
    public:
        Place(LockFile::Use use, LockFile& file, Pass pass) noexcept : use_(std::move(use)), pass_(std::move(pass)) {
            pass_.file_ = &file;
        }
        ~Place() override {
            if (!pass_.ours()) return;
            pass_.turnstile_->holder_.store(0, std::memory_order_relaxed);
            pass_.turnstile_->gone_past_.store(false, std::memory_order_relaxed);
        }
        void begin() noexcept {
            pass_.turnstile_->queue_.slow(*pass_.file_);
            pass_.turnstile_->holder_.store(this_strand().number, std::memory_order_relaxed);
        }

    private:
        LockFile::Use use_;  // ends last
        Pass pass_;
    };

    FairMutex threads_;
    TicketQueue queue_;                     ///< of whoever has `threads_`
    std::atomic<std::uint64_t> holder_{0};  ///< the strand that has its turn
    std::atomic<bool> gone_past_{false};    ///< somebody waited for this turn long enough
    static inline thread_local constinit Turnstile const* found_free_ = nullptr;
};

}  // namespace holdfast::detail

#endif
