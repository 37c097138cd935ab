// How long contenders wait for their turn: the wait as a multiple of the fair share, which is N times what one turn
// takes in that run (hold and hand-over). One line for each way to exclude, number of contenders and hold; then the
// occasional writer beside a hot one, and 8 processes on a disk that syncs in 10 ms.
//
//     c++ -std=c++20 -O2 -DNDEBUG -Iinclude benchmarks/waiting.cpp -lsqlite3 -pthread && ./a.out DIRECTORY [SECONDS
//     [PART]]

#include <holdfast/holdfast.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace holdfast;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::nanoseconds;

static std::atomic<bool> slow_disk = false;
static int sync_slowly(int number, int fd) {
    if (slow_disk) std::this_thread::sleep_for(10ms);
    return static_cast<int>(::syscall(number, fd));
}
extern "C" int fsync(int fd) { return sync_slowly(SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return sync_slowly(SYS_fdatasync, fd); }

namespace {

constexpr std::size_t most_each = 100'000;

/// Shared with the processes.
struct Waits {
    std::atomic<unsigned> ready, refused;
    std::atomic<bool> begin, over;
    std::atomic<std::size_t> count;
    Nanoseconds each[32 * most_each];
};

Waits& fresh_waits() {
    static Waits* waits = nullptr;
    if (waits != nullptr) ::munmap(waits, sizeof *waits);
    void* const at = ::mmap(nullptr, sizeof *waits, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    waits = static_cast<Waits*>(at);
    return *waits;
}

void hold_for(Nanoseconds time) {
    if (time >= 500us) return std::this_thread::sleep_for(time);
    for (auto const end = Clock::now() + time; Clock::now() < end;) {
    }
}

/// What one contender does once; gives how long it waited, or nothing if it was refused.
using Turn = std::function<std::optional<Nanoseconds>(Nanoseconds hold)>;

template <class Store>
Turn locks(Store store) {
    return [store](Nanoseconds hold) mutable -> std::optional<Nanoseconds> {
        auto const asked = Clock::now();
        auto const held = store.lock("k");
        auto const waited = Clock::now() - asked;
        if (!held) return std::nullopt;
        hold_for(hold);
        return waited;
    };
}

template <class Store>
Turn updates(Store store) {
    return [store](Nanoseconds hold) mutable -> std::optional<Nanoseconds> {
        auto const asked = Clock::now();
        Nanoseconds held{};
        auto const done = store.update("k", [&](std::string& text) {
            auto const begin = Clock::now();
            hold_for(hold);
            text = text.empty() ? "1" : std::to_string(std::stol(text) + 1);
            held = Clock::now() - begin;  // of the last try: earlier ones were waiting
        });
        if (!done) return std::nullopt;
        return Clock::now() - asked - held;
    };
}

struct Kind {
    std::string name;
    bool threads;
    std::function<Turn()> open;
};

std::vector<Kind> kinds(std::string const& directory) {
    using Files = FileStorage<SlotFirst, Durability::none>;
    MemoryStorage memory;
    StateStore<std::string, RawBytes, MutexLock> const locked(memory);
    StateStore<std::string, RawBytes> const bare(memory);
    auto const files = [directory] { return Files::open(directory + "/files").value(); };
    auto const database = [directory] {
        return SqliteStorage::open(directory + "/waiting.db", {.durability = Durability::data}).value();
    };
    return {
        {"MutexLock, threads", true, [=] { return locks(locked); }},
        {"memory update, threads", true, [=] { return updates(bare); }},
        {"FileLock, processes", false,
         [=] { return locks(StateStore<std::string, RawBytes, Files, FileLock>(files())); }},
        {"file update, processes", false, [=] { return updates(StateStore<std::string, RawBytes, Files>(files())); }},
        {"SQLite update, processes", false,
         [=] { return updates(StateStore<std::string, RawBytes, SqliteStorage>(database())); }}};
}

/// Runs `body` as many threads or processes, which begin together.
void run(bool threads, unsigned many, Waits& waits, std::function<void(unsigned who, Turn const&)> const& body,
         std::function<Turn()> const& open, std::function<void()> const& meanwhile) {
    auto const contender = [&](unsigned who) {
        Turn const turn = open();
        ++waits.ready;
        while (!waits.begin) std::this_thread::sleep_for(1ms);
        body(who, turn);
    };
    std::vector<std::thread> running;
    std::vector<pid_t> children;
    for (unsigned who = 0; who < many; ++who) {
        if (threads) {
            running.emplace_back(contender, who);
        } else if (pid_t const child = ::fork(); child == 0) {
            contender(who);
            ::_exit(0);
        } else {
            children.push_back(child);
        }
    }
    while (waits.ready < many) std::this_thread::sleep_for(1ms);
    waits.begin = true;
    meanwhile();
    for (auto& thread : running) thread.join();
    for (pid_t const child : children) ::waitpid(child, nullptr, 0);
}

void note(Waits& waits, std::optional<Nanoseconds> waited) {
    if (!waited) ++waits.refused;
    else if (auto const at = waits.count++; at < std::size(waits.each)) waits.each[at] = *waited;
}

double us(Nanoseconds time) { return static_cast<double>(time.count()) / 1000.0; }

void contend(Kind const& kind, unsigned many, Nanoseconds hold, Nanoseconds time) {
    Waits& waits = fresh_waits();
    Nanoseconds took{};
    auto const begin = Clock::now();
    run(
        kind.threads, many, waits,
        [&](unsigned, Turn const& turn) {
            while (!waits.over) note(waits, turn(hold));
        },
        kind.open,
        [&] {
            std::this_thread::sleep_for(std::max(time, hold * many * 20));
            took = Clock::now() - begin;
            waits.over = true;
        });
    std::size_t const count = std::min(waits.count.load(), std::size(waits.each));
    if (count == 0) return (void)std::printf("%-26s nothing\n", kind.name.c_str());
    std::sort(waits.each, waits.each + count);
    double const cycle = us(took) / static_cast<double>(count), fair = cycle * many;
    auto const times = [&](std::size_t at) { return us(waits.each[at]) / fair; };
    double const allowed = hold < 1ms ? 5000.0 / fair : 0;  // for the scheduler
    std::printf(
        "%-26s %2u x %7.0f us: turn %8.0f us  p50 %5.2f  p99 %6.2f (2%+.1f)  max %7.2f (5%+.1f)  refused %u of %zu\n",
        kind.name.c_str(), many, us(hold), cycle, times(count / 2), times(count * 99 / 100), allowed, times(count - 1),
        allowed, waits.refused.load(), count);
    std::fflush(stdout);
}

/// One goes on without a pause, the other comes 20 times a second.
void occasionally(Kind const& kind, Nanoseconds hold, Nanoseconds time) {
    Waits& waits = fresh_waits();
    run(
        kind.threads, 2, waits,
        [&](unsigned who, Turn const& turn) {
            while (!waits.over) {
                auto const waited = turn(hold);
                if (who == 0) continue;
                note(waits, waited);
                std::this_thread::sleep_for(50ms);
            }
        },
        kind.open, [&] { std::this_thread::sleep_for(time), waits.over = true; });
    std::size_t const count = waits.count;
    if (count == 0)
        return (void)std::printf("%-26s occasional: nothing, refused %u\n", kind.name.c_str(), waits.refused.load());
    std::sort(waits.each, waits.each + count);
    std::printf(
        "%-26s hot holds %6.0f us, occasional waits: p50 %8.0f us  p99 %8.0f us  max %8.0f us  refused %u of %zu\n",
        kind.name.c_str(), us(hold), us(waits.each[count / 2]), us(waits.each[count * 99 / 100]),
        us(waits.each[count - 1]), waits.refused.load(), count);
    std::fflush(stdout);
}

template <class Open>
void on_a_slow_disk(char const* name, Open open) {
    slow_disk = true;
    Waits& waits = fresh_waits();
    auto const begin = Clock::now();
    run(
        false, 8, waits,
        [&](unsigned, Turn const& turn) {
            for (int i = 0; i < 500; ++i) note(waits, turn({}));
        },
        [&] { return updates(open()); }, [] {});
    slow_disk = false;
    std::size_t const count = waits.count;
    std::sort(waits.each, waits.each + count);
    double const fair = us(Clock::now() - begin) / static_cast<double>(count) * 8;
    std::printf(
        "%-26s 8 x 500, syncs of 10 ms: %zu done, %u refused; p99 %.2f  max %.2f of the fair share of %.0f ms\n", name,
        count, waits.refused.load(), us(waits.each[count * 99 / 100]) / fair, us(waits.each[count - 1]) / fair,
        fair / 1000);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fputs("usage: waiting DIRECTORY [SECONDS [table|occasional|disk]]\n", stderr), 2;
    std::string const directory = argv[1], part = argc > 3 ? argv[3] : "";
    auto const time =
        std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(argc > 2 ? std::atof(argv[2]) : 5.0));
    auto const all = kinds(directory);
    for (Kind const& kind : all)
        for (Nanoseconds const hold : {Nanoseconds(25us), Nanoseconds(1ms), Nanoseconds(10ms)})
            for (unsigned const many : {2u, 8u, 32u})
                if (part.empty() || part == "table") contend(kind, many, hold, time);
    for (Kind const& kind : all)
        for (Nanoseconds const hold : {Nanoseconds(1ms), Nanoseconds(10ms)})
            if (part.empty() || part == "occasional") occasionally(kind, hold, time);
    if (!part.empty() && part != "disk") return 0;
    on_a_slow_disk("file update, full", [&] {
        return StateStore<std::string, RawBytes, FileStorage<>>(FileStorage<>::open(directory + "/synced").value());
    });
    on_a_slow_disk("SQLite update, full", [&] {
        return StateStore<std::string, RawBytes, SqliteStorage>(SqliteStorage::open(directory + "/synced.db").value());
    });
}
