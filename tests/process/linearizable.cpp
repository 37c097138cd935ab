// Processes that do what they like to three keys while some are killed and some stopped: was there an order of it all?

#include <process/child.hpp>

#include <holdfast/testing/linearizability/check.hpp>
#include <holdfast/testing/linearizability/read_history.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace linearizable_process {

using namespace holdfast;
using testing::LinearizabilityVerdict;

constexpr std::size_t processes = 8, victims = 3;
constexpr std::size_t operations = 500;

struct Made {
    testing::RecordedHistory history;
    std::size_t killed = 0;
    std::size_t unknown = 0;
};

std::size_t count(testing::RecordedHistory const& history, testing::HistoryEvent::Outcome outcome) {
    std::size_t n = 0;
    for (auto const& event : history.events) n += event.outcome == outcome ? 1 : 0;
    return n;
}

/// Lets the processes p0, p1, … loose on a storage, kills the first three at random points and stops others.
Made make_history(std::string const& uri, std::string const& kind, std::string const& logs, std::size_t each,
                  unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::string> paths;
    std::vector<test::Child> children;
    for (std::size_t i = 0; i < processes; ++i) {
        paths.push_back(logs + "/log" + std::to_string(i));
        children.emplace_back(std::vector<std::string>{
            test::child_program("linearizable_child"), uri, kind, "p" + std::to_string(i),
            std::to_string(i < victims ? 1'000'000 : each), std::to_string(random()), paths.back()});
    }
    for (std::size_t i = 0; i < victims; ++i) {
        std::size_t const after = 1 + random() % (each * 3 / 4);
        while (children[i].text().size() < after && children[i].read_some(1)) {
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
        children[i].signal(SIGKILL);
        test::Child const& sleeper = children[victims + i];
        sleeper.signal(SIGSTOP);
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
        sleeper.signal(SIGCONT);
    }
    Made made;
    for (auto& child : children) {
        std::size_t const done = child.finish().size();
        if (child.killed()) ++made.killed;
        else REQUIRE((child.succeeded() && done == each));
    }
    made.history = testing::read_history(paths).value();
    made.unknown = count(made.history, testing::HistoryEvent::Outcome::unknown);
    return made;
}

TEST_CASE("What eight processes do and see has an order, though some are killed and some stopped") {
    std::string const storage = GENERATE("file", "sqlite", "tree");
    std::string const kind = GENERATE("plain", "lease", "history");
    unsigned const seed = std::random_device()();
    CAPTURE(storage, kind, seed);
    test::TemporaryDirectory const directory;
    std::string const uri = storage + "://" + directory.path() + "/state";

    Made const made = make_history(uri, kind, directory.path(), kind == "lease" ? operations / 5 : operations, seed);
    auto const begun = std::chrono::steady_clock::now();
    auto const verdict = testing::check_linearizability(made.history);
    std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - begun;
    CAPTURE(verdict.text);
    REQUIRE(verdict.kind == LinearizabilityVerdict::Kind::linearizable);
    REQUIRE(made.killed == victims);
    REQUIRE(made.unknown <= victims);  // one that each victim was at
    REQUIRE(made.history.keys.size() == 3);
    WARN(storage << ", " << kind << ": " << made.history.events.size() << " calls, "
         << count(made.history, testing::HistoryEvent::Outcome::failed) << " refused, " << made.unknown
         << " unknown, checked in " << took.count() << " ms");
}

TEST_CASE("A storage that ignores preconditions is found out by what processes see of it") {
    unsigned const seed = std::random_device()();
    CAPTURE(seed);
    test::TemporaryDirectory const directory;
    Made const made = make_history("file://" + directory.path() + "/state", "careless", directory.path(), 100, seed);
    auto const verdict = testing::check_linearizability(made.history);
    REQUIRE(verdict.kind == LinearizabilityVerdict::Kind::violation);
    CAPTURE(verdict.text);
    REQUIRE(verdict.contradiction.size() >= 2);
    for (auto const& event : verdict.contradiction)  // who did it is named
        REQUIRE(verdict.text.find(made.history.actors.text(event.actor)) != std::string::npos);
    WARN(verdict.text);
}

}  // namespace linearizable_process
