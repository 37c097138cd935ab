// planted_link_child DIRECTORY NAME WHEN VICTIM: opens a file storage in a directory and creates a record, while
// somebody who may write there puts a link to the victim in place of a directory that is being made: just before, or
// just after it was made. Prints a word for the opening and one for the record.

#include <unit/storage/file_fixture.hpp>

#include <cstdio>
#include <string>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::string target, when, victim;

}  // namespace

extern "C" int mkdirat(int directory, char const* path, mode_t mode) {
    bool const attacked = target == path;
    if (attacked && when == "before") (void)!::symlinkat(victim.c_str(), directory, path);
    auto const made = static_cast<int>(::syscall(SYS_mkdirat, directory, path, mode));
    if (attacked && when == "after") {
        (void)::unlinkat(directory, path, AT_REMOVEDIR);
        (void)!::symlinkat(victim.c_str(), directory, path);
    }
    return made;
}

int main(int argc, char** argv) {
    using namespace holdfast;
    if (argc != 5) return 2;
    target = argv[2];
    when = argv[3];
    victim = argv[4];
    auto storage = FileStorage<>::open(argv[1]);
    std::puts(storage ? "opened" : std::string(holdfast::name(storage.error().code())).c_str());
    if (!storage) return 0;
    RecordId const ids[] = {RecordId("k"), RecordId("k", Slot::version, {1, {1, 1}})};
    for (RecordId const& id : ids) {
        auto const written =
            storage->write(file_test::context(), id, file_test::next(nullptr, "k", "v"), Precondition::absent());
        std::puts(written ? "written" : std::string(holdfast::name(written.error().code())).c_str());
    }
}
