#ifndef HOLDFAST_TESTS_PROCESS_SHORT_MEMORY_NEIGHBOURS_HPP
#define HOLDFAST_TESTS_PROCESS_SHORT_MEMORY_NEIGHBOURS_HPP

// What others have, so that a store has to wait for it or goes without.

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace test {

/// What another process would hold: the lock files of all shards that there are.
class AllShards {
public:
    explicit AllShards(std::string const& directory) {
        for (auto const& file : std::filesystem::directory_iterator(directory + "/.holdfast")) {
            if (!file.path().filename().string().starts_with("shard-")) continue;
            int const fd = ::open(file.path().c_str(), O_RDWR | O_CLOEXEC);
            struct flock all {};
            all.l_type = F_WRLCK;
            all.l_len = 1;
            while (::fcntl(fd, F_OFD_SETLK, &all) != 0) std::this_thread::yield();
            held_.push_back(fd);
        }
    }
    AllShards(AllShards&& other) noexcept : held_(std::move(other.held_)) {}
    ~AllShards() {
        for (int const fd : held_) ::close(fd);
    }

private:
    std::vector<int> held_;
};

/// A connection that has begun a transaction.
class Begun {
public:
    Begun(std::string const& database, char const* statements) {
        sqlite3* opened = nullptr;
        if (sqlite3_open(database.c_str(), &opened) != SQLITE_OK) std::abort();
        connection_.reset(opened);
        sqlite3_busy_timeout(opened, 1000);
        if (sqlite3_exec(opened, statements, nullptr, nullptr, nullptr) != SQLITE_OK) std::abort();
    }

private:
    struct Close {
        void operator()(sqlite3* one) const noexcept {
            sqlite3_exec(one, "rollback", nullptr, nullptr, nullptr);
            sqlite3_close(one);
        }
    };
    std::unique_ptr<sqlite3, Close> connection_;
};

/// Nothing can be opened any more.
class NoDescriptors {
public:
    NoDescriptors() noexcept {
        (void)::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit none = before_;
        none.rlim_cur = 3;
        (void)::setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoDescriptors() { (void)::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace test

#endif
