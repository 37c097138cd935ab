// The write-ahead log under readers that always overlap.

#include <unit/storage/sqlite_support.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>
#include <vector>

namespace sqlite_log_test {

using namespace sqlite_test;

constexpr std::uintmax_t MiB = 1 << 20;

/// A quarter of a MiB that differs from the one before: SQLite does not write what is there already.
std::string text(int i) { return std::string(MiB / 4, static_cast<char>('a' + i % 26)); }

std::uintmax_t log_of(std::string const& path) { return std::filesystem::file_size(path + "-wal"); }

}  // namespace sqlite_log_test

using namespace sqlite_log_test;

TEST_CASE("sqlite: the log stays short while readers always overlap") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    for (int i = 0; i < 500; ++i) put(storage, make(Key::parse("key" + std::to_string(i)).value(), "v"));
    std::atomic<bool> stop{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&, reader = storage] {
            while (!stop) (void)reader.list(patient(), {});
        });
    std::uintmax_t longest = 0;
    // 32 MiB, eight times the length at which the log is to end.
    for (int i = 0; i < 128; ++i) {
        put(storage, make("k", text(i)));
        longest = std::max(longest, log_of(path));
    }
    stop = true;
    for (auto& reader : readers) reader.join();
    CHECK(longest < 12 * MiB);  // twice what was seen on a machine that was busy elsewhere
    CHECK(Plain{path}("pragma integrity_check") == "ok");
}

TEST_CASE("sqlite: a read transaction of another program does not stop writers, nor does its log stay") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    put(storage, make("k", "first"));
    auto const write_8_MiB = [&] {
        for (int i = 0; i < 32; ++i) put(storage, make("k", text(i)));
    };
    {
        Plain reader(path);
        reader("begin");
        CHECK(reader("select value from state") == "first");
        write_8_MiB();
        CHECK(reader("select value from state") == "first");
        CHECK(log_of(path) > 8 * MiB);
    }
    write_8_MiB();
    write_8_MiB();
    CHECK(log_of(path) <= 16 * MiB);
}

TEST_CASE("sqlite: a caller without patience does not wait for readers of the log") {
    Place const place;
    auto storage = open(place / "state.db");
    put(storage, make("k", "first"));
    Plain reader(place / "state.db");
    reader("begin");
    reader("select value from state");
    Context const hurried(Environment::system(), Duration::zero());
    for (int i = 0; i < 32; ++i) {
        auto const done = storage.write(hurried, KeyView("k"), make("k", text(i)), Precondition::none());
        REQUIRE(done);
        CHECK(done->kind() == Kind::applied);
    }
}
