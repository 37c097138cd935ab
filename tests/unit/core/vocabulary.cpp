// The small parts of the core: keys, bytes, ids, time.

#include <holdfast/core/backoff.hpp>
#include <holdfast/core/bytes.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/core/write_ring.hpp>
#include <holdfast/testing/environment.hpp>

#include <sys/wait.h>

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <thread>

namespace core_vocabulary_test {

using namespace holdfast;
using holdfast::testing::TestEnvironment;
using std::chrono::milliseconds;

TEST_CASE("key: boundaries, control characters, UTF-8", "[core]") {
    CHECK(Key::parse("a"));
    CHECK(Key::parse(std::string(1024, 'k')));
    CHECK(Key::parse("\xf0\x9f\x98\x80 \xc3\xa9"));
    for (std::string const& bad :
         {std::string(), std::string(1025, 'k'), std::string("a\0b", 3), std::string("\x1f"), std::string("\x7f"),
          std::string("\xc2\x80"), std::string("\xc2\x9f"), std::string("\xc0\xaf"), std::string("\xe0\x80\xaf"),
          std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"), std::string("\xf0\x80\x80\xaf"),
          std::string("\xe2\x82"), std::string("\x80"), std::string("\xff")}) {
        auto const parsed = Key::parse(bad);
        REQUIRE(!parsed);
        CHECK(parsed.error() == Errc::invalid_argument);
    }
    CHECK(Key::parse("\xc2\xa0"));
    STATIC_CHECK(KeyView("literal").view() == "literal");
    CHECK(Key("literal") == *Key::parse("literal"));
    CHECK(Key("literal") == KeyView("literal"));
}

TEST_CASE("bytes: a buffer becomes bytes without a copy, padded with zeros", "[core]") {
    Buffer buffer;
    for (int i = 0; i < 1000; ++i) buffer.push_back('x');
    buffer.truncate(900);
    char const* const where = buffer.data();
    Bytes const bytes(std::move(buffer));
    CHECK(bytes.data() == where);
    CHECK(bytes.size() == 900);
    bool zero = true;
    for (std::size_t i = 0; i < read_padding; ++i) zero = zero && bytes.data()[900 + i] == 0;
    CHECK(zero);
    Bytes const rest = bytes.drop_front(100);
    CHECK(rest.data() == where + 100);
    CHECK(rest.size() == 800);
    CHECK(Bytes() == Bytes::copy(""));
}

TEST_CASE("result: moves, value() throws, nothing else does", "[core]") {
    Result<std::unique_ptr<int>> one = std::make_unique<int>(1);
    Result<std::unique_ptr<int>> two = std::move(one);
    CHECK(**two == 1);
    two = Error(Errc::busy, "held");
    CHECK_THROWS_AS(two.value(), Exception);
    two = Result<std::unique_ptr<int>>(std::make_unique<int>(2));
    CHECK(*std::move(two).value() == 2);
    Result<void> const nothing;
    CHECK(nothing);
    CHECK_THROWS_AS(Result<void>(Error(Errc::lost)).value(), Exception);
    CHECK(Error(Errc::lost, "m").during("inner").during("outer").on("s").describe() == "lost: m (inner s)");
    Outcome<int> const unknown(
        std::make_shared<UnknownWrite const>(UnknownWrite{KeyView("k"), Slot::current, {}, {}, {}}),
        Error(Errc::unknown_outcome));
    CHECK(!unknown);
    CHECK(unknown.unknown() != nullptr);
}

TEST_CASE("write id: text there and back; ring: newest first, eight", "[core]") {
    TestEnvironment env;
    for (int i = 0; i < 200; ++i) {
        WriteId const id = env.new_write_id();
        auto const text = id.text();
        CHECK(WriteId::parse({text.data(), text.size()}) == id);
    }
    CHECK(!WriteId::parse("short"));
    CHECK(!WriteId::parse("AAAAAAAAAAAAAAAAAAAAA!"));
    CHECK(!WriteId::parse("AAAAAAAAAAAAAAAAAAAAAB"));  // bits beyond the 128
    WriteRing ring;
    for (std::uint64_t i = 1; i <= 9; ++i) ring.push(WriteId{0, i});
    CHECK(ring.size() == 8);
    CHECK(ring.newest() == WriteId{0, 9});
    CHECK(ring.contains(WriteId{0, 2}));
    CHECK(!ring.contains(WriteId{0, 1}));
    CHECK(!ring.append(WriteId{0, 1}));
}

TEST_CASE("environment: no two threads and no two sides of a fork draw the same ids", "[core]") {
    Environment& env = Environment::system();
    WriteId ids[3] = {env.new_write_id(), {}, {}};
    std::thread([&] { ids[1] = env.new_write_id(); }).join();
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    pid_t const child = fork();
    if (child == 0) {
        WriteId const id = env.new_write_id();
        _exit(write(ends[1], &id, sizeof id) == sizeof id ? 0 : 1);
    }
    WriteId const mine = env.new_write_id();
    REQUIRE(read(ends[0], &ids[2], sizeof ids[2]) == sizeof ids[2]);
    waitpid(child, nullptr, 0);
    close(ends[0]);
    close(ends[1]);
    CHECK(mine != ids[2]);
    CHECK(ids[0] != ids[1]);
    CHECK(env.who().view().find('@') != std::string_view::npos);
}

TEST_CASE("context and backoff: deadlines, stop, and waits that stay below their bound", "[core]") {
    TestEnvironment env;
    Context const limited(env, milliseconds(10));
    CHECK(env.clock_reads() == 0);
    CHECK(limited.wait(milliseconds(4)));
    CHECK(limited.remaining() == milliseconds(6));
    CHECK(limited.wait(milliseconds(50)).error() == Errc::timed_out);
    CHECK(env.elapsed() == milliseconds(10));
    std::atomic<bool> stop{true};
    CHECK(Context(env, endless, &stop).wait(milliseconds(1)).error() == Errc::cancelled);
    CHECK(!Context(env, Duration::zero()).wait(Duration::zero()));

    Context const ctx(env);
    Backoff backoff(ctx, milliseconds(1), milliseconds(500));
    Duration bound = milliseconds(1), longest{};
    REQUIRE(backoff.wait());  // the first at once
    for (int i = 0; i < 200; ++i) {
        Duration const before = env.elapsed();
        REQUIRE(backoff.wait());
        Duration const slept = env.elapsed() - before;
        CHECK(slept < bound);
        longest = slept > longest ? slept : longest;
        bound = bound * 2 < milliseconds(500) ? bound * 2 : Duration(milliseconds(500));
    }
    CHECK(longest > milliseconds(400));
    CHECK(longest < milliseconds(500));
}

}  // namespace core_vocabulary_test
