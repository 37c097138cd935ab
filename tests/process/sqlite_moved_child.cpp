// sqlite_moved_child SCENE DIRECTORY: files of a database that are moved or removed between two system calls, by one of
// these. Prints what was said; scenes that try all moments print which laws were broken.
//
//   log       the log is removed while a commit is synced; then a kill
//   restore   at each look at the database, while it is opened, a backup is moved into its place
//   pair      the same, and a log with it, as of a program that was killed
//   tick      the log is removed, and the directory's time does not tell, being the same for everything that happens
//             within a step of the clock

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

void (*at_sync)() = nullptr;
void (*at_look)(char const*) = nullptr;
bool still = false;  ///< directories seem to have changed last in a second from now

int look(int directory, char const* path, struct stat* about, int flags) {
    return static_cast<int>(::syscall(SYS_newfstatat, directory, path, about, flags));
}

}  // namespace

extern "C" int fdatasync(int fd) {
    if (at_sync != nullptr) at_sync();
    return static_cast<int>(::syscall(SYS_fdatasync, fd));
}
extern "C" int lstat(char const* path, struct stat* about) noexcept {
    if (at_look != nullptr) at_look(path);
    return look(AT_FDCWD, path, about, AT_SYMLINK_NOFOLLOW);
}
extern "C" int fstat(int fd, struct stat* about) noexcept {
    static std::time_t const later = std::time(nullptr) + 3600;
    int const result = look(fd, "", about, AT_EMPTY_PATH);
    if (still && result == 0 && S_ISDIR(about->st_mode)) about->st_ctim = {later, 0};
    return result;
}

namespace {

using namespace holdfast;
namespace fs = std::filesystem;
using Store = StateStore<std::string, SqliteStorage, RawBytes>;

std::string path, backup;
int looks = 0, moment = 0;
bool with_log = false;

std::string told(Outcome<Entry<std::string>> const& outcome) {
    if (outcome.applied()) return "applied";
    return (outcome.unknown() != nullptr ? "unknown: " : "error: ") + outcome.error().describe();
}
std::string text(Store& store) {
    auto const entry = store.get("k");
    return !entry ? entry.error().describe() : *entry ? (*entry)->value() : "-";
}
Store open(std::string const& file) {
    return Store(SqliteStorage::open(file, {.durability = Durability::data}).value());
}

[[noreturn]] void die() {
    std::fflush(stdout);
    ::kill(::getpid(), SIGKILL);
    ::_exit(1);
}

void log() {
    Store store(SqliteStorage::open(path).value());
    (void)store.create("k", "1").value();
    at_sync = [] {
        at_sync = nullptr;
        ::unlink((path + "-wal").c_str());
    };
    std::puts(told(store.update("k", [](std::string& state) { state = "2"; })).c_str());
    die();
}

void tick() {
    Store store(SqliteStorage::open(path).value());
    (void)store.create("k", "1").value();
    still = true;
    auto const update = [&] { return store.update("k", [](std::string& state) { state += "2"; }); };
    if (!update().applied()) std::puts("broken: an update failed");
    ::unlink((path + "-wal").c_str());
    std::puts(told(update()).c_str());
    std::puts(told(update()).c_str());
    std::puts(text(store).c_str());
    die();
}

void broken(char const* law, std::string const& found) {
    std::printf("broken (at look %d): %s: %s\n", moment, law, found.c_str());
}

/// A database with a record, and others beside it; copied while it was in use, if there is to be a log.
void make(std::string const& file, std::string const& state) {
    {
        Store store = open(file + ".made");
        (void)store.create("k", state).value();
        for (int i = 0; i < 20; ++i) (void)store.create(Key::parse(state + std::to_string(i)).value(), "v").value();
        if (with_log) {
            fs::copy_file(file + ".made", file);
            fs::copy_file(file + ".made-wal", file + "-wal");
        }
    }
    if (!with_log) fs::rename(file + ".made", file);
    for (char const* const end : {"", "-wal", "-shm", "-turn"}) fs::remove(file + ".made" + end);
}

void move_backup(char const* looked) {
    std::string_view const name(looked);
    if (name != path || looks++ != moment) return;
    at_look = nullptr;
    fs::rename(backup, path);
    if (with_log) fs::rename(backup + "-wal", path + "-wal");
}

/// False: the backup was not moved.
bool restore() {
    for (char const* const end : {"", "-wal", "-shm", "-turn"}) fs::remove(path + end), fs::remove(backup + end);
    bool const log_of_backup = std::exchange(with_log, false);
    make(path, "old");
    with_log = log_of_backup;
    make(backup, "backup");
    looks = 0;
    at_look = move_backup;
    std::string expected = "backup";
    {
        auto storage = SqliteStorage::open(path, {.durability = Durability::data});
        bool const moved = std::exchange(at_look, nullptr) == nullptr;
        if (!moved) return false;
        if (storage) {
            Store store(*std::move(storage));
            for (int again = 0; again < 2; ++again)
                if (store.update("k", [](std::string& state) { state = "acknowledged"; }).applied())
                    expected = "acknowledged";
            if (expected == "backup") broken("the second update is refused as well", text(store));
        }
    }
    Store now = open(path);
    if (std::string const found = text(now); found != expected) broken("another state", found);
    int others = 0;
    for (int i = 0; i < 20; ++i) {
        auto const entry = now.get(Key::parse("backup" + std::to_string(i)).value());
        others += entry && *entry ? 1 : 0;
    }
    if (others != 20) broken("records of the backup are missing", std::to_string(20 - others));
    if (now.get("old0").value()) broken("a record of the old database came in", "old0");
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    std::string const scene = argv[1];
    path = fs::canonical(argv[2]).string() + "/state.db";
    backup = path + ".backup";
    if (scene == "log") log();
    if (scene == "tick") tick();
    with_log = scene == "pair";
    while (restore()) ++moment;
    std::printf("%d moments\n", moment);
}
