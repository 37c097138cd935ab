#ifndef HOLDFAST_STORAGE_FILE_WATCH_HPP
#define HOLDFAST_STORAGE_FILE_WATCH_HPP

#include <holdfast/concepts/wait_for_change.hpp>
#include <holdfast/posix/file_error.hpp>
#include <holdfast/posix/inotify.hpp>
#include <holdfast/posix/tree/root.hpp>
#include <holdfast/storage/file/file_place.hpp>
#include <holdfast/storage/file/load.hpp>

#include <string>

namespace holdfast::detail {

/// One wait for the change of a record. The kernel tells about the directory of the file, or, as long as that is not
/// there, about the birth of the next directory on the way to it. What is watched is always armed before the file is
/// looked at, so nothing is missed between the two.
///
/// The kernel knows nothing of what others do on network file systems, and layered ones may hide it: so the file is
/// also looked at once a second. If the kernel gives no notices at all (`fs.inotify.*` used up, too many open files, no
/// `/proc`, another system), and in a world whose time is not the system's, it is looked at in growing pauses.
class FileWatch {
public:
    FileWatch(Root& root, Context const& context, FilePlace place, RecordId const& id, Revision const& since)
        : root_(root), context_(context), place_(std::move(place)), id_(id), since_(since) {}

    Result<bool> wait() {
        if (context_.immediate() || &context_.env != &Environment::system()) return by_polling();
        Inotify inotify = root_.inotify().take();
        Result<bool> changed = inotify ? by_notices(inotify) : by_polling();
        inotify.remove(watch_);
        root_.inotify().give_back(std::move(inotify));
        return changed;
    }

private:
    enum class Heard : unsigned char { nothing, record, directory, end };

    Result<bool> by_polling() {
        return poll_for_change(
            context_, [&] { return changed(); }, std::chrono::milliseconds(10), std::chrono::milliseconds(100));
    }

    Result<bool> by_notices(Inotify& inotify) {
        for (Heard heard = Heard::directory;;) {
            if (heard == Heard::directory && !arm(inotify)) return by_polling();
            auto now = changed();
            if (!now || *now || heard == Heard::end) return now;
            heard = listen(inotify);
            if (context_.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        }
    }

    /// Until there is something to look at, or the end.
    Heard listen(Inotify& inotify) {
        constexpr Duration unheard = std::chrono::seconds(1), slice = std::chrono::milliseconds(20);
        Instant const look_anyway = context_.env.monotonic() + unheard;
        while (!context_.stopped()) {
            Duration const left = context_.remaining(), silent = look_anyway - context_.env.monotonic();
            if (left == Duration::zero()) return Heard::end;
            if (silent <= Duration::zero()) return Heard::directory;
            Duration part = left < silent ? left : silent;
            if (context_.stoppable() && part > slice) part = slice;
            if (!inotify.wait(part)) continue;
            Heard heard = Heard::nothing;
            inotify.take([&](Notice const& notice) {
                if (Heard const one = meaning(notice); one > heard) heard = one;
            });
            if (heard != Heard::nothing) return heard;
        }
        return Heard::nothing;
    }

    Heard meaning(Notice const& notice) const {
        if (notice.watch == -1) return Heard::directory;
        if (notice.watch != watch_) return Heard::nothing;  // an earlier one
        if (notice.gone) return Heard::directory;
        if (notice.name != name(level_)) return Heard::nothing;
        return level_ == last ? Heard::record : Heard::directory;
    }

    // Levels: the root, the area of the slot, the directory of the key.
    static constexpr int last = 2;

    /// What has to come or change in the directory of a level.
    std::string_view name(int level) const noexcept {
        return level == 0 ? place_.area() : level == 1 ? place_.key() : place_.file();
    }

    /// Watches the directory of the file, or the deepest that is there. False: `errno`.
    bool arm(Inotify& inotify) {
        for (;;) {
            int level = last;
            while (!add(inotify, level)) {
                if (errno != ENOENT || level == 0) return false;
                --level;
            }
            // What was not there may have come before its birth was listened for.
            if (level == last || !add(inotify, level + 1)) return level == last || errno == ENOENT;
        }
    }

    bool add(Inotify& inotify, int level) {
        std::string path = "/proc/self/fd/" + std::to_string(root_.fd());
        path.append("/").append(level == 0 ? "." : level == 1 ? place_.area() : place_.directory());
        int const watch = inotify.add(
            path.c_str(), level == last ? Inotify::Interest::names : Inotify::Interest::birth, level == 0);
        if (watch < 0) return false;
        if (watch != watch_) inotify.remove(watch_);
        watch_ = watch;
        level_ = level;
        return true;
    }

    Result<bool> changed() const {
        Beginning file;
        if (!file.open(root_.fd(), place_.path.c_str())) {
            if (errno == ENOENT) return !since_.empty();
            return file_error(errno, "wait for a change", root_.fd(), place_.path);
        }
        if (auto const newest = FrameReader::newest_id(file.view(), id_.key.view())) return Revision(*newest) != since_;
        auto const record = load_record(root_.fd(), place_.path, id_);
        if (!record && record.error() == Errc::malformed) return true;  // who reads it will be told
        if (!record) return record.error();
        return (*record ? (*record)->revision : Revision()) != since_;
    }

    Root& root_;
    Context const& context_;
    FilePlace place_;
    RecordId const& id_;
    Revision const& since_;
    int watch_ = -1;
    int level_ = 0;
};

}  // namespace holdfast::detail

#endif
