// Counts in a record of a SQLite database while its files are tampered with.
//
//   sqlite_counter_child URI KEY    increments without end: prints each number that was acknowledged, "!CODE MESSAGE"
//   of
//                                   each error
//   sqlite_counter_child URI KEY N  N times, each with a value of N KiB, and then ends; silent

#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <cstdio>
#include <cstdlib>

using namespace holdfast;

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    auto opened = open<std::string, SqliteStorage, RawBytes>(argv[1]);
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().describe().c_str()), 3;
    auto& store = *opened;
    Key const key = Key::parse(argv[2]).value();
    if (argc > 3) {
        int const times = std::atoi(argv[3]);
        for (int i = 0; i < times; ++i)
            if (!store.update(key, [&](std::string& text) {
                    text.assign(static_cast<std::size_t>(times) * 1024, static_cast<char>('a' + i % 26));
                }))
                return 4;
        return 0;
    }
    for (;;) {
        auto const done = store.update(key, [](std::string& n) { n = std::to_string(std::atol(n.c_str()) + 1); });
        if (done) std::printf("%s\n", (*done)->c_str());
        else std::printf("!%s\n", done.error().describe().c_str());
        if (std::fflush(stdout) != 0) return 0;
        Environment::system().sleep(std::chrono::milliseconds(1));
    }
}
