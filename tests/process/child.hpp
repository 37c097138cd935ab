#ifndef HOLDFAST_TESTS_PROCESS_CHILD_HPP
#define HOLDFAST_TESTS_PROCESS_CHILD_HPP

#include <beside.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace test {

/// The path of a program that the tests start.
inline std::string child_program(std::string const& name) { return beside("children/" + name); }

/// A process of its own, whose standard output the test reads. Killed and waited for when it goes out of scope.
class Child {
public:
    explicit Child(std::vector<std::string> const& command) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        std::vector<char*> arguments;
        for (auto const& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        if (posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) pid_ = -1;
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        output_ = ends[0];
    }
    Child(Child&& other) noexcept
        : pid_(std::exchange(other.pid_, -1)),
          output_(std::exchange(other.output_, -1)),
          text_(std::move(other.text_)),
          status_(other.status_) {}
    Child& operator=(Child&&) = delete;
    ~Child() {
        signal(SIGKILL);
        wait();
        if (output_ >= 0) close(output_);
    }

    void signal(int number) const {
        if (pid_ > 0) kill(pid_, number);
    }

    /// Takes what the process has printed by now; waits up to `milliseconds` for the first of it. False at its end.
    bool read_some(int milliseconds = 0) {
        pollfd waiting{output_, POLLIN, 0};
        while (poll(&waiting, 1, milliseconds) > 0) {
            char part[65536];
            ssize_t const n = read(output_, part, sizeof part);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return false;
            text_.append(part, static_cast<std::size_t>(n));
            milliseconds = 0;
        }
        return true;
    }

    /// All that the process printed, once it has ended.
    std::string const& finish() {
        while (read_some(1000)) {
        }
        wait();
        return text_;
    }
    std::string const& text() const noexcept { return text_; }

    /// As of `waitpid`; after `finish`.
    bool succeeded() const noexcept { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }
    bool killed() const noexcept { return WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL; }
    pid_t pid() const noexcept { return pid_; }

private:
    void wait() {
        while (pid_ > 0 && waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
    }

    pid_t pid_ = -1;
    int output_ = -1;
    std::string text_;
    int status_ = -1;
};

/// An empty directory, removed at the end.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        char const* const base = std::getenv("TMPDIR");
        path_ = std::string(base != nullptr ? base : "/tmp") + "/holdfast-XXXXXX";
        if (mkdtemp(path_.data()) == nullptr) std::abort();
    }
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
    ~TemporaryDirectory() {
        std::string const command = "rm -rf '" + path_ + "'";
        if (std::system(command.c_str()) != 0) std::abort();
    }

    std::string const& path() const noexcept { return path_; }

private:
    std::string path_;
};

}  // namespace test

#endif
