// mark_synced_child DIRECTORY: opens a new file storage there and prints what was synced meanwhile, in order, by the
// last names of the paths.

#include <holdfast/storage/file.hpp>

#include <cstdio>
#include <string>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::string synced;

}  // namespace

extern "C" int fsync(int fd) {
    char path[4096];
    auto const size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
    std::string const name(path, size > 0 ? static_cast<std::size_t>(size) : 0);
    bool const temporary = name.find("/temporary/") != name.npos;
    synced.append(temporary ? "mark" : name.substr(name.rfind('/') + 1)).append(" ");
    return static_cast<int>(::syscall(SYS_fsync, fd));
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    auto const storage = holdfast::FileStorage<>::open(std::string(argv[1]) + "/above/root");
    std::fputs(storage ? synced.c_str() : "not opened", stdout);
}
