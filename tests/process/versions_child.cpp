// versions_child URI LOCK [VERB[:NUMBER]]...: does one thing after another with the versions of one key, whose values
// begin with their sequence, and prints a word for each: what came of it, or the name of an error.
//
//   update:SIZE   a new state of so many bytes: its sequence     fill:SIZE  the same until it fails: "<error>"
//   prune:K       to the last K: how many were deleted           pin        the pinned sequence
//   lock, renew, release                                         "ok"; `update` in between goes through the lock
//   check         walks the history: "<newest>-<oldest>" if all is whole, or what is wrong
//   stored        how many versions are stored, whether they count or not
//   sleep:MS
//
// LOCK: none, or the time to live of a lease in milliseconds. Two calls of getppid enclose each verb, so that a trace
// shows what belongs to it.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

// Leaks cannot be looked for in a process that is traced.
extern "C" char const* __asan_default_options();
extern "C" char const* __asan_default_options() { return "detect_leaks=0"; }

namespace {

using namespace holdfast;

template <class Done>
std::string error_word(Done const& done) {
    return std::string(name(done.error().code()));
}
template <class Done>
std::string word(Done const& done) {
    return done ? "ok" : error_word(done);
}

std::string value_of(std::uint64_t sequence, std::size_t size) {
    std::string text = std::to_string(sequence) + "|";
    text.resize(std::max(size, text.size()), '.');
    return text;
}

template <class Store>
class Session {
public:
    explicit Session(Store store) : store_(std::move(store)) {}

    std::string run(std::string const& verb, std::size_t number) {
        if (verb == "update") return update(number);
        if (verb == "fill") {
            std::string last;
            do last = update(number);
            while (std::isdigit(static_cast<unsigned char>(last[0])));
            return last;
        }
        if (verb == "prune") {
            auto const done = store_.prune("k", KeepLimits{.last = number});
            return done ? std::to_string(done->versions) : error_word(done);
        }
        if (verb == "pin") {
            auto const pin = store_.pin("k");
            return pin ? std::to_string(pin->version().sequence) : error_word(pin);
        }
        if (verb == "lock") {
            auto taken = store_.lock("k");
            if (taken) guard_.emplace(*std::move(taken));
            return word(taken);
        }
        if (verb == "renew") return word(guard_->renew());
        if (verb == "release") {
            auto const done = guard_->release();
            guard_.reset();
            return word(done);
        }
        if (verb == "check") return check();
        if (verb == "stored") return stored();
        if (verb == "sleep") return std::this_thread::sleep_for(std::chrono::milliseconds(number)), "ok";
        return "unheard-of";
    }

private:
    std::string update(std::size_t size) {
        auto const next = [&](std::string& text) { text = value_of(text.empty() ? 1 : std::stoul(text) + 1, size); };
        auto const done = guard_ ? guard_->update(next) : store_.update("k", next);
        if (!done) return error_word(done);
        bool const right = std::stoul(**done) == done->sequence();
        return right ? std::to_string(done->sequence()) : "lost-update";
    }

    std::string check() {
        std::uint64_t newest = 0, before = 0;
        std::string cursor;
        do {
            auto const page = store_.history("k", {.cursor = cursor, .limit = 5});
            if (!page) return error_word(page);
            for (VersionInfo const& version : page->versions) {
                std::uint64_t const n = version.id.sequence;
                if (version.error)
                    return "damaged:" + std::to_string(n) + ":" + std::string(name(version.error->code()));
                if (newest == 0) newest = n;
                else if (n + 1 != before) return "gap:" + std::to_string(n) + "-" + std::to_string(before);
                before = n;
                auto const entry = store_.get("k", version.id);
                if (!entry) return error_word(entry) + ":" + std::to_string(n);
                if (entry->value() != value_of(n, entry->value().size())) return "torn:" + std::to_string(n);
            }
            cursor = page->next;
        } while (!cursor.empty());
        return std::to_string(newest) + "-" + std::to_string(before);
    }

    std::string stored() {
        Context const ctx(Environment::system(), std::chrono::seconds(20));
        std::size_t n = 0;
        auto const done = holdfast::detail::each_version(store_.storage(), ctx, "k", [&](VersionId const&) { ++n; });
        return done ? std::to_string(n) : error_word(done);
    }

    using Guard = std::remove_cvref_t<decltype(*std::declval<Store&>().lock("k"))>;
    Store store_;
    std::optional<Guard> guard_{};
};

void say(std::string text) {
    text += "\n";
    if (write(STDOUT_FILENO, text.data(), text.size()) < 0) std::_Exit(2);
}

template <class Opened>
int run(Opened opened, char** words) {
    if (!opened) return say(error_word(opened)), 0;
    Session session(*std::move(opened));
    for (; *words != nullptr; ++words) {
        std::string const text = *words;
        std::size_t const colon = std::min(text.find(':'), text.size());
        std::size_t const number = colon < text.size() ? std::stoul(text.substr(colon + 1)) : 0;
        (void)::getppid();
        std::string const came = session.run(text.substr(0, colon), number);
        (void)::getppid();
        say(came);
    }
    std::fflush(stdout);
    return 0;
}

template <class Storage>
int open_and_run(char** argv) {
    using Kept = History<>;
    std::string const uri = argv[1], lock = argv[2];
    if (lock == "none") return run(open<std::string, Storage, RawBytes, Kept>(uri), argv + 3);
    LeaseLock<> leases(LeaseOptions{.ttl = std::chrono::milliseconds(std::stol(lock))});
    return run(open<std::string, Storage, RawBytes, Kept, LeaseLock<>>(uri, std::move(leases)), argv + 3);
}

}  // namespace

int main(int, char** argv) {
    if (std::string(argv[1]).starts_with("sqlite:")) return open_and_run<SqliteStorage>(argv);
    return open_and_run<FileStorage<>>(argv);
}
