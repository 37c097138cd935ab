// shared_sync_child DIRECTORY: two threads create records of different keys, on a disk that fails once, after both have
// made a directory in that of the states. Each description that was open then is told of it once, by its next sync; whoever asks
// again, or through one that was opened later, is told of success. Prints what became of each.

#include <unit/storage/file_fixture.hpp>

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::mutex mutex;
bool armed = false, failed = false;
int made = 0;
ino_t root = 0;
std::set<int> untold;  ///< descriptors that were opened before the failure

bool is_root(int fd) {
    struct stat about {};
    return ::fstat(fd, &about) == 0 && about.st_ino == root;
}

}  // namespace

extern "C" int openat(int directory, char const* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    auto const mode = va_arg(more, unsigned);
    va_end(more);
    auto const fd = static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
    std::lock_guard const lock(mutex);
    untold.erase(fd);
    if (fd >= 0 && !failed) untold.insert(fd);
    return fd;
}
extern "C" int mkdirat(int directory, char const* path, mode_t mode) noexcept {
    auto const result = static_cast<int>(::syscall(SYS_mkdirat, directory, path, mode));
    std::lock_guard const lock(mutex);
    made += armed && result == 0 ? 1 : 0;
    return result;
}
extern "C" int fsync(int fd) {
    if (!armed || !is_root(fd)) return static_cast<int>(::syscall(SYS_fsync, fd));
    for (int i = 0; i < 5000; ++i) {  // both have made theirs before the first sync begins
        std::lock_guard const lock(mutex);
        if (made >= 2) break;
        ::usleep(1000);
    }
    std::lock_guard const lock(mutex);
    failed = true;
    if (untold.erase(fd) == 0) return 0;
    errno = EIO;
    return -1;
}

int main(int argc, char** argv) {
    using namespace holdfast;
    if (argc != 2) return 2;
    auto storage = FileStorage<>::open(argv[1]).value();
    struct stat about {};
    auto const other_key = file_test::next(nullptr, "z", "v");  // so that there is something in it
    if (!file_test::applied(storage.write(file_test::context(), RecordId("z"), other_key, Precondition::absent()))) return 3;
    if (::stat((std::string(argv[1]) + "/states").c_str(), &about) != 0) return 3;
    root = about.st_ino;
    armed = true;
    auto const create = [&](KeyView key, std::string& said) {
        auto const record = file_test::next(nullptr, key, "v");
        auto const outcome = storage.write(file_test::context(), RecordId(key), record, Precondition::absent());
        said = file_test::applied(outcome) ? "applied" : outcome ? "in doubt" : "error";
    };
    std::string one, other;
    std::thread first([&] { create("a", one); }), second([&] { create("b", other); });
    first.join();
    second.join();
    std::printf("%s %s, %d made\n", one.c_str(), other.c_str(), made);
}
