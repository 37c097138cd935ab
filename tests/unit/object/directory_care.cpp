// What a directory of objects leaves alone, and what it says, and when.

#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/layer/traced.hpp>
#include <holdfast/object/directory_objects.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/object.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/object/directory_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

namespace directory_care_test {

using namespace holdfast;
using file_test::applied;
using file_test::conflicts;
using file_test::context;
using file_test::Directory;
using directory_test::Objects;
using directory_test::opened;
using directory_test::put;
namespace fs = std::filesystem;

std::size_t entries_in(std::string const& path) {
    std::size_t count = 0;
    for (auto const& entry : fs::recursive_directory_iterator(path))
        count += entry.path().string().find(path + "/.holdfast") != 0;
    return count;
}

TEST_CASE("directory objects: what is refused, or is a conflict, removes no directory of others", "[object]") {
    Directory const directory;
    std::string const root = directory.path() + "/s";
    auto objects = opened(root);
    for (int i = 0; i < 18; ++i) fs::create_directories(root + "/spool/" + std::to_string(i));
    REQUIRE(applied(put(objects, "spool/9/file")));
    fs::create_directories(root + "/only/a/b");
    fs::create_directories(root + "/root/.holdfast/temporary");
    auto const before = entries_in(root);
    Revision const other = Revision::parse("other").value();
    for (auto const& when : {Precondition::none(), Precondition::absent(), Precondition::matches(other)}) {
        CHECK(put(objects, "spool", "x", when).error() == Errc::invalid_argument);
        CHECK(objects.remove(context(), "spool", when).error() == Errc::invalid_argument);
        CHECK(put(objects, "root", "x", when).error() == Errc::invalid_argument);
    }
    CHECK(conflicts(put(objects, "only", "x", Precondition::matches(other))));
    CHECK(conflicts(objects.remove(context(), "only", Precondition::matches(other))));
    CHECK(entries_in(root) == before);
    CHECK(applied(put(objects, "only", "x", Precondition::absent())));  // there was no object
}

#if defined(RENAME_EXCHANGE)
TEST_CASE("directory objects: nothing outside is removed, whatever is made a link meanwhile", "[object]") {
    Directory const directory;
    std::string const root = directory.path() + "/s", outside = directory.path() + "/outside";
    auto objects = opened(root);
    fs::create_directories(root + "/x");
    fs::create_directories(outside + "/y/inbox");
    fs::create_directory_symlink(outside, root + "/link");
    int const inside = ::open((root + "/x").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(inside >= 0);
    std::atomic<bool> end{false};
    std::thread swapper([&] {
        while (!end)
            (void)::renameat2(AT_FDCWD, (root + "/x").c_str(), AT_FDCWD, (root + "/link").c_str(), RENAME_EXCHANGE);
    });
    auto& clock = Environment::system();
    Instant const over = clock.monotonic() + std::chrono::seconds(1);
    Context const brief(clock, std::chrono::milliseconds(20));
    while (clock.monotonic() < over && fs::exists(outside + "/y/inbox")) {
        (void)::mkdirat(inside, "y", 0700);
        (void)objects.remove(brief, "x/y", Precondition::none());
    }
    end = true;
    swapper.join();
    (void)::close(inside);
    CHECK(fs::exists(outside + "/y/inbox"));
}
#endif

TEST_CASE("directory objects: a walk goes on where a directory goes just when it is looked into again", "[object]") {
    Directory const directory;
    auto objects = opened(directory.path() + "/s");
    std::atomic<bool> end{false};
    std::thread writer([&, mine = objects]() mutable {
        while (!end)
            for (std::string const name : {"a/b/c", "a/b/d", "e/f"}) {
                (void)put(mine, name);
                (void)mine.remove(context(), name, Precondition::none());
            }
    });
    auto& clock = Environment::system();
    Instant const over = clock.monotonic() + std::chrono::seconds(1);
    std::string cursor, error;
    while (clock.monotonic() < over && error.empty()) {
        auto page = objects.list(context(), {.prefix = {}, .cursor = cursor, .limit = 1});
        if (!page) error = page.error().describe();
        else cursor = std::move(page->next);
    }
    end = true;
    writer.join();
    CHECK(error == "");
}

TEST_CASE("directory objects: a link is called one, whatever is asked of it", "[object]") {
    Directory const directory;
    auto objects = opened(directory.path() + "/s");
    REQUIRE(applied(put(objects, "there")));
    fs::create_symlink("there", directory.path() + "/s/link");
    for (auto const& error : {put(objects, "link").error(), objects.remove(context(), "link", Precondition::none()).error(),
                              objects.get(context(), {.name = "link"}).error()}) {
        CHECK(error == Errc::malformed);
        CHECK(error.message().find("symbolic link") != std::string_view::npos);
    }
    CHECK(put(objects, "there/below").error() == Errc::invalid_argument);
}

TEST_CASE("directory objects: names of the tree itself are no objects, in whatever case", "[object]") {
    Directory const directory;
    auto objects = opened(directory.path() + "/s");
    for (std::string const name : {".holdfast/durability", ".HOLDFAST/durability", "a/.Holdfast", "a/.HoldFast-x/b"})
        CHECK(put(objects, name).error() == Errc::invalid_argument);
    for (std::string const name : {".holdfas", ".holdfasts", ".hold"}) CHECK(applied(put(objects, name)));
    for (std::string const prefix : {".holdfast", "a/.holdfast-b"})
        CHECK(ObjectStorage<Objects>::open(objects, prefix).error() == Errc::invalid_argument);
}

TEST_CASE("directory objects: who does not want to wait gets done what nobody has to be waited for", "[object]") {
    Directory const directory;
    auto objects = Objects::open_for<SlotFirst>(directory.path() + "/s").value();
    Context const at_once(Environment::system(), Duration::zero());
    REQUIRE(applied(put(objects, "a", "1")));
    auto const revision = objects.get(context(), {.name = "a"})->revision;
    std::string_view const body = "2";
    auto const done = objects.put(at_once, "a", {&body, 1}, Precondition::matches(revision));
    REQUIRE(applied(done));
    std::string const copy = directory.path() + "/copy";
    int const fd = ::open(copy.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(objects.get_to(at_once, {.name = "a", .known = revision}, fd)->size == 1);
    REQUIRE(::lseek(fd, 0, SEEK_SET) == 0);
    CHECK(applied(objects.put_from(at_once, "b", fd, 1, Precondition::absent())));
    (void)::close(fd);
    CHECK(applied(objects.remove(at_once, "a", Precondition::matches(done->revision()))));
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    CHECK(objects.put_from(at_once, "c", pipe[0], 1, Precondition::none()).error() == Errc::timed_out);
    REQUIRE(::write(pipe[1], "c", 1) == 1);
    CHECK(applied(objects.put_from(at_once, "c", pipe[0], 1, Precondition::none())));
    for (int const end : pipe) (void)::close(end);

    StateStore<std::string, ObjectStorage<Objects>, RawBytes> store(ObjectStorage<Objects>::open(objects).value());
    CallOptions const hurry{.timeout = Duration::zero()};
    for (KeyView const key : {KeyView("k"), KeyView("l")}) REQUIRE(store.create(key, "1"));
    CHECK(store.update("k", [](std::string& text) { text += "2"; }, hurry));
    for (auto const& one : store.get_many({"k", "l"}, hurry)) CHECK(one);
}

volatile std::sig_atomic_t ticks = 0, closes = -1;
extern "C" void tick(int) {
    ticks = ticks + 1;
    if (ticks == 600 && closes >= 0) (void)::close(closes);  // 3 s: the other end of a pipe on which nobody should wait
}

TEST_CASE("directory objects: signals do not make a silent pipe one that is ready", "[object]") {
    Directory const directory;
    auto objects = opened(directory.path() + "/s");
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    ticks = 0;
    closes = pipe[1];
    struct sigaction now {}, before {};
    now.sa_handler = &tick;
    REQUIRE(::sigaction(SIGALRM, &now, &before) == 0);
    itimerval const often{{0, 5'000}, {0, 5'000}}, never{};
    REQUIRE(::setitimer(ITIMER_REAL, &often, nullptr) == 0);
    auto const done = objects.put_from(Context(Environment::system(), std::chrono::milliseconds(100)), "a", pipe[0], 1,
                                       Precondition::none());
    (void)::setitimer(ITIMER_REAL, &never, nullptr);
    (void)::sigaction(SIGALRM, &before, nullptr);
    CHECK(done.error() == Errc::timed_out);
    CHECK(ticks < 600);
    (void)::close(pipe[0]);
    if (ticks < 600) (void)::close(pipe[1]);
}

TEST_CASE("directory objects: a copy of the process syncs what its parent has promised since, long puts, too", "[object]") {
    Directory const directory;
    std::string const root = directory.path() + "/s", text = directory.path() + "/text";
    std::optional<Objects> objects(opened(root));
    REQUIRE(applied(put(*objects, "old")));
    int const fd = ::open(text.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(::write(fd, "x", 1) == 1);
    std::array<int, 2> pipe{}, born{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(born.data(), O_CLOEXEC) == 0);
    char go = 0;
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(20);
        (void)!::write(born[1], "b", 1);  // from then on it holds nothing of its parent
        (void)!::read(pipe[0], &go, 1);
        (void)::lseek(fd, 0, SEEK_SET);
        if (!test::refuse_calls({{SYS_fsync, EIO}, {SYS_fdatasync, EIO}})) ::_exit(2);
        auto const done = objects->put_from(context(), "new", fd, 1, Precondition::none());
        ::_exit(done ? 1 : 0);  // an error: nothing is there, since it was not synced
    }
    REQUIRE(::read(born[0], &go, 1) == 1);
    objects.reset();
    auto const full = DirectoryObjects<Durability::full>::open(root);
    CHECK((full ? "" : full.error().describe()) == "");
    REQUIRE(::write(pipe[1], "g", 1) == 1);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    for (int const end : {fd, pipe[0], pipe[1], born[0], born[1]}) (void)::close(end);
}

TEST_CASE("directory objects: a put of what is there already, and that is refused, was not made", "[object]") {
    Directory const directory;
    std::string const root = directory.path() + "/s";
    auto objects = opened(root);
    REQUIRE(applied(put(objects, "a", "same")));
    int const code = test::in_child([&] {
        if (!test::refuse_calls({{SYS_renameat, EACCES}, {SYS_renameat2, EACCES}})) return 3;
        auto const again = put(objects, "a", "same");
        return !again && again.error() == Errc::permission_denied ? 0 : again ? 1 : 2;
    });
    CHECK(code == 0);
    CHECK(fs::is_empty(root + "/.holdfast/temporary"));
}

TEST_CASE("directory objects: names that begin with a dot are written before a higher durability is promised, too", "[object]") {
    Directory const directory;
    for (std::string const name : {"env/x", ".env/x"}) {
        std::string const root = directory.path() + "/" + name.substr(0, 2);
        CAPTURE(name);
        {
            auto objects = opened(root);
            REQUIRE(applied(put(objects, name)));
        }
        fs::remove_all(root + "/.holdfast");
        int const code = test::in_child([&] {
            if (!test::refuse_calls({{SYS_syncfs, EIO}})) return 3;
            return DirectoryObjects<Durability::full>::open(root) ? 1 : 0;
        });
        CHECK(code == 0);
    }
}

TEST_CASE("directory objects: what is refused inside of another's root leaves no directories there, and may be read", "[object]") {
    Directory const directory;
    std::string const root = directory.path() + "/s";
    auto objects = opened(root);
    REQUIRE(applied(put(objects, "part/a")));
    for (std::string const below : {"/x/y/z", "/part", "/part/y/z"})
        CHECK(Objects::open(root + below).error() == Errc::invalid_argument);
    CHECK_FALSE(fs::exists(root + "/x"));
    CHECK_FALSE(fs::exists(root + "/part/y"));
    auto const part = Objects::open(root + "/part", {.read_only = true}).value();
    CHECK(part.get(context(), {.name = "a"})->body.view() == "x");
}

TEST_CASE("object storage: of a slot, too, keys whose names are cut are told by their records", "[object]") {
    auto storage = ObjectStorage<MemoryObjects>::open(MemoryObjects()).value();
    Key const key = Key::parse(std::string(600, 'k')).value();
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention}) {
        CAPTURE(name(slot));
        RecordId const id(key, slot, slot == Slot::version ? VersionId{1, {1, 1}} : VersionId{});
        REQUIRE(applied(storage.write(context(), id, file_test::next(nullptr, key, "1"), Precondition::absent())));
        auto const page = storage.list(context(), {.slot = slot, .prefix = "k"}).value();
        CHECK(page.unreadable.empty());
        REQUIRE(page.records.size() == 1);
        CHECK(page.records[0].key == key);
    }
}

/// A storage that answers fewer than it is asked for.
struct Forgetful : MemoryStorage {
    using MemoryStorage::MemoryStorage;

    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads) {
        std::vector<Result<RecordPtr>> some;
        for (auto const& one : reads.subspan(1)) some.push_back(read(ctx, one.id));
        return some;
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const&, std::span<Removal const>) { return {}; }
    std::size_t at_once() const { return 10; }
};

template <class Storage>
void says_so(Storage storage) {
    StateStore<std::string, Storage, RawBytes> store(storage);
    REQUIRE(store.create("a", "1"));
    REQUIRE(store.create("b", "1"));
    if constexpr (requires { storage.forget(KeyView("a")); }) storage.forget("a"), storage.forget("b");
    for (auto const& one : store.get_many({"a", "b"})) CHECK(one.error() == Errc::unavailable);
    Removal const removals[] = {{RecordId("a")}, {RecordId("b")}};
    auto const removed = storage.remove_many(context(), removals);
    REQUIRE(removed.size() == 2);
    for (auto const& one : removed) CHECK(one.error() == Errc::unavailable);
}

struct Sink : TraceSink {
    void begin(TracedCall&) override {}
    void end_read(TracedCall const&, Result<RecordPtr> const&) override {}
    void end_write(TracedCall const&, Result<WriteOutcome> const&) override {}
};

TEST_CASE("layers: a storage that answers fewer than it is asked for is found out, and crashes nothing", "[layer]") {
    Sink sink;
    says_so(Cached(Forgetful()));
    says_so(Retrying(Forgetful(), {.attempts = 2, .first_pause = std::chrono::microseconds(1)}));
    says_so(Traced(Forgetful(), sink));
}

}  // namespace directory_care_test
