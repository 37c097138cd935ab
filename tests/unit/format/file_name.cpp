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
    CHECK(name_of("prod/orders.v2_eu-1") == "prod!2forders.v2_eu-1");
    CHECK(name_of("MyJob") == "!4dy!4aob");
    CHECK(name_of("a b:c") == "a!20b!3ac");
    CHECK(name_of("café") == "caf!c3!a9");
}

TEST_CASE("file names hold nothing that a bucket, a URL or a file system takes for something else", "[file]") {
    // Amazon's characters to avoid, and those that need care; Windows and Azure drop dots at the end.
    std::string const odd = "\\{}^%`]\">[~<#|&$@=;:+ ,?*'()/";
    std::string const name = name_of(odd);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789!-_.") == name.npos);
    CHECK(SlotFirst::key(name)->view() == odd);
    CHECK_FALSE(name_of("a.").ends_with('.'));
}

TEST_CASE("file names stay below the root on any file system", "[file]") {
    CHECK(name_of(".") == "!2e");
    CHECK(name_of("..") == "!2e!2e");
    CHECK(name_of("../../etc/passwd") == "!2e.!2f..!2fetc!2fpasswd");
    CHECK(name_of("/etc") == "!2fetc");
    CHECK(name_of(".holdfast") == "!2eholdfast");
    CHECK(name_of("a.") == "a!2e");
    CHECK(name_of("a ") == "a!20");
    CHECK(name_of("-rf") == "!2drf");
    CHECK(name_of("con") == "!63on");
    CHECK(name_of("com1.txt") == "!63om1.txt");
    CHECK(name_of("CON") == "!43!4f!4e");
    CHECK(name_of("!") == "!21");
}

TEST_CASE("file names are injective, even where case does not count", "[file]") {
    std::mt19937 random(7);
    std::string const letters = "aAbB/.,+!~-_ =@c0o1nN\\ä";
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
    CHECK(one.starts_with(std::string(72, 'x')));
    CHECK(one != other);
    CHECK(name_of(std::string(138, 'x')) == std::string(138, 'x'));
    // Which anybody can compute: printf %s KEY | sha256sum
    CHECK(name_of(std::string(139, 'x')) ==
          std::string(72, 'x') + "!-2e9624d34d0ca08307eb4f645cb17ac9db26ee9cd911a783221da0b327d7cce8");
    CHECK(name_of(std::string(500, 'X')).find("!!-") == std::string::npos);  // never cut inside a character
}

TEST_CASE("names that are not ours have no key", "[file]") {
    for (auto const* name :
         {"Orders", "a!2", "a!2F", "a!61", "!2e.", "!", "a+1", "con", ".x", "a.", "a b", "", "-a", "a!-b"})
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

TEST_CASE("file names: what a prefix of keys becomes is a prefix of every name", "[file]") {
    std::mt19937 random(11);
    std::string const letters = "aAco0nprm1./-!_x\xc3\xa4";
    std::size_t asked = 0, told = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::string text;
        for (auto left = 1 + random() % (random() % 16 == 0 ? 200 : 7); left > 0; --left)
            text.push_back(letters[random() % (i % 2 == 0 ? letters.size() : letters.size() - 2)]);  // half of them ASCII
        auto const key = Key::parse(text);
        if (!key) continue;
        std::string const name = SlotFirst::directory(*key);
        for (std::size_t size = 0; size <= text.size(); size += 1 + size / 8) {
            std::string const prefix = detail::to_file_name_prefix(std::string_view(text).substr(0, size));
            INFO(text << " | " << text.substr(0, size));
            REQUIRE(name.starts_with(prefix));
            asked += size > 0;
            told += !prefix.empty();
        }
    }
    CHECK(told * 2 > asked);  // and it is most often of use
    CHECK(detail::to_file_name_prefix("prod/orders") == "prod!2forders");
    CHECK(detail::to_file_name_prefix("orders.") == "orders");
    CHECK(detail::to_file_name_prefix("con") == "");
    CHECK(detail::to_file_name_prefix("con.x") == "!63on.x");
    CHECK(detail::to_file_name_prefix("cone") == "cone");
    CHECK(detail::to_file_name_prefix("com1") == "");
    CHECK(detail::to_file_name_prefix("com10") == "com10");
}

TEST_CASE("names of records say what they are of, and no others do", "[file]") {
    VersionId const version{7, {1, 2}};
    std::string const longest(1024, 'x');
    for (std::string const& text : {std::string("orders"), std::string("a/b"), longest})
        for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention}) {
            Key const key = Key::parse(text).value();
            RecordId const id(key, slot, slot == Slot::version ? version : VersionId());
            std::string const name = SlotFirst::name(id);
            CHECK(name.size() <= 254);
            auto const parsed = SlotFirst::parse(name);
            REQUIRE(parsed);
            CHECK(parsed->slot == slot);
            CHECK(parsed->version == id.version);
            CHECK(parsed->key.has_value() == (text != longest));
            if (parsed->key) CHECK(*parsed->key == key);
            CHECK(name.starts_with(SlotFirst::prefix({.slot = slot, .prefix = key.view(), .whole_key = true})));
            CHECK(name.starts_with(SlotFirst::prefix({.slot = slot, .prefix = key.view().substr(0, 2)})));
        }
    CHECK(SlotFirst::name(RecordId("orders")) == "states/orders/current");
    CHECK(SlotFirst::name(RecordId("orders", Slot::lock)) == "locks/orders/lock");
    for (auto const* name : {"", "states", "states/orders", "states/orders/", "states/orders/lock", "states//current",
                             "states/orders/x/current", "orders/current", "states/Orders/current", "locks/orders/current",
                             "versions/orders/current", "holdfast.json", "/states/orders/current"})
        CHECK_FALSE(SlotFirst::parse(name));
}

}  // namespace file_name_test
