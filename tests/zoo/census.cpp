// The laws as the pages of the concepts list them, as the checks check them, and as the zoo breaks them: three lists
// that must be one.

#include <source_directory.hpp>
#include <zoo/zoo.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>

namespace zoo {

namespace {

/// Lines of a page such as "/// - `reads_see_writes`: …".
std::multiset<std::string> laws_of_the_pages() {
    std::multiset<std::string> laws;
    for (auto const& entry :
         std::filesystem::recursive_directory_iterator(test::source_directory() / "include/holdfast")) {
        if (entry.path().extension() != ".hpp") continue;
        std::ifstream page(entry.path());
        for (std::string line; std::getline(page, line);) {
            constexpr std::string_view begin = "/// - `";
            if (!line.starts_with(begin)) continue;
            std::size_t const end = line.find("`: ", begin.size());
            if (end == line.npos) continue;
            std::string const name = line.substr(begin.size(), end - begin.size());
            bool const sentence = name.find('_') != name.npos;
            if (sentence && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == name.npos) laws.insert(name);
        }
    }
    return laws;
}

std::multiset<std::string> laws_of_the_checks() {
    std::multiset<std::string> laws;
    for (auto const& some : {laws_of_storages(), laws_of_handles(), laws_of_locks(), laws_of_versionings(), laws_of_bare_versionings(), laws_of_histories(),
                             laws_of_retentions(), laws_of_serializations(), laws_of_stores(), laws_of_layers(), laws_of_objects()})
        laws.insert(some.begin(), some.end());
    return laws;
}

Animals everybody() {
    Animals all;
    for (auto const& some : {storages(), handles(), locks(), versionings(), bare_versionings(), histories(), retentions(), serializations(),
                             stores(), layers(), objects()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}
std::map<std::string, unsigned> counted() {
    std::map<std::string, unsigned> counts;
    for (Animal const& animal : everybody()) ++counts[animal.law];
    return counts;
}

}  // namespace

TEST_CASE("zoo: the pages of the concepts list the laws that are checked, each once", "[zoo]") {
    CHECK(laws_of_the_pages() == laws_of_the_checks());
}

TEST_CASE("zoo: every law condemns three broken policies at least", "[zoo]") {
    auto const counts = counted();
    for (std::string const& law : laws_of_the_checks()) {
        INFO(law);
        CHECK((counts.contains(law) ? counts.at(law) : 0) >= 3);
    }
}

TEST_CASE("zoo: how many broken policies each law condemns", "[.census]") {
    for (auto const& [law, count] : counted()) std::cout << count << '\t' << law << '\n';
}

TEST_CASE("zoo: what is expected in vain of some broken policy", "[.sentences]") {
    std::set<std::string> sentences;
    for (Animal const& animal : everybody())
        for (auto const& finding : animal.judge()) sentences.insert(finding.law + '\t' + finding.expected);
    for (std::string const& sentence : sentences) std::cout << sentence << '\n';
}

}  // namespace zoo
