// What a directory is, and a bucket is not.

#include <holdfast/object/directory_objects.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/object/directory_fixture.hpp>

#include <array>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace directory_objects_test {

using namespace holdfast;
using file_test::context;
using file_test::contents;
using file_test::Directory;
using directory_test::Objects;
using directory_test::put;
namespace fs = std::filesystem;

bool applied(Result<WriteOutcome> const& done) { return done && done->kind() == WriteOutcome::Kind::applied; }
std::string get(Objects const& objects, std::string_view name) {
    auto const found = objects.get(context(), {.name = name});
    if (!found) return found.error().describe();
    return found->kind == Fetched::Kind::absent ? "absent" : std::string(found->body.view());
}

TEST_CASE("directory objects: an object is a file of its name, and directories go with what is in them", "[object]") {
    Directory const directory;
    auto objects = Objects::open(directory).value();
    REQUIRE(applied(put(objects, "a/b/c/d", "text")));
    CHECK(contents(directory.path() + "/a/b/c/d") == "text");
    REQUIRE(applied(put(objects, "a/b/e", "more")));
    REQUIRE(applied(objects.remove(context(), "a/b/c/d", Precondition::none())));
    CHECK_FALSE(fs::exists(directory.path() + "/a/b/c"));
    CHECK(fs::exists(directory.path() + "/a/b"));
    REQUIRE(applied(objects.remove(context(), "a/b/e", Precondition::none())));
    CHECK_FALSE(fs::exists(directory.path() + "/a"));
    // What others have left empty is nothing, and in nobody's way.
    fs::create_directories(directory.path() + "/x/y");
    CHECK(get(objects, "x") == "absent");
    CHECK(get(objects, "x/y") == "absent");
    CHECK(objects.list(context(), {.one_level = true}).value().prefixes.empty());
}

TEST_CASE("directory objects: what a directory cannot hold is refused by name, and nothing is touched", "[object]") {
    Directory const directory;
    auto objects = Objects::open(directory).value();
    REQUIRE(applied(put(objects, "a", "1")));
    REQUIRE(applied(put(objects, "d/e", "2")));
    auto const refused = [&](std::string const& name) {
        auto const done = put(objects, name, "x");
        REQUIRE_FALSE(done);
        CHECK(done.error() == Errc::invalid_argument);
        CHECK(done.error().message().find("a directory cannot hold") != std::string_view::npos);
        CHECK(get(objects, name) != "x");
    };
    refused("a/b");
    refused("a/b/c");
    refused("d");
    refused(std::string(256, 'n'));
    refused("x/" + std::string(256, 'n') + "/y");
    refused(".holdfast");
    refused(".holdfast/shard-00");
    refused("x/.holdfast-left");
    refused("x/.holdfast");  // of a root that is inside of this one
    CHECK(applied(put(objects, std::string(255, 'n'), "y")));
    CHECK(get(objects, "a") == "1");
    CHECK(get(objects, "d/e") == "2");
    CHECK(get(objects, "a/b") == "absent");
    CHECK(file_test::count_files(directory.path() + "/.holdfast/temporary", "") == 0);
}

TEST_CASE("directory objects: a tree of any depth is listed with few descriptors", "[object]") {
    Directory const directory;
    auto objects = Objects::open(directory).value();
    std::set<std::string> names;
    std::string deep;
    for (int level = 0; level < 200; ++level) {
        deep += "d/";
        if (level % 10 == 0) names.insert(deep + "file");
    }
    for (int i = 0; i < 50; ++i) names.insert("wide/" + std::to_string(i) + "/x/y");
    for (std::string const& name : names) REQUIRE(applied(put(objects, name, "z")));
    rlimit old{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
    int const used = ::dup(0);
    ::close(used);
    rlimit const few{static_cast<rlim_t>(used) + 24, old.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    for (std::size_t const limit : {1u, 7u, 1000u}) {
        std::set<std::string> seen;
        bool once = true;
        std::string cursor;
        do {
            auto const page = objects.list(context(), {.cursor = cursor, .limit = limit});
            if (!page) {
                once = false;
                break;
            }
            for (ObjectEntry const& one : page->objects) once = once && seen.insert(one.name).second;
            cursor = page->next;
        } while (!cursor.empty());
        CHECK(once);
        CHECK(seen == names);
    }
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &old) == 0);
    for (char const* cursor : {"nonsense", ":", "00.00:d/e/f", "zz:d", "0000000000000000:../.."}) {
        auto const page = objects.list(context(), {.cursor = cursor});
        INFO(cursor);
        CHECK((!page || page->objects.size() <= names.size()));
    }
}

TEST_CASE("directory objects: no link is followed", "[object]") {
    Directory const directory, elsewhere;
    auto objects = Objects::open(directory).value();
    file_test::put(elsewhere.path() + "/secret", "secret");
    fs::create_directory_symlink(elsewhere.path(), directory.path() + "/link");
    fs::create_symlink(elsewhere.path() + "/secret", directory.path() + "/file");
    REQUIRE(applied(put(objects, "real", "x")));
    for (char const* name : {"link/secret", "file"}) {
        INFO(name);
        CHECK(get(objects, name).find("symbolic link") != std::string::npos);
        CHECK_FALSE(put(objects, name, "mine"));
        CHECK_FALSE(objects.remove(context(), name, Precondition::none()));
    }
    CHECK(contents(elsewhere.path() + "/secret") == "secret");
    auto const page = objects.list(context(), {}).value();
    REQUIRE(page.objects.size() == 1);
    CHECK(page.objects[0].name == "real");
}

TEST_CASE("directory objects: what others write in any way is noticed, and a copy of the same is no change", "[object]") {
    Directory const directory;
    auto objects = Objects::open(directory).value();
    std::string const path = directory.path() + "/k";
    auto const first = put(objects, "k", "one").value();
    file_test::put(path, "two");  // in place, of the same length, within one step of any clock
    CHECK(put(objects, "k", "mine", Precondition::matches(first.revision()))->kind() == WriteOutcome::Kind::conflict);
    CHECK(get(objects, "k") == "two");
    file_test::put(path + ".new", "one");
    fs::rename(path + ".new", path);
    CHECK(applied(put(objects, "k", "mine", Precondition::matches(first.revision()))));
}

TEST_CASE("directory objects: no jump of the clock ages anything, and no tool makes anything old", "[object]") {
    using std::chrono::hours;
    /// Shows another time of day than the system does.
    class Jumping final : public Environment {
    public:
        Instant monotonic() override { return system().monotonic() + passed; }
        Timestamp wall() override { return system().wall() + jump + passed; }
        void sleep(Duration duration) override { system().sleep(duration); }
        void random(void* out, std::size_t size) override { system().random(out, size); }
        Writer who() override { return system().who(); }
        std::chrono::hours jump{0}, passed{0};
    };
    Directory const directory;
    auto objects = Objects::open(directory).value();
    Jumping env;
    auto const age = [&] { return objects.get(Context(env), {.name = "k"}).value().age; };
    REQUIRE(applied(put(objects, "k", "x")));
    CHECK(age() < hours(1));
    for (int const jump : {72, -72, 24 * 365, 0}) {
        env.jump = hours(jump);
        CHECK(age() < hours(1));
    }
    env.jump = hours(0);
    env.passed = hours(10);  // which the clock that cannot be set says, too
    CHECK(age() < hours(1));  // it was seen three days behind, so that nothing is certain
    auto fresh = Objects::open(directory).value();
    Jumping other;
    auto const fresh_age = [&] { return fresh.get(Context(other), {.name = "k"}).value().age; };
    CHECK(fresh_age() < hours(1));
    other.passed = hours(10);
    CHECK(fresh_age() > hours(9));
    // `touch -d`, `cp -p`, `rsync -a`: the time of the content says nothing.
    std::array<timespec, 2> const old{timespec{1'000'000, 0}, timespec{1'000'000, 0}};
    REQUIRE(::utimensat(AT_FDCWD, (directory.path() + "/k").c_str(), old.data(), 0) == 0);
    auto touched = Objects::open(directory).value();
    CHECK(touched.get(context(), {.name = "k"}).value().age < hours(1));
}

TEST_CASE("directory objects: a long put holds nobody up, and leaves nothing where its writer dies", "[object]") {
    Directory const directory;
    auto objects = Objects::open(directory).value();
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_t const child = ::fork();
    if (child == 0) {  // puts from a pipe that never ends
        ::close(ends[1]);
        auto const stuck = objects.put_from(context(), "d/long", ends[0], 1 << 20, Precondition::none());
        ::_exit(stuck ? 1 : 2);
    }
    REQUIRE(::write(ends[1], "some", 4) == 4);
    while (file_test::count_files(directory.path() + "/.holdfast/temporary", "st-") == 0) ::usleep(1000);
    for (int i = 0; i < 3; ++i)
        CHECK(applied(objects.put(context(std::chrono::seconds(5)), "d/short", {}, Precondition::none())));
    CHECK(file_test::count_files(directory.path() + "/.holdfast/temporary", "st-") == 1);  // it is alive
    CHECK(get(objects, "d/long") == "absent");
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    ::close(ends[0]);
    ::close(ends[1]);
    auto another = Objects::open(directory).value();  // whose first write sweeps
    CHECK(applied(another.put(context(), "d/short", {}, Precondition::none())));
    CHECK(file_test::count_files(directory.path() + "/.holdfast/temporary", "") == 0);
}

TEST_CASE("directory objects: who knows another revision gets the whole body in his file, who knows this one nothing",
          "[object]") {
    Directory const directory;
    auto objects = Objects::open(directory.path() + "/s").value();
    std::string body;
    while (body.size() < 200'000) body += std::to_string(body.size()) + ",";  // of several pieces
    auto const old = put(objects, "k", "old").value().revision(), now = put(objects, "k", body).value().revision();
    std::string const path = directory.path() + "/copy";
    auto const get_to = [&](Revision const& known) {
        file_test::put(path, "before");
        detail::Fd const copy = detail::open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_APPEND);
        return objects.get_to(context(), {.name = "k", .known = known}, copy.get()).value();
    };
    auto const other = get_to(old);
    CHECK(other.kind == Fetched::Kind::found);
    CHECK(contents(path) == "before" + body);
    auto const same = get_to(now);
    CHECK(same.kind == Fetched::Kind::unchanged);
    CHECK(contents(path) == "before");
    for (Fetched const& one : {other, same}) {
        CHECK(one.revision == now);
        CHECK(one.size == body.size());
        CHECK(one.body.empty());
    }
}

}  // namespace directory_objects_test
