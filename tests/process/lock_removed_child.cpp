// lock_removed_child CALL DIRECTORY: a write or removal of a file storage that has compared, and has yet to put its
// file in place or to remove it, when somebody removes the lock's file and another writes under a new one. Prints how
// it ended, and what is stored.

#include <unit/storage/file_fixture.hpp>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::function<void()> in_between;  ///< once, when what is there was read

}  // namespace

extern "C" ssize_t read(int fd, void* out, std::size_t size) {
    auto const got = static_cast<ssize_t>(::syscall(SYS_read, fd, out, size));
    bool const record = got > 0 && std::string_view(static_cast<char const*>(out), 1) == "{";
    if (in_between && record) std::exchange(in_between, nullptr)();
    return got;
}

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    using namespace holdfast;
    using namespace file_test;
    std::string const call = argv[1], directory = argv[2];
    using Storage = FileStorage<SlotFirst, Durability::none>;
    auto storage = Storage::open(directory).value(), other = Storage::open(directory).value();
    RecordId const id("k");
    (void)set(storage, id, "old").value();
    RecordPtr const base = storage.read(context(), id).value();
    auto const when = Precondition::unchanged_since(base);
    in_between = [&] {
        for (auto const& file : std::filesystem::directory_iterator(directory + "/.holdfast"))
            if (file.path().filename().string().starts_with("shard-")) std::filesystem::remove(file.path());
        (void)set(other, id, "other").value();
    };
    auto const outcome = call == "remove" ? storage.remove(context(), id, when)
                                          : storage.write(context(), id, next(base, "k", "new"), when);
    char const* const word = !outcome             ? "error"
                             : applied(outcome)   ? "applied"
                             : conflicts(outcome) ? "conflict"
                                                  : "unknown";
    std::printf("%s %s", in_between ? "nobody came" : word, get(storage, id).c_str());
}
