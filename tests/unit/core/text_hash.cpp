#include <holdfast/core/text_hash.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>
#include <unordered_map>

namespace {

using holdfast::detail::HashedText;
using holdfast::detail::TextEqual;
using holdfast::detail::TextHash;

struct Named {
    std::string text;
};

}  // namespace

TEST_CASE("text hash: a text, what has one, and one that is hashed already are found alike") {
    std::unordered_map<std::string, int, TextHash, TextEqual> texts{{"a", 1}, {"b", 2}};
    CHECK(texts.find(std::string_view("b"))->second == 2);
    CHECK(texts.find("a")->second == 1);
    CHECK(texts.find(HashedText{"b", TextHash()(std::string_view("b"))})->second == 2);
    CHECK_FALSE(texts.contains("c"));
    std::unordered_map<Named, int, TextHash, TextEqual> named{{Named{"a"}, 1}};
    CHECK(named.find(std::string_view("a"))->second == 1);
    CHECK(TextHash()(HashedText{"a", 7}) == 7);
    CHECK(TextHash()(Named{"a"}) == TextHash()(std::string("a")));
}
