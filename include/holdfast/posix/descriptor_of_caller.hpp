#ifndef HOLDFAST_POSIX_DESCRIPTOR_OF_CALLER_HPP
#define HOLDFAST_POSIX_DESCRIPTOR_OF_CALLER_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/posix/file_error.hpp>
#include <holdfast/process/fd.hpp>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <string>
#include <string_view>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace holdfast::detail {

/// A descriptor that a caller hands in to be read from, or written to: a file, or a pipe or socket whose other end may be
/// silent for ever. Waits for that no longer than the context says.
class DescriptorOfCaller {
public:
    enum class Use : unsigned char { read, write };

    /// `what`: for people, such as "the file to be put".
    DescriptorOfCaller(int fd, Use use, std::string_view what, Context const& context) noexcept
        : fd_(fd), use_(use), what_(what), context_(context) {
        struct stat about {};
        never_waits_ = ::fstat(fd, &about) != 0 || S_ISREG(about.st_mode);
    }

    /// How many bytes were read; 0 at the end.
    Result<std::size_t> read(char* to, std::size_t most) {
        for (;;) {
            if (auto may = ready(); !may) return std::move(may).error();
            auto const got = uninterrupted([&] { return ::read(fd_, to, most); });
            if (got >= 0) return static_cast<std::size_t>(got);
            if (!is_not_yet()) return failed(errno);
        }
    }

    Result<void> write(std::string_view bytes) {
        while (!bytes.empty()) {
            if (auto may = ready(); !may) return may;
            // So many fit where some do, so that this cannot block.
            std::size_t const most = never_waits_ || bytes.size() < at_once ? bytes.size() : at_once;
            auto const put = uninterrupted([&] { return ::write(fd_, bytes.data(), most); });
            if (put == 0) return failed(ENOSPC);
            if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
            else if (!is_not_yet()) return failed(errno);
        }
        return {};
    }

private:
#if defined(PIPE_BUF)
    static constexpr std::size_t at_once = PIPE_BUF;
#else
    static constexpr std::size_t at_once = 512;  // no less anywhere
#endif

    static bool is_not_yet() noexcept { return errno == EAGAIN; }  // which EWOULDBLOCK is, too

    Result<void> ready() {
        for (;;) {
            if (context_.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
            if (context_.overdue()) return late();
            if (never_waits_) return {};
            pollfd one{fd_, static_cast<short>(use_ == Use::read ? POLLIN : POLLOUT), 0};
            int const there = ::poll(&one, 1, context_.immediate() ? 0 : 20);
            if (there > 0 || (there < 0 && errno != EINTR)) return {};  // also what is odd: reading, or writing, tells
            if (context_.immediate()) return late();
        }
    }

    static Error late() { return Error(Errc::timed_out, "the time was over before all was there"); }

    Error failed(int number) const {
        std::string const name(what_);
        if (number == EBADF)
            return Error(Errc::invalid_argument, "the descriptor of " + name + " is not open for " +
                                                     (use_ == Use::read ? "reading" : "writing") + ": open it so")
                .from("errno " + std::to_string(number));
        if (number == EISDIR)
            return Error(Errc::invalid_argument, "the descriptor of " + name + " is of a directory: give that of a file")
                .from("errno " + std::to_string(number));
        if (number == EPIPE)
            return Error(Errc::unavailable, "nobody reads " + name + " any more").from("errno " + std::to_string(number));
        return system_error(number, use_ == Use::read ? "read" : "write", name);
    }

    int fd_;
    Use use_;
    std::string_view what_;
    Context const& context_;
    bool never_waits_;
};

}  // namespace holdfast::detail

#endif
