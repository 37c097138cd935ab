// sqlite_undone_child HOW here|elsewhere DIRECTORY: a commit whose sync fails, which leaves the whole of it in the log;
// then a call, by this process or another, that says that the key is gone, or that nothing is there, and a kill. Who
// opens the database next recovers it from the log. Prints what the call said.

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

bool failing = false;
int syncs = 0;

int sync(long call, int fd) {
    ++syncs;
    if (!failing) return static_cast<int>(syscall(call, fd));
    errno = EIO;
    return -1;
}

}  // namespace

extern "C" int fsync(int fd) { return sync(SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return sync(SYS_fdatasync, fd); }

namespace {

using namespace holdfast;
template <class Versioning>
using Store = BasicStateStore<std::string, SqliteStorage, NoLock, Versioning, RawBytes>;

char const* told(Outcome<void> const& outcome) {
    return outcome.applied() ? "applied" : outcome.unknown() != nullptr ? "unknown" : "error";
}
char const* told(Result<WriteOutcome> const& done) {
    return !done ? "error" : done->kind() == WriteOutcome::Kind::applied ? "applied" : "unknown";
}

char const* call(std::string const& how, SqliteStorage const& storage) {
    Store<CompareAndSwap> store(storage);
    Context const context(Environment::system(), std::chrono::seconds(20));
    RecordId const k("k"), l("l");
    auto const none = Precondition::none(), absent = Precondition::absent();
    if (how == "purge") return told(store.purge("k", Duration::zero()));
    if (how == "remove key") return told(Store<LastWriterWins>(storage).remove("k"));
    if (how == "remove") return told(store.storage().remove(context, k, none));
    if (how == "remove absent") return told(store.storage().remove(context, k, absent));
    if (how == "transaction") return told(store.transaction({KeyView("k"), KeyView("l")}, [](auto) {}));
    std::vector<Write> const batch{{l, nullptr, none}, {k, nullptr, absent}, {k, nullptr, none}};
    return told(store.storage().write_all(context, batch));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    std::string const how = argv[1], where = argv[2], directory = argv[3];
    auto const storage = SqliteStorage::open(directory + "/state.db").value();
    if (where != "only") {
        Store<CompareAndSwap> store(storage);
        failing = true;
        bool const in_doubt = store.create("k", "ghost").unknown() != nullptr;
        failing = false;
        if (!in_doubt || store.get("k").value()) return 1;
    }
    if (where == "elsewhere") {  // not by a fork, before which the database would be closed
        std::string const command = "'" + std::string(argv[0]) + "' '" + how + "' only '" + directory + "'";
        (void)std::system(command.c_str());
    } else {
        syncs = 0;
        char const* const said = call(how, storage);
        std::printf("%s, %d syncs\n", said, syncs);
        std::fflush(stdout);
    }
    ::kill(::getpid(), SIGKILL);
}
