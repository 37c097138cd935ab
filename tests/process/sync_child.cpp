// sync_child STORAGE SCENE ERRNO DIRECTORY: makes the Nth sync of a call fail, and in a second round all from the Nth
// on, N raised until none fails, each time in a new directory, and says which laws were broken. The syncs of this
// program, SQLite's included, come through here.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/object/directory_objects.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

struct Faults {
    bool armed = false, all = false;
    int nth = 0, seen = 0, made = 0, error = EIO;
    std::string watched{}, found{};  ///< a file, and what was in it at each sync
    std::vector<ino_t> synced{};     ///< what each sync was of

    void arm(int n, bool from_there_on) { *this = {true, from_there_on, n, 0, 0, error, watched, {}, {}}; }
    bool strikes(int fd) {
        if (!armed) return false;
        struct stat about {};
        synced.push_back(::fstat(fd, &about) == 0 ? about.st_ino : 0);
        if (!watched.empty()) {
            std::string line;
            std::getline(std::ifstream(watched), line);
            found.append(line).push_back('\n');
        }
        int const now = seen++;
        bool const fails = all ? now >= nth : now == nth;
        made += fails ? 1 : 0;
        return fails;
    }
} faults;

int sync(long call, int fd) {
    if (!faults.strikes(fd)) return static_cast<int>(syscall(call, fd));
    errno = faults.error;
    return -1;
}

}  // namespace

extern "C" int fsync(int fd) { return sync(SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return sync(SYS_fdatasync, fd); }
extern "C" int syncfs(int fd) { return sync(SYS_syncfs, fd); }

namespace {

using namespace holdfast;
using Files = FileStorage<>;

int trials = 0, unknowns = 0;

void broken(char const* law) {
    std::printf("broken (sync %d%s): %s\n", faults.nth, faults.all ? " and later" : "", law);
}
void expect(bool holds, char const* law) {
    if (!holds) broken(law);
}

template <class S>
S open(std::string const& directory);
template <>
Files open<Files>(std::string const& directory) {
    return Files::open(directory + "/a/b/s").value();
}
template <>
SqliteStorage open<SqliteStorage>(std::string const& directory) {
    std::filesystem::create_directories(directory);
    return SqliteStorage::open(directory + "/state.db").value();
}

/// Which file it is; 0: none.
ino_t inode(std::string const& directory, char const* file = "states/k/current") {
    struct stat found {};
    return ::stat((directory + "/a/b/s/" + file).c_str(), &found) == 0 ? found.st_ino : 0;
}

template <class Store>
std::string text(Store& store) {
    auto const entry = store.get("k").value();
    return entry ? entry->value() : "-";
}

/// One call whose syncs fail, and what is said about it afterwards, when they do not fail any more.
template <class S, class Locking, class Versioning>
class Scene {
    using Store = BasicStateStore<std::string, S, Locking, Versioning, RawBytes>;

public:
    std::function<void(Store&)> prepare;
    std::function<Outcome<void>(Store&)> act;
    std::string after{};           ///< the text, if it was made
    bool makes_up_for_it = false;  ///< writes anew what was not synced, so that it may be applied all the same
    Locking lock{};

    void run(std::string const& directory) {
        for (bool const all : {false, true})
            for (int n = 0; once(directory + "/" + std::to_string(n) + (all ? "+" : ""), n, all); ++n) {
            }
    }

private:
    static constexpr bool in_files = std::same_as<S, Files>;

    /// False: nothing failed.
    bool once(std::string const& directory, int n, bool all) {
        ++trials;
        Store store(open<S>(directory), lock);
        if (prepare) prepare(store);
        std::string const before = text(store);
        faults.arm(n, all);
        auto const outcome = act(store);
        faults.armed = false;
        if (faults.made == 0) {
            expect(outcome.applied(), "a call of which nothing failed was not applied");
            return false;
        }
        judge(directory, store, outcome, before);
        expect(std::system(("test -z \"$(find '" + directory + "' -path '*/temporary/*')\"").c_str()) == 0,
               "a temporary file was left");
        Store again(open<S>(directory));
        std::string const now = text(again);
        auto const later = again.update("k", [](std::string& state) { state += "+"; });
        expect(later.applied() && text(store) == (now == "-" ? "+" : now + "+"), "the store does not go on");
        std::filesystem::remove_all(directory);
        return true;
    }

    void judge(std::string const& directory, Store& store, Outcome<void> const& outcome, std::string const& before) {
        std::string const now = text(store);
        if (outcome.applied()) {
            expect(makes_up_for_it, "applied, and a sync failed");
            return expect(now == after, "applied, and not to be seen");
        }
        if (outcome.unknown() == nullptr) return expect(now == before, "an error, and it was made");
        ++unknowns;
        expect(now == before || now == after, "another text");
        UnknownWrite const& write = *outcome.unknown();
        expect(write.at_rest, "not at rest, on a storage without late writes");
        Fate const read = store.resolve(write).value();
        bool const honest = read == Fate::unknown || (read != Fate::applied && now == before);
        expect(honest, "resolve claims what it cannot know");
        ino_t const old = inode(directory);
        Fate const sealed = store.seal(write).value();
        expect(text(store) == now, "the seal changed the text");
        Fate const not_there = before == "-" ? Fate::unknown : Fate::never;  // others may have removed what was created
        expect(sealed == (now == after ? Fate::applied : not_there), "the seal does not say what became of it");
        if (in_files && inode(directory) == old) broken("the seal did not write anew");
        expect(store.seal(write).value() == sealed, "two seals differ");
    }
};

template <class T>
Outcome<void> only(Outcome<T> const& outcome) {
    if (outcome.applied()) return {};
    if (outcome.unknown() == nullptr) return outcome.error();
    return Outcome<void>(std::make_shared<UnknownWrite const>(*outcome.unknown()), outcome.error());
}

auto const one = [](auto& store) { (void)store.create("k", "1").value(); };
auto const two = [](std::string& state) { state += "2"; };
auto const create = [](auto& store) { return only(store.create("k", "1")); };
auto const remove = [](auto& store) { return store.remove(*store.get("k").value()); };
auto const update = [](auto& store) { return only(store.update("k", two)); };

template <class S>
void plain(std::string const& scene, std::string const& directory) {
    using Plain = Scene<S, NoLock, CompareAndSwap>;
    if (scene == "create")
        Plain{.prepare = {}, .act = create, .after = "1"}.run(directory);
    if (scene == "update") Plain{.prepare = one, .act = update, .after = "12"}.run(directory);
    if (scene == "remove") Plain{.prepare = one, .act = remove, .after = "-"}.run(directory);
    if (scene == "history") Scene<S, NoLock, History<>>{.prepare = one, .act = update, .after = "12"}.run(directory);
    if (scene == "lease") {
        using Leased = Scene<S, LeaseLock<>, CompareAndSwap>;
        LeaseLock<> const lock({.ttl = std::chrono::seconds(4)});  // a doubt about it is waited out
        Leased{.prepare = one, .act = update, .after = "12", .makes_up_for_it = true, .lock = lock}.run(directory);
    }
    if constexpr (TransactionalStorage<S>) {
        if (scene == "transaction")
            Plain{.prepare = one,
                  .act =
                      [](auto& store) {
                          return store.transaction({KeyView("k"), KeyView("l")}, [](auto states) {
                              *states[0] += "2";
                              states[1] = "new";
                          });
                      },
                  .after = "12"}
                .run(directory);
    }
}

/// What was not synced once is never believed, however often it is asked for: it is made anew.
void again(std::string const& directory) {
    using Store = BasicStateStore<std::string, Files, NoLock, CompareAndSwap, RawBytes>;
    using Kept = BasicStateStore<std::string, Files, NoLock, History<>, RawBytes>;
    Store store(open<Files>(directory));
    Context const context(Environment::system());
    auto const in_doubt = [](Result<WriteOutcome> const& outcome) {
        return outcome && outcome->kind() == WriteOutcome::Kind::unknown;
    };
    auto const applied = [](Result<WriteOutcome> const& outcome) {
        return outcome && outcome->kind() == WriteOutcome::Kind::applied;
    };
    one(store);
    RecordId const id("k"), copy("l");
    RecordPtr const record = store.storage().read(context, id).value();
    auto moved = std::make_shared<Record>(*record);
    moved->key = Key("l");
    faults.arm(2, false);  // the parent, the bytes, the name
    expect(in_doubt(store.storage().write(context, copy, moved, Precondition::absent())), "a write is not in doubt");
    faults.armed = false;
    ino_t const first = inode(directory, "states/l/current");
    expect(applied(store.storage().write(context, copy, moved, Precondition::absent())), "the same write, refused");
    expect(first != 0 && inode(directory, "states/l/current") != first, "the same write was not made anew");

    faults.arm(0, false);
    expect(in_doubt(store.storage().remove(context, copy, Precondition::none())), "a removal is not in doubt");
    faults.arm(0, false);
    expect(!applied(store.storage().remove(context, copy, Precondition::none())), "a removal without a sync");
    faults.armed = false;
    expect(applied(store.storage().remove(context, copy, Precondition::none())), "the same removal, refused");

    // A version that is there already may be one whose sync failed.
    Kept kept(open<Files>(directory + "/history"));
    one(kept);
    faults.arm(3, false);  // the root, its parent, its bytes, its name
    auto const failed = kept.update("k", two);
    expect(!failed && failed.unknown() == nullptr, "a version is not in doubt");
    faults.armed = false;
    std::string const versions = directory + "/history/a/b/s/versions/k";
    auto const version = [&] {
        std::error_code gone;
        for (auto const& file : std::filesystem::directory_iterator(versions, gone)) return file.path().string();
        return std::string();
    };
    struct stat before {}, after {};
    expect(::stat(version().c_str(), &before) == 0, "the version is not there");
    expect(kept.update("k", two).applied(), "the same update, refused");
    expect(::stat(version().c_str(), &after) == 0 && before.st_ino != after.st_ino, "the version was not made anew");
    expect(text(kept) == "12", "another text");

    // Nothing is deleted by a floor whose sync failed.
    std::string const floor = "history/a/b/s/retention/k/retention";
    faults.arm(3, false);  // the root, its parent, its bytes, its name
    expect(!kept.prune("k", KeepLast<1>()), "a prune is not in doubt");
    faults.armed = false;
    std::string const retention = directory + "/" + floor;
    expect(::stat(retention.c_str(), &before) == 0 && !version().empty(), "deleted by a floor that was not synced");
    expect(kept.prune("k", KeepLast<1>()).has_value() && version().empty(), "the same prune, refused");
    expect(::stat(retention.c_str(), &after) == 0 && before.st_ino != after.st_ino, "the floor was not made anew");

    // What was purged is not believed to be gone because it cannot be seen.
    expect(kept.remove(*kept.get("k").value()).applied(), "a removal failed");
    faults.arm(kept.purge("none", Duration::zero()).applied() ? 1000 : 0, false);
    auto const purged = kept.purge("k", Duration::zero());
    int const syncs = faults.seen;
    expect(purged.applied() && syncs > 0, "a purge that does not sync");
    faults.arm(0, false);
    expect(!kept.purge("k", Duration::zero()).applied(), "a purge of nothing believes that it is gone");
}

/// The strongest durability of a directory holds for all who come later.
void mixed(std::string const& directory) {
    auto const syncs = [](auto& store) {
        faults.arm(1000, false);
        expect(store.update("k", two).applied(), "an update failed");
        return faults.seen;
    };
    auto const open_with = [&](auto storage) {
        return BasicStateStore<std::string, decltype(storage), NoLock, CompareAndSwap, RawBytes>(std::move(storage));
    };
    using None = FileStorage<SlotFirst, Durability::none>;
    using Data = FileStorage<SlotFirst, Durability::data>;
    {
        auto none = open_with(None::open(directory).value());
        one(none);
        expect(syncs(none) == 0, "none syncs");
    }
    {
        auto data = open_with(Data::open(directory).value());
        auto none = open_with(None::open(directory).value());
        expect(syncs(data) == 1 && syncs(none) == 1, "data does not hold for all");
    }
    auto full = open_with(Files::open(directory).value());
    auto none = open_with(None::open(directory).value());
    auto data = open_with(Data::open(directory).value());
    expect(syncs(full) == 2 && syncs(none) == 2 && syncs(data) == 2, "full does not hold for all");
}

/// Full durability is noted only after all that was written with less was synced. Where that failed, no later success
/// is believed, but that of bytes which were written anew.
void raised(std::string const& directory) {
    using None = FileStorage<SlotFirst, Durability::none>;
    std::string const path = directory + "/s", mark = path + "/.holdfast/durability";
    std::string const format = "{\"holdfast\":\"2\",\"durability\":";
    std::string const raising = format + "\"none\",\"raising\":\"yes\"}\n", full = format + "\"full\"}\n";
    auto const prepare = [&] {
        std::filesystem::remove_all(path);
        BasicStateStore<std::string, None, NoLock, CompareAndSwap, RawBytes> store(None::open(path).value());
        one(store);
    };
    auto const opens = [&](int fails) {
        faults.arm(fails, false);
        bool const opened = Files::open(path).has_value();
        faults.armed = false;
        ++trials;
        return opened;
    };
    faults.watched = mark;
    prepare();
    expect(opens(1000) && faults.found == raising + full, "the mark was not written around the sync");
    expect(opens(1000) && faults.seen == 0, "it is synced each time");

    prepare();
    std::filesystem::remove(mark);
    expect(opens(1000) && faults.found == raising + full, "records without a mark were not synced");

    prepare();
    expect(!opens(0), "open, and the sync failed");
    auto const again = Files::open(path);
    expect(!again && again.error() == Errc::incompatible && faults.seen == 1, "a later sync is asked");
    std::string const copy = directory + "/copy";
    expect(!again && again.error().message().find("copy all but .holdfast") != std::string_view::npos, "no remedy");
    expect(!FileStorage<SlotFirst, Durability::data>::open(path), "raised to data, and the sync failed");
    expect(None::open(path).value().durability() == Durability::none, "its own durability is refused");
    std::filesystem::copy(path, copy, std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(copy + "/.holdfast");
    expect(Files::open(copy).value().durability() == Durability::full, "the remedy is none");

    prepare();
    expect(!opens(1), "open, and the mark was not synced");
    expect(opens(1000) && faults.found == raising + full, "the next believed what was not synced");
}

/// A body that comes from a file is on disk before it can be seen, and its name before it is said that it is there.
template <Durability D>
void large(std::string const& directory) {
    std::size_t const syncs = D == Durability::full ? 2 : D == Durability::data ? 1 : 0;
    std::string const root = directory + "/" + std::string(name(D)), path = root + "/d/k";
    std::string const source = directory + "/source";
    Context const context(Environment::system());
    auto objects = DirectoryObjects<D>::open(root).value();
    std::ofstream(source) << "new\n";
    auto const inode_of = [](std::string const& of) {
        struct stat found {};
        return ::stat(of.c_str(), &found) == 0 ? found.st_ino : 0;
    };
    auto const is_now = [&](std::string_view text) {
        auto const found = objects.get(context, {.name = "d/k"});
        return found && found->body.view() == text;
    };
    auto const once = [&](std::size_t n, bool all) {
        ++trials;
        std::string_view const old = "old\n";
        expect(objects.put(context, "d/k", {&old, 1}, Precondition::none()).has_value(), "a put failed");
        detail::Fd const body = detail::open_at(AT_FDCWD, source.c_str(), O_RDONLY);
        faults.watched = path;
        faults.arm(static_cast<int>(n), all);
        auto const done = objects.put_from(context, "d/k", body.get(), 4, Precondition::none());
        faults.armed = false;
        expect(std::filesystem::is_empty(root + "/.holdfast/temporary"), "a temporary file was left");
        if (n >= syncs) {
            bool const applied = done && done->kind() == WriteOutcome::Kind::applied;
            expect(applied && is_now("new\n"), "a put of which nothing failed was not applied");
            expect(faults.found == std::string("old\nnew\n").substr(0, 4 * syncs), "not synced around the rename");
            std::vector<ino_t> expected{inode_of(path), inode_of(root + "/d")};
            expected.resize(syncs);
            expect(faults.synced == expected, "not its bytes and then its name were synced");
        } else if (n == 0) {
            expect(!done && is_now("old\n"), "its bytes were not synced, and it was put");
        } else {
            ++unknowns;
            bool const in_doubt = done && done->kind() == WriteOutcome::Kind::unknown;
            expect(in_doubt && is_now("new\n"), "its name was not synced, and is not in doubt");
        }
    };
    for (bool const all : {false, true})
        for (std::size_t n = 0; n <= syncs; ++n) once(n, all);
}

void large_of_each(std::string const& directory) {
    large<Durability::full>(directory);
    large<Durability::data>(directory);
    large<Durability::none>(directory);
}

/// Whoever finds no mark syncs all directories up to the mount point.
void first_open(std::string const& directory) {
    std::string const path = directory + "/a/b/s";
    faults.arm(1000, false);
    (void)Files::open(directory + "/whole/a/b/s").value();
    int const all = faults.seen, of_mark = 2;  // it and its name; once it stands it is not put again
    for (int n = 0;; ++n, ++trials) {
        std::filesystem::remove_all(directory + "/a");
        faults.arm(n, false);
        bool const opened = Files::open(path).has_value();
        if (faults.made == 0) return expect(opened && faults.seen == all - 1, "the first to open syncs less");
        expect(!opened, "open, and a sync failed");
        faults.arm(1000, false);
        expect(Files::open(path).has_value(), "the next cannot open it");
        expect(faults.seen == all - 1 - (n == 0 ? 0 : of_mark), "the next believed what was not synced");
        faults.arm(1000, false);
        expect(Files::open(path).has_value() && faults.seen == 0, "it is synced each time");
    }
}

/// A commit that failed, its seal, and no end in good order: what the next finds is what was said.
void crash(std::string const& directory) {
    BasicStateStore<std::string, SqliteStorage, NoLock, CompareAndSwap, RawBytes> store(open<SqliteStorage>(directory));
    one(store);
    faults.arm(0, false);
    auto const outcome = update(store);
    faults.armed = false;
    expect(outcome.unknown() != nullptr, "a commit is not in doubt");
    std::puts(outcome.unknown() == nullptr ? "?" : std::string(name(store.seal(*outcome.unknown()).value())).c_str());
    std::fflush(stdout);
    std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    std::string const storage = argv[1], scene = argv[2], directory = argv[4];
    faults.error = std::atoi(argv[3]);
    if (scene == "again") again(directory);
    else if (scene == "open") first_open(directory);
    else if (scene == "mixed") mixed(directory);
    else if (scene == "raised") raised(directory);
    else if (scene == "crash") crash(directory);
    else if (scene == "large") large_of_each(directory);
    else if (storage == "files") plain<Files>(scene, directory);
    else plain<SqliteStorage>(scene, directory);
    std::printf("%d trials, %d unknown\n", trials, unknowns);
}
