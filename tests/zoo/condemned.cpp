#include <zoo/zoo.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>

namespace zoo {

void condemned(Animals const& animals) {
    for (Animal const& animal : animals) DYNAMIC_SECTION(animal.sin) {
        auto const found = animal.judge();
        std::set<std::string> laws;
        for (auto const& finding : found) laws.insert(finding.law);
        INFO(animal.law << " must condemn: " << animal.sin << '\n' << found.text());
        CHECK(laws == std::set<std::string>{animal.law});
    }
}

}  // namespace zoo
