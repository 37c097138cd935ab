#include <holdfast/concepts/wait_for_change.hpp>

#include <holdfast/layer/layer.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/testing/archetypes.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/storage.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>

namespace wait_for_change_test {

using namespace holdfast;
using namespace holdfast::testing;

/// Counts, and lets something happen before the nth question.
template <StoragePolicy Next>
class Asked : public Layer<Asked<Next>, Next, 1> {
public:
    using Layer<Asked<Next>, Next, 1>::Layer;

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if (operation.writes_something()) return call();
        if (operation.known != nullptr) ++rereads;
        if (operation.kind == Operation::Kind::wait) ++waits;
        if (++questions == at && then) then();
        return call();
    }

    unsigned questions = 0, rereads = 0, waits = 0, at = 0;
    std::function<void()> then;
};

template <class S>
RecordPtr write(S& storage, std::string_view text, RecordPtr const& base = nullptr) {
    auto const record = testing::law::make_record("k", text, base);
    (void)storage.write(Context(Environment::system()), KeyView("k"), record, Precondition::none());
    return *storage.read(Context(Environment::system()), KeyView("k"));
}

template <class S>
void polls(S storage) {
    TestEnvironment env;
    Asked<S> asked(storage);
    RecordId const id(KeyView("k"));
    auto const wait = [&](RecordPtr const& since, Duration limit, std::atomic<bool> const* stop = nullptr) {
        asked.questions = asked.rereads = 0;
        return holdfast::detail::wait_for_change(asked, Context(env, limit, stop), id, since);
    };
    // At once, if it has changed already.
    RecordPtr const one = write(storage, "1");
    CHECK((*wait(nullptr, std::chrono::seconds(1)))->payload.view() == "1");
    CHECK(asked.questions == 1);
    // Nothing happens: in an hour it asks about every 0.75 s, and is on time.
    Duration const before = env.elapsed();
    auto const nothing = wait(one, std::chrono::hours(1));
    CHECK(nothing.error() == Errc::timed_out);
    CHECK(env.elapsed() - before == std::chrono::hours(1));
    CHECK(asked.questions > 3'600);
    CHECK(asked.questions < 6'000);
    CHECK(asked.rereads == (RevalidatingStorage<S> ? asked.questions : 0u));
    CHECK(wait(one, Duration::zero()).error() == Errc::timed_out);
    CHECK(asked.questions == 1);
    // Replaced, removed, come again.
    RecordPtr two;
    asked.at = 20;
    asked.then = [&] { two = write(storage, "2", one); };
    RecordPtr const replaced = *wait(one, endless);
    REQUIRE(replaced);
    CHECK(replaced->revision == two->revision);
    asked.then = [&] { (void)storage.remove(Context(env), id, Precondition::none()); };
    CHECK(*wait(two, endless) == nullptr);
    asked.then = [&] { write(storage, "3"); };
    CHECK((*wait(nullptr, endless))->payload.view() == "3");
    CHECK(asked.questions == 20);
    // Stopped, and failed.
    std::atomic<bool> stop{false};
    RecordPtr const three = *storage.read(Context(env), id);
    asked.then = [&] { stop = true; };
    CHECK(wait(three, endless, &stop).error() == Errc::cancelled);
    CHECK(asked.questions == 20);
}

TEST_CASE("wait_for_change: asks with growing pauses where the storage does not tell", "[watch]") {
    polls(MemoryStorage());
    polls(LateStorage());
}

/// Tells of changes that are none, and of the end of time only when it is asked often.
struct Nervous : MemoryStorage {
    using MemoryStorage::MemoryStorage;
    Result<bool> wait_for_change(Context const& ctx, RecordId const&, Revision const&) {
        ctx.env.sleep(std::chrono::milliseconds(100));
        if (fails) return Error(Errc::unavailable);
        return true;
    }
    bool fails = false;
};
static_assert(WatchableStorage<Nervous> && WatchableStorage<Asked<Nervous>> && !WatchableStorage<Asked<MemoryStorage>>);

TEST_CASE("wait_for_change: who is woken for nothing goes on waiting, until the time limit", "[watch]") {
    TestEnvironment env;
    Asked<Nervous> asked{Nervous()};
    RecordPtr const one = write(asked, "1");
    RecordId const id(KeyView("k"));
    asked.questions = 0;
    auto const nothing = holdfast::detail::wait_for_change(asked, Context(env, std::chrono::seconds(1)), id, one);
    CHECK(nothing.error() == Errc::timed_out);
    CHECK(asked.waits == 10);
    CHECK(asked.questions == 20);
    asked.questions = 0;
    asked.at = 5;
    asked.then = [&] { write(asked, "2", one); };
    CHECK((*holdfast::detail::wait_for_change(asked, Context(env), id, one))->payload.view() == "2");
    asked.next().fails = true;
    CHECK(holdfast::detail::wait_for_change(asked, Context(env), id, one).error() == Errc::unavailable);
}

// One that tells is enough: the others are asked.
static_assert(WatchableStorage<OneOf<MemoryStorage, Nervous>> && !WatchableStorage<OneOf<MemoryStorage>>);
static_assert(RevalidatingStorage<OneOf<MemoryStorage, LateStorage>> && !RevalidatingStorage<OneOf<MemoryStorage>>);
static_assert(WatchableStorage<WatchableStorageArchetype> && !RevalidatingStorage<WatchableStorageArchetype>);
static_assert(RevalidatingStorage<RevalidatingStorageArchetype> && !WatchableStorage<RevalidatingStorageArchetype>);
static_assert(WatchableStorage<OneOf<WatchableStorageArchetype>> && !WatchableStorage<StorageArchetype>);

TEST_CASE("wait_for_change: OneOf does what it can for the storage that was chosen", "[watch][one_of]") {
    using Either = OneOf<MemoryStorage, Nervous>;
    Either asking{MemoryStorage()}, telling{Nervous()};
    CHECK(check_storage(asking).text() == "");
    RecordPtr const one = write(telling, "1");
    TestEnvironment env;
    CHECK(*telling.wait_for_change(Context(env), KeyView("k"), one->revision));
    CHECK(env.elapsed() == std::chrono::milliseconds(100));
}

}  // namespace wait_for_change_test
