// Records in an object store: names, marks, and what each call costs in requests.

#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/object/directory_objects.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/testing/laws/storage.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/support/counting_objects.hpp>
#include <unit/storage/file_fixture.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace object_storage_test {

using namespace holdfast;
using file_test::context;
using holdfast_tests::CountingObjects;
using Counted = ObjectStorage<CountingObjects<>>;

TEST_CASE("object storage: over every store it obeys the laws of storages", "[object]") {
    auto in_memory = ObjectStorage<MemoryObjects>::open(MemoryObjects(), "team/orders").value();
    CHECK(testing::check_storage(in_memory).text() == "");
    auto by_content = ObjectStorage<MemoryObjects>::open(MemoryObjects(RevisionKind::content)).value();
    CHECK(testing::check_storage(by_content).text() == "");
    testing::LateObjects const line{MemoryObjects()};
    auto far = ObjectStorage<testing::LateObjects<MemoryObjects>>::open(line).value();
    CHECK(testing::check_storage(far).text() == "");
    file_test::Directory const directory;
    using Files = DirectoryObjects<Durability::none>;
    auto in_files = ObjectStorage<Files>::open(Files::open_for<SlotFirst>(directory).value()).value();
    CHECK(testing::check_storage(in_files).text() == "");
}

TEST_CASE("object storage: a prefix that not every store can have is refused when it is opened", "[object]") {
    auto const code = [](std::string prefix) {
        auto const opened = ObjectStorage<MemoryObjects>::open(MemoryObjects(), std::move(prefix));
        return opened ? Errc{} : opened.error().code();
    };
    for (char const* good : {"", "a", "team/orders", "a.b/c-d"}) CHECK(code(good) == Errc{});
    for (char const* good : {"env=prod/x", "Upper", "a+b,c@d", "_"}) CHECK(code(good) == Errc{});
    for (char const* bad : {"/", "/a", "a/", "a//b", ".", "a/../b", "..", "./a", "a.", "a./b", "...", "\x01", "a\nb",
                            "\xff\xfe", "a\\b", "~%+", ".holdfast", "a b", "a/.holdfast/b"}) {
        CAPTURE(bad);
        CHECK(code(bad) == Errc::invalid_argument);
    }
    std::string const parts = [] {
        std::string text;
        for (int i = 0; i < 3; ++i) text += std::string(255, 'p') + "/";
        return text + "ab";
    }();
    CHECK(parts.size() == 770);
    CHECK(code(parts) == Errc{});
    CHECK(code(parts + "c") == Errc::invalid_argument);
    CHECK(code(std::string(256, 'p')) == Errc::invalid_argument);
    CHECK(code([] {
              std::string text = "p";
              for (int i = 0; i < 200; ++i) text += "/p";
              return text;
          }()) == Errc::invalid_argument);
    // With the longest of them the longest name is one that every store can have.
    MemoryObjects objects;
    auto storage = ObjectStorage<MemoryObjects>::open(objects, parts).value();
    Key const longest = Key::parse(std::string(1024, 'K')).value();
    RecordId const id(longest, Slot::version, {~std::uint64_t{0}, {1, 2}});
    CHECK(file_test::applied(storage.write(context(), id, file_test::next(nullptr, longest, "v"), Precondition::absent())));
    for (auto const& one : objects.list(context(), {}).value().objects) CHECK(one.name.size() <= 1024);
}

template <class Storage>
using Store = StateStore<std::string, Storage, RawBytes>;
constexpr auto add = [](std::string& text) { text += "+"; };

TEST_CASE("object storage: requests of each call", "[object]") {
    CountingObjects<> objects;
    auto& requests = objects.requests();
    auto const cost = [&](auto&& call) {
        requests.clear();
        call();
        return requests.all();
    };
    auto const opened = [&] { return Counted::open(objects).value(); };
    {
        Store<Counted> store(opened());
        CHECK(cost([&] { REQUIRE(store.create("k", "1")); }) == 3);  // the mark, looked for and made, and the record
        CHECK(cost([&] { REQUIRE(store.create("l", "1")); }) == 1);
        CHECK(cost([&] { REQUIRE(store.get("k").value()); }) == 1);
        CHECK(cost([&] { REQUIRE(store.update("k", add)); }) == 2);
        auto const entry = store.get("k").value();
        CHECK(cost([&] { REQUIRE(store.replace(*entry, "2")); }) == 1);
        CHECK(cost([&] { REQUIRE(store.remove(**store.get("l"))); }) == 2);
        CHECK(cost([&] { REQUIRE(store.create("l", "3")); }) == 1);
        CHECK(cost([&] {
                  for (auto const& key : store.keys()) REQUIRE(key);
              }) == 1);
    }
    {
        Store<Counted> store(opened());
        CHECK(cost([&] { REQUIRE(store.create("n", "1")); }) == 2);  // another process: the mark is there
        CHECK(cost([&] { REQUIRE(store.create("o", "1")); }) == 1);
    }
    {
        Store<Counted> store(opened());
        CHECK(cost([&] { REQUIRE(store.update("k", add)); }) == 2);  // an update of what is there makes no mark
        CHECK(cost([&] {
                  for (auto const& key : store.keys()) REQUIRE(key);
              }) == 2);  // the mark, once, and the page
    }
    {
        Store<Cached<Counted>> store{Cached(opened())};
        CHECK(cost([&] { REQUIRE(store.update("k", add)); }) == 2);
        CHECK(cost([&] { REQUIRE(store.update("k", add)); }) == 1);
        CHECK(cost([&] { REQUIRE(store.get("k").value()); }) == 1);
        CHECK(requests.bytes_in == 0);
    }
    {
        StateStore<std::string, Counted, LeaseLock<>, RawBytes> store(opened());
        REQUIRE(store.create("m", "1"));
        CHECK(cost([&] { REQUIRE(store.update("m", add)); }) == 3);
    }
    {
        StateStore<std::string, Counted, History<>, RawBytes> store(opened());
        REQUIRE(store.create("h", "1"));
        REQUIRE(store.update("h", add));
        CHECK(cost([&] { REQUIRE(store.update("h", add)); }) == 3);
    }
}

TEST_CASE("object storage: a listing of keys costs its pages, however many versions and removed keys there are", "[object]") {
    CountingObjects<> objects;
    StateStore<std::string, Counted, History<>, RawBytes> store(Counted::open(objects).value());
    for (int i = 0; i < 400; ++i) {
        Key const key = Key::parse("key/" + std::to_string(i)).value();
        for (int version = 0; version < 5; ++version) REQUIRE(store.update(key, add));
        if (i % 2 == 0) REQUIRE(store.remove(**store.get(key)));
    }
    (void)store.keys().begin();
    objects.requests().clear();
    std::size_t found = 0;
    for (auto const& key : store.keys()) found += key.has_value();
    CHECK(found == 200);
    CHECK(objects.requests().lists == 1);
    CHECK(objects.requests().all() == 1);
    objects.requests().clear();
    found = 0;
    for (auto const& key : store.keys("key/1")) found += key.has_value();
    CHECK(found == 56);  // 1, and the odd ones of 10 to 19 and 100 to 199
    CHECK(objects.requests().all() == 1);
}

TEST_CASE("object storage: a key whose name is cut is told by its record", "[object]") {
    CountingObjects<> objects;
    Store<Counted> store(Counted::open(objects, "p").value());
    std::string const longest(1000, 'L');
    REQUIRE(store.create(Key::parse(longest).value(), "1"));
    REQUIRE(store.create("short", "2"));
    std::set<std::string> seen;
    for (auto const& key : store.keys()) seen.insert(key->str());
    CHECK(seen == std::set<std::string>{longest, "short"});
    objects.requests().clear();
    for (auto const& key : store.keys()) REQUIRE(key);
    CHECK(objects.requests().all() == 2);
    CHECK(objects.requests().bytes_in <= 3 * 1024);
    // What stands under such a name and does not tell it is said, and hides no other.
    std::string_view const junk = "junk";
    std::string const name = "p/states/" + SlotFirst::directory(Key::parse(std::string(1000, 'M')).value()) + "/current";
    REQUIRE(objects.put(context(), name, {&junk, 1}, Precondition::none()));
    std::size_t errors = 0, keys = 0;
    for (auto const& key : store.keys()) ++(key ? keys : errors);
    CHECK(keys == 2);
    CHECK(errors == 1);
}

TEST_CASE("object storage: what is not of the layout is left alone", "[object]") {
    MemoryObjects objects;
    auto const put = [&](std::string const& name, std::string_view body) {
        REQUIRE(objects.put(context(), name, {&body, 1}, Precondition::none()));
    };
    Store<ObjectStorage<MemoryObjects>> store(ObjectStorage<MemoryObjects>::open(objects, "team").value());
    REQUIRE(store.create("k", "1"));
    for (char const* name : {"team/readme.txt", "team2/states/x/current", "team/states/Upper/current", "team/states/k/other",
                             "team/states/k", "team/x/states/y/current", "states/z/current"})
        put(name, "of others");
    put("team/states/empty/current", "");
    std::set<std::string> keys;
    for (auto const& key : store.keys()) keys.insert(key->str());
    CHECK(keys == std::set<std::string>{"k", "empty"});  // by its name it may be one of ours: who reads it is told
    CHECK(store.get("empty").error() == Errc::malformed);
    // A record that was copied to the name of another key is not taken for its.
    auto const mine = objects.get(context(), {.name = "team/states/k/current"}).value();
    put("team/states/copy/current", mine.body.view());
    auto const copied = store.get("copy");
    REQUIRE_FALSE(copied);
    CHECK(copied.error() == Errc::malformed);
    CHECK(copied.error().message().find("of the key \"k\"") != std::string_view::npos);
}

struct OtherLayout : SlotFirst {
    static constexpr std::string_view layout_name = "other";
};

TEST_CASE("object storage: another layout is refused before anything is listed or created", "[object]") {
    MemoryObjects objects;
    Store<ObjectStorage<MemoryObjects>> ours(ObjectStorage<MemoryObjects>::open(objects, "p").value());
    REQUIRE(ours.create("k", "1"));
    auto const mark = objects.get(context(), {.name = "p/holdfast.json"}).value();
    CHECK(mark.body.view() == "{\"holdfast\":\"2\",\"layout\":\"slot_first\"}\n");
    Store<ObjectStorage<MemoryObjects, OtherLayout>> theirs(ObjectStorage<MemoryObjects, OtherLayout>::open(objects, "p").value());
    CHECK(theirs.create("l", "1").error() == Errc::incompatible);
    auto keys = theirs.keys();
    std::size_t errors = 0;
    for (auto const& key : keys) errors += !key && key.error() == Errc::incompatible;
    CHECK(errors == 1);
    CHECK(objects.list(context(), {}).value().objects.size() == 2);
}

TEST_CASE("object storage: the mark is put in whatever way the line is bad", "[object]") {
    for (auto const way : {testing::Delivery::not_sent(), testing::Delivery::lost(), testing::Delivery::reply_lost(),
                           testing::Delivery::twice_reply_lost(2)}) {
        testing::LateObjects objects{MemoryObjects()};
        auto const storage = ObjectStorage<testing::LateObjects<MemoryObjects>>::open(objects).value();
        Store<ObjectStorage<testing::LateObjects<MemoryObjects>>> store(storage);
        objects.on_write() = [&](unsigned nth) { return nth == 0 ? way : testing::Delivery::intact(); };
        auto const first = store.create("k", "1");
        if (!first) {
            CHECK(first.error() == Errc::unavailable);
            CHECK(store.get("k").value() == std::nullopt);
            REQUIRE(store.create("k", "1"));
        }
        CHECK(store.get("k").value()->value() == "1");
        CHECK(objects.get(context(), {.name = "holdfast.json"})->kind == Fetched::Kind::found);
    }
}

TEST_CASE("object storage: many states are asked for beside each other", "[object]") {
    CountingObjects<> objects;
    Store<Cached<Counted>> store{Cached(Counted::open(objects).value())};
    std::vector<Key> keys;
    for (int i = 0; i < 1000; ++i) {
        keys.push_back(Key::parse("k" + std::to_string(i)).value());
        if (i % 10 != 9) REQUIRE(store.create(keys.back(), std::to_string(i)));
    }
    std::vector<KeyView> const views(keys.begin(), keys.end());
    for (bool const warm : {false, true}) {
        if (!warm)
            for (Key const& key : keys) store.storage().forget(key);
        objects.requests().clear();
        auto const all = store.get_many(views);
        REQUIRE(all.size() == 1000);
        std::size_t right = 0;
        for (std::size_t i = 0; i < all.size(); ++i)
            right += all[i] && (i % 10 == 9 ? !*all[i] : *all[i] && (*all[i])->value() == std::to_string(i));
        CHECK(right == 1000);
        CHECK(objects.requests().flights == 1);
        CHECK(objects.requests().all() == 1);
        CHECK((objects.requests().bytes_in == 0) == warm);
    }
    CHECK(store.get_many(std::vector<KeyView>()).empty());
}

TEST_CASE("object storage: a purge with its age", "[object]") {
    testing::TestEnvironment env(1);
    MemoryObjects const memory(RevisionKind::counter, env);
    CountingObjects<> objects(memory);
    using Late = testing::LateObjects<CountingObjects<>>;
    StateStore<std::string, ObjectStorage<Late>, RawBytes> store(ObjectStorage<Late>::open(Late(objects)).value(),
                                                                  StoreOptions{std::chrono::seconds(60), &env});
    REQUIRE(store.create("k", "1"));
    REQUIRE(store.remove(**store.get("k")));
    CHECK(store.purge("k").error() == Errc::busy);
    env.advance(std::chrono::hours(25));
    objects.requests().clear();
    REQUIRE(store.purge("k"));
    CHECK(objects.requests().gets == 2);  // the record with its age, and whether the key is locked
    CHECK(objects.requests().all() == 3);
    CHECK(objects.list(context(), {.prefix = "states/"}).value().objects.empty());
}

/// A store whose type removes conditionally, and whose service does not, as some do not.
struct BlindService : CountingObjects<> {
    using CountingObjects<>::CountingObjects;

    bool removes_conditionally() const { return false; }
};

template <class Storage>
void is_never_purged(Storage storage, CountingObjects<> const& objects) {
    StateStore<std::string, Storage, History<>, RawBytes> store(std::move(storage));
    for (int i = 0; i < 5; ++i) REQUIRE(store.update("k", add));
    REQUIRE(store.remove(**store.get("k")));
    auto const before = objects.list(context(), {}).value().objects.size();
    auto const purged = store.purge("k", Duration::zero());
    REQUIRE_FALSE(purged);
    CHECK(purged.error() == Errc::not_supported);
    CHECK(objects.list(context(), {}).value().objects.size() == before);
    CHECK(store.history("k").value().versions.size() == 5);
}

TEST_CASE("object storage: a purge that would be blind is refused before anything is deleted", "[object]") {
    using Blind = ObjectStorage<BlindService>;
    BlindService const service;
    SECTION("by itself") { is_never_purged(Blind::open(service).value(), service); }
    SECTION("under layers") { is_never_purged(Cached(Retrying(Blind::open(service).value())), service); }
    SECTION("chosen at run time") {
        is_never_purged(OneOf<MemoryStorage, Blind>(Blind::open(service).value()), service);
    }
    // And no removal of one revision is made in another way, whatever the service would do.
    auto storage = Blind::open(service, "p").value();
    StateStore<std::string, Blind, RawBytes> store(storage);
    REQUIRE(store.create("k", "1"));
    auto const record = storage.read(context(), RecordId("k")).value();
    service.requests().clear();
    CHECK(storage.remove(context(), RecordId("k"), Precondition::matches(record->revision)).error() == Errc::not_supported);
    Removal const both[] = {{RecordId("other"), Precondition::none()}, {RecordId("k"), Precondition::matches(record->revision)}};
    CHECK(service.requests().all() == 0);
    auto const removed = storage.remove_many(context(), both);
    CHECK(file_test::applied(removed.at(0)));
    CHECK(removed.at(1).error() == Errc::not_supported);
}

/// A service of which some objects may not be read, or are gone when they are asked for.
struct Moody : CountingObjects<> {
    using CountingObjects<>::CountingObjects;

    std::string denied{}, gone{};

    Result<Fetched> get(Context const& ctx, ObjectRead const& read) const {
        if (!denied.empty() && read.name.find(denied) != read.name.npos)
            return Error(Errc::permission_denied, "403").during("get");
        if (!gone.empty() && read.name.find(gone) != read.name.npos) return Fetched{};
        return CountingObjects<>::get(ctx, read);
    }
};

TEST_CASE("object storage: one key that cannot be told hides no other", "[object]") {
    Moody service;
    std::vector<Key> keys;
    for (char const letter : {'A', 'B', 'C'}) keys.push_back(Key::parse(std::string(900, letter)).value());
    {
        Store<ObjectStorage<Moody>> store(ObjectStorage<Moody>::open(service).value());
        for (Key const& key : keys) REQUIRE(store.create(key, "1"));
        REQUIRE(store.create("short", "1"));
    }
    std::string const name = SlotFirst::name(RecordId(keys[1]));
    auto const shown = [&](Moody const& moody) {
        Store<ObjectStorage<Moody>> store(ObjectStorage<Moody>::open(moody).value());
        std::pair<int, std::vector<Error>> all{0, {}};
        auto range = store.keys();
        for (auto const& key : range)
            if (key) ++all.first;
            else all.second.push_back(key.error());
        CHECK(range.complete());
        return all;
    };
    service.denied = name;
    auto const denied = shown(service);
    CHECK(denied.first == 3);
    REQUIRE(denied.second.size() == 1);
    CHECK(denied.second[0] == Errc::permission_denied);
    CHECK(denied.second[0].subject() == name);
    service.denied.clear();
    service.gone = name;  // removed since it was listed
    auto const gone = shown(service);
    CHECK(gone.first == 3);
    CHECK(gone.second.empty());
}

TEST_CASE("object storage: versions of a key whose name is cut cost what those of others do", "[object]") {
    auto const costs = [](std::string const& text) {
        CountingObjects<> objects;
        StateStore<std::string, Counted, History<>, RawBytes> store(Counted::open(objects).value());
        Key const key = Key::parse(text).value();
        for (int i = 0; i < 50; ++i) REQUIRE(store.update(key, add));
        std::vector<unsigned> all;
        auto const cost = [&](auto&& call) {
            objects.requests().clear();
            call();
            all.push_back(objects.requests().all());
        };
        cost([&] { REQUIRE(store.version(key, 5)); });
        cost([&] { CHECK(store.history(key, {.limit = 10}).value().versions.size() == 10); });
        cost([&] { REQUIRE(store.prune(key, KeepLast<10>())); });
        return all;
    };
    CHECK(costs(std::string(900, 'L')) == costs("short"));
}

/// A store that does many things at once, and says or does it wrongly.
struct Odd : MemoryObjects {
    std::size_t places = 0;
    std::size_t lacking = 0;

    std::size_t at_once() const { return places; }
    std::vector<Result<Fetched>> get_many(Context const& ctx, std::span<ObjectRead const> reads) const {
        auto all = MemoryObjects::get_many(ctx, reads);
        all.resize(all.size() - std::min(all.size(), lacking), Fetched{});
        return all;
    }
};

TEST_CASE("object storage: many at once from a store that counts wrongly end, and crash nothing", "[object]") {
    Odd objects;
    Store<ObjectStorage<Odd>> store(ObjectStorage<Odd>::open(objects).value());
    for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c")}) REQUIRE(store.create(key, "1"));
    auto const all = store.get_many({"a", "b", "c"});
    REQUIRE(all.size() == 3);
    for (auto const& one : all) CHECK((*one)->value() == "1");
    int entries = 0;
    for (auto const& entry : store.entries()) entries += entry.has_value();
    CHECK(entries == 3);

    objects.places = 8;
    objects.lacking = 1;
    Store<ObjectStorage<Odd>> wrong(ObjectStorage<Odd>::open(objects).value());
    auto const none = wrong.get_many({"a", "b", "c"});
    REQUIRE(none.size() == 3);
    for (auto const& one : none) CHECK(one.error() == Errc::unavailable);
}

TEST_CASE("object storage: what a listing that lags left of a purged life is no version of the next", "[object]") {
    testing::TestEnvironment env(1);
    using Late = testing::LateObjects<MemoryObjects>;
    Late objects{MemoryObjects(RevisionKind::counter, env)};
    StateStore<std::string, ObjectStorage<Late>, History<>, RawBytes> store(
        ObjectStorage<Late>::open(objects).value(), StoreOptions{std::chrono::seconds(60), &env});
    for (char const* text : {"life 1, a", "life 1, b", "life 1, c"})
        REQUIRE(store.update("k", [&](std::string& state) { state = text; }));
    REQUIRE(store.remove(**store.get("k")));
    env.advance(std::chrono::hours(25));
    objects.list_behind(1000);  // it shows none of those
    REQUIRE(store.purge("k"));
    objects.list_behind(0);
    REQUIRE(store.create("k", "life 2, a"));
    REQUIRE(store.update("k", [](std::string& state) { state = "life 2, b"; }));
    auto const first = store.version("k", 1);
    if (first) CHECK(store.get("k", *first)->value() == "life 2, a");
    else CHECK(first.error() == Errc::not_found);
}

}  // namespace object_storage_test
