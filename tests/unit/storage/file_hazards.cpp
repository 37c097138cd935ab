// What the file storage does not do, and what would happen if it did: each test takes the wrong step by hand.

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <string>
#include <string_view>

namespace file_hazards_test {

using namespace holdfast;
using detail::Fd;
using detail::LockFile;
using detail::Replacement;
using file_test::applied;
using file_test::context;
using file_test::Directory;
using file_test::next;
using Storage = FileStorage<SlotFirst, Durability::none>;

std::string header(RecordPtr const& record) { return std::string(encode_frame_header(*record)->view()); }

constexpr std::array<char, 2> number{'0', '1'};

/// Both sides of a race take their steps in the worst order.
struct Race {
    Directory directory;
    Fd fd{::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    RecordPtr a = next(nullptr, "k", std::string(5000, 'a')), b = next(nullptr, "k", std::string(5000, 'b'));

    Result<RecordPtr> now() const { return detail::load_record(fd.get(), "current", RecordId("k")); }
    int write(Replacement& to, RecordPtr const& record) const {
        std::string const head = header(record);
        std::array<std::string_view, 2> const parts{head, record->payload.view()};
        return to.write(
            false, [](int) { return 0; }, [&](int file) { return detail::write_all(file, parts); });
    }
};

TEST_CASE("hazard: a data file that is the lock lets two in when it is renamed", "[file]") {
    bool const broken = GENERATE(false, true);
    Race race;
    file_test::put(race.directory.path() + "/current", "old");
    std::string const path = broken ? "current" : "lock";
    LockFile first, second;
    REQUIRE(first.open(race.fd.get(), path));
    REQUIRE(*first.try_lock(path));
    Replacement file(race.fd.get(), number, race.a->stamp.ids.newest());
    REQUIRE(race.write(file, race.a) == 0);
    REQUIRE(file.put(race.fd.get(), "current", false) == 0);
    REQUIRE(second.open(race.fd.get(), path));
    CHECK(*second.try_lock(path) == broken);
}

TEST_CASE("hazard: a sweep without the lock takes a live temporary file", "[file]") {
    Race race;
    Replacement file(race.fd.get(), number, race.a->stamp.ids.newest());
    REQUIRE(race.write(file, race.a) == 0);
    detail::sweep(race.fd.get(), number);
    CHECK(file.put(race.fd.get(), "current", false) == ENOENT);

    LockDirectory const directory = LockDirectory::open(race.directory).value();
    detail::Shards own(directory), others(directory);  // which is why sweepers hold what writers hold
    auto const writer = own.lock(context(), "k");
    REQUIRE(writer);
    CHECK(others.lock(context(Duration(0)), "k").error().code() == Errc::busy);
    CHECK(own.lock(context(Duration(0)), "k").error().code() == Errc::busy);
}

TEST_CASE("hazard: one temporary name and a lock that does not hold publish half a file", "[file]") {
    bool const broken = GENERATE(false, true);
    Race race;
    if (broken) {
        auto const open = [&](int more) {
            return detail::open_at(race.fd.get(), "01-one", O_WRONLY | O_CREAT | more, 0600);
        };
        std::string const a = header(race.a) + std::string(race.a->payload.view());
        std::string const b = header(race.b) + std::string(race.b->payload.view());
        Fd const of_a = open(O_TRUNC), of_b = open(O_TRUNC);
        REQUIRE(::write(of_b.get(), b.data(), b.size()) == static_cast<ssize_t>(b.size()));
        REQUIRE(::write(of_a.get(), a.data(), a.size() / 2) == static_cast<ssize_t>(a.size() / 2));
        REQUIRE(::renameat(race.fd.get(), "01-one", race.fd.get(), "current") == 0);
        CHECK(race.now().error().code() == Errc::malformed);  // torn, and the frame tells
        return;
    }
    Replacement of_a(race.fd.get(), number, race.a->stamp.ids.newest()), of_b(race.fd.get(), number, race.b->stamp.ids.newest());
    REQUIRE(race.write(of_b, race.b) == 0);
    REQUIRE(race.write(of_a, race.a) == 0);
    REQUIRE(of_b.put(race.fd.get(), "current", false) == 0);
    CHECK((*race.now())->payload == race.b->payload);
    REQUIRE(of_a.put(race.fd.get(), "current", false) == 0);
    CHECK((*race.now())->payload == race.a->payload);
}

TEST_CASE("hazard: to look and then to rename creates over somebody else's record", "[file]") {
    bool const broken = GENERATE(false, true);
    Race race;
    Replacement of_a(race.fd.get(), number, race.a->stamp.ids.newest()), of_b(race.fd.get(), number, race.b->stamp.ids.newest());
    REQUIRE(race.write(of_a, race.a) == 0);
    REQUIRE(race.write(of_b, race.b) == 0);
    REQUIRE(*race.now() == nullptr);  // both have looked
    REQUIRE(of_a.put(race.fd.get(), "current", !broken) == 0);
    CHECK(of_b.put(race.fd.get(), "current", !broken) == (broken ? 0 : EEXIST));
    CHECK(((*race.now())->payload == race.a->payload) == !broken);
}

TEST_CASE("hazard: a lock inside the directory of the key goes with it", "[file]") {
    bool const broken = GENERATE(false, true);
    Race race;
    REQUIRE(::mkdirat(race.fd.get(), "k", 0700) == 0);
    std::string const path = broken ? "k/lock" : "lock";
    LockFile holder, other;
    REQUIRE(holder.open(race.fd.get(), path));
    REQUIRE(*holder.try_lock(path));
    REQUIRE(std::system(
                ("rm -rf '" + race.directory.path() + "/k'; mkdir '" + race.directory.path() + "/k'").c_str()) == 0);
    REQUIRE(other.open(race.fd.get(), path));
    CHECK(*other.try_lock(path) == broken);
}

TEST_CASE("the place is taken by link where rename cannot refuse, and a left-over name is swept", "[file]") {
    Race race;
    {
        Replacement file(race.fd.get(), number, race.a->stamp.ids.newest());
        REQUIRE(race.write(file, race.a) == 0);
        auto const id = race.a->stamp.ids.newest().text();
        std::string const name = "01-" + std::string(id.data(), id.size());
        REQUIRE(::linkat(race.fd.get(), name.c_str(), race.fd.get(), "current", 0) == 0);  // killed before the unlink
        REQUIRE(::linkat(race.fd.get(), name.c_str(), race.fd.get(), "01-left", 0) == 0);
    }
    detail::sweep(race.fd.get(), number);
    CHECK(file_test::count_files(race.directory.path(), "01-") == 0);
    CHECK((*race.now())->payload == race.a->payload);
    Replacement again(race.fd.get(), number, race.a->stamp.ids.newest());
    CHECK(again.put(race.fd.get(), "elsewhere", true) == ENOENT);
}

}  // namespace file_hazards_test
