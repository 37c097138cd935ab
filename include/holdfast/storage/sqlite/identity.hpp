#ifndef HOLDFAST_STORAGE_SQLITE_IDENTITY_HPP
#define HOLDFAST_STORAGE_SQLITE_IDENTITY_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/posix/directory_reader.hpp>
#include <holdfast/process/fd.hpp>
#include <holdfast/storage/sqlite/trouble.hpp>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace holdfast::detail::sqlite {

/// A file, by whatever name. Compared only while somebody has it open: the number of a file that is gone is used again.
struct FileId {
    dev_t device = 0;
    ino_t inode = 0;

    FileId() = default;
    explicit FileId(struct stat const& about) noexcept : device(about.st_dev), inode(about.st_ino) {}
    friend bool operator==(FileId const&, FileId const&) = default;
};

/// Which files are the database, its log and the log's index, for as long as somebody has them open: what a connection
/// writes goes to these, whatever their names come to mean, and is lost where the names mean others.
///
/// Thread safety: all members.
class Identity {
public:
    /// Of what stands at `path`, absolute, which the caller has open: whether it is that is to be looked at first. A
    /// reader may have opened a database that has no log, and one that is `frozen` without looking for a log: it must
    /// not change at all.
    static std::shared_ptr<Identity> of(std::string const& path, bool reader, bool frozen) {
        struct stat database {};
        FileId const file = ::lstat(path.c_str(), &database) == 0 ? FileId(database) : none;
        std::shared_ptr<Identity> made(new Identity(path, file, at(path + "-wal"), at(path + "-shm"), reader));
        if (frozen) made->frozen_at_ = changed_at(database);
        return made;
    }

    bool frozen() const noexcept { return frozen_at_ != 0; }

    /// Whether the names still mean the same files. Cost: 5 system calls.
    Trouble look() noexcept {
        struct stat about {};
        if (::lstat(path_.c_str(), &about) != 0) return Trouble::gone;
        if (FileId(about) != database_) return Trouble::replaced;
        if (Trouble const trouble = look_into(about); trouble != Trouble::none) return trouble;
        unchanged_since_.store(0, std::memory_order_relaxed);
        return look_beside();
    }

    /// The same for a commit, but for a move of a directory above the database's own: there the database goes along,
    /// and so does what is written. Cost: 2 system calls; those of `look` if a name in the directory has changed.
    Trouble look_quickly() noexcept {
        struct stat about {};
        if (!names_changed()) {
            if (!database_file_ || ::fstat(database_file_.get(), &about) != 0) return look();
            return look_into(about);
        }
        return look();
    }

    /// The log and its index alone. Cost: 1 system call; 2 more if a name in the directory has changed.
    Trouble look_beside() noexcept {
        std::int64_t changed = 0;
        if (!names_changed(&changed)) return Trouble::none;
        if (log_ == none && !reader_) return Trouble::log_gone;
        if (index_ == none && !reader_) return Trouble::index_gone;
        if (FileId const log = at(log_path_); log != log_)
            return log_ == none     ? Trouble::replaced
                   : log_is_spent() ? Trouble::log_renewed
                   : log == none    ? Trouble::log_gone
                                    : Trouble::log_replaced;
        if (FileId const index = at(index_path_); index != index_)
            return index == none ? Trouble::index_gone : Trouble::index_replaced;
        if (changed != 0 && now() - changed > step(changed)) unchanged_since_.store(changed, std::memory_order_relaxed);
        return Trouble::none;
    }

    /// Of the database, in bytes, when somebody looked last.
    std::int64_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

    /// Whether this process has the log open, or its index, on which its locks are, if there is one; true where that
    /// cannot be told. For an error and the first look: a walk over all descriptors.
    bool has_log_open() const noexcept { return log_ == none || is_open_here(log_); }
    bool has_index_open() const noexcept { return index_ == none || is_open_here(index_); }

    /// Removes the name of the log, which holds nothing any more, so that others who still have it open can tell. All
    /// who do so exclude each other: nobody removes what another has begun.
    void drop_log() noexcept {
        Fd const directory = open_directory_at(directory_.get(), ".");
        if (directory && ::flock(directory.get(), LOCK_EX | LOCK_NB) == 0 && at(log_path_) == log_)
            (void)::unlink(log_path_.c_str());
    }

    /// Whether the log lies beside another database than its own.
    bool left_log_to_another() const noexcept {
        return at(path_) != none && at(path_) != database_ && at(log_path_) == log_;
    }

    friend bool operator==(Identity const& a, Identity const& b) noexcept {
        return a.database_ == b.database_ && a.log_ == b.log_ && a.index_ == b.index_;
    }

private:
    /// File systems tell times in steps, of up to two seconds where they tell seconds only: two changes within a step
    /// look like one.
    static constexpr std::int64_t step(std::int64_t changed) noexcept {
        return changed % 1'000'000'000 == 0 ? 3'000'000'000 : 20'000'000;
    }
#if defined(O_PATH)
    static constexpr int to_look = O_PATH;  // needs no right to list the directory
#else
    static constexpr int to_look = O_RDONLY;
#endif

    static constexpr FileId none{};

    /// Whether a name in the directory, or the directory's own, may have changed since all were looked at. `changed`:
    /// when.
    bool names_changed(std::int64_t* changed = nullptr) const noexcept {
        struct stat about {};
        if (!directory_ || ::fstat(directory_.get(), &about) != 0) return true;
        if (changed != nullptr) *changed = changed_at(about);
        return changed_at(about) != unchanged_since_.load(std::memory_order_relaxed);
    }

    Trouble look_into(struct stat const& database) noexcept {
        size_.store(database.st_size, std::memory_order_relaxed);
        if (database.st_nlink == 0) return Trouble::gone;
        if (database.st_nlink != 1) return Trouble::linked;
        if (database.st_size == 0) return Trouble::emptied;
        return frozen() && changed_at(database) != frozen_at_ ? Trouble::replaced : Trouble::none;
    }

    /// Whether the log has no name and holds nothing.
    bool log_is_spent() const noexcept {
        struct stat about {};
        return log_file_ && ::fstat(log_file_.get(), &about) == 0 && about.st_nlink == 0 && about.st_size == 0;
    }

    static bool is_open_here(FileId file) noexcept {
        Fd const all = open_directory_at(AT_FDCWD, "/proc/self/fd");
        if (!all) return true;
        alignas(8) char buffer[2048];
        DirectoryReader names(all.get(), buffer, sizeof buffer);
        while (auto const name = names.next()) {
            struct stat about {};
            // By name: other threads close theirs meanwhile, and for the thread sanitizer `fstat` of one races with that.
            if (::fstatat(all.get(), name->text.data(), &about, 0) != 0) continue;
            int const fd = std::atoi(name->text.data());
            if (FileId(about) == file && !only_looks(fd)) return true;
        }
        return false;
    }

    /// Whether it is a descriptor of ours, not of SQLite.
    static bool only_looks([[maybe_unused]] int fd) noexcept {
#if defined(O_PATH)
        int const flags = ::fcntl(fd, F_GETFL);
        return flags >= 0 && (flags & O_PATH) != 0;
#else
        return false;
#endif
    }

    static FileId at(std::string const& name) noexcept {
        struct stat about {};
        return ::lstat(name.c_str(), &about) == 0 ? FileId(about) : none;
    }

    Identity(std::string const& path, FileId database, FileId log, FileId index, bool reader)
        : path_(path),
          log_path_(path + "-wal"),
          index_path_(path + "-shm"),
          database_(database),
          log_(log),
          index_(index),
          reader_(reader),
          directory_(open_at(AT_FDCWD, path.substr(0, path.rfind('/') + 1).c_str(), to_look | O_DIRECTORY)),
#if defined(O_PATH)  // closing any other kind of descriptor would drop SQLite's locks
          database_file_(open_at(AT_FDCWD, path.c_str(), O_PATH)),
#endif
          log_file_(open_at(AT_FDCWD, log_path_.c_str(), to_look)) {
    }

    static std::int64_t changed_at(struct stat const& about) noexcept {
#if defined(__APPLE__)
        auto const& time = about.st_ctimespec;
#else
        auto const& time = about.st_ctim;
#endif
        return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
    }
    /// Beside the times of files, which are of the same clock.
    static std::int64_t now() noexcept { return Environment::system().wall().time_since_epoch().count() * 1000; }

    std::string const path_, log_path_, index_path_;
    FileId const database_, log_, index_;
    bool const reader_;
    Fd const directory_, database_file_, log_file_;
    std::int64_t frozen_at_ = 0;
    std::atomic<std::int64_t> unchanged_since_{0}, size_{0};
};

}  // namespace holdfast::detail::sqlite

#endif
