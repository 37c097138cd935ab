#include "../relay.hpp"
#include "write_id.hpp"

#include <map>
#include <memory>
#include <mutex>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

// A lock between threads and processes on a file that stays open, whose holder says in it who he is. The bare lock says
// nothing, and does not exclude threads.

namespace {

class Lock {
public:
    explicit Lock(std::string const& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        bench::require(file_ >= 0, "open");
    }
    Lock(Lock const&) = delete;
    ~Lock() { ::close(file_); }

    void take(std::string_view key) {
        mutex_.lock();
        set(F_OFD_SETLKW, F_WRLCK, 0);
        char text[512];
        int const size = std::snprintf(text, sizeof text,
                                       "{\"holdfast-lock\":\"1\",\"key\":\"%.*s\",\"who\":\"%s\",\"purpose\":\"lock\","
                                       "\"since\":\"%lld\"}\n",
                                       static_cast<int>(key.size()), key.data(), twin::who().c_str(),
                                       static_cast<long long>(twin::microseconds()));
        bench::require(::pwrite(file_, text, static_cast<std::size_t>(size), 0) == size, "pwrite");
        set(F_OFD_SETLK, F_WRLCK, 1);
    }
    void give() {
        struct flock range {};
        range.l_type = F_UNLCK;
        range.l_whence = SEEK_SET;
        bench::require(::fcntl(file_, F_OFD_SETLK, &range) == 0, "unlock");
        mutex_.unlock();
    }

private:
    void set(int command, short type, off_t byte) const {
        struct flock range {};
        range.l_type = type;
        range.l_whence = SEEK_SET;
        range.l_start = byte;
        range.l_len = 1;
        while (::fcntl(file_, command, &range) != 0) bench::require(errno == EINTR, "lock");
    }

    int file_;
    std::mutex mutex_;
};

class BareLock {
public:
    explicit BareLock(std::string const& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        bench::require(file_ >= 0, "open");
    }
    BareLock(BareLock const&) = delete;
    ~BareLock() { ::close(file_); }

    void take(std::string_view) const {
        while (::flock(file_, LOCK_EX) != 0) bench::require(errno == EINTR, "flock");
    }
    void give() const { bench::require(::flock(file_, LOCK_UN) == 0, "unlock"); }

private:
    int file_;
};

/// The locks of a directory by key, opened once.
template <class L>
class Locks {
public:
    explicit Locks(std::string directory) : directory_(std::move(directory)) { ::mkdir(directory_.c_str(), 0700); }

    struct Release {
        void operator()(L* lock) const { lock->give(); }
    };
    using Held = std::unique_ptr<L, Release>;

    Held take(std::string const& key) {
        L& lock = find(key);
        lock.take(key);
        return Held(&lock);
    }

private:
    L& find(std::string const& key) {
        std::lock_guard const guard(mutex_);
        auto& lock = locks_[key];
        if (!lock) lock = std::make_unique<L>(directory_ + "/" + key + ".lock");
        return *lock;
    }

    std::string directory_;
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<L>> locks_;
};

std::string const keys[] = {"pipelines,orders-0", "pipelines,orders-1", "pipelines,orders-2"};

template <class L>
void free_lock(bench::Run& run) {
    Locks<L> locks(run.directory() + "/twin");
    run.measure([&] { (void)locks.take(keys[0]); });
}

template <class L>
void hand_off(bench::Run& run) {
    bench::relay(
        run, [&] { return std::make_unique<Locks<L>>(run.directory() + "/twin"); },
        [](std::unique_ptr<Locks<L>>& locks, int i) { return locks->take(keys[i]); });
}

bench::Case const free_case("lock-free", free_lock<Lock>);
bench::Case const hand_off_case("lock-hand-off", hand_off<Lock>);
bench::Case const bare_free("lock-free-bare", free_lock<BareLock>);
bench::Case const bare_hand_off("lock-hand-off-bare", hand_off<BareLock>);

}  // namespace
