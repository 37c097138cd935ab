// What is drawn in a copy of the process is never drawn in the other.

#include <holdfast/core/environment.hpp>
#include <holdfast/process/random_pool.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>

#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace holdfast;

#if defined(__linux__)

/// Makes a copy of the process. None tells `pthread_atfork` but the first.
enum class Copy { fork, _fork, clone };
pid_t make(Copy how) {
    switch (how) {
        case Copy::fork: return ::fork();
        case Copy::_fork: return ::_Fork();
        default: return static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
    }
}

struct Drawn {
    std::array<WriteId, 200> ids;  // more than are drawn from the system at once
    Duration jitter;
    char who[64];
};

Drawn draw() {
    Environment& env = Environment::system();
    Drawn drawn{};
    for (auto& id : drawn.ids) id = env.new_write_id();
    drawn.jitter = env.random_below(std::chrono::hours(24 * 365));
    auto const who = env.who();
    std::memcpy(drawn.who, who.view().data(), who.view().size());
    return drawn;
}

/// What both sides draw after the copy was made.
std::pair<Drawn, Drawn> on_both_sides(Copy how) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    (void)draw();
    pid_t const child = make(how);
    Drawn const mine = draw();
    if (child == 0) ::_exit(::write(ends[1], &mine, sizeof mine) == sizeof mine ? 0 : 1);
    Drawn theirs{};
    CHECK(::read(ends[0], &theirs, sizeof theirs) == sizeof theirs);
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    ::close(ends[0]);
    ::close(ends[1]);
    return {mine, theirs};
}

void share_nothing(std::pair<Drawn, Drawn> const& sides) {
    std::set<WriteId> ids(sides.first.ids.begin(), sides.first.ids.end());
    ids.insert(sides.second.ids.begin(), sides.second.ids.end());
    CHECK(ids.size() == 400);
    std::set<std::uint64_t> halves;
    for (auto const& id : ids) halves.insert({id.high, id.low});
    CHECK(halves.size() == 800);
    CHECK(sides.first.jitter != sides.second.jitter);
}

TEST_CASE("copies: both sides of fork, _Fork and clone draw their own ids and have their own names", "[core]") {
    auto const sides = on_both_sides(GENERATE(Copy::fork, Copy::_fork, Copy::clone));
    share_nothing(sides);
    CHECK(std::string(sides.first.who).ends_with(":" + std::to_string(::getpid())));
    CHECK(std::string(sides.first.who) != sides.second.who);
}

/// As if the machine were resumed from a snapshot: the kernel no longer tells copies from each other.
class Unnoticed {
public:
    Unnoticed() { REQUIRE(advise(MADV_KEEPONFORK) > 0); }
    ~Unnoticed() { (void)advise(MADV_WIPEONFORK); }

private:
    int advise(int advice) {
        if (regions_ == 0) {
            std::FILE* const maps = std::fopen("/proc/self/smaps", "r");
            char line[512];
            unsigned long begin = 0, end = 0, from = 0, to = 0;
            while (maps != nullptr && std::fgets(line, sizeof line, maps) != nullptr) {
                if (std::sscanf(line, "%lx-%lx ", &from, &to) == 2) begin = from, end = to;
                bool const wiped = std::strncmp(line, "VmFlags:", 8) == 0 && std::strstr(line, " wf") != nullptr;
                if (wiped && regions_ < std::size(region_)) region_[regions_++] = {begin, end - begin};
            }
            if (maps != nullptr) (void)std::fclose(maps);
        }
        for (std::size_t i = 0; i < regions_; ++i)
            if (::madvise(reinterpret_cast<void*>(region_[i].begin), region_[i].size, advice) != 0) return -1;
        return static_cast<int>(regions_);
    }

    struct Region {
        unsigned long begin, size;
    } region_[16] = {};
    std::size_t regions_ = 0;
};

TEST_CASE("copies: what is drawn after a copy that nobody noticed differs", "[core]") {
    (void)detail::process_generation();
    unsigned const before = detail::process_generation();
    Unnoticed const snapshot;
    unsigned seen = 0;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    if (pid_t const child = ::fork(); child == 0) {
        unsigned const now = detail::process_generation();
        ::_exit(::write(ends[1], &now, sizeof now) == sizeof now ? 0 : 1);
    } else {
        CHECK(::read(ends[0], &seen, sizeof seen) == sizeof seen);
        CHECK(::waitpid(child, nullptr, 0) == child);
    }
    ::close(ends[0]);
    ::close(ends[1]);
    REQUIRE(seen == before);  // it was not noticed indeed
    share_nothing(on_both_sides(GENERATE(Copy::fork, Copy::_fork)));
}

#endif

/// A processor and a system whose answers are known.
struct Scripted {
    static inline std::uint64_t next = 0;
    static inline int fills = 0;

    static std::uint64_t word() noexcept { return next == 0 ? 0 : next++; }
    static void fill(void* out, std::size_t size) {
        std::memset(out, ++fills, size);
    }
};

TEST_CASE("random pool: with words of the processor the system is asked once for many draws", "[core]") {
    Scripted::next = 1000;
    Scripted::fills = 0;
    detail::RandomPool<Scripted> pool;
    std::set<std::string> drawn;
    for (int i = 0; i < 64; ++i) {
        char id[16];
        pool.draw(id, sizeof id);
        drawn.insert(std::string(id, sizeof id));
    }
    CHECK(Scripted::fills == 1);
    CHECK(drawn.size() == 64);  // though the system always gave the same
    char one[5], large[3000];
    pool.draw(one, sizeof one);
    CHECK(Scripted::fills == 2);
    pool.draw(large, sizeof large);
    CHECK(Scripted::fills == 3);
    CHECK(large[2992] != '\3');
}

TEST_CASE("random pool: without words of the processor nothing is stored", "[core]") {
    Scripted::next = 0;
    Scripted::fills = 0;
    detail::RandomPool<Scripted> pool;
    for (int i = 1; i <= 10; ++i) {
        char id[16];
        pool.draw(id, sizeof id);
        CHECK(Scripted::fills == i);
        CHECK(std::string(id, sizeof id) == std::string(16, static_cast<char>(i)));
    }
}

}  // namespace
