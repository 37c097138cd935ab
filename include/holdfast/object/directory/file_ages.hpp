#ifndef HOLDFAST_OBJECT_DIRECTORY_FILE_AGES_HPP
#define HOLDFAST_OBJECT_DIRECTORY_FILE_AGES_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/process/per_process.hpp>

#include <sys/stat.h>

namespace holdfast::detail {

/// How long ago files were changed, by the time that the system keeps of every change of a file, which no tool can set
/// back, as it can that of its content.
///
/// The clock of that time may be set. So what passes from the first question on is counted by a clock that cannot, and a
/// file is taken to have been changed when the clock of day was as far behind the other one as it was ever seen to be: the
/// latest that its time can mean. So no jump of the clock that a question has seen ages anything. A clock that was set back
/// when a file was written, and forth again before anybody asked, is believed.
class FileAges {
public:
    /// Never more than the time since the change, and never negative.
    Duration of(Environment& env, struct stat const& about) {
        return seen_.with([&](Seen& seen) {
            Instant const now = env.monotonic();
            Timestamp const today = env.wall();
            if (seen.env != &env) seen = {&env, now, today, Duration::zero()};
            Duration const passed = now - seen.since, ahead = Duration(today - seen.then) - passed;
            if (ahead < seen.least) seen.least = ahead;
            Duration const age = passed + Duration(seen.then - change_of(about)) + seen.least - step_of(about);
            return age > Duration::zero() ? age : Duration::zero();
        });
    }

private:
    struct Seen {
        Environment* env = nullptr;
        Instant since{};    ///< of the first question
        Timestamp then{};   ///< likewise
        Duration least{};  ///< how far the clock of day was ahead of the other one since, at least
    };

    static timespec changed(struct stat const& about) noexcept {
#if defined(__APPLE__)
        return about.st_ctimespec;
#else
        return about.st_ctim;
#endif
    }
    static Timestamp change_of(struct stat const& about) noexcept {
        timespec const when = changed(about);
        return Timestamp(std::chrono::duration_cast<Timestamp::duration>(std::chrono::seconds(when.tv_sec) +
                                                                         std::chrono::nanoseconds(when.tv_nsec)));
    }
    /// File systems tell times in steps: of two seconds where they tell seconds only, else of the kernel's tick.
    static Duration step_of(struct stat const& about) noexcept {
        return changed(about).tv_nsec == 0 ? Duration(std::chrono::seconds(2)) : std::chrono::milliseconds(20);
    }

    PerProcess<Seen> seen_;
};

}  // namespace holdfast::detail

#endif
