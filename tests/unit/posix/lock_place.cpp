// When a lock's file is looked for by its name, and when an unchanged directory is enough.

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>

namespace lock_place_test {

using namespace holdfast;
using std::chrono::milliseconds;

/// A clock that is set by hand, and counts how often it is read: once for each look by name.
class Clock final : public Environment {
public:
    Instant monotonic() override {
        ++read;
        return now;
    }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration) override {}
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return system().who(); }

    Instant now = Instant(std::chrono::hours(1));
    int read = 0;
};

TEST_CASE("a lock's file is looked for by its name until a change would show", "[lock]") {
    file_test::Directory const directory;
    LockDirectory const locks = LockDirectory::open(directory.path() + "/locks").value();
    detail::LockFile file;
    REQUIRE(file.open(locks.fd(), "k"));
    detail::LockPlace place;
    Clock clock;
    auto const stands = [&] { return place.stands(file, locks, "k", clock).value(); };
    for (int looks = 1; looks <= 4; ++looks) {  // changes within one step of the file system's clock look like none
        CHECK(stands());
        CHECK(clock.read == looks);
        clock.now += milliseconds(5);
    }
    clock.now += milliseconds(20);
    CHECK(stands());
    CHECK(clock.read == 5);
    for (int i = 0; i < 3; ++i) CHECK(stands());
    CHECK(clock.read == 5);
    Environment::system().sleep(milliseconds(30));
    file_test::put(directory.path() + "/locks/other", "");
    CHECK(stands());
    CHECK(clock.read == 6);
    std::filesystem::remove(directory.path() + "/locks/k");
    CHECK_FALSE(stands());
}

}  // namespace lock_place_test
