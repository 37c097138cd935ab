// Whether a child that was forked asks the system for random bytes anew. Words of the processor would hide that it
// draws from its parent's: so the calls are counted. Ends with 1 if it does not ask.

#include <holdfast/core/environment.hpp>

#include <cstddef>
#include <cstdio>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

int asked = 0;

}  // namespace

#if defined(__linux__)
extern "C" ssize_t getrandom(void* out, std::size_t size, unsigned flags) {
    ++asked;
    return ::syscall(SYS_getrandom, out, size, flags);
}

int main() {
    holdfast::Environment& env = holdfast::Environment::system();
    (void)env.new_write_id();
    if (asked == 0) {
        std::printf("the calls cannot be counted\n");
        return 1;
    }
    for (int i = 0; i < 3; ++i) {
        pid_t const child = ::fork();
        if (child == 0) {
            asked = 0;
            (void)env.new_write_id();
            ::_exit(asked > 0 ? 0 : 1);
        }
        int status = -1;
        if (::waitpid(child, &status, 0) != child || status != 0) {
            std::printf("child %d draws from what its parent was given\n", i);
            return 1;
        }
        (void)env.new_write_id();
    }
    return 0;
}
#else
int main() { return 0; }
#endif
