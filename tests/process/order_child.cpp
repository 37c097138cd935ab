// One of several processes that want the same thing.
//
//   order_child DIR lock NAME MS       waits for the lock, prints NAME, keeps it for so long
//   order_child DIR storm N US         takes the lock N times; fails if it is not alone; prints one byte for each
//   order_child URI update N MS        N updates whose function takes so long; prints one byte for each
//   order_child DIR orphan             takes the lock, leaves a child of its own that never uses it, and is killed
//   order_child URI torn               leaves such a child, and is killed in the middle of a write
//
// SYNC_MS in the environment: every sync takes so long. NO_BYTES: the kernel cannot lock bytes of files.

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

long sync_milliseconds = 0;
bool without_bytes = false, dies_at_sync = false;

int slow_sync(long call, int fd) {
    if (dies_at_sync) ::raise(SIGKILL);
    if (sync_milliseconds > 0) ::usleep(static_cast<useconds_t>(sync_milliseconds * 1000));
    return static_cast<int>(::syscall(call, fd));
}

}  // namespace

extern "C" int fsync(int fd) { return slow_sync(SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return slow_sync(SYS_fdatasync, fd); }

extern "C" int fcntl(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    if (without_bytes && (command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_OFD_GETLK)) {
        errno = EINVAL;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_fcntl, fd, command, argument));
}
extern "C" int fcntl64(int fd, int command, ...) __attribute__((alias("fcntl")));

namespace {

using namespace holdfast;
using Fast = FileStorage<SlotFirst, Durability::none>;

void fail(Error const& error) {
    std::fprintf(stderr, "order_child: %s\n", error.describe().c_str());
    std::_Exit(1);
}
void say(std::string const& text) {
    if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) std::_Exit(2);
}
void pause_for(long microseconds) { Environment::system().sleep(std::chrono::microseconds(microseconds)); }

Context patient() { return Context(Environment::system(), std::chrono::seconds(60)); }

void lock(std::string const& directory, std::string const& name, long milliseconds) {
    auto storage = Fast::open(directory).value();
    FileLock lock;
    auto const guard = lock.acquire(storage, patient(), "k", name);
    if (!guard) fail(guard.error());
    say(name);
    pause_for(milliseconds * 1000);
}

void storm(std::string const& directory, long n, long microseconds) {
    // Opened first and so closed first when the process is killed: nobody gets the lock before.
    int const witness = ::open((directory + "/witness").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    auto storage = Fast::open(directory).value();
    FileLock lock;
    for (long i = 0; i < n; ++i) {
        auto const guard = lock.acquire(storage, patient(), "k", "storm");
        if (!guard) fail(guard.error());
        if (::flock(witness, LOCK_EX | LOCK_NB) != 0) std::_Exit(3);
        pause_for(microseconds);
        ::flock(witness, LOCK_UN);
        say(".");
    }
}

template <class Storage>
void update(std::string const& uri, long n, long milliseconds) {
    auto store = holdfast::open<std::string, Storage, RawBytes>(uri);
    if (!store) fail(store.error());
    for (long i = 0; i < n; ++i) {
        auto const done = store->update("k", [&](std::string& count) {
            pause_for(milliseconds * 1000);
            count = std::to_string(std::atol(count.c_str()) + 1);
        });
        if (!done) fail(done.error());
        say(".");
    }
}

void leave_an_orphan() {
    pid_t const orphan = ::fork();
    if (orphan == 0) {
        ::close(STDOUT_FILENO);  // the test waits for its end
        for (;;) ::pause();
    }
    say(std::to_string(orphan) + "\n");
}

void orphan(std::string const& directory) {
    auto storage = Fast::open(directory).value();
    FileLock lock;
    auto const guard = lock.acquire(storage, patient(), "k", "orphan");
    if (!guard) fail(guard.error());
    leave_an_orphan();
    ::raise(SIGKILL);
}

void torn(std::string const& uri) {
    auto store = holdfast::open<std::string, FileStorage<>, RawBytes>(uri).value();
    if (auto done = store.create("k", "0"); !done) fail(done.error());
    leave_an_orphan();
    dies_at_sync = true;
    (void)store.update("k", [](std::string& value) { value = "1"; });
}

}  // namespace

int main(int, char** argv) {
    if (auto const* const slow = std::getenv("SYNC_MS")) sync_milliseconds = std::atol(slow);
    without_bytes = std::getenv("NO_BYTES") != nullptr;
    std::string const where = argv[1], what = argv[2];
    if (what == "lock") lock(where, argv[3], std::atol(argv[4]));
    if (what == "storm") storm(where, std::atol(argv[3]), std::atol(argv[4]));
    if (what == "orphan") orphan(where);
    if (what == "torn") torn(where);
    if (what != "update") return 0;
    if (where.starts_with("sqlite:")) update<SqliteStorage>(where, std::atol(argv[3]), std::atol(argv[4]));
    else update<FileStorage<>>(where, std::atol(argv[3]), std::atol(argv[4]));
    return 0;
}
