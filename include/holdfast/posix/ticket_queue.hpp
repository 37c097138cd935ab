#ifndef HOLDFAST_POSIX_TICKET_QUEUE_HPP
#define HOLDFAST_POSIX_TICKET_QUEUE_HPP

#include <holdfast/posix/queue_words.hpp>

#include <optional>
#include <utility>

namespace holdfast::detail {

/// The place of a process in a queue of those who want the same thing, in order of arrival.
///
/// It is courtesy and excludes nobody. Who waits holds a ticket: a byte of a lock file, far behind its end, that the
/// kernel gives back when the process dies. Nobody before him: it is his turn, and he tries to get the thing itself
/// until he has it. He keeps the ticket until he needs the thing no more, and then wakes the next.
///
/// Whose turn it is and who does not look for it for 20 ms, since he is stopped or has got it, is passed over: the
/// others go on, and he is behind them when he comes back. Who said that he is slow (`slow`) is given 10 s. A machine
/// that is too busy gives everybody more.
///
/// Where bytes cannot be locked (`flock`) there is no queue: who waits looks in steps, in no order.
/// A file has several queues, numbered. Used by one thread at a time; threads of a process queue before.
class TicketQueue {
public:
    explicit TicketQueue(unsigned lane) noexcept
        : words_(lane), first_byte_((off_t{1} << 40) + static_cast<off_t>(lane) * lane_size) {}
    TicketQueue(TicketQueue const&) = delete;
    TicketQueue& operator=(TicketQueue const&) = delete;

    /// Whether another process waits or has its turn in any queue of the file. Cost: 1 system call.
    static bool anybody(LockFile& file) noexcept {
        return file.first_held(off_t{1} << 40, (off_t{1} << 40) + QueueWords::lanes * lane_size).has_value();
    }
    /// The same of this queue; who was passed over does not count. Cost: 1 system call if not.
    bool occupied(LockFile& file) const noexcept {
        auto const found = held(file, 1, most);
        if (!found) return false;
        Ticket const passed = checked(words_.read(file).passed);
        return *found > passed || held(file, passed + 1, most);
    }

    /// Until `attempt()`, a `Result<bool>`, is true: at once if nobody waits, else in order. Without patience there is
    /// one attempt, whoever waits. What it has got with the help of a ticket must end with `leave`. Errors:
    /// `timed_out`, `cancelled`, or its own. Cost, if nobody waits: 1 system call, or none without `look`.
    template <class Attempt>
    Result<void> get(LockFile& file, Context const& context, Attempt&& attempt, bool look = true) {
        bool const may_try = inside() || context.immediate() || !look || !occupied(file);
        if (may_try) {
            Result<bool> const done = attempt();
            if (!done) return done.error();
            if (*done) return {};
            if (context.immediate()) return Error(Errc::timed_out, "others have it, and no time was given to wait");
        }
        return wait(file, context, attempt);
    }

    /// Waits for the turn, as the context says, and then for `attempt()`, a `Result<bool>`, to be true. Without a
    /// ticket it gets one, and keeps it until `leave`. Errors: `timed_out`, `cancelled`, or its own.
    template <class Attempt>
    Result<void> wait(LockFile& file, Context const& context, Attempt&& attempt) {
        Leave leaves{*this, file, !inside()};
        if (!inside() && file.has_bytes()) {
            words_.attach(file);
            draw(file, words_.read(file));
        }
        Result<void> waited = inside() ? in_order(file, context, attempt) : repeat(context, attempt);
        if (waited) leaves.now = false;
        return waited;
    }

    bool inside() const noexcept { return ticket_ != 0; }
    /// Says that what we do with our turn takes its time.
    void slow(LockFile const& file) const noexcept {
        if (inside()) words_.write_turn(file, ticket_);
    }
    /// Gives the turn to the next, if we have it.
    void leave(LockFile& file) noexcept {
        if (!inside()) return;
        give_up_ticket(file);
        auto const standing = words_.read(file);
        note_passed(standing);
        if (auto const next = lowest(file, passed_ + 1, most)) words_.ring(file, standing.bell, *next);
    }

private:
    using Ticket = std::uint64_t;
    static constexpr off_t lane_size = off_t{1} << 50;
    static constexpr Ticket most = static_cast<Ticket>(lane_size) - 1;
    static constexpr Ticket believable = most / 2;  ///< what a file says beyond that is damage
    static constexpr Duration soon = std::chrono::microseconds(50), later = std::chrono::milliseconds(10);
    static constexpr Duration grace = std::chrono::milliseconds(20), grace_if_slow = std::chrono::seconds(10);

    /// The one before us, and since when he has not moved. Several looks of our own must agree: on a machine that is
    /// too busy to run him in time, ours come late, too.
    struct Watch {
        Ticket ticket = 0;
        std::uint32_t looks = 0;
        Instant since{};
        unsigned seen = 0;

        bool stands_still(Ticket first, QueueWords::Standing const& now, Instant time) noexcept {
            if (ticket != first || looks != now.looks) *this = {first, now.looks, time};
            return ++seen > 3 && time - since > (now.turn == first ? grace_if_slow : grace);
        }
    };

    /// Who fails, also by an exception, does not stay in the others' way.
    struct Leave {
        TicketQueue& queue;
        LockFile& file;
        bool now;

        ~Leave() {
            if (now) queue.leave(file);
        }
    };

    static Ticket checked(Ticket ticket) noexcept { return ticket < believable ? ticket : 0; }
    /// Where nothing can be written, what we found out ourselves counts.
    void note_passed(QueueWords::Standing const& standing) noexcept {
        if (Ticket const told = checked(standing.passed); told > passed_) passed_ = told;
    }

    off_t byte(Ticket ticket) const noexcept { return first_byte_ + static_cast<off_t>(ticket); }
    std::optional<Ticket> held(LockFile& file, Ticket from, Ticket to) const noexcept {
        auto const found = file.first_held(byte(from), byte(to));
        if (!found) return std::nullopt;
        return *found < byte(from) ? from : static_cast<Ticket>(*found - first_byte_);
    }
    /// The kernel most often names the lowest, but does not promise it.
    std::optional<Ticket> lowest(LockFile& file, Ticket from, Ticket to) const noexcept {
        auto found = held(file, from, to);
        while (found && *found > from) {
            auto const lower = held(file, from, *found - 1);
            if (!lower) break;
            found = lower;
        }
        return found;
    }

    /// A ticket behind all others, if there is one to be had. The kernel knows them: there is no counter that could be
    /// damaged.
    void draw(LockFile& file, QueueWords::Standing const& standing) noexcept {
        passed_ = 0;
        note_passed(standing);
        Ticket next = passed_ + 1;
        for (Ticket step = 1; auto const other = held(file, next, most); step *= 2) next = *other + step;
        for (int attempts = 64; attempts > 0 && file.has_bytes(); --attempts, ++next) {
            if (next == standing.turn) continue;  // that is what a killed one said of himself
            if (file.take(byte(next))) {
                if (file.has_bytes()) ticket_ = next;
                return;
            }
            if (errno != EAGAIN && errno != EACCES) return;
        }
    }
    void give_up_ticket(LockFile& file) noexcept {
        Ticket const mine = std::exchange(ticket_, 0);
        (void)file.drop(byte(mine), byte(mine + 1));
    }

    template <class Attempt>
    Result<void> in_order(LockFile& file, Context const& context, Attempt& attempt) {
        Watch watch;
        std::optional<Instant> first_since;
        while (inside()) {
            auto const standing = words_.read(file);
            note_passed(standing);
            bool const were_passed = passed_ >= ticket_;
            Ticket const before = were_passed ? 0 : lowest(file, passed_ + 1, ticket_ - 1).value_or(0);
            Instant const now = context.env.monotonic();
            Duration pause = later;
            if (before == 0) {
                Result<bool> const done = attempt();
                if (!done) return done.error();
                if (*done) return {};
                if (were_passed) {
                    give_up_ticket(file);
                    draw(file, standing);
                    continue;
                }
                words_.write_looks(file, standing.looks + 1);
                if (!first_since) first_since = now;
                Duration const waited = (now - *first_since) / 16;
                pause = waited < soon ? soon : waited < later ? waited : later;
            } else if (watch.stands_still(before, standing, now)) {
                passed_ = before;
                words_.write_passed(file, passed_);
                continue;
            }
            if (auto more = words_.wait(context, standing.bell, ticket_, pause); !more) return more;
        }
        return repeat(context, attempt);
    }

    QueueWords words_;
    off_t first_byte_;
    Ticket ticket_ = 0;  ///< 0: none
    Ticket passed_ = 0;  ///< as in the words
};

}  // namespace holdfast::detail

#endif
