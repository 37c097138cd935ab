#ifndef HOLDFAST_POSIX_TREE_STAGED_FILE_HPP
#define HOLDFAST_POSIX_TREE_STAGED_FILE_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/posix/directory_reader.hpp>
#include <holdfast/posix/tree/replacement.hpp>

#include <cerrno>
#include <optional>
#include <utility>

#include <sys/file.h>

namespace holdfast::detail {

/// A temporary file that takes long to write, so that nobody's lock is held meanwhile. It has a lock of its own, which
/// ends with its writer: who finds it unlocked may remove it.
class StagedFile {
public:
    static constexpr std::array<char, 2> number{'s', 't'};  // of no lock: those are hexadecimal

    StagedFile(int directory, Environment& env) : directory_(directory), env_(env) {}

    /// 0 or the error number. Who finds it before it is locked removes it, or is about to: then it is made once more,
    /// under another name, which nobody has looked at.
    int create() {
        for (int left = 64; left > 0; --left) {
            fd_ = Fd();
            file_.emplace(directory_, number, env_.new_write_id());
            fd_ = file_->create();
            if (!fd_) return errno;
            if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
                if (errno == EWOULDBLOCK) continue;
                return errno;
            }
            struct stat made {};
            if (::fstat(fd_.get(), &made) != 0) return errno;
            if (made.st_nlink > 0) return 0;
        }
        return EAGAIN;
    }
    int fd() const noexcept { return fd_.get(); }
    Replacement& file() noexcept { return *file_; }

    /// Removes it if its writer is gone.
    static void sweep(int directory, char const* name) noexcept {
        Fd const left = open_at(directory, name, O_RDONLY | O_NONBLOCK);
        if (left && ::flock(left.get(), LOCK_EX | LOCK_NB) == 0) (void)::unlinkat(directory, name, 0);
    }

private:
    int directory_;
    Environment& env_;
    std::optional<Replacement> file_{};
    Fd fd_{};
};

/// Removes the temporary files that killed writers have left: those of a lock, by its number, which its holder asks for,
/// and staged ones. Cost: 5 system calls if there are none.
inline void sweep(int directory, std::array<char, 2> number) {
    Fd const own = open_directory_at(directory, ".");  // a position of its own
    DirectoryReader names(own.get(), 4096);
    while (auto const name = names.next()) {
        auto const is_of = [&](std::array<char, 2> const& which) {
            return name->text.starts_with(std::string_view(which.data(), which.size()));
        };
        if (is_of(number)) (void)::unlinkat(directory, name->text.data(), 0);
        else if (is_of(StagedFile::number)) StagedFile::sweep(directory, name->text.data());
    }
}

}  // namespace holdfast::detail

#endif
