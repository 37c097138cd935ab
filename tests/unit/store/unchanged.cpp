#include <holdfast/layer/layer.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>

namespace {

using namespace holdfast;

struct Counts {
    unsigned reads = 0, writes = 0;
};

/// Counts, and answers reads that may be stale from the record that it saw first.
template <StoragePolicy Next>
class Forgetful : public Layer<Forgetful<Next>, Next, 5> {
public:
    static constexpr bool stale_reads = true;

    Forgetful(Next next, std::shared_ptr<Counts> counts)
        : Layer<Forgetful<Next>, Next, 5>(std::move(next)), counts_(std::move(counts)) {}

    template <class R, class Call>
    R around(Context const& ctx, Operation const& operation, Call&& call) {
        ++(operation.writes_something() ? counts_->writes : counts_->reads);
        if constexpr (std::is_same_v<R, Result<RecordPtr>>) {
            if (ctx.may_be_stale && first_) return --counts_->reads, R(first_);
            R read = call();
            if (read && !first_) first_ = *read;
            return read;
        } else {
            return call();
        }
    }

private:
    std::shared_ptr<Counts> counts_;
    RecordPtr first_;
};

/// A layer of a user's, outside of one that answers from memory.
template <StoragePolicy Next>
class Outside : public Layer<Outside<Next>, Next, 6> {
public:
    using Layer<Outside<Next>, Next, 6>::Layer;
    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        return call();
    }
};
static_assert(Outside<Forgetful<MemoryStorage>>::stale_reads && !Outside<MemoryStorage>::stale_reads);

void nothing(std::string&) {}

}  // namespace

TEST_CASE("update: a state that stays as it was is not written", "[store]") {
    StateStore<std::string, RawBytes> store;
    REQUIRE(store.create("k", "a"));
    auto const before = store.get("k").value()->revision();
    auto const same = store.update("k", nothing);
    REQUIRE(same);
    CHECK(same->value() == "a");
    CHECK(same->revision() == before);
    CHECK(store.get("k").value()->revision() == before);

    SECTION("unless asked") {
        REQUIRE(store.update("k", nothing, {.write_unchanged = true}));
        CHECK(store.get("k").value()->revision() != before);
        CHECK(store.get("k").value()->sequence() == 2);
    }
    SECTION("unless its attributes change") {
        Attributes const labels{{"run", "7"}};
        REQUIRE(store.update("k", nothing, {.attributes = &labels}));
        CHECK(store.get("k").value()->attributes() == labels);
        CHECK(store.get("k").value()->sequence() == 2);
    }
}

TEST_CASE("update: an absent state is written, even if it is an empty one", "[store]") {
    StateStore<std::string, RawBytes> store;
    REQUIRE(store.update("k", nothing));
    REQUIRE(store.get("k").value());
    REQUIRE(store.remove(*store.get("k").value()));
    REQUIRE(store.update("k", nothing));
    CHECK(store.get("k").value());
}

TEST_CASE("update: that nothing changes is not decided on a stale read", "[store]") {
    MemoryStorage memory;
    StateStore<std::string, MemoryStorage, RawBytes> other(memory);
    REQUIRE(other.create("k", "old"));
    auto const counts = std::make_shared<Counts>();
    using Stale = Forgetful<MemoryStorage>;
    StateStore<std::string, Stale, RawBytes> store(Stale(memory, counts));
    REQUIRE(store.get("k"));
    REQUIRE(other.update("k", [](std::string& state) { state = "new"; }));
    *counts = {};

    auto const set = store.update("k", [](std::string& state) { state = "old"; });  // as what is remembered says it is
    REQUIRE(set);
    CHECK(other.get("k").value()->value() == "old");
    CHECK(counts->reads == 1);
    CHECK(counts->writes == 1);
}
