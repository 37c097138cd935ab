// Histories in files: of several processes, of one that was killed, and of files that are damaged.

#include <holdfast/testing/linearizability/check.hpp>
#include <holdfast/testing/linearizability/history_actor.hpp>
#include <holdfast/testing/linearizability/history_file.hpp>
#include <holdfast/testing/linearizability/read_history.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/laws/calls.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/histories.hpp>
#include <unit/support/plain_text.hpp>

#include <csignal>
#include <fstream>
#include <sstream>

#include <sys/wait.h>

namespace linearizability_file_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::summary;
using holdfast_tests::violation;
using Kind = HistoryEvent::Kind;
using How = HistoryEvent::Outcome;

template <class Storage>
using Store = BasicStateStore<std::string, Storage, NoLock, CompareAndSwap, holdfast_tests::PlainText>;

/// A file of its own, removed at the end.
struct Scratch {
    std::string path = "/tmp/holdfast-history-" + std::string(KeyView(testing::law::fresh_key("")).view());
    ~Scratch() { (void)::unlink(path.c_str()); }
    std::string text() const {
        std::ostringstream out;
        out << std::ifstream(path).rdbuf();
        return out.str();
    }
    void append(std::string_view text) const { std::ofstream(path, std::ios::app) << text; }
};

Result<RecordedHistory> read_all(std::initializer_list<std::string> paths) {
    return read_history(std::vector<std::string>(paths));
}

TEST_CASE("history: files of several processes are one history", "[linearizability]") {
    TestEnvironment env;
    Scratch one, two;
    auto const first = HistoryFile::open(one.path, env).value(), second = HistoryFile::open(two.path, env).value();
    HistoryActor a(*first, "a\t1"), b(*second, "b\\");
    Store<MemoryStorage> store;
    auto const tick = [&] { env.advance(std::chrono::microseconds(1)); };
    a.create(store, "k", "line\nbreak\t\\").value();
    tick();
    b.update(store, "k", [](std::string& text) { text += "!"; }).value();
    tick();
    (void)a.get(store, "k");
    (void)a.get(store, "none");
    auto const history = read_all({one.path, two.path}).value();
    CHECK(history.nanoseconds);
    CHECK(summary(history) ==
          "a\t1 k absent>line\nbreak\t\\ a! a\t1 k line\nbreak\t\\! a! a\t1 none absent a! b\\ k "
          "line\nbreak\t\\>line\nbreak\t\\! a! ");
    CHECK(violation(history) == "");
    // Without the other's file, a value comes from nowhere.
    CHECK(violation(read_all({one.path}).value()).find("was never written") != std::string::npos);
    CHECK(one.text().starts_with("\nS\t1\t.\nB\t1\t0\tw\ta\\t1\tk\t.\nI\t1\tc\t-\t=line\\nbreak\\t\\\\\t.\nE\t1\t"));
}

TEST_CASE("history: a process that is killed leaves its last write unknown", "[linearizability]") {
    Scratch file;
    pid_t const child = fork();
    if (child == 0) {
        auto const log = HistoryFile::open(file.path);
        if (!log) _exit(1);
        HistoryActor me(**log, "child");
        Store<MemoryStorage> store;
        (void)me.create(store, "k", "1");
        (void)me.get(store, "k");
        struct Deadly : MemoryStorage {
            Result<WriteOutcome> write(Context const&, RecordId const&, RecordPtr const&, Precondition const&) {
                (void)std::raise(SIGKILL);
                return WriteOutcome::conflict();
            }
        };
        Store<Deadly> deadly;
        (void)me.update(deadly, "k", [](std::string& text) { text = "2"; });
        _exit(2);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(summary(read_all({file.path}).value()).substr(0, 20) == "child k absent>1 a c");
    CHECK(summary(read_all({file.path}).value()).ends_with("child k absent>2 u? "));

    // The next process goes on after a line that was not finished; what it finds out about the other's write counts.
    file.append("B\t3\t12");
    CHECK(summary(read_all({file.path}).value()).ends_with("child k absent>2 u? "));
    {
        auto const next = HistoryFile::open(file.path).value();
        HistoryActor me(*next, "next");
        Store<MemoryStorage> store;
        (void)me.get(store, "k");
    }
    CHECK(summary(read_all({file.path}).value()).find("u? next k absent a") != std::string::npos);
}

TEST_CASE("history: a file settles the unknown write of another, and damage is refused", "[linearizability]") {
    TestEnvironment env;
    WriteId const id = env.new_write_id();
    for (Fate const fate : {Fate::applied, Fate::never, Fate::pending, Fate::unknown}) {
        Scratch one, two;
        auto const late = HistoryFile::open(two.path, env).value(), early = HistoryFile::open(one.path, env).value();
        auto const call = early->begin("a", "k", Kind::write);
        HistoryLog::Intention const intention{true, {}, "1"};
        early->intend(call, &intention);
        early->end(call, How::unknown, nullptr, id);
        env.advance(std::chrono::microseconds(1));
        late->settle(id, fate);
        char const* const outcome = fate == Fate::applied ? "a " : fate == Fate::never ? "f " : "u? ";
        CHECK(summary(read_all({two.path, one.path}).value()) == std::string("a k absent>1 ") + outcome);
    }
    for (std::string_view const line :
         {"X\t1\t.\n", "B\t1\t5\tr\ta\t.\n", "B\tx\t5\tr\ta\tk\t.\n", "B\t1\t5\tq\ta\tk\t.\n", "E\t1\t5\ta\t\t\t.\n",
          "I\t9\tc\t-\t-\t.\n", "B\t1\t5\tr\ta\tk\t.\nB\t1\t5\tr\ta\tk\t.\n",
          "B\t1\t5\tr\ta\tk\t.\nE\t1\t4\ta\t\t-\t.\n", "B\t1\t5\tw\ta\tk\t.\nE\t1\t6\tz\t\t-\t.\n",
          "B\t1\t5\tw\ta\tk\t.\nI\t1\tx\t-\t-\t.\n", "F\tabc\t5\tnever\t.\n", "B\t1\nB\t1\t5\tr\ta\tk\t.\n"}) {
        Scratch damaged;
        (void)HistoryFile::open(damaged.path, env).value();
        damaged.append(line);
        auto const read = read_all({damaged.path});
        INFO(line);
        REQUIRE(!read);
        CHECK(read.error() == Errc::malformed);
    }
    CHECK(read_all({"/nowhere/history"}).error() == Errc::not_found);
    CHECK(HistoryFile::open("/nowhere/history").error() == Errc::not_found);
    auto const full = HistoryFile::open("/dev/full");
    CHECK(!full);
}

}  // namespace linearizability_file_test
