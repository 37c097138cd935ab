// What becomes of locks when their files are removed, moved or replaced while they are used.

#include <unit/storage/file_fixture.hpp>

#include <holdfast/holdfast.hpp>
#include <holdfast/locking/file_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace lock_files_test {

using namespace holdfast;
using file_test::context;
using file_test::Directory;
using std::chrono::milliseconds;
using Storage = FileStorage<SlotFirst, Durability::none>;
using Store = StateStore<std::string, Storage, FileLock, RawBytes>;

std::string locks_of(Storage const& storage) { return storage.lock_directory()->path(); }

template <class T>
Errc code(Result<T> const& result) {
    return result ? Errc{} : result.error().code();
}

TEST_CASE("a lock whose file is removed, renamed or replaced is lost, and nothing is written under it", "[lock]") {
    Directory const directory;
    Store store(Storage::open(directory).value());
    REQUIRE(store.create("k", "before"));
    std::string const path = directory.path() + "/.holdfast/k.lock";
    bool const settled = GENERATE(false, true);  // whether it was looked at long before
    auto guard = store.lock("k").value();
    if (settled)
        for (int i = 0; i < 3; ++i) {
            REQUIRE(guard.renew());
            Environment::system().sleep(milliseconds(30));
        }
    REQUIRE(guard.renew());
    switch (GENERATE(0, 1, 2, 3)) {
        case 0: REQUIRE(::unlink(path.c_str()) == 0); break;
        case 1: REQUIRE(std::rename(path.c_str(), (path + ".old").c_str()) == 0); break;
        case 2:
            file_test::put(path + ".new", "");
            REQUIRE(std::rename((path + ".new").c_str(), path.c_str()) == 0);
            break;
        default: std::filesystem::rename(directory.path() + "/.holdfast", directory.path() + "/.old");
    }
    CHECK(code(guard.renew()) == Errc::lost);
    CHECK(guard.guard().confirm(context()).error() == Errc::lost);
    CHECK_FALSE(guard.update([](std::string& value) { value = "after"; }));
    CHECK(**store.get("k").value() == "before");
    CHECK(guard.release());
}

TEST_CASE("whoever acquires after a lock file was removed makes a new one, and the two do not both hold it", "[lock]") {
    Directory const directory;
    Store first(Storage::open(directory).value()), second(Storage::open(directory).value());
    std::string const path = directory.path() + "/.holdfast/k.lock";
    auto held = first.lock("k").value();
    REQUIRE(::unlink(path.c_str()) == 0);
    auto next = second.lock("k").value();
    CHECK(code(held.renew()) == Errc::lost);
    CHECK(next.renew());
    CHECK(held.release());
    CHECK(next.renew());
    CHECK_FALSE(first.try_lock("k").value());  // by the new file, although the old one was open
    CHECK(next.release());
    CHECK(first.try_lock("k").value());
}

TEST_CASE("a lock is found in the directory of the storage, wherever that is by now", "[lock]") {
    Directory const directory;
    std::string const old_place = directory.path() + "/s", new_place = directory.path() + "/s2";
    Store old(Storage::open(old_place).value());
    REQUIRE(old.create("other", "x"));
    REQUIRE(std::rename(old_place.c_str(), new_place.c_str()) == 0);
    Store in_its_place(Storage::open(old_place).value()), same(Storage::open(new_place).value());
    auto const held = old.lock("a").value();
    CHECK_FALSE(same.try_lock("a").value());
    CHECK(same.holder("a").value());
    CHECK(in_its_place.try_lock("a").value());
    CHECK_FALSE(in_its_place.holder("a").value());
    CHECK(old.update("other", [](std::string& value) { value = "y"; }).error() == Errc::not_found);
    CHECK(same.update("other", [](std::string& value) { value += "y"; }));
    CHECK(**same.get("other").value() == "xy");
    CHECK_FALSE(in_its_place.get("other").value());
}

TEST_CASE("a lock is found after the process changed its root", "[lock]") {
    Directory const directory;
    REQUIRE(::mkdir((directory.path() + "/jail").c_str(), 0700) == 0);
    Store store(Storage::open(directory).value());
    pid_t const child = ::fork();
    if (child == 0) {
        if (::chroot((directory.path() + "/jail").c_str()) != 0) ::_exit(2);  // for root only
        auto held = store.lock("k");
        ::_exit(held && store.holder("k").value() && !Store(store).try_lock("k").has_value() ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 2));
    CHECK(std::filesystem::exists(directory.path() + "/.holdfast/k.lock"));
}

TEST_CASE("only a file that is not there has no holder", "[lock]") {
    Directory const directory;
    Store store(Storage::open(directory).value());
    CHECK_FALSE(store.holder("k").value());
    REQUIRE(::symlink("elsewhere", (directory.path() + "/.holdfast/k.lock").c_str()) == 0);
    CHECK(code(store.holder("k")) == Errc::malformed);
    CHECK(code(store.lock("k", {.timeout = milliseconds(50)})) == Errc::malformed);
}

TEST_CASE("a writer's lock says before the write that its file was removed, and the next is of the new file", "[file]") {
    Directory const directory;
    LockDirectory const locks = LockDirectory::open(directory.path() + "/locks").value();
    detail::Shards own(locks), others(locks);
    Environment& env = Environment::system();
    {
        auto const first = own.lock(context(), "k");
        REQUIRE(first);
        CHECK(*first->confirm(env));
        for (auto const& file : std::filesystem::directory_iterator(locks.path())) std::filesystem::remove(file.path());
        auto const second = others.lock(context(Duration(0)), "k");  // by another file, so that both have one
        REQUIRE(second);
        CHECK_FALSE(*first->confirm(env));
        CHECK(*second->confirm(env));
    }
    auto const again = own.lock(context(Duration(0)), "k");
    REQUIRE(again);
    CHECK(*again->confirm(env));
    CHECK(code(others.lock(context(Duration(0)), "k")) == Errc::busy);
}

TEST_CASE("a writer whose lock file was removed begins again with the new one", "[file]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    Store store(storage), other(Storage::open(directory).value());
    REQUIRE(store.create("k", "0"));
    for (int i = 0; i < 5; ++i) {
        for (auto const& file : std::filesystem::directory_iterator(locks_of(storage)))
            if (file.path().filename().string().starts_with("shard-")) std::filesystem::remove(file.path());
        REQUIRE(store.update("k", [](std::string& value) { value += "1"; }));
        REQUIRE(other.update("k", [](std::string& value) { value += "2"; }));
    }
    CHECK(store.get("k").value().value().value() == "01212121212");
}

TEST_CASE("a writer whose directory of locks was removed or replaced writes nothing and says so", "[file]") {
    Directory const directory;
    Store old(Storage::open(directory).value());
    REQUIRE(old.create("k", "0"));
    std::string const own = directory.path() + "/.holdfast";
    if (GENERATE(false, true)) REQUIRE(std::rename(own.c_str(), (directory.path() + "/.other").c_str()) == 0);
    else std::filesystem::remove_all(own);
    Store fresh(Storage::open(directory).value());
    auto const refused = old.update("k", [](std::string& value) { value += "!"; });
    REQUIRE_FALSE(refused);
    CHECK((refused.error() == Errc::unavailable || refused.error() == Errc::not_found));
    auto const entry = fresh.get("k").value();
    REQUIRE(entry);
    CHECK(entry->value() == "0");
    CHECK_FALSE(old.remove(*entry));
    CHECK(fresh.update("k", [](std::string& value) { value += "1"; }));
}

TEST_CASE("storages with many keys work where few files may be open", "[file]") {
    Directory const directory;
    pid_t const child = ::fork();
    if (child == 0) {
        rlimit const few{48, 48};
        if (::setrlimit(RLIMIT_NOFILE, &few) != 0) ::_exit(2);
        std::vector<Store> stores;
        for (char const* const name : {"/a", "/b", "/c"})
            stores.emplace_back(Storage::open(directory.path() + name).value());
        auto const key = [](int i) { return Key::parse("k" + std::to_string(i)).value(); };
        for (int i = 0; i < 600; ++i)
            for (Store& store : stores)
                if (!store.create(key(i), "v")) ::_exit(3);
        std::vector<int> all;
        for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) all.push_back(fd);
        for (std::size_t room = 0; room < 4; ++room) ::close(all[room]);
        for (int i = 0; i < 600; i += 7)
            for (Store& store : stores)
                if (!store.update(key(i), [](std::string& value) { value += "w"; })) ::_exit(4);
        ::_exit(0);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
}

/// A storage of a user's own: all that it needs for `FileLock` is a directory.
struct OwnStorage : MemoryStorage {
    explicit OwnStorage(LockDirectory directory) : directory_(std::move(directory)) {}
    Result<LockDirectory> lock_directory() const { return directory_; }

private:
    LockDirectory directory_;
};
static_assert(HostStorage<OwnStorage>);

TEST_CASE("a storage of anybody's has file locks if it has a directory for them", "[lock]") {
    Directory const directory;
    std::string const place = directory.path() + "/locks";
    StateStore<std::string, OwnStorage, FileLock, RawBytes> store(OwnStorage(LockDirectory::open(place).value()));
    auto guard = store.lock("k").value();
    CHECK(guard.create("v"));
    CHECK(std::filesystem::exists(place + "/k.lock"));
    using std::filesystem::perms;
    CHECK((std::filesystem::status(place).permissions() & perms::others_all) == perms::none);
    CHECK(code(LockDirectory::open(directory.path() + "/no/such")) == Errc::not_found);
    auto const relative = LockDirectory::open(std::filesystem::relative(place).string()).value();
    CHECK(relative.identity() == store.storage().lock_directory()->identity());
    CHECK(relative.in_place());
    REQUIRE(std::rename(place.c_str(), (place + "2").c_str()) == 0);
    CHECK_FALSE(relative.in_place());
}

TEST_CASE("sqlite: locks stay where they were opened, and need no other file", "[lock]") {
    Directory const directory;
    auto storage = SqliteStorage::open(directory.path() + "/state.db").value();
    auto const one = storage.lock_directory().value(), two = storage.lock_directory().value();
    CHECK(one.fd() == two.fd());
    StateStore<std::string, SqliteStorage, FileLock, RawBytes> store(storage);
    REQUIRE(store.create("k", "v"));
    REQUIRE(::unlink((directory.path() + "/state.db-turn").c_str()) == 0);
    CHECK(store.update("k", [](std::string& value) { value += "!"; }));
    REQUIRE(::mkdir((directory.path() + "/state.db-turn").c_str(), 0700) == 0);  // no file can be made there
    StateStore<std::string, SqliteStorage, RawBytes> other(SqliteStorage::open(directory.path() + "/state.db").value());
    CHECK(other.update("k", [](std::string& value) { value += "!"; }));
    CHECK(store.get("k").value().value().value() == "v!!");
}

}  // namespace lock_files_test
