// watch_gaps_child DIRECTORY: who waits for a record whose directory another makes in the moment between the question
// for it and the watch for its birth. It would be found by the look once a second: often enough to be late at the end.
// Prints how often the change was noticed in time.

#include <unit/storage/file_fixture.hpp>

#include <holdfast/concepts/wait_for_change.hpp>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::function<void()> in_between;  ///< once, after a directory was not found

}  // namespace

extern "C" int inotify_add_watch(int fd, char const* path, std::uint32_t mask) noexcept {
    auto const watch = static_cast<int>(::syscall(SYS_inotify_add_watch, fd, path, mask));
    int const error = errno;
    if (watch < 0 && error == ENOENT && in_between) std::exchange(in_between, nullptr)();
    errno = error;
    return watch;
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    using namespace holdfast;
    using namespace file_test;
    using Files = FileStorage<SlotFirst, Durability::none>;
    Files storage = Files::open(argv[1]).value(), other = Files::open(argv[1]).value();
    Context const ctx = context(std::chrono::seconds(20));
    int noticed = 0;
    for (int i = 0; i < 40; ++i) {
        Key const key = Key::parse("k" + std::to_string(i)).value();
        std::atomic<bool> made{false};
        in_between = [&] {
            std::filesystem::create_directories(std::string(argv[1]) + "/states/" + key.str());
            made = true;
        };
        std::thread writer([&] {
            while (!made) Environment::system().sleep(std::chrono::milliseconds(1));
            Environment::system().sleep(std::chrono::milliseconds(10));  // by then it waits
            (void)set(other, RecordId(key), "v");
        });
        auto const found = detail::wait_for_change(storage, ctx, RecordId(key), nullptr);
        made = true;
        writer.join();
        if (found && *found) ++noticed;
    }
    std::printf("%d", ctx.expired() ? -1 : noticed);
}
