// One tree, two doors: a directory that is open as files and as objects at once, and what a copy of it is.

#include <holdfast/object/directory_objects.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/storage/file_fixture.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace one_tree_test {

using namespace holdfast;
namespace fs = std::filesystem;
using file_test::context;
using file_test::Directory;

template <Durability D>
using Files = StateStore<std::string, FileStorage<SlotFirst, D>, History<>, RawBytes>;
template <class Objects>
using Records = StateStore<std::string, ObjectStorage<Objects>, History<>, RawBytes>;

constexpr auto count = [](std::string& text) { text = std::to_string(text.empty() ? 1 : std::stoi(text) + 1); };

template <class Store>
std::set<std::string> keys(Store& store) {
    std::set<std::string> found;
    for (auto const& key : store.keys()) {
        REQUIRE(key);
        found.insert(key->str());
    }
    return found;
}
template <class Store>
std::size_t versions(Store& store, KeyView key) {
    auto const page = store.history(key);
    return page ? page->versions.size() : 0;
}

TEMPLATE_TEST_CASE_SIG("one tree: through both doors at once no update is lost", "[object]", ((Durability D), D),
                       Durability::none, Durability::full) {
    constexpr int threads = 3, updates = D == Durability::none ? 150 : 40;
    Directory const directory;
    using Objects = DirectoryObjects<D>;
    Files<D> const files(FileStorage<SlotFirst, D>::open(directory).value());
    Records<Objects> const records(
        ObjectStorage<Objects>::open(Objects::template open_for<SlotFirst>(directory).value()).value());
    std::atomic<int> wrong{0};
    auto const work = [&](auto store, int me) {
        for (int i = 0; i < updates; ++i) {
            wrong += store.update("shared", count) ? 0 : 1;
            Key const own = Key::parse("own/" + std::to_string(me) + "-" + std::to_string(i % 5)).value();
            wrong += store.update(own, count) ? 0 : 1;
            if (i % 10 == 7) wrong += store.prune("shared", KeepLast<3>()) ? 0 : 1;
            if (i % 10 == 9) {
                auto const entry = store.get(own);
                if (entry && *entry) wrong += store.remove(**entry) ? 0 : 1;
            }
        }
    };
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&, i] { work(files, 2 * i); });
        all.emplace_back([&, i] { work(records, 2 * i + 1); });
    }
    for (auto& thread : all) thread.join();
    CHECK(wrong == 0);
    Files<D> by_files(files);
    Records<Objects> by_records(records);
    CHECK(by_files.get("shared").value()->value() == std::to_string(2 * threads * updates));
    CHECK(by_records.get("shared").value()->value() == std::to_string(2 * threads * updates));
    CHECK(keys(by_files) == keys(by_records));
    CHECK(versions(by_files, "shared") == versions(by_records, "shared"));
    CHECK(file_test::count_files(directory.path() + "/.holdfast/temporary", "") == 0);
}

TEST_CASE("one tree: each door refuses what the other was not opened for", "[object]") {
    Directory const directory;
    using Objects = DirectoryObjects<Durability::none>;
    {
        auto plain = Objects::open(directory).value();  // of anybody's files: no mark
        std::string_view const body = "x";
        REQUIRE(plain.put(context(), "states/k/current", {&body, 1}, Precondition::none()));
        REQUIRE(plain.put(context(), "notes", {&body, 1}, Precondition::none()));
    }
    for (auto const& refused : {FileStorage<SlotFirst, Durability::none>::open(directory).error(),
                                Objects::open_for<SlotFirst>(directory).error()}) {
        CHECK(refused == Errc::incompatible);
        CHECK(refused.message().find("'states'") != std::string_view::npos);
    }
    CHECK(Objects::open(directory));
}

TEST_CASE("one tree: a copy by ordinary tools is a store, in either direction", "[object]") {
    Directory const directory;
    std::string const from = directory.path() + "/from", to = directory.path() + "/to";
    std::string const longest(1000, 'L');
    {
        Files<Durability::full> store(FileStorage<>::open(from).value());
        for (int i = 0; i < 3; ++i) {
            REQUIRE(store.update("orders/eu", count));
            REQUIRE(store.update(Key::parse(longest).value(), count));
        }
        REQUIRE(store.create("removed", "x"));
        REQUIRE(store.remove(**store.get("removed")));
    }
    // As `aws s3 cp --recursive`, `rclone copy` and the like do: every file whose name begins with no dot.
    MemoryObjects bucket;
    for (auto const& file : fs::recursive_directory_iterator(from)) {
        std::string const name = file.path().string().substr(from.size() + 1);
        if (!file.is_regular_file() || name.starts_with(".")) continue;
        std::string const bytes = file_test::contents(file.path().string());
        std::string_view const body = bytes;
        REQUIRE(bucket.put(context(), "copy/" + name, {&body, 1}, Precondition::none()));
    }
    Records<MemoryObjects> far(ObjectStorage<MemoryObjects>::open(bucket, "copy").value());
    CHECK(keys(far) == std::set<std::string>{"orders/eu", longest});
    CHECK(far.get("orders/eu").value()->value() == "3");
    CHECK(versions(far, "orders/eu") == 3);
    REQUIRE(far.update("orders/eu", count));
    // And back, into a directory that does not know `.holdfast`.
    for (std::string cursor;;) {
        auto const page = bucket.list(context(), {.prefix = "copy/", .cursor = cursor}).value();
        for (ObjectEntry const& one : page.objects) {
            fs::path const path = to + "/" + one.name.substr(5);
            fs::create_directories(path.parent_path());
            file_test::put(path.string(), bucket.get(context(), {.name = one.name}).value().body.view());
        }
        if (page.next.empty()) break;
        cursor = page.next;
    }
    {
        Files<Durability::none> read(FileStorage<SlotFirst, Durability::none>::open(to, {.read_only = true}).value());
        CHECK(read.get("orders/eu").value()->value() == "4");
        CHECK_FALSE(fs::exists(to + "/.holdfast"));
    }
    Files<Durability::full> back(FileStorage<>::open(to, {.create = false}).value());
    CHECK(keys(back) == std::set<std::string>{"orders/eu", longest});
    CHECK(versions(back, "orders/eu") == 4);
    REQUIRE(back.update("orders/eu", count));
    CHECK(back.get("orders/eu").value()->value() == "5");
    CHECK(fs::exists(to + "/.holdfast/durability"));
    // Without the mark nothing is opened: neither as it is, nor as an empty store beside it.
    fs::remove(to + "/holdfast.json");
    fs::remove_all(to + "/.holdfast");
    for (bool const create : {true, false})
        CHECK(FileStorage<>::open(to, {.create = create}).error() == Errc::incompatible);
    CHECK_FALSE(fs::exists(to + "/.holdfast"));
}

}  // namespace one_tree_test
