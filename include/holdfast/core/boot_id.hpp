#ifndef HOLDFAST_CORE_BOOT_ID_HPP
#define HOLDFAST_CORE_BOOT_ID_HPP

#include <holdfast/core/write_id.hpp>
#include <holdfast/process/fd.hpp>

#include <sys/stat.h>
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace holdfast::detail {

/// Names the time line of this system's monotonic clock: the machine from one start to the next, or what has a clock of
/// its own in it (a time namespace). Zero: the system does not say. Cost: 4 system calls.
inline WriteId read_boot_id() noexcept {
    char text[37] = "";  // 8-4-4-4-12 hexadecimal digits
#if defined(__linux__)
    Fd const file = open_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY);
    if (!file || uninterrupted([&] { return ::read(file.get(), text, 36); }) != 36) return {};
#elif defined(__APPLE__)
    std::size_t size = sizeof text;
    if (::sysctlbyname("kern.bootsessionuuid", text, &size, nullptr, 0) != 0) return {};
#endif
    WriteId id;
    for (char const c : text) {
        if (c == '-' || c == 0) continue;
        auto const digit = static_cast<std::uint64_t>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        id = {id.high << 4 | id.low >> 60, id.low << 4 | (digit & 15)};
    }
    struct stat clocks {};
    if (id && ::stat("/proc/self/ns/time", &clocks) == 0) id.low ^= std::uint64_t{clocks.st_ino};
    return id;
}

}  // namespace holdfast::detail

#endif
