// FileStorage: rereads, and waits for changes by other threads and processes.

#include <holdfast/storage/file.hpp>

#include <holdfast/concepts/wait_for_change.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/storage/file_fixture.hpp>

#include <sys/wait.h>

#include <atomic>
#include <thread>
#include <vector>

namespace watch_file_test {

using namespace file_test;
using Files = FileStorage<SlotFirst, Durability::none>;

constexpr Duration generous = std::chrono::seconds(30);

Files open(std::string const& path) { return Files::open(path).value(); }
Revision revision(RecordPtr const& record) { return record ? record->revision : Revision(); }
RecordPtr now(Files& storage, RecordId const& id) { return storage.read(context(), id).value(); }

/// The system's time under another name: storages that can wait in the kernel do so only in the system's own world.
class Elsewhere final : public Environment {
public:
    Instant monotonic() override { return system().monotonic(); }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration duration) override {
        ++sleeps;
        system().sleep(duration);
    }
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return system().who(); }

    std::atomic<unsigned> sleeps{0};
};

/// Whether somebody who waits is told when `change` has been made by another thread, and then sees another record.
template <class Change>
bool is_noticed(Files& storage, RecordId const& id, Change&& change, Environment& env = Environment::system()) {
    RecordPtr const before = now(storage, id);
    std::thread other([&] {
        Environment::system().sleep(std::chrono::milliseconds(10));
        change();
    });
    auto const found = detail::wait_for_change(storage, Context(env, generous), id, before);
    other.join();
    INFO((found ? std::string() : found.error().describe()));
    CHECK(found);
    return found && revision(*found) != revision(before);
}

/// Runs `body` in another process; it must return true.
template <class Body>
pid_t in_process(Body&& body) {
    pid_t const child = ::fork();
    if (child == 0) ::_exit(body() ? 0 : 1);
    return child;
}
bool succeeded(pid_t child) {
    int status = -1;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("file: a reread returns the same object as long as the header names its write", "[file][reread]") {
    Directory const directory;
    Files storage = open(directory);
    for (std::size_t const size : {std::size_t{3}, std::size_t{7'000}, std::size_t{1'000'000}}) {
        RecordId const id(KeyView("k"));
        REQUIRE(applied(set(storage, id, std::string(size, 'a'))));
        RecordPtr const known = now(storage, id);
        CHECK(storage.reread(context(), id, known).value() == known);
        REQUIRE(applied(set(storage, id, std::string(size, 'b'))));
        RecordPtr const other = storage.reread(context(), id, known).value();
        REQUIRE(other != known);
        CHECK(other->payload.view() == std::string(size, 'b'));

        // Damage behind the header is no concern of who has the record; damage in the header is.
        std::string const path = directory.path() + "/states/k/current";
        std::string text = contents(path);
        text.back() = 'x';
        put(path, text);
        CHECK(storage.reread(context(), id, other).value() == other);
        CHECK(storage.reread(context(), id, known).error() == Errc::malformed);
        CHECK(storage.reread(context(), id, nullptr).error() == Errc::malformed);
        put(path, "{\"holdfast\":\"2\"");
        CHECK(storage.reread(context(), id, other).error() == Errc::malformed);
        REQUIRE(applied(storage.remove(context(), id, Precondition::none())));
        CHECK(storage.reread(context(), id, other).value() == nullptr);
    }
    // A file that was moved to another key is not that key's record, whoever knows it.
    REQUIRE(applied(set(storage, RecordId(KeyView("a")), "of a")));
    RecordPtr const of_a = now(storage, RecordId(KeyView("a")));
    REQUIRE(applied(set(storage, RecordId(KeyView("b")), "of b")));
    put(directory.path() + "/states/b/current", contents(directory.path() + "/states/a/current"));
    CHECK(storage.reread(context(), RecordId(KeyView("b")), of_a).error() == Errc::malformed);
}

TEST_CASE("file: changes by other threads are noticed, wherever the file is to be", "[file][watch]") {
    Directory const directory;
    Files storage = open(directory), other = open(directory);
    Elsewhere elsewhere;
    for (Environment* const env : {&Environment::system(), static_cast<Environment*>(&elsewhere)}) {
        for (RecordId const& id : {RecordId(KeyView("a/b")), RecordId(KeyView("a/b"), Slot::lock),
                                   RecordId(KeyView("v"), Slot::version, VersionId{1, WriteId{2, 3}})}) {
            auto const write = [&] { (void)set(other, id, "x"); };
            auto const remove = [&] { (void)other.remove(context(), id, Precondition::none()); };
            CHECK(is_noticed(storage, id, write, *env));   // its directories come with it
            CHECK(is_noticed(storage, id, write, *env));   // replaced
            CHECK(is_noticed(storage, id, remove, *env));  // its directories go with it, if nothing else is there
            CHECK(is_noticed(storage, id, write, *env));
            CHECK(is_noticed(
                storage, id, [&] { remove(), write(); }, *env));
            remove();
        }
    }
    CHECK(elsewhere.sleeps > 0);
}

TEST_CASE("file: what was changed by hand is noticed", "[file][watch]") {
    Directory const directory;
    Files storage = open(directory);
    std::string const key = directory.path() + "/states/k", saved = directory.path() + "/.saved";
    RecordId const id(KeyView("k"));
    REQUIRE(applied(set(storage, id, "1")));
    std::string const first = contents(key + "/current");
    REQUIRE(applied(set(storage, id, "2")));
    CHECK(is_noticed(storage, id, [&] { put(key + "/current", first); }));                  // overwritten in place
    CHECK(is_noticed(storage, id, [&] { ::rename(key.c_str(), saved.c_str()); }));          // its directory moved away
    CHECK(is_noticed(storage, id, [&] { ::rename(saved.c_str(), key.c_str()); }));          // and back
    CHECK(is_noticed(storage, id, [&] { (void)!std::system(("rm -r " + key).c_str()); }));  // removed with all
    // Damage wakes, and is told by the read.
    REQUIRE(applied(set(storage, id, "3")));
    std::thread other([&] {
        Environment::system().sleep(std::chrono::milliseconds(10));
        put(key + "/current", "nonsense");
    });
    auto const found = detail::wait_for_change(storage, context(generous), id, now(storage, id));
    other.join();
    REQUIRE(!found);
    CHECK(found.error() == Errc::malformed);
}

TEST_CASE("file: nothing wakes but a change, the time limit and a request to stop", "[file][watch]") {
    Directory const directory;
    Files storage = open(directory), other = open(directory);
    RecordId const id(KeyView("k")), neighbour(KeyView("l")), lock(KeyView("k"), Slot::lock);
    REQUIRE(applied(set(storage, id, "1")));
    Revision const since = revision(now(storage, id));
    for (Duration const limit :
         {Duration::zero(), Duration(std::chrono::microseconds(10)), Duration(std::chrono::milliseconds(30))})
        CHECK(storage.wait_for_change(context(limit), id, since).value() == false);
    CHECK(storage.wait_for_change(context(Duration::zero()), id, Revision()).value() == true);
    CHECK(storage.wait_for_change(context(Duration::zero()), neighbour, since).value() == true);
    CHECK(storage.wait_for_change(context(std::chrono::milliseconds(30)), neighbour, Revision()).value() == false);

    std::atomic<bool> stop{false}, done{false};
    std::thread writer([&] {
        for (int i = 0; i < 200 && !done; ++i) (void)set(other, i % 2 ? neighbour : lock, std::to_string(i));
        stop = true;
    });
    Context const ctx(Environment::system(), generous, &stop);
    auto const stopped = storage.wait_for_change(ctx, id, since);
    done = true;
    writer.join();
    REQUIRE(!stopped);
    CHECK(stopped.error() == Errc::cancelled);
    CHECK(stopped.error().operation() == "wait for a change");
}

TEST_CASE("file: who waits in a loop ends at the last of many changes", "[file][watch]") {
    Directory const directory;
    Files storage = open(directory);
    RecordId const id(KeyView("k"));
    constexpr int changes = 1000;
    pid_t const writer = in_process([&] {
        Files mine = open(directory);
        for (int i = 1; i <= changes; ++i) {
            if (i % 10 == 0 && !applied(mine.remove(context(), id, Precondition::none()))) return false;
            if (!applied(set(mine, id, std::to_string(i)))) return false;
        }
        return true;
    });
    RecordPtr known;
    int last = 0, seen = 0;
    while (last < changes) {
        auto found = detail::wait_for_change(storage, context(generous), id, known);
        INFO("after " << last << (found ? "" : ": " + found.error().describe()));
        REQUIRE(found);
        REQUIRE(revision(*found) != revision(known));
        known = *std::move(found);
        ++seen;
        if (!known) continue;
        int const number = std::stoi(std::string(known->payload.view()));
        REQUIRE(number > last);
        last = number;
    }
    CHECK(succeeded(writer));
    CHECK(seen <= changes + changes / 10);
}

// It is also looked at once a second, which would do for all other tests, but not for these within the time limit.
TEST_CASE("file: the kernel tells, nobody has to look", "[file][watch]") {
    Directory const directory;
    Files storage = open(directory), other = open(directory);
    RecordId const id(KeyView("k"));
    std::atomic<int> seen{0};
    std::thread writer([&] {
        for (int i = 1; i <= 90; ++i) {
            if (i % 3 == 0) (void)other.remove(context(), id, Precondition::none());
            else (void)set(other, id, std::to_string(i));
            while (seen < i) Environment::system().sleep(std::chrono::milliseconds(1));
        }
    });
    Context const ctx(Environment::system(), generous);
    RecordPtr known;
    for (int i = 1; i <= 90; ++i) {
        auto found = detail::wait_for_change(storage, ctx, id, known);
        if (found) known = *std::move(found);
        else CHECK(found.error().describe() == "");
        seen = i;
    }
    writer.join();
}

TEST_CASE("file: parent and child of a fork both notice", "[file][watch]") {
    Directory const directory;
    Files storage = open(directory);
    RecordId const id(KeyView("k"));
    REQUIRE(applied(set(storage, id, "1")));
    RecordPtr const first = now(storage, id);
    CHECK(storage.wait_for_change(context(std::chrono::milliseconds(1)), id, first->revision).value() == false);
    auto const waits = [&] {
        auto const found = detail::wait_for_change(storage, context(generous), id, first);
        return found && *found && (*found)->payload.view() == "2";
    };
    pid_t const child = in_process(waits);
    pid_t const writer = in_process([&] {
        Environment::system().sleep(std::chrono::milliseconds(30));
        return applied(set(storage, id, "2"));
    });
    CHECK(waits());
    CHECK(succeeded(writer));
    CHECK(succeeded(child));
}

TEST_CASE("file: where the kernel gives no more notices, changes are noticed all the same", "[file][watch]") {
    Directory const directory;
    Files storage = open(directory);
    RecordId const id(KeyView("k"));
    std::vector<detail::Inotify> all;
    do all.emplace_back();
    while (all.size() < 600 && all.back().open());
    CHECK(is_noticed(storage, id, [&] { (void)set(storage, id, "1"); }));
    CHECK(is_noticed(storage, id, [&] { (void)set(storage, id, "2"); }));
}

}  // namespace watch_file_test
