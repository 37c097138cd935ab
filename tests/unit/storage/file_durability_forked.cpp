// Children of those who sync less than fully: what they do to the durability of the directory.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <optional>

#include <sys/wait.h>
#include <unistd.h>

namespace file_durability_forked_test {

using namespace holdfast;
using file_test::applied;
using file_test::Directory;
using file_test::set;
using None = FileStorage<SlotFirst, Durability::none>;
using Full = FileStorage<>;

/// Two processes wait for each other. The ends are closed with the process.
class Signal {
public:
    Signal() { REQUIRE(::pipe(ends_) == 0); }
    ~Signal() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    void give(pid_t what = 1) const { (void)!::write(ends_[1], &what, sizeof what); }
    pid_t await() const {
        pid_t what = 0;
        (void)!::read(ends_[0], &what, sizeof what);
        return what;
    }

private:
    int ends_[2];
};

TEST_CASE("file durability: it can be raised when its holder is dead, although a child lives on", "[file]") {
    Directory const directory;
    Signal const born;
    REQUIRE(test::in_child([&] {
                auto const weak = None::open(directory).value();
                pid_t const idle = ::fork();
                if (idle == 0) {
                    ::alarm(20);
                    born.give(::getpid());  // from then on it holds nothing of its parent
                    for (;;) ::pause();
                }
                return Full::open(directory).has_value() ? 1 : 0;  // it is open here
            }) == 0);
    pid_t const idle = born.await();
    CHECK(Full::open(directory));
    ::kill(idle, SIGKILL);
}

TEST_CASE("file durability: a child that goes on writing keeps it down, or syncs if it was raised before", "[file]") {
    for (bool const writes_first : {true, false}) {
        CAPTURE(writes_first);
        Directory const directory;
        Signal const go, done;
        std::optional<None> storage(None::open(directory).value());
        REQUIRE(applied(set(*storage, RecordId("k"), "parent")));
        pid_t const child = ::fork();
        if (child == 0) {
            ::alarm(20);
            if (writes_first && !applied(set(*storage, RecordId("k"), "child"))) ::_exit(1);
            done.give();
            (void)go.await();
            if (!applied(set(*storage, RecordId("k"), "child again"))) ::_exit(2);
            ::_exit(storage->durability() == (writes_first ? Durability::none : Durability::full) ? 0 : 3);
        }
        (void)done.await();
        storage.reset();
        auto const raised = Full::open(directory);
        if (writes_first) CHECK((!raised && raised.error() == Errc::busy));
        else CHECK(raised.has_value());
        go.give();
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WEXITSTATUS(status) == 0);
        CHECK(Full::open(directory).value().durability() == Durability::full);
    }
}

}  // namespace file_durability_forked_test
