// OneOf: turns get to the storage that was chosen.

#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/one_of.hpp>
#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>

namespace one_of_turns_test {

using namespace holdfast;
using file_test::context;

/// Counts who asks for a turn, in any case or at a glance.
struct Queueing : MemoryStorage {
    Result<Turn> turn(Context const&, RecordId const&, bool always) const {
        struct Place final : Turn::Place {};
        ++(always ? *asked : *glances);
        return always ? Turn(std::make_unique<Place>()) : Turn();
    }
    std::size_t turn_rank(RecordId const& id) const noexcept { return id.key.view().size(); }
    std::shared_ptr<int> asked = std::make_shared<int>(0), glances = std::make_shared<int>(0);
};

TEST_CASE("OneOf: turns and their ranks are those of the storage that was chosen", "[one_of]") {
    Queueing const storage;
    OneOf<MemoryStorage, Queueing> chosen(storage);
    auto const turn = chosen.turn(context(), RecordId("k"), true);
    CHECK((turn && *turn));
    auto const glance = chosen.turn(context(), RecordId("k"), false);
    CHECK((glance && !*glance));
    CHECK(*storage.asked == 1);
    CHECK(*storage.glances == 1);
    CHECK(chosen.turn_rank(RecordId("four")) == 4);
    OneOf<MemoryStorage, Queueing> unranked{MemoryStorage()};
    CHECK(unranked.turn_rank(RecordId("four")) == 0);
}

}  // namespace one_of_turns_test
