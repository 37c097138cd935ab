#include <holdfast/concepts/openable.hpp>
#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>

namespace file_test {

using Full = FileStorage<>;
using Fast = FileStorage<SlotFirst, Durability::none>;

static_assert(ConditionalStorage<Full> && AttributedStorage<Full> && ListableStorage<Full> && HostStorage<Full>);
static_assert(OpenableStorage<Full> && OpenableStorage<Fast> && !TransactionalStorage<Full>);

TEMPLATE_TEST_CASE("file storage: write, read, replace, remove", "[file]", Full, Fast,
                   (FileStorage<SlotFirst, Durability::data>)) {
    Directory const directory;
    auto storage = TestType::open(directory.path() + "/made/deep").value();
    VersionId const version{3, {1, 2}};
    RecordId const ids[] = {RecordId("prod/orders"), RecordId("prod/orders", Slot::lock),
                            RecordId("prod/orders", Slot::retention), RecordId("prod/orders", Slot::version, version)};
    for (RecordId const& id : ids) {
        CHECK(get(storage, id) == "absent");
        auto const first = next(nullptr, id.key, "one");
        auto const outcome = storage.write(context(), id, first, Precondition::absent());
        REQUIRE(applied(outcome));
        CHECK(outcome->revision() == Revision(first->stamp.ids.newest()));
        auto const read = storage.read(context(), id).value();
        REQUIRE(read);
        CHECK(read->revision == outcome->revision());
        CHECK(read->stamp == first->stamp);
        CHECK(read->payload == first->payload);

        CHECK(conflicts(storage.write(context(), id, next(nullptr, id.key, "x"), Precondition::absent())));
        CHECK(conflicts(storage.write(context(), id, next(read, id.key, "x"),
                                      Precondition::matches(Revision(Environment::system().new_write_id())))));
        CHECK(get(storage, id) == "one");
        REQUIRE(applied(set(storage, id, "two")));
        CHECK(get(storage, id) == "two");
        CHECK(conflicts(storage.remove(context(), id, Precondition::matches(read->revision))));
        CHECK(conflicts(storage.remove(context(), id, Precondition::absent())));
    }
    for (RecordId const& id : ids) {
        auto const now = storage.read(context(), id).value();
        REQUIRE(applied(storage.remove(context(), id, Precondition::matches(now->revision))));
        CHECK(get(storage, id) == "absent");
        CHECK(conflicts(storage.remove(context(), id, Precondition::matches(now->revision))));
        CHECK(applied(storage.remove(context(), id, Precondition::absent())));
        CHECK(applied(storage.remove(context(), id, Precondition::none())));
    }
    CHECK(count_files(directory, "orders") == 0);  // the directory of the key goes with its last record
}

TEST_CASE("file storage: the same write again takes effect once", "[file]") {
    Directory const directory;
    auto storage = Full::open(directory).value();
    auto const first = next(nullptr, "k", "one");
    for (int i = 0; i < 3; ++i)
        REQUIRE(applied(storage.write(context(), RecordId("k"), first, Precondition::absent())));
    auto const second = next(first, "k", "two");
    Precondition const when = Precondition::matches(Revision(first->stamp.ids.newest()));
    for (int i = 0; i < 3; ++i) REQUIRE(applied(storage.write(context(), RecordId("k"), second, when)));
    CHECK(conflicts(storage.write(context(), RecordId("k"), first, Precondition::absent())));
    CHECK(get(storage, RecordId("k")) == "two");
}

TEST_CASE("file storage: what cannot be stored is refused", "[file]") {
    Directory const directory;
    auto storage = Full::open(directory).value();
    auto const refused = [&](RecordPtr const& record) {
        auto const outcome = storage.write(context(), RecordId("k"), record, Precondition::none());
        return outcome ? Errc{} : outcome.error().code();
    };
    CHECK(refused(next(nullptr, "other", "x")) == Errc::invalid_argument);
    CHECK(refused(std::make_shared<Record>(Record{Key(KeyView("k")), {}, {}, {}, {}})) == Errc::invalid_argument);
    Buffer large(max_payload_size + 1);
    large.extend(max_payload_size + 1);
    auto record = std::make_shared<Record>(*next(nullptr, "k", ""));
    record->payload = Bytes(std::move(large));
    CHECK(refused(record) == Errc::too_large);
    CHECK(count_files(directory, "k") == 0);
}

TEST_CASE("file storage: sizes around the buffers, up to 64 MiB", "[file]") {
    Directory const directory;
    auto storage = Fast::open(directory).value();
    for (std::size_t size : {0u, 1u, 5'600u, 5'700u, 5'800u, 6'143u, 6'144u, 6'145u, 100'000u, 1u << 20, 64u << 20}) {
        std::string const payload(size, static_cast<char>('a' + size % 26));
        REQUIRE(applied(set(storage, RecordId("k"), payload)));
        auto const read = storage.read(context(), RecordId("k")).value();
        REQUIRE(read->payload.view() == payload);
    }
    for (std::size_t header = 5'000; header < 6'200;
         header += 7) {  // the frame ends at each place near the buffer's end
        REQUIRE(applied(set(storage, RecordId("k"), std::string(header, 'x'))));
        REQUIRE(get(storage, RecordId("k")).size() == header);
    }
    auto record =
        std::make_shared<Record>(*next(storage.read(context(), RecordId("k")).value(), "k", std::string(9'000, 'p')));
    record->attributes = {{"large", std::string(16'000, '\x01')}};
    REQUIRE(applied(storage.write(context(), RecordId("k"), record, Precondition::none())));
    CHECK(storage.read(context(), RecordId("k")).value()->attributes == record->attributes);
}

TEST_CASE("file storage: damage is found, and nothing is taken for absent", "[file]") {
    Directory const directory;
    auto storage = Full::open(directory).value();
    REQUIRE(applied(set(storage, RecordId("k"), "the payload")));
    std::string const path = directory.path() + "/states/k/current", good = contents(path);
    auto const code = [&](auto const& result) { return result ? Errc{} : result.error().code(); };
    auto const check = [&](Errc expected) {
        CHECK(code(storage.read(context(), RecordId("k"))) == expected);
        CHECK(code(storage.write(context(), RecordId("k"), next(nullptr, "k", "x"), Precondition::absent())) ==
              expected);
        CHECK(code(storage.remove(context(), RecordId("k"), Precondition::absent())) == expected);
        CHECK(storage.list(context(), {}).value().records.size() == 1);
    };
    for (std::size_t i = 0; i < good.size(); i += 13) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 4);
        put(path, bad);
        check(Errc::malformed);
        put(path, good.substr(0, i));
        check(Errc::malformed);
    }
    put(path,
        "{\"holdfast\":\"2\",\"key\":\"k\",\"size\":\"67108864\",\"tombstone\":\"false\"}\n" + std::string(9000, 'x'));
    check(Errc::malformed);
    put(path, good + std::string(detail::max_frame_size, ' '));
    check(Errc::malformed);
    put(path, "{\"holdfast\":\"7\"}\n");
    check(Errc::incompatible);
    CHECK(code(storage.write(context(), RecordId("k"), next(nullptr, "k", "x"), Precondition::none())) ==
          Errc::incompatible);
    put(path, "garbage");
    CHECK(applied(storage.write(context(), RecordId("k"), next(nullptr, "k", "new"), Precondition::none())));
    CHECK(get(storage, RecordId("k")) == "new");
    put(path, "garbage");
    CHECK(applied(storage.remove(context(), RecordId("k"), Precondition::none())));
    CHECK(get(storage, RecordId("k")) == "absent");
}

TEMPLATE_TEST_CASE("file storage: what a write that matches finds damaged", "[file]", Full, Fast) {
    Directory const directory;
    auto storage = TestType::open(directory).value();
    std::string const path = directory.path() + "/states/k/current";
    for (bool const removes : {false, true}) {
        REQUIRE(applied(set(storage, RecordId("k"), "the payload")));
        auto const base = storage.read(context(), RecordId("k")).value();
        auto const change = [&](Precondition const& when) {
            return removes ? storage.remove(context(), RecordId("k"), when)
                           : storage.write(context(), RecordId("k"), next(base, "k", "new"), when);
        };
        std::string const good = contents(path);
        auto const newest = base->stamp.ids.newest().text();
        std::size_t const at = good.find("\"ids\":\"" + std::string(newest.data(), newest.size()));
        REQUIRE(at != good.npos);

        for (std::size_t const i : {at, at + 8}) {  // what says which write it is: nobody knows what would be lost
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ 4);
            put(path, bad);
            auto const outcome = change(Precondition::matches(base->revision));
            REQUIRE_FALSE(outcome);
            CHECK(outcome.error().code() == Errc::malformed);
            CHECK(contents(path) == bad);
        }
        std::string bad = good;  // anything else
        bad.back() = 'X';
        put(path, bad);
        CHECK(change(Precondition::absent()).error().code() == Errc::malformed);
        CHECK(change(Precondition::matches(Revision(Environment::system().new_write_id()))).error().code() ==
              Errc::malformed);
        CHECK(contents(path) == bad);
        CHECK(applied(change(Precondition::matches(base->revision))));
        CHECK(get(storage, RecordId("k")) == (removes ? "absent" : "new"));
    }
}

TEST_CASE("file storage: a repeated write that finds itself damaged is not confirmed", "[file]") {
    Directory const directory;
    auto storage = Full::open(directory).value();
    std::string const path = directory.path() + "/states/k/current";
    auto const first = next(nullptr, "k", "one"), second = next(first, "k", "two");
    Precondition const when = Precondition::matches(Revision(first->stamp.ids.newest()));
    REQUIRE(applied(storage.write(context(), RecordId("k"), first, Precondition::absent())));
    REQUIRE(applied(storage.write(context(), RecordId("k"), second, when)));
    std::string bad = contents(path);
    bad.back() = 'X';
    put(path, bad);
    for (Precondition const& again : {when, Precondition::matches(Revision(second->stamp.ids.newest()))})
        CHECK(storage.write(context(), RecordId("k"), second, again).error().code() == Errc::malformed);
}

TEST_CASE("file storage: a file that is another key's is never taken", "[file]") {
    Directory const directory;
    auto storage = Full::open(directory).value();
    REQUIRE(applied(set(storage, RecordId("a"), "of a")));
    REQUIRE(applied(set(storage, RecordId("b"), "of b")));
    put(directory.path() + "/states/b/current", contents(directory.path() + "/states/a/current"));
    auto const read = storage.read(context(), RecordId("b"));
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == Errc::malformed);
    CHECK(read.error().message().find("\"a\"") != std::string_view::npos);
    CHECK_FALSE(storage.write(context(), RecordId("b"), next(nullptr, "b", "x"), Precondition::none()));
    CHECK_FALSE(storage.remove(context(), RecordId("b"), Precondition::none()));
    auto const of_a = storage.read(context(), RecordId("a")).value();
    for (Precondition const& when : {Precondition::matches(of_a->revision), Precondition::absent()}) {
        CHECK_FALSE(storage.write(context(), RecordId("b"), next(nullptr, "b", "x"), when));
        CHECK_FALSE(storage.remove(context(), RecordId("b"), when));
    }
    CHECK(get(storage, RecordId("a")) == "of a");
}

TEST_CASE("file storage: other things in the place of a file or directory", "[file]") {
    Directory const directory;
    auto storage = Full::open(directory).value();
    auto const obstacle =
        GENERATE(as<std::string>(), "mkdir -p k/current/sub", "mkdir -p k/current", "touch k",
                 "mkdir k && mkfifo k/current", "mkdir k && ln -s /etc/passwd k/current", "ln -s /tmp k");
    std::string const command = "mkdir '" + directory.path() + "/states' && cd '" + directory.path() + "/states' && " + obstacle;
    REQUIRE(std::system(command.c_str()) == 0);
    CAPTURE(obstacle);
    auto const read = storage.read(context(), RecordId("k"));
    CHECK((!read && read.error() == Errc::malformed));
    auto const wrote = storage.write(context(), RecordId("k"), next(nullptr, "k", "x"), Precondition::absent());
    REQUIRE_FALSE(wrote);
    CHECK(wrote.error().code() == Errc::malformed);
    CHECK_FALSE(wrote.error().message().empty());
    CHECK(contents("/etc/passwd").find("root") != std::string::npos);
    CHECK(count_files(directory, ".tmp-") == 0);
    CHECK(applied(set(storage, RecordId("other"), "fine")));
}

TEMPLATE_TEST_CASE("file storage: what killed writers left is swept", "[file]", Full, Fast) {
    Directory const directory;
    auto storage = TestType::open(directory).value();
    REQUIRE(applied(set(storage, RecordId("k"), "one")));
    std::string const temporary = directory.path() + "/.holdfast/temporary";
    auto const lock = [&](RecordId const& id) {  // by which the temporary files of a record are named
        detail::FilePlace const place(SlotFirst::area(id.slot), SlotFirst::directory(id.key), SlotFirst::file(id));
        auto const hash = detail::to_hex(detail::xxh64(place.directory()));
        return temporary + "/" + std::string(hash.data(), 2);
    };
    auto const leave = [&] {
        put(lock(RecordId("k")) + "-AAAAAAAAAAAAAAAAAAAAAA", "half");
        put(lock(RecordId("k")) + "-BAAAAAAAAAAAAAAAAAAAAA", "half");
        put(temporary + "/st-AAAAAAAAAAAAAAAAAAAAAA", "half");
    };
    auto const left = [&] { return count_files(temporary, ""); };
    leave();
    auto another = TestType::open(directory).value();  // as of the program that comes in place of the killed one
    REQUIRE(applied(set(another, RecordId("k"), "two")));
    CHECK(left() == 0);
    leave();
    for (int i = 0; i < 256; ++i) REQUIRE(applied(set(another, RecordId("k"), "many")));
    CHECK(left() == 0);
    put(lock(RecordId("other")) + "-AAAAAAAAAAAAAAAAAAAAAA", "half");  // perhaps of a writer that is alive
    auto third = TestType::open(directory).value();
    REQUIRE(applied(set(third, RecordId("k"), "three")));
    CHECK(left() == 1);
    REQUIRE(applied(set(third, RecordId("other"), "v")));
    CHECK(left() == 0);
}

TEST_CASE("file storage: a directory of temporary files that was removed is made again", "[file]") {
    Directory const directory;
    auto storage = Full::open(directory).value();
    std::string const temporary = directory.path() + "/.holdfast/temporary";
    for (int i = 0; i < 3; ++i) {
        REQUIRE(::rmdir(temporary.c_str()) == 0);
        REQUIRE(applied(set(storage, RecordId("k"), std::to_string(i))));
        CHECK(count_files(temporary, "") == 0);
    }
    CHECK(get(storage, RecordId("k")) == "2");
}

TEST_CASE("file storage: a writer begins again when its directory is removed under it", "[file]") {
    Directory const directory;
    auto storage = Fast::open(directory).value();
    std::atomic<bool> stop{false};
    std::thread vandal([&] {
        std::string const path = directory.path() + "/states/k";
        while (!stop) {
            ::unlink((path + "/current").c_str());
            ::rmdir(path.c_str());
        }
    });
    int wrong = 0;
    for (int i = 0; i < 500; ++i) {
        auto const outcome = storage.write(context(), RecordId("k"), next(nullptr, "k", "x"), Precondition::none());
        if (!outcome && outcome.error().code() != Errc::unavailable) ++wrong;
    }
    stop = true;
    vandal.join();
    CHECK(wrong == 0);
    CHECK(applied(set(storage, RecordId("k"), "y")));
}

TEST_CASE("file storage: rights, whatever the umask", "[file]") {
    for (mode_t const mask : {mode_t{0}, mode_t{077}, mode_t{0777}}) {
        Directory const directory;
        auto const before = ::umask(mask);
        auto storage = Full::open(directory.path() + "/a/b");
        bool const wrote = storage && applied(set(*storage, RecordId("k", Slot::version, {1, {1, 1}}), "v")) &&
                           applied(set(*storage, RecordId("k"), "v"));
        ::umask(before);
        REQUIRE(wrote);
        std::string const find = "test -z \"$(find '" + directory.path() + "' ";
        CHECK(std::system((find + "-type d ! -perm 0700)\"").c_str()) == 0);
        CHECK(std::system((find + "-type f ! -perm 0600)\"").c_str()) == 0);
    }
}

TEST_CASE("file storage: opening", "[file]") {
    Directory const directory;
    auto const code = [](auto const& opened) { return opened ? Errc{} : opened.error().code(); };
    auto const at = [&](std::vector<std::pair<std::string, std::string>> options, std::string host = "") {
        return Locator{"file", host, directory.path() + "/s", std::move(options), "file:shown"};
    };
    CHECK(code(Full::open("")) == Errc::invalid_argument);
    CHECK(code(Full::open(at({{"create", "no"}}))) == Errc::not_found);
    CHECK(code(Full::open(at({{"create", "perhaps"}}))) == Errc::invalid_argument);
    CHECK(code(Full::open(at({{"durability", "none"}}))) == Errc::invalid_argument);
    CHECK(code(Full::open(at({{"colour", "red"}}))) == Errc::invalid_argument);
    CHECK(code(Full::open(at({}, "elsewhere"))) == Errc::invalid_argument);
    CHECK(code(Full::open(Locator{"file", "", "relative", {}, ""})) == Errc::invalid_argument);
    CHECK(code(Full::open(at({{"durability", "full"}, {"network", "trust"}}, "localhost"))) == Errc{});
    CHECK(code(Fast::open(at({{"durability", "none"}, {"create", "no"}}))) == Errc{});
    put(directory.path() + "/plain", "x");
    CHECK(code(Full::open(directory.path() + "/plain")) == Errc::malformed);
    CHECK(code(Full::open(directory.path() + "/plain/below")) == Errc::malformed);
    auto const storage = Full::open(directory.path() + "/./s/").value();
    CHECK(storage.lock_directory()->path().ends_with("/s/.holdfast"));
    CHECK(::access(storage.lock_directory()->path().c_str(), W_OK) == 0);
}

/// The names of another kind.
struct OtherLayout : SlotFirst {
    static constexpr std::string_view layout_name = "other";
};

TEST_CASE("file storage: a directory of another layout or a newer format is refused, untouched", "[file]") {
    Directory const directory;
    std::string const root = directory.path() + "/s", mark = root + "/holdfast.json";
    using Other = FileStorage<OtherLayout, Durability::none>;
    auto storage = Full::open(root).value();
    REQUIRE(applied(set(storage, RecordId("k"), "x")));
    std::string const written = contents(mark);
    CHECK(written == "{\"holdfast\":\"2\",\"layout\":\"slot_first\"}\n");
    auto const listing = [&] {
        REQUIRE(std::system(("ls -AlR --time-style=full-iso '" + root + "' > '" + directory.path() + "/ls'").c_str()) ==
                0);
        return contents(directory.path() + "/ls");
    };
    std::string const before = listing();
    auto const other = Other::open(root);
    REQUIRE_FALSE(other);
    CHECK(other.error().code() == Errc::incompatible);
    for (auto const* part : {"'slot_first'", "'other'"})
        CHECK(other.error().message().find(part) != std::string_view::npos);
    CHECK(listing() == before);
    CHECK(get(storage, RecordId("k")) == "x");

    auto const opened = [&](std::string_view text) {
        put(mark, text);
        auto const result = Full::open(root);
        CHECK(contents(mark) == text);
        return result ? Errc{} : result.error().code();
    };
    CHECK(opened("{\"holdfast\":\"3\",\"layout\":\"slot_first\"}\n") == Errc::incompatible);
    CHECK(opened("{\"holdfast\":\"1\",\"layout\":\"slot_first\"}\n") == Errc::incompatible);
    CHECK(opened("{\"holdfast\":\"3\"}\n") == Errc::incompatible);
    CHECK(opened("{\"holdfast\":\"2\"}\n") == Errc::malformed);
    CHECK(opened("garbage") == Errc::malformed);
    CHECK(opened("") == Errc::malformed);
    CHECK(opened("{\"holdfast\":\"2\",\"layout\":\"slot_first\",\"more\":\"\"}\n") == Errc{});
}

TEST_CASE("file storage: a directory of format 1 is refused, untouched", "[file]") {
    Directory const directory;
    std::filesystem::create_directories(directory.path() + "/.holdfast");
    std::filesystem::create_directories(directory.path() + "/k");
    put(directory.path() + "/.holdfast/layout", "{\"holdfast\":\"1\",\"layout\":\"key_directories_sha256\"}\n");
    auto const refused = Full::open(directory);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::incompatible);
    CHECK(refused.error().message().find("format version 1") != std::string_view::npos);
    CHECK(count_files(directory, "holdfast.json") == 0);
}

TEST_CASE("file storage: of two layouts that come at once one wins", "[file]") {
    using Other = FileStorage<OtherLayout, Durability::none>;
    int disagreements = 0;
    for (int i = 0; i < 50; ++i) {
        Directory const directory;
        std::atomic<int> fine{0}, refused{0};
        auto const come = [&](auto opened) {
            if (opened) ++fine;
            else if (opened.error() == Errc::incompatible) ++refused;
        };
        std::thread one([&] { come(Fast::open(directory)); }), other([&] { come(Other::open(directory)); });
        one.join();
        other.join();
        disagreements += fine == 1 && refused == 1 ? 0 : 1;
    }
    CHECK(disagreements == 0);
}

TEST_CASE("file storage: listing finds what exists, page by page", "[file]") {
    Directory const directory;
    auto storage = Fast::open(directory).value();
    std::set<std::string> expected;
    for (int i = 0; i < 120; ++i) {
        std::string text = (i % 3 == 0 ? "a/" : "B/") + std::to_string(i) + (i % 5 == 0 ? std::string(900, 'x') : "");
        Key const key = Key::parse(text).value();
        REQUIRE(applied(set(storage, RecordId(key), "x")));
        if (i % 4 == 0) {
            auto const now = storage.read(context(), RecordId(key)).value();
            REQUIRE(applied(storage.write(context(), RecordId(key), next(now, key, "", true), Precondition::none())));
        } else {
            expected.insert(text);
        }
    }
    put(directory.path() + "/README", "not ours");
    REQUIRE(std::system(("mkdir '" + directory.path() + "/Not ours' '" + directory.path() + "/empty'").c_str()) == 0);
    for (std::size_t const limit : {1u, 7u, 1000u}) {
        std::multiset<std::string> found;
        std::string cursor;
        do {
            auto another = Fast::open(directory).value();  // a cursor is good in other objects too
            auto page = another.list(context(), {.cursor = cursor, .limit = limit}).value();
            CHECK(page.records.size() <= limit);
            for (auto const& one : page.records) found.insert(one.key.str());
            cursor = page.next;
        } while (!cursor.empty());
        CHECK(std::set<std::string>(found.begin(), found.end()) == expected);
        CHECK(found.size() == expected.size());
    }
    std::size_t with_prefix = 0;
    for (auto const& text : expected) with_prefix += text.starts_with("a/") ? 1u : 0u;
    CHECK(storage.list(context(), {.prefix = "a/"}).value().records.size() == with_prefix);
    CHECK(storage.list(context(), {.prefix = "B/1", .whole_key = true}).value().records.size() == 1);
    CHECK(storage.list(context(), {.prefix = "B/", .whole_key = true}).value().records.empty());
    CHECK(storage.list(context(), {.cursor = "nonsense"}).error().code() == Errc::invalid_argument);
    CHECK(storage.list(context(), {.cursor = "0.0.../.."}).error().code() == Errc::invalid_argument);
}

TEST_CASE("file storage: listing versions", "[file]") {
    Directory const directory;
    auto storage = Fast::open(directory).value();
    Key const keys[] = {Key(KeyView("a")), Key::parse(std::string(1000, 'b')).value(), Key(KeyView("c"))};
    for (auto const& key : keys)
        for (std::uint64_t i = 1; i <= 20; ++i)
            REQUIRE(applied(set(storage, RecordId(key, Slot::version, {i, {i, 1}}), "v")));
    auto const list = [&](ListRequest request) {
        std::multiset<std::pair<std::string, std::uint64_t>> found;
        std::string cursor;
        do {
            request.cursor = cursor;
            auto page = storage.list(context(), request).value();
            CHECK(page.records.size() <= request.limit);
            for (auto const& one : page.records) found.insert({one.key.str(), one.version.sequence});
            cursor = page.next;
        } while (!cursor.empty());
        CHECK(std::set(found.begin(), found.end()).size() == found.size());
        return found.size();
    };
    for (std::size_t const limit : {1u, 3u, 20u, 100u}) {
        CHECK(list({.slot = Slot::version, .limit = limit}) == 60);
        for (auto const& key : keys)
            CHECK(list({.slot = Slot::version, .prefix = key.view(), .whole_key = true, .limit = limit}) == 20);
    }
    CHECK(list({}) == 0);
    CHECK(list({.slot = Slot::retention}) == 0);
    REQUIRE(applied(set(storage, RecordId(keys[0], Slot::retention), "r")));
    REQUIRE(applied(set(storage, RecordId(keys[1], Slot::retention), "r")));
    CHECK(list({.slot = Slot::retention}) == 2);
}

TEST_CASE("file storage: a long key whose record does not tell it is an error", "[file]") {
    Directory const directory;
    auto storage = Fast::open(directory).value();
    Key const one = Key::parse(std::string(1000, 'x')).value(), other = Key::parse(std::string(1000, 'y')).value();
    REQUIRE(applied(set(storage, RecordId(one), "x")));
    std::string const place = directory.path() + "/states/" + SlotFirst::directory(one) + "/current";
    std::string const header(encode_frame_header(*next(nullptr, other, "x"))->view());
    put(place, header + "x");  // as if the two had one hash
    CHECK(storage.read(context(), RecordId(one)).error().code() == Errc::malformed);
    auto const page = storage.list(context(), {}).value();
    CHECK(page.records.empty());
    REQUIRE(page.unreadable.size() == 1);
    CHECK(page.unreadable[0] == Errc::malformed);
    CHECK_FALSE(set(storage, RecordId(one), "z"));
    CHECK(contents(place) == header + "x");
}

TEST_CASE("file storage: what exists all the time is listed while others come and go", "[file]") {
    Directory const directory;
    auto storage = Fast::open(directory).value();
    auto const numbered = [](std::string name, int i) { return Key::parse(name + std::to_string(i)).value(); };
    for (int i = 0; i < 500; ++i) REQUIRE(applied(set(storage, RecordId(numbered("stays-", i)), "x")));
    std::atomic<bool> stop{false};
    std::thread busy([&] {
        for (int i = 0; !stop; ++i) {
            (void)set(storage, RecordId(numbered("comes-", i % 300)), "x");
            (void)storage.remove(context(), RecordId(numbered("comes-", (i + 150) % 300)), Precondition::none());
        }
    });
    bool complete = true;
    for (int round = 0; round < 5; ++round) {
        std::set<std::string> found;
        std::string cursor;
        do {
            auto page = storage.list(context(), {.prefix = "stays-", .cursor = cursor, .limit = 13}).value();
            for (auto const& one : page.records) complete = complete && found.insert(one.key.str()).second;
            cursor = page.next;
        } while (!cursor.empty());
        complete = complete && found.size() == 500;
    }
    stop = true;
    busy.join();
    CHECK(complete);
}

TEST_CASE("file storage: no update is lost between threads, objects and forks", "[file]") {
    Directory const directory;
    auto storage = Fast::open(directory).value();
    REQUIRE(applied(set(storage, RecordId("n"), "0")));
    auto const increment = [](Fast& through, int times) {
        while (times > 0) {
            auto const base = through.read(context(), RecordId("n")).value();
            auto const value = std::to_string(std::stoi(std::string(base->payload.view())) + 1);
            if (applied(through.write(context(), RecordId("n"), next(base, "n", value),
                                      Precondition::matches(base->revision))))
                --times;
        }
    };
    auto const fork_to = [&](Fast& through) {
        pid_t const child = ::fork();
        if (child == 0) {
            increment(through, 200);
            ::_exit(0);
        }
        return child;
    };
    pid_t const children[] = {fork_to(storage), fork_to(storage)};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            auto own = Fast::open(directory).value();
            increment(i % 2 == 0 ? storage : own, 200);
        });
    for (auto& thread : threads) thread.join();
    for (pid_t const child : children) {
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    CHECK(get(storage, RecordId("n")) == "1200");
}

TEST_CASE("file storage: a writer that waits gives up at its deadline", "[file]") {
    Directory const directory;
    auto storage = Full::open(directory).value();
    REQUIRE(applied(set(storage, RecordId("k"), "x")));
    std::vector<detail::LockFile> locks(256);
    for (std::size_t i = 0; i < locks.size(); ++i) {
        std::string const path =
            storage.lock_directory()->path() + "/shard-" + detail::hex_digits[i >> 4] + detail::hex_digits[i & 15];
        REQUIRE(locks[i].open(AT_FDCWD, path));
        REQUIRE(*locks[i].try_lock(path));
    }
    for (Duration const patience : {Duration(0), Duration(std::chrono::milliseconds(30))}) {
        auto const outcome =
            storage.write(context(patience), RecordId("k"), next(nullptr, "k", "y"), Precondition::none());
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code() == Errc::busy);
    }
    std::atomic<bool> stop{true};
    auto const stopped =
        storage.remove(Context(Environment::system(), endless, &stop), RecordId("k"), Precondition::none());
    CHECK((!stopped && stopped.error() == Errc::cancelled));
    CHECK(get(storage, RecordId("k")) == "x");  // readers do not wait
    std::thread release([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        locks.clear();
    });
    CHECK(applied(set(storage, RecordId("k"), "y")));
    release.join();
}

}  // namespace file_test
