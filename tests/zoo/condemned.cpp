#include <zoo/zoo.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <optional>
#include <set>
#include <thread>

namespace zoo {

void condemned(Animals const& animals) {
    // Most of the time laws wait for something: several at once.
    std::vector<std::optional<holdfast::testing::Findings>> found(animals.size());
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> judges;
    for (int i = 0; i < 4; ++i)
        judges.emplace_back([&] {
            for (std::size_t mine = next++; mine < animals.size(); mine = next++) found[mine].emplace(animals[mine].judge());
        });
    for (auto& judge : judges) judge.join();
    for (std::size_t i = 0; i < animals.size(); ++i) {
        std::set<std::string> laws;
        for (auto const& finding : *found[i]) laws.insert(finding.law);
        INFO(animals[i].law << " must condemn: " << animals[i].sin << '\n' << found[i]->text());
        CHECK(laws == std::set<std::string>{animals[i].law});
    }
}

}  // namespace zoo
