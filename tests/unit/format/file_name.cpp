#include <holdfast/format/slot_first.hpp>

#include <catch2/catch_test_macros.hpp>

#include <random>
#include <set>
#include <string>

namespace file_name_test {

using namespace holdfast;

std::string name_of(std::string text) { return SlotFirst::directory(Key::parse(std::move(text)).value()); }

TEST_CASE("file names are readable", "[file]") {
    CHECK(name_of("orders") == "orders");
    CHECK(name_of("prod/orders.v2_eu-1") == "prod,orders.v2_eu-1");
    CHECK(name_of("MyJob") == "+my+job");
    CHECK(name_of("a b:c") == "a%20b%3ac");
    CHECK(name_of("café") == "caf%c3%a9");
}

TEST_CASE("file names stay below the root on any file system", "[file]") {
    CHECK(name_of(".") == "%2e");
    CHECK(name_of("..") == "%2e%2e");
    CHECK(name_of("../../etc/passwd") == "%2e.,..,etc,passwd");
    CHECK(name_of("/etc") == ",etc");
    CHECK(name_of(".holdfast") == "%2eholdfast");
    CHECK(name_of("a.") == "a%2e");
    CHECK(name_of("a ") == "a%20");
    CHECK(name_of("-rf") == "%2drf");
    CHECK(name_of("con") == "%63on");
    CHECK(name_of("com1.txt") == "%63om1.txt");
    CHECK(name_of("CON") == "+c+o+n");
    CHECK(name_of("~") == "%7e");
    CHECK(name_of("a\\b*?\"<>|") == "a%5cb%2a%3f%22%3c%3e%7c");
}

TEST_CASE("file names are injective, even where case does not count", "[file]") {
    std::mt19937 random(7);
    std::string const letters = "aAbB/.,+%~-_ =@c0o1nN\\ä";
    std::set<std::string> keys, names;
    while (keys.size() < 20'000) {
        std::string text;
        for (auto left = 1 + random() % (random() % 8 == 0 ? 300 : 6); left > 0; --left)
            text.push_back(letters[random() % letters.size()]);
        auto key = Key::parse(text);
        if (!key || !keys.insert(text).second) continue;
        std::string const name = SlotFirst::directory(*key);
        std::string folded = name;
        for (char& c : folded) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        REQUIRE(names.insert(folded).second);
        REQUIRE(name.size() <= detail::max_file_name);
        REQUIRE(name.find('/') == name.npos);
        REQUIRE(name[0] != '.');
        auto const back = SlotFirst::key(name);
        if (SlotFirst::may_be_ours(name)) REQUIRE_FALSE(back);
        else REQUIRE(back == *key);
    }
}

TEST_CASE("long keys are cut to a readable beginning and a hash", "[file]") {
    std::string const one = name_of(std::string(1024, 'x')), other = name_of(std::string(1023, 'x') + "y");
    CHECK(one.size() == detail::max_file_name);
    CHECK(one.starts_with(std::string(73, 'x')));
    CHECK(one != other);
    CHECK(name_of(std::string(138, 'x')) == std::string(138, 'x'));
    // Which anybody can compute: printf %s KEY | sha256sum
    CHECK(name_of(std::string(139, 'x')) ==
          std::string(73, 'x') + "~2e9624d34d0ca08307eb4f645cb17ac9db26ee9cd911a783221da0b327d7cce8");
    CHECK(name_of(std::string(500, 'X')).find("+~") == std::string::npos);  // never cut inside a character
}

TEST_CASE("names that are not ours have no key", "[file]") {
    for (auto const* name :
         {"Orders", "a%2", "a%2F", "a%61", "%2e.", "+", "a+1", "con", ".x", "a.", "a b", "", "-a", "a~b"})
        CHECK_FALSE(SlotFirst::key(name));
}

TEST_CASE("versions are named by sequence and id", "[file]") {
    VersionId const version{255, {1, 2}};
    std::string const file = SlotFirst::file(RecordId("k", Slot::version, version));
    CHECK(file == "00000000000000ff-AAAAAAAAAAEAAAAAAAAAAg");
    CHECK(SlotFirst::version(file) == version);
    for (auto const* name : {"", "00000000000000ff", "00000000000000ff-", "00000000000000FF-AAAAAAAAAAEAAAAAAAAAAg",
                             "00000000000000ff_AAAAAAAAAAEAAAAAAAAAAg", ".tmp-AAAAAAAAAAEAAAAAAAAAAg"})
        CHECK_FALSE(SlotFirst::version(name));
}

}  // namespace file_name_test
