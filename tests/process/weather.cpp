// The main example, started, killed and started again: 1,461 rows, none missing, none twice, and counted once each.

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <chrono>
#include <csignal>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace weather_tests {

using Catch::Matchers::ContainsSubstring;
using Words = std::vector<std::string>;

/// A warehouse and a store of their own, in a directory.
struct Pipeline {
    test::TemporaryDirectory directory;
    std::string store = GENERATE("sqlite://@/state.db", "file://@/state");

    test::Child start(Words const& more = {}) {
        std::string uri = store;
        uri.replace(uri.find('@'), 1, directory.path());
        Words words{test::beside("../examples/weather"), "--store", uri, "--warehouse", directory.path() + "/warehouse.db"};
        words.insert(words.end(), more.begin(), more.end());
        return test::Child(words);
    }

    void finishes(Words const& more = {}) { complete(start(more)); }

    void is_complete() { complete(start({"--check"})); }

private:
    static void complete(test::Child run) {
        std::string const text = run.finish();
        CAPTURE(text);
        REQUIRE(run.succeeded());
        REQUIRE_THAT(text, ContainsSubstring("1461 rows in the warehouse, 1461 in the source; bookmark 2015/12/31 "
                                             "after 1461 rows"));
        REQUIRE_THAT(text, ContainsSubstring("none missing, none twice"));
    }
};

TEST_CASE("Weather: a run loads everything, the next one nothing") {
    Pipeline pipeline;
    pipeline.finishes({"--batch", "500"});
    auto again = pipeline.start();
    REQUIRE_THAT(again.finish(), !ContainsSubstring("up to"));
    REQUIRE(again.succeeded());
}

TEST_CASE("Weather: the check can fail") {
    Pipeline pipeline;
    auto check = pipeline.start({"--check"});
    REQUIRE_THAT(check.finish(), ContainsSubstring("NOT COMPLETE"));
    REQUIRE_FALSE(check.succeeded());

    auto part = pipeline.start({"--batch", "100", "--kill-after", "2"});
    part.finish();
    auto again = pipeline.start({"--check"});
    REQUIRE_THAT(again.finish(), ContainsSubstring("200 rows in the warehouse") && ContainsSubstring("NOT COMPLETE"));
    REQUIRE_FALSE(again.succeeded());
}

TEST_CASE("Weather: killed between the rows and the bookmark of every batch") {
    Pipeline pipeline;
    int deaths = 0;
    for (int const batch : {1, 2, 3, 1, 2, 4}) {
        auto run = pipeline.start({"--batch", "110", "--kill-after", std::to_string(batch)});
        run.finish();
        if (run.killed()) ++deaths;
    }
    REQUIRE(deaths == 6);  // 0+1+2+0+1+3 batches were noted, of 14
    pipeline.finishes({"--batch", "110"});
}

TEST_CASE("Weather: killed from outside at random moments") {
    Pipeline pipeline;
    unsigned const seed = std::random_device()();
    CAPTURE(seed);
    std::mt19937 random(seed);
    int deaths = 0;
    for (int i = 0; i < 15; ++i) {
        auto run = pipeline.start({"--batch", "20"});
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
        run.signal(SIGKILL);
        run.finish();
        if (run.killed()) ++deaths;
    }
    CAPTURE(deaths);
    REQUIRE(deaths > 0);
    pipeline.finishes();
}

TEST_CASE("Weather: several at once, and some of them die") {
    Pipeline pipeline;
    int const runs = GENERATE(2, 4);
    CAPTURE(runs);
    {
        std::vector<test::Child> children;
        for (int i = 0; i < runs; ++i)
            children.push_back(pipeline.start({"--batch", "25", "--kill-after", i % 2 == 0 ? "0" : "3"}));
        for (auto& child : children) {
            std::string const text = child.finish();
            CAPTURE(text);
            REQUIRE((child.killed() || child.succeeded()));
        }
    }
    pipeline.is_complete();
}

}  // namespace weather_tests
