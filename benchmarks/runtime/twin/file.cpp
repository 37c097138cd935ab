#include "frame.hpp"

#include <mutex>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

// Two twins of an update. The first makes the library's: read, change, then under the lock read again, compare, look
// for what killed writers left, write a new file, rename it. The second holds the lock from the read on, which a
// library cannot do, since the user's code would run inside, and keeps no promise about left files.

namespace {

enum class Durability { none, data, full };

constexpr char key[] = "pipelines/orders";

class Directory {
public:
    explicit Directory(std::string const& path) {
        ::mkdir(path.c_str(), 0700);
        root_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ::mkdirat(root_, "pipelines,orders", 0700);
        directory_ = ::openat(root_, "pipelines,orders", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        lock_ = ::openat(root_, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        bench::require(root_ >= 0 && directory_ >= 0 && lock_ >= 0, "open");
    }

    bool read(twin::Frame& frame) const {
        int const file = ::openat(root_, "pipelines,orders/current", O_RDONLY | O_CLOEXEC);
        if (file < 0) return false;
        char buffer[6 * 1024];
        auto const got = ::read(file, buffer, sizeof buffer);
        ::close(file);
        if (got < 0 || static_cast<std::size_t>(got) == sizeof buffer) return false;
        auto const size = static_cast<std::size_t>(got);
        auto bytes = std::make_unique_for_overwrite<char[]>(size);
        std::memcpy(bytes.get(), buffer, size);
        return frame.parse(std::move(bytes), size) && frame.key == key;
    }

    void lock() {
        mutex_.lock();
        struct flock range = whole(F_WRLCK);
        while (::fcntl(lock_, F_OFD_SETLKW, &range) != 0) bench::require(errno == EINTR, "lock");
    }
    void unlock() {
        struct flock range = whole(F_UNLCK);
        bench::require(::fcntl(lock_, F_OFD_SETLK, &range) == 0, "unlock");
        mutex_.unlock();
    }

    /// With the directory opened and looked through for files that were left, as by somebody who keeps neither open.
    void replace_carefully(twin::FrameHeader const& header, std::string_view payload, Durability durability) const {
        int const directory = ::openat(root_, "pipelines,orders", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        alignas(long) char names[4096];
        long const size = ::syscall(SYS_getdents64, directory, names, sizeof names);
        for (long at = 0; at < size;) {
            auto const* const entry = reinterpret_cast<dirent64 const*>(names + at);
            if (std::strncmp(entry->d_name, ".tmp-", 5) == 0) ::unlinkat(directory, entry->d_name, 0);
            at += entry->d_reclen;
        }
        replace(directory, header, payload, durability);
        ::close(directory);
    }
    void replace(twin::FrameHeader const& header, std::string_view payload, Durability durability) const {
        replace(directory_, header, payload, durability);
    }

private:
    static struct flock whole(short type) noexcept {
        struct flock range {};
        range.l_type = type;
        range.l_whence = SEEK_SET;
        return range;
    }

    static void replace(int directory, twin::FrameHeader const& header, std::string_view payload,
                        Durability durability) {
        char name[] = ".tmp-0123456789012345678901";
        std::memcpy(name + 5, twin::new_id().data(), 22);
        int const file = ::openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bench::require(file >= 0, "create");
        iovec parts[] = {{const_cast<char*>(header.all().data()), header.all().size()},
                         {const_cast<char*>(payload.data()), payload.size()}};
        auto const written = ::writev(file, parts, 2);
        bench::require(written == static_cast<ssize_t>(header.all().size() + payload.size()), "write");
        if (durability != Durability::none) bench::require(::fsync(file) == 0, "fsync");
        bench::require(::close(file) == 0, "close");
        bench::require(::renameat(directory, name, directory, "current") == 0, "rename");
        if (durability == Durability::full) bench::require(::fsync(directory) == 0, "fsync");
    }

    int root_, directory_, lock_;
    std::mutex mutex_;
};

void fill(Directory& directory) {
    auto const value = bench::make_value();
    directory.replace(twin::FrameHeader(key, nullptr, value), value, Durability::none);
}

std::unique_ptr<char[]> changed(std::string_view value) {
    auto next = std::make_unique_for_overwrite<char[]>(value.size());
    std::memcpy(next.get(), value.data(), value.size());
    bench::count_up(next.get());
    return next;
}

bench::Case const read("file-read", [](bench::Run& run) {
    Directory directory(run.directory() + "/twin");
    fill(directory);
    run.measure([&] {
        twin::Frame frame;
        bench::require(directory.read(frame), "read");
        bench::look_at(frame.payload.front());
    });
});

template <Durability D>
void update(bench::Run& run) {
    Directory directory(run.directory() + "/twin");
    fill(directory);
    run.measure([&] {
        for (bool done = false; !done;) {
            twin::Frame base;
            bench::require(directory.read(base), "read");
            auto const next = changed(base.payload);
            std::string_view const payload(next.get(), base.payload.size());
            twin::FrameHeader const header(key, &base, payload);
            directory.lock();
            twin::Frame now;
            bench::require(directory.read(now), "read");
            done = now.ids.substr(0, 22) == base.ids.substr(0, 22);
            if (done) directory.replace_carefully(header, payload, D);
            directory.unlock();
        }
    });
}

template <Durability D>
void update_locked(bench::Run& run) {
    Directory directory(run.directory() + "/twin");
    fill(directory);
    run.measure([&] {
        directory.lock();
        twin::Frame base;
        bench::require(directory.read(base), "read");
        auto const next = changed(base.payload);
        std::string_view const payload(next.get(), base.payload.size());
        directory.replace(twin::FrameHeader(key, &base, payload), payload, D);
        directory.unlock();
    });
}

bench::Case const none("file-update-none", update<Durability::none>);
bench::Case const data("file-update-data", update<Durability::data>);
bench::Case const full("file-update-full", update<Durability::full>);
bench::Case const none_locked("file-update-none-in-lock", update_locked<Durability::none>);
bench::Case const data_locked("file-update-data-in-lock", update_locked<Durability::data>);
bench::Case const full_locked("file-update-full-in-lock", update_locked<Durability::full>);

}  // namespace
