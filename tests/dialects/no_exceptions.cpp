// A program without exceptions and run-time type information.
//
// flags: -fno-exceptions -fno-rtti

#include <holdfast/holdfast.hpp>
#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/observe/structured_log.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>

#include <cstdio>
#include <string>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this is to be compiled without both"
#endif

namespace {

struct Cursor {
    std::string date;
    long rows = 0;
};

unsigned lines = 0;
void count(std::string_view) { ++lines; }

int failures = 0;
void expect(bool good, char const* what) {
    if (good) return;
    ++failures;
    std::fprintf(stderr, "not so: %s\n", what);
}

template <class Store>
void use(Store& store) {
    auto const add = [](Cursor& cursor) { ++cursor.rows; };
    expect(store.update("k", add).applied(), "an update");
    expect(store.create("k", Cursor()).error() == holdfast::Errc::conflict, "a conflict");
    expect(store.update("k", [](Cursor&) -> holdfast::Result<void> { return holdfast::Error(holdfast::Errc::aborted); })
                   .error() == holdfast::Errc::aborted,
           "a function that gives up");
    {
        auto locked = store.lock("k").value();
        expect(locked.update(add).applied(), "an update under a lock");
        expect(locked.release().has_value(), "a release");
    }
    expect((*store.get("k").value())->rows == 2, "two updates");
}

/// The signal that ends `body`, which runs in a child; 0 if none does.
template <class Body>
int signal_of(Body body) {
    pid_t const child = fork();
    if (child == 0) {
        (void)close(2);
        body();
        _exit(0);
    }
    int status = 0;
    (void)waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

BOOST_HANA_ADAPT_STRUCT(Cursor, date, rows);

int main() {
    using namespace holdfast;
    StateStore<Cursor, MutexLock> memory;
    use(memory);
    using Files = Observed<FileStorage<>, StructuredLog<>>;
    StateStore<Cursor, Files, FileLock, Compressed<Zstd, Json>> files(
        Files(FileStorage<>::open("states").value(), StructuredLog<>(count)));
    use(files);
    expect(lines > 5, "the log has lines");
    KeyRing keys;
    expect(keys.add("k1", SecretKey::generate()).has_value(), "a key");
    using Secret = Encrypted<Aes256Gcm, KeyRing, Json>;
    using Database = Cached<SqliteStorage>;
    StateStore<Cursor, Database, LeaseLock<>, History<>, Secret> database(
        Database(SqliteStorage::open("states.db").value()), Secret(keys, {.store = "test"}));
    use(database);
    expect(database.history("k").value().versions.size() == 2, "two versions");
    expect(signal_of([] { (void)FileStorage<>::open("/dev/null/states").value(); }) == SIGABRT, "value() of an error");
    expect(signal_of([] { (void)*FileStorage<>::open("/dev/null/states"); }) == SIGABRT, "* of an error");
    return failures == 0 ? 0 : 1;
}
