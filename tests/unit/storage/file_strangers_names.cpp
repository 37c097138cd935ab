// Names that others, programs of other versions among them, give to files of a storage.

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstring>
#include <filesystem>
#include <set>
#include <string>

#include <unistd.h>

namespace file_strangers_names_test {

using namespace holdfast;
using file_test::applied;
using file_test::context;
using file_test::Directory;
using file_test::get;
using file_test::set;
using Storage = FileStorage<SlotFirst, Durability::none>;

/// The files by which writers exclude each other.
std::set<std::string> locks(std::string const& directory) {
    std::set<std::string> names;
    for (auto const& file : std::filesystem::directory_iterator(directory + "/.holdfast"))
        if (std::string name = file.path().filename(); name.starts_with("shard-")) names.insert(std::move(name));
    return names;
}

TEST_CASE("file storage: a key's lock has the name that programs of every version give it", "[file]") {
    // The first byte of the XXH64 of the directory's path: states/k, states/orders, states/a!2fb.
    struct Known {
        KeyView key;
        std::string lock;
    };
    for (auto const& [key, lock] : {Known{"k", "shard-8d"}, Known{"orders", "shard-18"}, Known{"a/b", "shard-a4"}}) {
        Directory const directory;
        auto storage = Storage::open(directory).value();
        REQUIRE(applied(set(storage, RecordId(key), "v")));
        CHECK(locks(directory) == std::set<std::string>{lock});
    }
}

/// Draws the same numbers again and again.
class Repeating final : public Environment {
public:
    Instant monotonic() override { return system().monotonic(); }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration duration) override { system().sleep(duration); }
    void random(void* out, std::size_t size) override { std::memset(out, 0x5a, size); }
    Writer who() override { return system().who(); }
};

TEST_CASE("file storage: a temporary file that is there already is not written over", "[file]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    REQUIRE(applied(set(storage, RecordId("live"), "precious")));
    REQUIRE(applied(set(storage, RecordId("k"), "old")));  // the first through this object: it sweeps
    Repeating env;
    std::string name("/.holdfast/temporary/8d-");
    auto const digits = env.new_write_id().text();
    name.append(digits.data(), digits.size());
    REQUIRE(::link((directory.path() + "/states/live/current").c_str(), (directory.path() + name).c_str()) == 0);

    RecordPtr const old = storage.read(context(), RecordId("k")).value();
    auto const refused = storage.write(Context(env), RecordId("k"), file_test::next(old, "k", "new"),
                                       Precondition::matches(old->revision));
    CHECK_FALSE(refused);
    CHECK(get(storage, RecordId("k")) == "old");
    CHECK(get(storage, RecordId("live")) == "precious");
    CHECK(applied(set(storage, RecordId("k"), "new")));
}

TEST_CASE("file storage: of a file that is larger than a record can be no more is read", "[file]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    REQUIRE(applied(set(storage, RecordId("k"), "v")));
    std::filesystem::resize_file(directory.path() + "/states/k/current", detail::max_frame_size + 4096);
    CHECK_THAT(get(storage, RecordId("k")), Catch::Matchers::ContainsSubstring("larger than a record can be"));
    CHECK(storage.read(context(), RecordId("k")).error() == Errc::malformed);
}

}  // namespace file_strangers_names_test
