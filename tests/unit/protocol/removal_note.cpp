#include <holdfast/protocol/removal_note.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace removal_note_test {

using namespace holdfast;
using detail::RemovalNote;

TEST_CASE("removal notes: what is not one has just begun", "[history]") {
    WriteId const removal{1, 2};
    RemovalNote note{removal, {}};
    note.watched.look(Environment::system());
    note.watched.elapsed = std::chrono::hours(1);
    std::string const text(note.text().view());
    CHECK(RemovalNote::of(removal, text).watched.elapsed == std::chrono::hours(1));
    CHECK(RemovalNote::of(WriteId{1, 3}, text).watched.elapsed == Duration(0));  // of another removal
    std::string const line(note.watched.text());
    for (std::string const& other :
         {std::string(), std::string("{}"), "{\"watched\":\"" + line + "\"}", text.substr(0, text.size() / 2),
          "{\"removal\":\"x\",\"watched\":\"" + line + "\"}"}) {
        CAPTURE(other);
        CHECK(RemovalNote::of(removal, other).watched.elapsed == Duration(0));
    }
}

}  // namespace removal_note_test
