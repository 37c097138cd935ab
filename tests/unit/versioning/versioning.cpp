// How the versioning policies treat each other's records, also those that slip in between a look and a write.

#include <holdfast/layer/layer.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <thread>
#include <unit/support/plain_text.hpp>

namespace versioning_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::PlainText;

template <class S, class V>
using Store = BasicStateStore<std::string, S, NoLock, V, PlainText>;

/// Memory in which others may act before each operation, and which notes writes that demand nothing.
class Watched : public Layer<Watched, MemoryStorage, 2> {
public:
    struct Seen {
        std::function<void(Operation const&)> before;
        unsigned writes = 0, without_condition = 0;
    };

    explicit Watched(MemoryStorage memory, std::shared_ptr<Seen> seen)
        : Layer(std::move(memory)), seen_(std::move(seen)) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if (seen_->before) seen_->before(operation);
        if (operation.writes_something()) {
            ++seen_->writes;
            if (operation.when && operation.when->kind() == Precondition::Kind::none) ++seen_->without_condition;
        }
        return call();
    }

private:
    std::shared_ptr<Seen> seen_;
};

/// Looks at the mark, and then writes whatever may have come meanwhile: what `LastWriterWins` must not do.
struct HastyWriter {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::last_writer_wins;

    template <class S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        if (auto same = holdfast::detail::same_discipline(id, base, discipline); !same) return std::move(same).error();
        change.discipline = discipline;
        auto const sending = holdfast::detail::Sending::prepare(storage, ctx, id, base, std::move(change));
        if (!sending) return sending.error();
        auto const tried = sending->vanish ? storage.remove(ctx, id, Precondition::none())
                                           : storage.write(ctx, id, sending->record, Precondition::none());
        if (!tried) return tried.error();
        return Commit::applied(sending->record);
    }
};

/// What is left of a record of compare-and-swap that is created between the look and the write of `put` or `remove`.
template <class V>
std::string left_of_a_guest(bool removing) {
    MemoryStorage memory;
    Store<MemoryStorage, CompareAndSwap> careful(memory);
    auto const seen = std::make_shared<Watched::Seen>();
    Store<Watched, V> hasty(Watched(memory, seen));
    seen->before = [&](Operation const& operation) {
        if (operation.writes_something() && !careful.get("k").value()) REQUIRE(careful.create("k", "guest"));
    };
    if (removing) (void)hasty.remove("k");
    else (void)hasty.put("k", "x");
    auto const now = memory.read(Context(Environment::system()), RecordId("k"));
    return *now ? std::string((*now)->payload.view()) : "-";
}

TEST_CASE("versioning: each refuses records of the other, and nothing changes", "[versioning]") {
    MemoryStorage memory;
    Context const ctx(Environment::system());
    Store<MemoryStorage, CompareAndSwap> careful(memory);
    Store<MemoryStorage, LastWriterWins> hasty(memory);
    auto const ours = careful.create("cas", "1");
    auto const theirs = hasty.put("last", "2");
    REQUIRE((ours && theirs));
    RecordPtr const cas = *memory.read(ctx, RecordId("cas")), last = *memory.read(ctx, RecordId("last"));
    std::string const advice = hasty.put("cas", "x").error().describe();
    CHECK(advice.find("open it with CompareAndSwap") != advice.npos);
    CHECK(hasty.put("cas", "x").error() == Errc::incompatible);
    CHECK(hasty.remove("cas").error() == Errc::incompatible);
    CHECK(careful.update("last", [](std::string& text) { text = "x"; }).error() == Errc::incompatible);
    CHECK(careful.replace(*theirs, "x").error() == Errc::incompatible);
    CHECK(careful.remove(*theirs).error() == Errc::incompatible);
    CHECK(careful.create("last", "x").error() == Errc::conflict);
    auto const both = careful.transaction({"cas", "last"}, [](std::span<std::optional<std::string>> states) {
        for (auto& state : states) state = "x";
    });
    CHECK(both.error() == Errc::incompatible);
    CHECK(*memory.read(ctx, RecordId("cas")) == cas);  // the very same records
    CHECK(*memory.read(ctx, RecordId("last")) == last);
    CHECK((*hasty.get("cas"))->value() == "1");  // reading is no harm
}

TEST_CASE("versioning: a record that slips in before a put survives", "[versioning]") {
    CHECK(left_of_a_guest<LastWriterWins>(false) == "guest");
    CHECK(left_of_a_guest<LastWriterWins>(true) == "guest");
    CHECK(left_of_a_guest<HastyWriter>(false) == "x");  // so this is seen
    CHECK(left_of_a_guest<HastyWriter>(true) == "-");
}

TEST_CASE("versioning: LastWriterWins demands something of every write that can", "[versioning]") {
    auto const seen = std::make_shared<Watched::Seen>();
    Store<Watched, LastWriterWins> hasty(Watched(MemoryStorage(), seen));
    for (char const* const text : {"1", "2", "3"}) REQUIRE(hasty.put("k", text));
    REQUIRE(hasty.remove("k"));
    REQUIRE(hasty.remove("k"));
    CHECK(seen->writes == 5);
    CHECK(seen->without_condition == 0);
    Store<Watched, HastyWriter> worse(Watched(MemoryStorage(), seen));
    REQUIRE(worse.put("k", "1"));
    CHECK(seen->without_condition == 1);
}

TEST_CASE("versioning: put goes on until it is through", "[versioning]") {
    MemoryStorage memory;
    TestEnvironment env;
    auto const seen = std::make_shared<Watched::Seen>();
    Store<Watched, LastWriterWins> store(Watched(memory, seen), StoreOptions{std::chrono::seconds(60), &env});
    Store<MemoryStorage, LastWriterWins> rival(memory);
    unsigned meddled = 0;
    seen->before = [&](Operation const& operation) {
        if (operation.writes_something() && meddled < 9) REQUIRE(rival.put("k", std::to_string(++meddled)));
    };
    auto const put = store.put("k", "mine");
    REQUIRE(put);
    CHECK(seen->writes == 10);
    CHECK(put->sequence() == 10);
    CHECK((*store.get("k"))->value() == "mine");
    meddled = 0;
    REQUIRE(store.remove("k"));
    CHECK(meddled == 9);
    CHECK(!*store.get("k"));

    std::thread others[3];
    std::atomic<unsigned> done{0};
    for (auto& other : others)
        other = std::thread([&] {
            for (int i = 0; i < 200; ++i) done += rival.put("busy", "x") ? 1u : 0u;
        });
    for (auto& other : others) other.join();
    CHECK(done == 600);
    CHECK((*rival.get("busy"))->sequence() == 600);  // each saw the one before
}

/// Keeps payloads only, and names them by itself: as an exact foreign layout would.
class PlainFiles {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = false;
    static constexpr bool attributed = false;
    static constexpr bool late_writes = false;

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) {
        auto stored = memory_.read(ctx, id);
        if (!stored || !*stored) return stored;
        return RecordPtr(std::make_shared<Record const>(
            Record{id.key, (*stored)->payload, {}, {}, *Revision::parse((*stored)->payload.view())}));
    }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        auto done = memory_.write(ctx, id, record, when);
        if (!done || when.kind() != Precondition::Kind::none) return Error(Errc::not_supported);
        return WriteOutcome::applied(*Revision::parse(record->payload.view()));
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        if (when.kind() != Precondition::Kind::none) return Error(Errc::not_supported);
        return memory_.remove(ctx, id, when);
    }

private:
    MemoryStorage memory_;
};
static_assert(StoragePolicy<PlainFiles> && !VersioningPolicy<CompareAndSwap, PlainFiles>);

TEST_CASE("versioning: LastWriterWins over a storage that can do nothing else", "[versioning]") {
    Store<PlainFiles, LastWriterWins> store;
    auto const first = store.put("k", "1");
    REQUIRE(first);
    CHECK(first->value() == "1");
    CHECK(first->revision() == (*store.get("k"))->revision());  // the storage's own, not the write's id
    REQUIRE(store.put("k", "2"));
    CHECK((*store.get("k"))->value() == "2");
    REQUIRE(store.remove("k"));
    CHECK(!*store.get("k"));
    REQUIRE(store.remove("k"));
}

/// The same far away: writes may arrive late, and replies get lost.
class FarPlainFiles : public PlainFiles {
public:
    static constexpr bool late_writes = true;

    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        auto done = PlainFiles::write(ctx, id, record, when);
        if (!reply_lost) return done;
        return WriteOutcome::unknown(Error(Errc::unavailable, "the reply was lost (planned)"));
    }

    bool reply_lost = false;
};

TEST_CASE("versioning: LastWriterWins removes what has no place for a mark, and says what it does not know",
          "[versioning]") {
    Store<FarPlainFiles, LastWriterWins> store;
    REQUIRE(store.put("k", "1"));
    REQUIRE(store.remove("k"));
    CHECK_FALSE(store.storage().read(Context(Environment::system()), RecordId("k")).value());
    store.storage().reply_lost = true;
    auto const doubtful = store.put("k", "2");
    CHECK_FALSE(doubtful.applied());
    CHECK(doubtful.unknown() != nullptr);
}

}  // namespace versioning_test
