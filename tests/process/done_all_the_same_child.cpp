// done_all_the_same_child CALL WHEN DIRECTORY: a file storage at a disk that reports a failure of renaming or removing
// a file, after it was done ("after") or instead of doing it ("instead"). Prints how the write or removal ended, and
// what a reader sees.

#include <unit/storage/file_fixture.hpp>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

bool fails = false, does = false;
char const* only = "";  ///< the last name of the file that the call is about

int ends(std::string_view name, long done) {
    if (!fails || !name.ends_with(only)) return static_cast<int>(done);
    errno = EIO;
    return -1;
}
bool made(std::string_view name) { return !fails || does || !name.ends_with(only); }

}  // namespace

extern "C" {
int renameat(int from, char const* name, int to, char const* place) {
    return ends(place, made(place) ? ::syscall(SYS_renameat2, from, name, to, place, 0) : 0);
}
int renameat2(int from, char const* name, int to, char const* place, unsigned flags) {
    return ends(place, made(place) ? ::syscall(SYS_renameat2, from, name, to, place, flags) : 0);
}
int unlinkat(int directory, char const* name, int flags) {
    return ends(name, made(name) ? ::syscall(SYS_unlinkat, directory, name, flags) : 0);
}
}

namespace {

using namespace holdfast;
using file_test::context;

std::string word(Result<WriteOutcome> const& outcome) {
    if (!outcome) return std::string(name(outcome.error().code()));
    if (outcome->kind() == WriteOutcome::Kind::applied) return "applied";
    return outcome->kind() == WriteOutcome::Kind::unknown ? "unknown" : "conflict";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    std::string const call = argv[1];
    auto storage = FileStorage<>::open(argv[3]).value();
    RecordId const id("k");
    if (call != "create") (void)file_test::set(storage, id, "old").value();
    RecordPtr const base = storage.read(context(), id).value();
    does = std::string_view(argv[2]) == "after";
    only = "current";
    fails = true;
    auto const outcome = call == "remove"
                             ? storage.remove(context(), id, Precondition::unchanged_since(base))
                             : storage.write(context(), id, file_test::next(base, "k", "new"),
                                             Precondition::unchanged_since(base));
    fails = false;
    std::printf("%s %s", word(outcome).c_str(), file_test::get(storage, id).c_str());
}
