#ifndef HOLDFAST_STORAGE_SQLITE_WRITE_ORDER_HPP
#define HOLDFAST_STORAGE_SQLITE_WRITE_ORDER_HPP

#include <holdfast/core/record_id.hpp>
#include <holdfast/format/xxh64.hpp>
#include <holdfast/posix/turnstile.hpp>
#include <holdfast/process/fork_watch.hpp>

#include <array>
#include <cstddef>
#include <new>
#include <string>
#include <utility>

namespace holdfast::detail::sqlite {

/// The order in which those who write a database get its one lock, which SQLite itself gives to whoever asks at the
/// right moment; and the turns of its records. It lives in a file `<database>-turn`, which is never removed and holds
/// nothing: without it, and against programs that do not know it, writing is as safe and less fair.
///
/// Writers queue in one lane, turns in 64 others, each of which is for all records whose keys fall to it.
/// Thread safety: every member, from any thread.
class WriteOrder {
public:
    explicit WriteOrder(std::string database) : database_(std::move(database)), path_(database_ + "-turn") {}

    /// Until `attempt()`, a `Result<bool>`, is true. Errors: `timed_out`, `cancelled`, or its own.
    /// Cost, if nobody waits: 1 system call.
    template <class Attempt>
    Result<void> write(Context const& context, Attempt&& attempt) {
        notice_fork();
        auto pass = writers_.enter(context);
        if (!pass) return std::move(pass).error();
        if (!open()) return repeat(context, attempt);  // there is no order
        LockFile::Use const use(file_);
        Turnstile::Pass through = *std::move(pass);  // ends before the file may be closed
        return through.get(file_, context, attempt);
    }

    /// Of a record's writers.
    std::size_t lane(RecordId const& id) const noexcept { return xxh64(id.key.view()) % records_.size(); }

    /// See `TurnTakingStorage`. Nobody waits for one lane while he has a turn in a later one, so that two transactions
    /// never wait for each other.
    Result<Turn> turn(Context const& context, RecordId const& id, bool always) {
        notice_fork();
        std::size_t const wanted = lane(id);
        Turnstile& lane = records_[wanted];
        for (std::size_t later = wanted; later < records_.size(); ++later)
            if (records_[later].has_turn()) return Turn();
        if (!always && lane.is_free_here()) {
            if (auto opened = open(); !opened) return std::move(opened).error();
            LockFile::Use const use(file_);
            if (!TicketQueue::anybody(file_)) {
                if (writers_.is_free_here()) writers_.found_free();
                return Turn();
            }
            if (lane.is_free_elsewhere(file_)) return Turn();
        }
        return lane.turn(context, file_, [this] { return open(); });
    }

private:
    template <std::size_t... lane>
    static std::array<Turnstile, sizeof...(lane)> lanes(std::index_sequence<lane...>) noexcept {
        return {Turnstile(1 + lane)...};
    }

    void notice_fork() noexcept {
        fork_.look([this] {
            ::new (&writers_) Turnstile(0);
            for (unsigned lane = 0; lane < records_.size(); ++lane) ::new (&records_[lane]) Turnstile(1 + lane);
        });
    }

    Result<void> open() { return file_.open(AT_FDCWD, path_, database_.c_str()); }

    std::string const database_, path_;
    LockFile file_;
    ForkWatch fork_;
    Turnstile writers_{0};
    std::array<Turnstile, 64> records_ = lanes(std::make_index_sequence<64>());
};

}  // namespace holdfast::detail::sqlite

#endif
