#ifndef HOLDFAST_POSIX_INOTIFY_HPP
#define HOLDFAST_POSIX_INOTIFY_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/process/fd.hpp>
#include <holdfast/process/per_process.hpp>

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <climits>
#include <poll.h>
#include <sys/inotify.h>
#endif

namespace holdfast::detail {

/// What the kernel tells about a directory that is watched.
struct Notice {
    int watch;              ///< -1: of any, since some were lost
    bool gone;              ///< the directory itself was removed, moved or unmounted, or notices were lost
    std::string_view name;  ///< in the directory; empty if it is about the directory itself
};

/// Notices of the kernel about changes in directories. Where there are none, `open` says so and the rest is not used.
/// Used by one thread at a time.
class Inotify {
public:
    enum class Interest : unsigned char {
        names,  ///< that come or go, or whose content is written
        birth,  ///< names that come, of directories
    };

#if defined(__linux__)
    /// False: `errno`; most often the user has too many of them (`fs.inotify.max_user_instances`).
    bool open() {
        fd_ = beyond_standard([] { return ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }, [] {});
        generation_ = process_generation();
        return static_cast<bool>(fd_);
    }

    /// The number of the watch, the same for the same directory; -1: `errno`.
    int add(char const* path, Interest interest, bool follow) noexcept {
        constexpr std::uint32_t self = IN_ONLYDIR | IN_DELETE_SELF | IN_MOVE_SELF;
        constexpr std::uint32_t names = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE;
        return ::inotify_add_watch(fd_.get(), path,
                                   self | (interest == Interest::names ? names : IN_CREATE | IN_MOVED_TO) |
                                       (follow ? 0u : std::uint32_t{IN_DONT_FOLLOW}));
    }
    void remove(int watch) noexcept {
        if (watch >= 0) (void)::inotify_rm_watch(fd_.get(), watch);
    }

    /// Whether there is a notice, after waiting for one up to `duration`. May wake for nothing.
    bool wait(Duration duration) noexcept {
        pollfd one{fd_.get(), POLLIN, 0};
        auto const milliseconds = (duration + std::chrono::microseconds(999)) / std::chrono::milliseconds(1);
        return ::poll(&one, 1, static_cast<int>(milliseconds < 60'000 ? milliseconds : 60'000)) > 0;
    }

    /// Calls `each(Notice)` for those that came.
    template <class Each>
    void take(Each&& each) {
        alignas(inotify_event) char buffer[4096];
        for (;;) {
            auto const got = uninterrupted([&] { return ::read(fd_.get(), buffer, sizeof buffer); });
            if (got <= 0) return;
            for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
                inotify_event event;  // its name follows it, with zeros up to the next
                std::memcpy(&event, buffer + at, sizeof event);
                char const* const name = buffer + at + sizeof event;
                constexpr std::uint32_t gone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED | IN_Q_OVERFLOW;
                each(Notice{event.wd, (event.mask & gone) != 0,
                            event.len > 0 ? std::string_view(name) : std::string_view()});
                at += sizeof event + event.len;
            }
            // The longest one that waits would have found room.
            if (static_cast<std::size_t>(got) + sizeof(inotify_event) + NAME_MAX + 1 <= sizeof buffer) return;
        }
    }
#else
    bool open() noexcept { return false; }
    int add(char const*, Interest, bool) noexcept { return -1; }
    void remove(int) noexcept {}
    bool wait(Duration) noexcept { return false; }
    template <class Each>
    void take(Each&&) noexcept {}
#endif

    explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
    /// Whether this process opened it: parent and child of a fork would take each other's notices.
    bool ours() const noexcept { return generation_ == process_generation(); }

private:
    Fd fd_;
    unsigned generation_ = 0;
};

/// Some that nobody uses now: closing one can take the kernel 10 ms, and a user has 128 at most on many systems. Nobody
/// waits for them, so that a child is not held up by a thread of its parent that was here when the process forked.
class IdleInotify {
public:
    Inotify take() {
        Inotify one = idle_.with([](std::vector<Inotify>& idle) {
            if (idle.empty()) return Inotify();
            Inotify last = std::move(idle.back());
            idle.pop_back();
            return last;
        });
        if (!one) (void)one.open();
        return one;
    }
    void give_back(Inotify one) {
        if (!one || !one.ours()) return;
        idle_.with([&](std::vector<Inotify>& idle) {
            if (idle.size() < most) idle.push_back(std::move(one));
        });
    }

private:
    static constexpr std::size_t most = 4;

    PerProcess<std::vector<Inotify>> idle_;
};

}  // namespace holdfast::detail

#endif
