// The process is forked again and again while other threads are in the middle of everything: a child can use stores of
// its own, and those of its parent, and waits for nobody whom the fork left behind. Ends with 1 and a line for each
// child that did not come to its end. Argument: an empty directory.

#include <holdfast/holdfast.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/process/per_process.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <sanitizers.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace holdfast;
using namespace std::chrono_literals;

using Files = FileStorage<SlotFirst, Durability::none>;
template <class... Policies>
using Store = StateStore<std::string, Policies..., RawBytes>;

int failures = 0;

/// Where a child is.
char const** step = nullptr;

/// Runs `body` in a child that `fork` made.
template <class Fork, class Body>
void in_child(char const* what, Fork fork, Body body) {
    *step = "its beginning";
    pid_t const child = fork();
    if (child == 0) {
        ::alarm(100);  // a machine may be busy elsewhere
        body();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status == 0) return;
    std::printf("%s: the child ended with status %d in %s\n", what, status, *step);
    ++failures;
}

/// Threads that do the same for as long as this lives.
class Storm {
public:
    Storm() = default;
    Storm(Storm const&) = delete;
    Storm& operator=(Storm const&) = delete;
    ~Storm() {
        over_ = true;
        for (auto& thread : threads_) thread.join();
    }
    template <class Body>
    void add(Body body) {
        for (int i = 0; i < 2; ++i)
            threads_.emplace_back([this, body] {
                while (!over_) body();
            });
    }

private:
    std::atomic<bool> over_{false};
    std::vector<std::thread> threads_;
};

void change(std::string& state) { state = state.size() < 100 ? state + "x" : std::string(); }

void storm(std::string const& base) {
    auto const opened = Files::open(base + "/files").value();
    SqliteOptions unsynced;
    unsynced.durability = Durability::none;
    Store<Files> files(opened);
    Store<Files, FileLock> with_file_lock(opened);
    Store<Files, MutexLock> with_mutex(opened);
    Store<Files, LeaseLock<>> with_lease(opened, LeaseLock<>({.ttl = 50ms}));
    Store<SqliteStorage, FileLock> beside_database(SqliteStorage::open(base + "/state.db", unsynced).value());

    Storm storm;
    storm.add([&] { (void)files.update("a", change); });
    storm.add([&] { (void)with_file_lock.update("b", change); });
    storm.add([&] { (void)with_mutex.update("c", change); });
    storm.add([&] { (void)with_lease.update("d", change); });
    storm.add([&] { (void)files.wait_for_change("nobody", std::nullopt, {.timeout = 1us}); });
    storm.add([&] {
        if (auto const held = beside_database.lock("e", {.timeout = 1ms}); !held) std::this_thread::yield();
    });
    for (int i = 0; i < 20 && failures == 0; ++i) {
        in_child("storm", ::fork, [&] {
            // What is not supported in such a child is said so: SQLite.
            auto const must = [](char const* what, auto operation) {
                *step = what;
                auto const done = operation();
                if (!done && done.error() != Errc::not_supported) ::_exit(2);
            };
            constexpr CallOptions patient{.timeout = 30s};
            must("a new store in memory", [&] { return Store<MemoryStorage>().update("a", change, patient); });
            must("a new store of files", [&] {
                return Store<Files>(Files::open(base + "/own").value()).update("a", change, patient);
            });
            must("a store of files", [&] { return files.update("a", change, patient); });
            must("FileLock", [&] { return with_file_lock.update("b", change, patient); });
            must("MutexLock", [&] { return with_mutex.update("c", change, patient); });
            must("LeaseLock", [&] { return with_lease.update("d", change, patient); });
            must("a wait", [&] { return files.wait_for_change("a", std::nullopt, patient); });
            must("FileLock beside a database", [&] { return beside_database.lock("e", patient); });
            must("a new database", [&] { return SqliteStorage::open(base + "/own.db", unsynced); });
        });
    }
}

/// A thread that is in the middle of something, for as long as this lives.
class InTheMiddle {
public:
    /// `body(stay)` calls `stay()` in the middle.
    template <class Body>
    explicit InTheMiddle(Body body) : thread_([this, body] { body([this] { stay(); }); }) {
        while (!there_) std::this_thread::yield();
    }
    InTheMiddle(InTheMiddle const&) = delete;
    InTheMiddle& operator=(InTheMiddle const&) = delete;
    ~InTheMiddle() {
        over_ = true;
        thread_.join();
    }

private:
    void stay() {
        there_ = true;
        while (!over_) std::this_thread::yield();
    }

    std::atomic<bool> there_{false}, over_{false};
    std::thread thread_;
};

void held_by_another_thread() {
    detail::PerProcess<int> number;
    InTheMiddle const other([&](auto stay) {
        number.with([&](int& now) {
            now = 1;
            stay();
        });
    });
    in_child("what a thread changes", ::fork, [&] {
        *step = "a question";
        int const found = number.with([](int const& now) { return now; });
        if (found != 0) ::_exit(2);
    });
}

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
void copied_without_handlers() {
    InTheMiddle const other([](auto stay) {
        detail::LockDescriptor opening;
        (void)opening.use([&] { return stay(), -1; });
    });
    in_child("a descriptor that a thread opens", ::_Fork, [] {
        *step = "another one";
        detail::LockDescriptor mine;
        if (!mine.use([] { return ::dup(STDOUT_FILENO); })) ::_exit(2);
    });
}
#else
void copied_without_handlers() {}
#endif

}  // namespace

int main(int, char** arguments) {
    void* const shared = ::mmap(nullptr, sizeof *step, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    step = static_cast<char const**>(shared);
    held_by_another_thread();
    copied_without_handlers();
#if defined(__clang__) && __clang_major__ < 17
    constexpr bool may_allocate = !test::under_address_sanitizer;  // whose locks a child never gets if a thread held them
#else
    constexpr bool may_allocate = true;
#endif
    if (may_allocate) storm(arguments[1]);
    std::printf("%d children did not come to their end\n", failures);
    return failures == 0 ? 0 : 1;
}
