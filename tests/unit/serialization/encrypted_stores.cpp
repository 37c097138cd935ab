#include <holdfast/layer/layer.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/encrypted/rewrap.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/laws/store.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/serialization/encrypted_support.hpp>
#include <unit/storage/file_fixture.hpp>

#include <concepts>
#include <set>
#include <string>
#include <utility>

namespace encrypted_test {
namespace {

using Coder = Encrypted<Aes256Gcm, KeyRing, RawBytes>;
using Files = FileStorage<SlotFirst, Durability::none>;
template <class Storage>
using Store = StateStore<std::string, Storage, Coder>;

template <class Storage>
Store<Storage> store_over(Storage storage, KeyRing keys, std::string const& name = "orders",
                          bool accept_plain = false) {
    return Store<Storage>(std::move(storage), Coder(std::move(keys), {.store = name, .accept_plain = accept_plain}));
}

/// Somebody with access to the storage gives the record of `key` another payload; its stamp is as before.
template <class Storage>
void put_in(Storage& storage, KeyView key, Bytes payload) {
    auto record = std::make_shared<Record>(**storage.read(file_test::context(), key));
    record->payload = std::move(payload);
    // A write of an id that is there already is taken for a repetition: away with it first.
    REQUIRE(file_test::applied(storage.remove(file_test::context(), key, Precondition::none())));
    REQUIRE(file_test::applied(storage.write(file_test::context(), key, record, Precondition::none())));
}

template <class S>
std::string why(S& store, KeyView key, Errc code) {
    auto const read = store.get(key);
    if (read) return "a value";
    auto const text = read.error().describe();
    INFO(text);
    CHECK(name(read.error().code()) == name(code));
    CHECK(tells_no_secret(text));
    CHECK(text.find("(get \"" + std::string(key.view()) + "\"") != std::string::npos);
    // And it is not written over: what is there is looked at first.
    auto const written = store.update(key, [](std::string& state) { state = "other"; });
    CHECK_FALSE(written);
    if (!written) CHECK(name(written.error().code()) == name(code));
    return text;
}
bool has(std::string const& text, std::string_view part) {
    INFO(text);
    CHECK(text.find(part) != text.npos);
    return text.find(part) != text.npos;
}

template <class Storage>
void tampering(Storage const& storage) {
    auto store = store_over(storage, ring("k1"));
    auto& raw = store.storage();
    auto const a1 = store.create("a", "secret state 1").value();
    auto const a2 = store.update("a", [](std::string& state) { state = "secret state 2"; }).value();
    auto const b1 = store.create("b", "secret state b").value();
    CHECK((*store.get("a").value()).value() == "secret state 2");
    CHECK(a2.record()->payload.view().find("secret") == std::string_view::npos);

    put_in(raw, "a", b1.record()->payload);
    CHECK(has(why(store, "a", Errc::malformed), "for the key \"b\" (sequence 1)"));
    put_in(raw, "a", a1.record()->payload);
    CHECK(has(why(store, "a", Errc::malformed), "of sequence 1 of this key and was put into the record of sequence 2"));
    put_in(raw, "a", a2.record()->payload.drop_front(1));
    CHECK(has(why(store, "a", Errc::incompatible), "not encrypted"));
    auto const whole = a2.record()->payload.view();
    put_in(raw, "a", Bytes::copy(whole.substr(0, whole.size() - 1)));
    CHECK(has(why(store, "a", Errc::malformed), "cut off by 1 bytes"));
    std::string flipped(whole);
    flipped[flipped.size() - 20] ^= 4;
    put_in(raw, "a", Bytes::copy(flipped));
    CHECK(has(why(store, "a", Errc::malformed), "was changed after it was written"));
    put_in(raw, "a", Bytes::copy("secret state 2"));
    CHECK(has(why(store, "a", Errc::incompatible), "not encrypted, and this store wants that"));

    put_in(raw, "a", a2.record()->payload);
    CHECK((*store.get("a").value()).value() == "secret state 2");
    auto other_store = store_over(raw, ring("k1"), "bills");
    CHECK(has(why(other_store, "a", Errc::malformed), "for the store 'orders', and this is 'bills'"));
    auto without = store_over(raw, ring("k2"));
    CHECK(has(why(without, "a", Errc::not_found), "'k1', which the ring does not have; add it to the ring"));
    KeyRing wrong;
    REQUIRE(wrong.add("k1", key("another")));
    auto mistaken = store_over(raw, wrong);
    CHECK(has(why(mistaken, "a", Errc::permission_denied), "put the right one into the ring"));
    CHECK((*store.get("a").value()).value() == "secret state 2");
}

template <class Storage>
void rotation(Storage const& storage) {
    auto before = store_over(storage, ring("k1"));
    auto& raw = before.storage();
    Attributes const labels{{"origin", "test"}};
    for (KeyView const k : {KeyView("a"), KeyView("b"), KeyView("c")})
        REQUIRE(before.create(k, "secret state " + std::string(k.view()), {.attributes = &labels}));
    auto gone = before.create("gone", "secret state").value();
    REQUIRE(before.remove(gone));

    auto after = store_over(raw, ring("k2", "k1"));  // both are read, k2 writes
    CHECK((*after.get("a").value()).value() == "secret state a");
    auto const same = after.update("a", [](std::string&) {}).value();  // unchanged: not written, whatever the key
    CHECK(same.sequence() == 1);
    CHECK(after.serialization().needs_rewrap(*same.record()));
    CHECK(rewrap(after, "a").value());
    CHECK_FALSE(rewrap(after, "a").value());
    CHECK_FALSE(rewrap(after, "gone").value());
    CHECK_FALSE(rewrap(after, "never").value());
    auto const now = *after.get("a").value();
    CHECK(now.value() == "secret state a");
    CHECK(now.sequence() == 2);
    CHECK(now.attributes() == labels);
    CHECK_FALSE(after.serialization().needs_rewrap(*now.record()));

    std::set<std::string> told;
    auto const all = rewrap_all(after, [&](KeyView k, Outcome<bool> const& done) {
                         REQUIRE(done);
                         CHECK(*done == (k != "a"));
                         told.emplace(k.view());
                     }).value();
    CHECK(told == std::set<std::string>{"a", "b", "c"});
    CHECK(all.seen == 3);
    CHECK(all.written == 2);
    CHECK(all.failed == 0);

    auto rid = store_over(raw, ring("k2"));  // the old key can go
    for (KeyView const k : {KeyView("a"), KeyView("b"), KeyView("c")})
        CHECK((*rid.get(k).value()).value() == "secret state " + std::string(k.view()));
    CHECK(has(why(before, "b", Errc::not_found), "'k2'"));
}

SqliteStorage database(file_test::Directory const& directory, std::string const& name) {
    return SqliteStorage::open(directory.path() + "/" + name, {.durability = Durability::none}).value();
}

}  // namespace

TEST_CASE("encrypted stores: what is done to a storage is noticed and named", "[encrypted]") {
    file_test::Directory const directory;
    SECTION("memory") { tampering(MemoryStorage()); }
    SECTION("files") { tampering(Files::open(directory.path()).value()); }
    SECTION("sqlite") { tampering(database(directory, "tamper.db")); }
}

TEST_CASE("encrypted stores: keys are rotated", "[encrypted]") {
    file_test::Directory const directory;
    SECTION("memory") { rotation(MemoryStorage()); }
    SECTION("files") { rotation(Files::open(directory.path()).value()); }
    SECTION("sqlite") { rotation(database(directory, "rotate.db")); }
}

TEST_CASE("encrypted stores: nothing of a state stands in the files", "[encrypted]") {
    file_test::Directory const directory;
    auto store = store_over(Files::open(directory.path()).value(), ring("k1"));
    REQUIRE(store.create("a", "secret state"));
    std::string const find = "grep -rq 'secret state\\|SECRET' '" + directory.path() + "'";
    CHECK(std::system(find.c_str()) != 0);
    CHECK(std::system(("grep -rq k1orders '" + directory.path() + "'").c_str()) == 0);  // that grep sees them at all
}

TEST_CASE("encrypted stores: the file of another key, copied", "[encrypted]") {
    file_test::Directory const directory;
    auto store = store_over(Files::open(directory.path()).value(), ring("k1"));
    REQUIRE(store.create("a", "secret state a"));
    REQUIRE(store.create("b", "secret state b"));
    std::string const copy =
        "cd '" + directory.path() + "' && a=$(grep -rl k1ordersa .) && b=$(grep -rl k1ordersb .) && cp \"$b\" \"$a\"";
    REQUIRE(std::system(copy.c_str()) == 0);
    CHECK(store.get("a").error() == Errc::malformed);  // the storage itself sees this
    CHECK((*store.get("b").value()).value() == "secret state b");
}

TEST_CASE("encrypted stores: a store that was in use is encrypted key by key", "[encrypted]") {
    MemoryStorage const shared;
    StateStore<std::string, RawBytes> before(shared);
    REQUIRE(before.create("a", "secret state a"));
    REQUIRE(before.create("b", "secret state b"));
    auto strict = store_over(shared, ring("k1"));
    CHECK(has(why(strict, "a", Errc::incompatible), "accept_plain"));
    auto moving = store_over(shared, ring("k1"), "orders", true);
    CHECK((*moving.get("a").value()).value() == "secret state a");
    REQUIRE(moving.update("a", [](std::string& state) { state += "!"; }));
    auto const all = rewrap_all(moving).value();
    CHECK(all.seen == 2);
    CHECK(all.written == 1);
    CHECK((*strict.get("a").value()).value() == "secret state a!");
    CHECK((*strict.get("b").value()).value() == "secret state b");
}

TEST_CASE("encrypted stores: rewrap_all goes on after what fails", "[encrypted]") {
    auto store = store_over(MemoryStorage(), ring("k1"));
    for (KeyView const k : {KeyView("a"), KeyView("b"), KeyView("c")}) REQUIRE(store.create(k, "secret state"));
    auto other = store_over(store.storage(), ring("k3"));
    auto const b = *store.get("b").value();
    REQUIRE(store.remove(b));
    REQUIRE(other.create("b", "secret state"));
    auto after = store_over(store.storage(), ring("k2", "k1"));
    auto const all = rewrap_all(after).value();
    CHECK(all.seen == 3);
    CHECK(all.written == 2);
    CHECK(all.failed == 1);
    REQUIRE(all.failure);
    CHECK(*all.failure == Errc::not_found);
    CHECK(has(all.failure->describe(), "\"b\""));
}

TEST_CASE("encrypted stores: every step of a rewrap fails once", "[encrypted]") {
    using How = testing::FaultPlan::How;
    for (How const how : {How::before, How::after})
        for (unsigned n = 0;; ++n) {
            MemoryStorage const shared;
            REQUIRE(store_over(shared, ring("k1")).create("a", "secret state"));
            auto plan = std::make_shared<testing::FaultPlan>();
            auto store = store_over(testing::Faulty(shared, plan), ring("k2", "k1"));
            plan->arm(n, how);
            auto const done = rewrap(store, "a");
            bool const untouched = plan->count <= n;
            plan->fail_at = ~0u;
            auto const now = *store.get("a").value();
            CHECK(now.value() == "secret state");
            bool const made = done || done.unknown() != nullptr;  // in doubt: whether it is on disk, not what is seen
            CHECK(now.sequence() == (made ? 2 : 1));  // never twice
            CHECK(store.serialization().needs_rewrap(*now.record()) == !made);
            CHECK((how == How::after || done.unknown() == nullptr));
            if (untouched) break;
        }
}

/// Its reads say that the caller asked to stop, or that the write may have been made, once.
template <StoragePolicy Next>
class Refusing : public Layer<Refusing<Next>, Next, 3> {
public:
    Refusing(Next next, Errc code) : Layer<Refusing<Next>, Next, 3>(std::move(next)), code_(code) {}
    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if constexpr (std::is_same_v<R, Result<WriteOutcome>>) {
            if (code_ == Errc::unknown_outcome) return WriteOutcome::unknown(Error(code_, "planned"));
        } else {
            if (code_ == Errc::cancelled && operation.kind == Operation::Kind::read) return Error(code_, "planned");
        }
        return call();
    }

private:
    Errc code_;
};

TEST_CASE("encrypted stores: rewrap_all ends when it shall, and tells what is unknown", "[encrypted]") {
    MemoryStorage const shared;
    auto store = store_over(shared, ring("k1"));
    REQUIRE(store.create("a", "secret state"));
    REQUIRE(store.create("b", "secret state"));
    auto stopped = store_over(Refusing(shared, Errc::cancelled), ring("k2", "k1"));
    int told = 0;
    CHECK(rewrap_all(stopped, [&](KeyView, auto const&) { ++told; }).error() == Errc::cancelled);
    CHECK(told == 0);
    auto lossy = store_over(Refusing(shared, Errc::unknown_outcome), ring("k2", "k1"));
    auto const done = rewrap(lossy, "a", {.timeout = Duration::zero()});
    REQUIRE_FALSE(done);
    CHECK(done.error() == Errc::unknown_outcome);
    REQUIRE(done.unknown() != nullptr);
    CHECK(store.resolve(*done.unknown()).value() == Fate::pending);
    auto const all = rewrap_all(lossy, {.timeout = Duration::zero()}).value();
    CHECK(all.failed == 2);
}

TEMPLATE_TEST_CASE("encrypted stores: of many states one that cannot be decrypted moves and hides no other",
                   "[encrypted]", MemoryStorage, ObjectStorage<MemoryObjects>) {
    TestType const shared = [] {
        if constexpr (std::same_as<TestType, MemoryStorage>) return MemoryStorage();
        else return TestType::open(MemoryObjects()).value();
    }();
    auto store = store_over(shared, ring("k1")), others = store_over(shared, ring("k2"));
    REQUIRE(store.create("a", "secret state a"));
    REQUIRE(others.create("b", "secret state b"));
    REQUIRE(store.create("c", "secret state c"));
    Key moved("x");
    Key const there = std::move(moved);
    std::string all;
    for (auto const& one : store.get_many({"none", "b", "a", KeyView(moved), "b", "c"})) {
        if (!one) CHECK(tells_no_secret(one.error().describe()));
        all.append(!one ? name(one.error().code()) : *one ? std::string_view((*one)->value()) : "nothing").append(", ");
    }
    std::string const why(name(store.get("b").error().code()));
    CHECK(all == "nothing, " + why + ", secret state a, invalid_argument, " + why + ", secret state c, ");
}

TEST_CASE("encrypted stores: the last writer wins without a look at sequences", "[encrypted]") {
    MemoryStorage const shared;
    using Putting = StateStore<std::string, MemoryStorage, LastWriterWins, Coder>;
    Putting store(shared, Coder(ring("k1"), {.store = "orders"}));
    REQUIRE(store.put("a", "secret state 1"));
    REQUIRE(store.put("a", "secret state 2"));
    CHECK((*store.get("a").value()).value() == "secret state 2");
    static_assert(RewrappableStore<Store<MemoryStorage>> && !RewrappableStore<Putting>);
    static_assert(!RewrappableStore<StateStore<std::string, RawBytes>>);
}

TEST_CASE("encrypted stores: the laws of stores hold", "[encrypted]") {
    auto store = store_over(MemoryStorage(), ring("k1"));
    CHECK(testing::check_store(store).text() == "");
}

TEST_CASE("encrypted stores: a state that was removed begins anew", "[encrypted]") {
    auto store = store_over(MemoryStorage(), ring("k1"));
    auto const first = store.create("a", "secret state 1").value();
    REQUIRE(store.remove(first));
    REQUIRE(store.create("a", "secret state 2"));
    CHECK((*store.get("a").value()).value() == "secret state 2");
}

}  // namespace encrypted_test
