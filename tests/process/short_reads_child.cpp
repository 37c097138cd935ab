// short_reads_child BYTES DIRECTORY: a life of file storages in which each read gives at most so many bytes, as some
// file systems do (FUSE), and each write takes at most so many. Prints what went wrong, or "fine".

#include <unit/storage/file_fixture.hpp>

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/versioning/history.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

std::size_t most = 0;

std::size_t cut(std::size_t size) { return most > 0 && size > most ? most : size; }

}  // namespace

extern "C" {
ssize_t read(int fd, void* out, std::size_t size) { return ::syscall(SYS_read, fd, out, cut(size)); }
ssize_t pread(int fd, void* out, std::size_t size, off_t at) { return ::syscall(SYS_pread64, fd, out, cut(size), at); }
ssize_t write(int fd, void const* bytes, std::size_t size) { return ::syscall(SYS_write, fd, bytes, cut(size)); }
ssize_t pwrite(int fd, void const* bytes, std::size_t size, off_t at) {
    return ::syscall(SYS_pwrite64, fd, bytes, cut(size), at);
}
ssize_t writev(int fd, iovec const* parts, int count) {
    for (int i = 0; i < count; ++i)
        if (parts[i].iov_len > 0) return ::syscall(SYS_write, fd, parts[i].iov_base, cut(parts[i].iov_len));
    return 0;
}
}

namespace {

using namespace holdfast;
using Storage = FileStorage<SlotFirst, Durability::none>;

std::string life(std::string const& path) {
    StateStore<std::string, Storage, History<>, RawBytes> store(Storage::open(path).value());
    Key const longest = Key::parse(std::string(900, 'k')).value();
    std::string const values[] = {"", "small", std::string(5000, 'a'), std::string(7000, 'b'),
                                  std::string(100'000, 'c')};
    for (Key const& key : {Key("k"), longest})
        for (std::string const& value : values) {
            auto const done = store.update(key, [&](std::string& state) { state = value; }, {.write_unchanged = true});
            if (!done) return "update: " + done.error().describe();
            auto const read = store.get(key);
            if (!read) return "get: " + read.error().describe();
            if (!*read || (*read)->value() != value) return "another value";
            auto again = Storage::open(path);
            if (!again) return "open: " + again.error().describe();
        }
    auto const history = store.history(longest);
    if (!history || history->versions.size() != 5) return "history";
    int keys = 0;
    for (Result<Key> const& key : store.keys()) {
        if (!key) return "keys: " + key.error().describe();
        ++keys;
    }
    if (keys != 2) return "keys";
    if (!store.prune("k")) return "prune";
    // Damage is still found.
    std::string const file = path + "/states/k/current", good = file_test::contents(file);
    file_test::put(file, good.substr(0, good.size() - 1));
    if (store.get("k").has_value()) return "a cut record is read";
    file_test::put(file, good + "x");
    return "fine";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    most = std::strtoul(argv[1], nullptr, 10);
    std::string const result = life(argv[2]);
    most = 0;
    std::puts(result.c_str());
}
