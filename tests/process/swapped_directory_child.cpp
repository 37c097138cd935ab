// swapped_directory_child DURABILITY CALL DIRECTORY OUTSIDE: makes a call of a file storage whose key's directory
// somebody replaces, in the moment before its last step, by a link to a copy of it. Prints what became of the call.

#include <unit/storage/file_fixture.hpp>

#include <cstdio>
#include <filesystem>
#include <string>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

bool armed = false;
std::string key_directory, outside;

void swap_if_armed() {
    if (!std::exchange(armed, false)) return;
    std::filesystem::copy(key_directory, outside, std::filesystem::copy_options::recursive);
    std::filesystem::rename(key_directory, key_directory + "-away");
    std::filesystem::create_directory_symlink(outside, key_directory);
}

}  // namespace

extern "C" int renameat(int from, char const* old_name, int to, char const* new_name) noexcept {
    swap_if_armed();
    return static_cast<int>(::syscall(SYS_renameat2, from, old_name, to, new_name, 0));
}
extern "C" int renameat2(int from, char const* old_name, int to, char const* new_name, unsigned flags) noexcept {
    swap_if_armed();
    return static_cast<int>(::syscall(SYS_renameat2, from, old_name, to, new_name, flags));
}
extern "C" int unlinkat(int directory, char const* name, int flags) noexcept {
    if (flags == 0) swap_if_armed();
    return static_cast<int>(::syscall(SYS_unlinkat, directory, name, flags));
}

namespace {

using namespace holdfast;

template <Durability D>
void run(std::string const& call, std::string const& directory) {
    auto storage = FileStorage<SlotFirst, D>::open(directory).value();
    key_directory = directory + (call.ends_with("version") ? "/versions/k" : "/states/k");
    RecordId const id = call.ends_with("version") ? RecordId("k", Slot::version, {1, {1, 1}}) : RecordId("k");
    for (int i = 0; i < 3; ++i)  // so that the next is none of the first
        if (!file_test::applied(file_test::set(storage, id, "old"))) std::puts("not set");
    auto const before = storage.read(file_test::context(), id).value();
    auto const when = Precondition::unchanged_since(before);
    armed = true;
    auto const outcome = call.starts_with("remove")
                             ? storage.remove(file_test::context(), id, when)
                             : storage.write(file_test::context(), id, file_test::next(before, "k", "secret"), when);
    std::puts(armed ? "never came to the last step" : file_test::applied(outcome) ? "applied" : "not applied");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    std::string const durability = argv[1];
    outside = argv[4];
    if (durability == "none") run<Durability::none>(argv[2], argv[3]);
    else if (durability == "data") run<Durability::data>(argv[2], argv[3]);
    else run<Durability::full>(argv[2], argv[3]);
}
