#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_REFUSED_CALLS_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_REFUSED_CALLS_HPP

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace test {

struct Refused {
    long call;
    int error;
};

/// From now on the kernel answers these calls of this process with errors, as older kernels, file systems and filters
/// of containers do. For children only: there is no way back. False: not possible here.
inline bool refuse_calls(std::vector<Refused> const& calls) {
    std::vector<sock_filter> code{{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)}};
    for (Refused const& one : calls) {
        code.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(one.call)});
        code.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(one.error)});
    }
    code.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
    sock_fprog const program{static_cast<unsigned short>(code.size()), code.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/// Runs `body`, which returns an exit code, in a child; its exit code, or -1.
template <class Body>
int in_child(Body&& body) {
    pid_t const child = ::fork();
    if (child == 0) {
        int code = 99;
        try {
            code = std::forward<Body>(body)();
        } catch (...) {
        }
        ::_exit(code);
    }
    int status = -1;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

}  // namespace test

#endif
