// A transaction over several records is not outrun for ever by a process that keeps writing one of them.

#include <unit/storage/sqlite_support.hpp>

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <initializer_list>
#include <optional>
#include <span>
#include <string>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sqlite_transaction_turns_test {

using namespace sqlite_test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Counters = StateStore<std::string, SqliteStorage, RawBytes>;

/// Between two writes of the hot record; and a transaction's, so that others always write before it if they may.
constexpr Duration pause = milliseconds(2), work = milliseconds(20);

void add_one(std::string& text) { text = std::to_string(text.empty() ? 1 : std::stoi(text) + 1); }

/// Another process, which updates "hot" again and again until this ends.
class Hot {
public:
    explicit Hot(std::string const& path) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::signal(SIGALRM, SIG_DFL);
            ::alarm(120);
            auto storage = SqliteStorage::open(path, {.durability = Durability::none});
            if (!storage) ::_exit(1);
            Counters store(*storage);
            for (bool first = true;; first = false) {
                auto const done = store.update("hot", [](std::string& text) {
                    Environment::system().sleep(pause);
                    add_one(text);
                });
                if (!done || (first && ::write(ends[1], "x", 1) != 1)) ::_exit(1);
            }
        }
        ::close(ends[1]);
        char begun = 0;
        CHECK(::read(ends[0], &begun, 1) == 1);
        ::close(ends[0]);
    }
    Hot(Hot const&) = delete;
    Hot& operator=(Hot const&) = delete;
    ~Hot() {
        ::kill(pid_, SIGKILL);
        (void)::waitpid(pid_, nullptr, 0);
    }
    bool lives() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }

private:
    pid_t pid_ = -1;
};

TEST_CASE("sqlite: a transaction gets its turn of each of its records, also of one that is hot") {
    constexpr int most = 20;  // two calls would do; without an order all are in vain
    auto const calls_for = [&](std::initializer_list<KeyView> keys) {
        Place const place;
        std::string const path = place / "state.db";
        Hot const hot(path);  // anew each time: once it was beaten it queues by itself
        Counters store(open(path));
        int calls = 0;
        auto const outrun = [&](std::span<std::optional<std::string>> states) -> Result<void> {
            if (++calls > most) return Error(Errc::unavailable, "outrun");
            Environment::system().sleep(work);
            for (auto& state : states) add_one(state ? *state : state.emplace());
            return {};
        };
        CHECK(store.transaction(keys, outrun, {.timeout = seconds(60)}));
        CHECK(hot.lives());
        return calls;
    };
    CHECK(calls_for({"hot"}) <= most);
    CHECK(calls_for({"a", "hot"}) <= most);
    CHECK(calls_for({"hot", "z"}) <= most);
    CHECK(calls_for({"b", "c", "hot", "y"}) <= most);
}

}  // namespace sqlite_transaction_turns_test
