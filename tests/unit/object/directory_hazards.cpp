// What other programs, killed writers and odd callers do to a directory of objects.

#include <holdfast/object/directory_objects.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/object/directory_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace directory_hazards_test {

using namespace holdfast;
using file_test::applied;
using file_test::conflicts;
using file_test::context;
using file_test::Directory;
using directory_test::Objects;
using directory_test::opened;
using directory_test::put;
using Tree = ObjectStorage<Objects>;
namespace fs = std::filesystem;

Tree tree_in(std::string const& path) { return Tree::open(Objects::open_for<SlotFirst>(path).value()).value(); }

std::set<std::string> listed(Objects const& objects, std::string const& prefix, bool one_level = false) {
    ObjectPage const page = objects.list(context(), {.prefix = prefix, .one_level = one_level}).value();
    std::set<std::string> all(page.prefixes.begin(), page.prefixes.end());
    for (auto const& object : page.objects) all.insert(object.name);
    for (auto const& error : page.unreadable) all.insert("! " + std::string(error.subject()));
    return all;
}

TEST_CASE("directory objects: no prefix and no cursor leads out of the directory", "[object]") {
    Directory const directory;
    auto other = opened(directory.path() + "/other");
    auto objects = opened(directory.path() + "/s");
    REQUIRE(applied(put(other, "secret")));
    REQUIRE(applied(put(objects, "s/t/a")));
    REQUIRE(applied(put(objects, "s/b")));
    using Names = std::set<std::string>;
    for (std::string const prefix : {"../", "../other/", "/", "/etc/", "./", "s//", "s/../", ".holdfast/", "s/./t/",
                                     "s/t/../../../other/"})
        CHECK(listed(objects, prefix) == Names());
    CHECK(listed(objects, std::string("s\0t/", 4)) == Names());
    CHECK(listed(objects, std::string(300, 'n') + "/") == Names());
    CHECK(listed(objects, "s/") == Names{"s/t/a", "s/b"});
    std::string const zero(16, '0');
    std::string const two = zero + "." + zero;
    std::vector<std::string> const cursors{two + ":..", two + "." + zero + ":../other", zero + ":/etc", two + ":.holdfast",
                                           "ffffffffffffffff:", ":"};
    for (std::string const& cursor : cursors) {
        CAPTURE(cursor);
        auto const page = objects.list(context(), {.cursor = cursor});
        REQUIRE_FALSE(page);
        CHECK(page.error() == Errc::invalid_argument);
    }
}

TEST_CASE("directory objects: directories that are left empty are in nobody's way", "[object]") {
    Directory const directory;
    auto objects = opened(directory.path() + "/s");
    auto const leave = [&](std::string const& path) { fs::create_directories(directory.path() + "/s/" + path); };
    leave("a");
    CHECK(applied(put(objects, "a", "x", Precondition::absent())));
    leave("b/c/d");
    CHECK(applied(put(objects, "b")));
    leave("e/f");
    CHECK(applied(objects.remove(context(), "e", Precondition::none())));
    leave("g/h");
    CHECK(applied(objects.remove(context(), "g", Precondition::absent())));
    leave("i");
    CHECK(conflicts(put(objects, "i", "x", Precondition::matches(Revision({1, 2})))));
    CHECK(listed(objects, "") == std::set<std::string>{"a", "b"});
    REQUIRE(applied(put(objects, "j/k/l")));
    leave("j/k/m");
    CHECK(put(objects, "j").error() == Errc::invalid_argument);  // there is j/k/l
    CHECK(listed(objects, "j/") == std::set<std::string>{"j/k/l"});
}

TEST_CASE("directory objects: what cannot be looked at is said, and hides no other", "[object]") {
    Directory const directory;
    std::string const root = directory.path() + "/s";
    auto objects = opened(root);
    for (char const* name : {"a/1", "b/1", "c/1"}) REQUIRE(applied(put(objects, name)));
    REQUIRE(::symlink("/etc", (root + "/link").c_str()) == 0);
    REQUIRE(::mkfifo((root + "/pipe").c_str(), 0600) == 0);
    using Names = std::set<std::string>;
    CHECK(listed(objects, "") == Names{"a/1", "b/1", "c/1", "! link", "! pipe"});
    CHECK(listed(objects, "", true) == Names{"a/", "b/", "c/", "! link", "! pipe"});
    CHECK(objects.list(context(), {.prefix = "link/"}).error() == Errc::malformed);
    CHECK(objects.list(context(), {.prefix = "pipe/"}).error().code() != Errc{});
    CHECK(objects.get(context(), {.name = "pipe/x"}).error().code() != Errc{});
    CHECK(listed(objects, "a/1/") == Names());  // below an object there is nothing
    if (::geteuid() != 0) {
        REQUIRE(::chmod((root + "/b").c_str(), 0) == 0);
        CHECK(listed(objects, "", true) == Names{"a/", "! b", "c/", "! link", "! pipe"});
        REQUIRE(::chmod((root + "/b").c_str(), 0700) == 0);
    }
    // Time that is over is no empty prefix.
    std::atomic<bool> const stop{true};
    CHECK(objects.list(Context(Environment::system(), endless, &stop), {.one_level = true}).error() == Errc::cancelled);
    // Nor is too few descriptors.
    CHECK(test::in_child([&] {
              int const free = ::dup(0);
              ::close(free);
              rlimit const few{static_cast<rlim_t>(free) + 1, static_cast<rlim_t>(free) + 1};
              if (free < 0 || ::setrlimit(RLIMIT_NOFILE, &few) != 0) return 77;
              auto const page = objects.list(context(), {.one_level = true});
              return page ? 1 : page.error() == Errc::unavailable ? 0 : 2;
          }) == 0);
    // As many things that are odd as there are: a page has no more than was asked for.
    for (int i = 0; i < 50; ++i) REQUIRE(::symlink("/", (root + "/odd" + std::to_string(i)).c_str()) == 0);
    std::size_t odd = 0, names = 0, pages = 0;
    for (std::string cursor;;) {
        ObjectPage page = objects.list(context(), {.cursor = cursor, .limit = 10}).value();
        CHECK(page.objects.size() + page.unreadable.size() <= 10);
        odd += page.unreadable.size(), names += page.objects.size();
        cursor = std::move(page.next);
        if (cursor.empty() || ++pages > 100) break;
    }
    CHECK(odd == 52);
    CHECK(names == 3);
}

TEST_CASE("directory objects: a clock that is set wrong ages nothing that is purged", "[object]") {
    struct Wrong final : Environment {
        Instant monotonic() override { return system().monotonic(); }
        Timestamp wall() override { return system().wall() + std::chrono::hours(400 * 24); }
        void sleep(Duration duration) override { system().sleep(duration); }
        void random(void* out, std::size_t size) override { system().random(out, size); }
        Writer who() override { return system().who(); }
    } wrong;
    Directory const directory;
    {
        StateStore<std::string, Tree, History<>, RawBytes> store(tree_in(directory.path() + "/s"));
        REQUIRE(store.create("k", "1"));
        REQUIRE(store.update("k", [](std::string& text) { text = "2"; }));
        REQUIRE(store.remove(**store.get("k")));
    }
    StoreOptions const options{std::chrono::seconds(30), &wrong};
    {
        StateStore<std::string, Tree, History<>, RawBytes> store(tree_in(directory.path() + "/s"), options);
        CHECK(store.purge("k").error() == Errc::busy);
        CHECK(store.history("k").value().versions.size() == 2);
    }
    // Nor where it might have been a bucket, which has a clock of its own.
    using Either = OneOf<Tree, ObjectStorage<testing::LateObjects<MemoryObjects>>>;
    StateStore<std::string, Either, History<>, RawBytes> store(Either(tree_in(directory.path() + "/s")), options);
    CHECK(store.purge("k").error() == Errc::busy);
    CHECK(store.history("k").value().versions.size() == 2);
}

TEST_CASE("directory objects: one root inside of another is not opened, and not written to", "[object]") {
    Directory const directory;
    std::string const outer = directory.path() + "/outer";
    {
        auto objects = opened(outer);
        REQUIRE(applied(put(objects, "team/a")));
        auto const inner = FileStorage<>::open(outer + "/team");
        REQUIRE_FALSE(inner);
        CHECK(inner.error() == Errc::invalid_argument);
        CHECK(inner.error().message().find("a directory above") != std::string_view::npos);
        CHECK_FALSE(fs::exists(outer + "/team/.holdfast"));
        CHECK_FALSE(Objects::open(outer + "/team/b/c"));
    }
    std::string const first = directory.path() + "/first";
    REQUIRE(FileStorage<>::open(first + "/team"));
    auto objects = opened(first);
    for (std::string const name : {"team/states/k/current", "team/x"}) {
        auto const done = put(objects, name);
        REQUIRE_FALSE(done);
        CHECK(done.error() == Errc::invalid_argument);
        CHECK(objects.remove(context(), name, Precondition::none()).error() == Errc::invalid_argument);
    }
    CHECK(applied(put(objects, "others/x")));
    CHECK(listed(objects, "") == std::set<std::string>{"others/x", "team/holdfast.json"});
}

/// Both ends of a pipe.
struct Pipe {
    Pipe() {
        int both[2];
        if (::pipe2(both, O_CLOEXEC) != 0) std::abort();
        out = both[0], in = both[1];
    }
    Pipe(Pipe const&) = delete;
    Pipe& operator=(Pipe const&) = delete;
    ~Pipe() { ::close(out), ::close(in); }
    int out = -1, in = -1;
};

TEST_CASE("directory objects: pipes are waited for no longer than the caller wants", "[object]") {
    Directory const directory;
    auto objects = opened(directory.path() + "/s");
    REQUIRE(applied(put(objects, "big", std::string(200'000, 'b'))));
    Pipe pipe, full;
    REQUIRE(::write(full.in, "some", 4) == 4);
    std::atomic<bool> stop{false};
    auto const brief = [] { return Context(Environment::system(), std::chrono::milliseconds(100)); };
    CHECK(objects.put_from(brief(), "a", pipe.out, 5, Precondition::none()).error() == Errc::timed_out);  // nobody writes
    CHECK(objects.get_to(brief(), {.name = "big"}, full.in).error() == Errc::timed_out);                  // nobody reads
    std::thread stopper([&] { Environment::system().sleep(std::chrono::milliseconds(50)), stop = true; });
    Pipe silent;
    CHECK(objects.put_from(Context(Environment::system(), endless, &stop), "a", silent.out, 5, Precondition::none())
              .error() == Errc::cancelled);
    stopper.join();
    CHECK(objects.get(context(), {.name = "a"})->kind == Fetched::Kind::absent);
    // And what comes slowly comes whole.
    Pipe slow;
    std::thread writer([&] {
        for (int i = 0; i < 5; ++i) {
            Environment::system().sleep(std::chrono::milliseconds(5));
            if (::write(slow.in, &"abcde"[i], 1) != 1) std::abort();
        }
    });
    CHECK(applied(objects.put_from(context(), "a", slow.out, 5, Precondition::none())));
    writer.join();
    CHECK(objects.get(context(), {.name = "a"})->body.view() == "abcde");
}

TEST_CASE("directory objects: descriptors that are none are the caller's mistake, and are called so", "[object]") {
    Directory const directory;
    auto objects = opened(directory.path() + "/s");
    REQUIRE(applied(put(objects, "k", "12345")));
    detail::Fd const read_only = detail::open_at(AT_FDCWD, "/dev/null", O_RDONLY);
    detail::Fd const write_only = detail::open_at(AT_FDCWD, "/dev/null", O_WRONLY);
    detail::Fd const of_directory = detail::open_at(AT_FDCWD, directory.path().c_str(), O_RDONLY | O_DIRECTORY);
    for (int const fd : {-1, read_only.get()}) CHECK(objects.get_to(context(), {.name = "k"}, fd).error() == Errc::invalid_argument);
    for (int const fd : {-1, write_only.get(), of_directory.get()})
        CHECK(objects.put_from(context(), "n", fd, 3, Precondition::none()).error() == Errc::invalid_argument);
    CHECK(objects.get(context(), {.name = "n"})->kind == Fetched::Kind::absent);
    CHECK(file_test::count_files(directory.path() + "/s/.holdfast/temporary", "") == 0);
}

TEST_CASE("directory objects: the time is looked at while a long object is compared", "[object]") {
    Directory const directory;
    auto objects = opened(directory.path() + "/s");
    REQUIRE(applied(put(objects, "k", "1")));
    std::string const path = directory.path() + "/s/k";
    REQUIRE(::truncate(path.c_str(), off_t{1} << 30) == 0);  // a hole
    Context const brief(Environment::system(), std::chrono::milliseconds(50));
    Instant const begun = Environment::system().monotonic();
    std::string_view const body = "2";
    CHECK(objects.put(brief, "k", {&body, 1}, Precondition::matches(Revision({1, 2}))).error() == Errc::timed_out);
    CHECK(Environment::system().monotonic() - begun < std::chrono::seconds(3));
}

TEST_CASE("directory objects: names of strangers that begin like those that pass are something", "[object]") {
    Directory const directory;
    std::string const root = directory.path() + "/s";
    using Full = DirectoryObjects<Durability::full>;
    auto objects = Full::open(root).value();
    fs::create_directories(root + "/d");
    file_test::put(root + "/d/.holdfast-notes", "a stranger's");
    std::string_view const body = "x";
    CHECK(applied(objects.put(context(), "d/a", {&body, 1}, Precondition::absent())));
}

TEST_CASE("directory objects: staged files and those who tidy up do not disturb each other", "[object]") {
    Directory const directory;
    std::string const root = directory.path() + "/s";
    auto objects = opened(root);
    file_test::put(directory.path() + "/source", std::string(100, 's'));
    std::atomic<bool> done{false};
    std::thread tidying([&] {
        detail::Fd const temporary = detail::open_at(AT_FDCWD, (root + "/.holdfast/temporary").c_str(), O_RDONLY | O_DIRECTORY);
        while (!done) detail::sweep(temporary.get(), {'0', '0'});
    });
    int failed = 0;
    for (int i = 0; i < 500; ++i) {
        detail::Fd const source = detail::open_at(AT_FDCWD, (directory.path() + "/source").c_str(), O_RDONLY);
        failed += !applied(objects.put_from(context(), "k", source.get(), 100, Precondition::none()));
    }
    done = true;
    tidying.join();
    CHECK(failed == 0);
}

/// A listing page by page: the names that it has shown, and how often.
struct Walk {
    Objects const& objects;
    std::size_t limit;
    std::map<std::string, int> seen{};
    std::string cursor{};

    /// False at the end.
    bool page() {
        auto const page = objects.list(context(), {.cursor = cursor, .limit = limit});
        CHECK(page.has_value());
        if (!page) return false;
        CHECK(page->unreadable.empty());
        for (ObjectEntry const& one : page->objects) ++seen[one.name];
        cursor = page->next;
        return !cursor.empty();
    }
};

TEST_CASE("directory objects: a long put that ends in the middle of a walk does not disturb it, nor is it seen before",
          "[object]") {
    for (std::size_t const limit : {1u, 3u})
        for (char const* const name : {"a/5", "b/new", "new/directory/k", "z"}) {
            CAPTURE(limit, name);
            Directory const directory;
            auto objects = opened(directory);
            std::set<std::string> names;
            for (char const* const parent : {"a/", "b/", "c/"})
                for (int i = 0; i < 8; ++i) names.insert(parent + std::to_string(i));
            for (std::string const& one : names) REQUIRE(applied(put(objects, one)));
            Pipe pipe;
            bool done = false;
            std::thread writer([&] {
                done = applied(objects.put_from(context(), name, pipe.out, 8, Precondition::none()));
            });
            CHECK(::write(pipe.in, "half", 4) == 4);
            while (file_test::count_files(directory, "st-") == 0) ::usleep(1000);
            Walk walk{objects, limit};
            for (int i = 0; i < 5; ++i) CHECK(walk.page());
            CHECK(listed(objects, "") == names);
            CHECK(::write(pipe.in, "half", 4) == 4);
            writer.join();
            CHECK(done);
            while (walk.page()) CHECK(walk.seen.size() <= 25);
            for (std::string const& one : names) CHECK(walk.seen[one] == 1);
            names.insert(name);
            CHECK(listed(objects, "") == names);
            CHECK(walk.seen[name] <= 1);  // it may have come too late for this one
            CHECK(walk.seen.size() == names.size());
            CHECK(objects.get(context(), {.name = name})->body.view() == "halfhalf");
        }
}

TEST_CASE("directory objects: a walk goes on where the directory is gone in which its page ended", "[object]") {
    Directory const directory;
    auto objects = opened(directory);
    for (char const* const parent : {"a/x/", "b/x/", "c/x/"})
        for (int i = 0; i < 4; ++i) REQUIRE(applied(put(objects, parent + std::to_string(i))));
    Walk walk{objects, 2};
    REQUIRE(walk.page());
    std::string const gone = walk.seen.begin()->first.substr(0, 4);
    for (char const* const last : {"0", "1", "2", "3"})
        REQUIRE(applied(objects.remove(context(), gone + last, Precondition::none())));
    REQUIRE_FALSE(fs::exists(directory.path() + "/" + gone));
    while (walk.page()) CHECK(walk.seen.size() <= 10);
    CHECK(walk.seen.size() == 10);  // two of those that went, and all others
    for (auto const& [name, times] : walk.seen) CHECK(times == 1);
}

}  // namespace directory_hazards_test
