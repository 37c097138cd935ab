// One odd entry in the directory of a storage does not hide the others.

#include <unit/storage/file_fixture.hpp>

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace file_listing_test {

using namespace holdfast;
using file_test::applied;
using file_test::context;
using file_test::Directory;
using file_test::set;
using Storage = FileStorage<SlotFirst, Durability::none>;
using Store = StateStore<std::string, Storage, RawBytes>;

Key numbered(std::string name, int i) { return Key::parse(name + std::to_string(i)).value(); }

struct Walked {
    std::set<std::string> keys;
    std::vector<Error> errors;
    bool complete;
};

/// What a loop over the keys sees; errors must come last.
Walked walk(Store& store) {
    Walked seen;
    auto keys = store.keys();
    for (Result<Key> const& key : keys) {
        if (!key) seen.errors.push_back(key.error());
        else CHECK((seen.errors.empty() && seen.keys.insert(key->str()).second));
    }
    seen.complete = keys.complete();
    return seen;
}

void run(Directory const& directory, std::string const& command) {
    REQUIRE(std::system(("cd '" + directory.path() + "/states' && " + command).c_str()) == 0);
}

/// Twenty keys, all listed, and what else a command put among them.
struct Among {
    Directory directory;
    Store store{Storage::open(directory).value()};

    explicit Among(std::string const& command) {
        for (int i = 0; i < 20; ++i) REQUIRE(store.create(numbered("key-", i), "v"));
        run(directory, command);
    }
};

TEST_CASE("file listing: strangers are passed over", "[file]") {
    for (std::string const& command :
         {std::string("mkdir old! && echo hello > old!/current"), std::string("mkdir x!-0123 'Some Folder' empty"),
          std::string("echo hello > README"), std::string("mkdir -p x!-00112233445566778899aabbccddeeff/sub"),
          std::string("echo hello > notes!"), std::string("ln -s /nowhere/at-all Link"),
          std::string("mkdir a && echo x > a/b")}) {
        CAPTURE(command);
        Among const among(command);
        auto const seen = walk(const_cast<Store&>(among.store));
        CHECK(seen.keys.size() == 20);
        CHECK(seen.errors.empty());
        CHECK(seen.complete);
    }
}

TEST_CASE("file listing: what may be a record and cannot be told is named at the end", "[file]") {
    std::string const name(SlotFirst::directory(Key::parse(std::string(300, 'L')).value()));
    for (std::string const& command :
         {"mkdir " + name + " && echo hello > " + name + "/current", "mkdir -p " + name + "/current",
          std::string("mkdir -p nested/current"), std::string("mkdir k && ln -s /etc/passwd k/current"),
          std::string("mkdir k && ln -s k/current2 k/current")}) {
        CAPTURE(command);
        Among const among(command);
        auto const seen = walk(const_cast<Store&>(among.store));
        CHECK(seen.keys.size() == 20);
        REQUIRE(seen.errors.size() == 1);
        CHECK(seen.errors[0] == Errc::malformed);
        CHECK(seen.errors[0].subject().ends_with("/current"));
        CHECK(seen.complete);
    }
}

TEST_CASE("file listing: damage hides nothing", "[file]") {
    Among among("true");
    Key const longest = Key::parse(std::string(300, 'L')).value();
    REQUIRE(among.store.create(longest, "v"));
    std::string const path = among.directory.path() + "/states/" + SlotFirst::directory(longest) + "/current";
    run(among.directory, "printf X | dd of=key-7/current bs=1 count=1 conv=notrunc 2>/dev/null");
    auto seen = walk(among.store);
    CHECK(seen.keys.size() == 21);  // the damaged one too: reading it says so
    CHECK(seen.errors.empty());

    std::string const good = file_test::contents(path);
    file_test::put(path, "X" + good.substr(1));
    seen = walk(among.store);
    CHECK(seen.keys.size() == 20);
    REQUIRE(seen.errors.size() == 1);
    CHECK(seen.errors[0].subject() == "states/" + SlotFirst::directory(longest) + "/current");
}

TEST_CASE("file listing: a damaged version of a long key hides no other", "[file]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    Key const longest = Key::parse(std::string(300, 'L')).value();
    for (std::uint64_t i = 1; i <= 5; ++i)
        REQUIRE(applied(set(storage, RecordId(longest, Slot::version, {i, {i, 1}}), "v")));
    file_test::put(
        directory.path() + "/versions/" + SlotFirst::directory(longest) + "/" + to_string(VersionId{3, {3, 1}}),
        "hello");
    for (bool const whole : {false, true})
        for (std::size_t const limit : {1u, 2u, 100u}) {
            std::set<std::uint64_t> found;
            std::string cursor;
            do {
                auto page = storage.list(context(), {.slot = Slot::version,
                                                     .prefix = longest.view(),
                                                     .whole_key = whole,
                                                     .cursor = cursor,
                                                     .limit = limit});
                REQUIRE(page);
                CHECK(page->unreadable.empty());
                for (auto const& one : page->records) CHECK(found.insert(one.version.sequence).second);
                cursor = page->next;
            } while (!cursor.empty());
            CHECK(found.size() == 5);
        }
}

TEST_CASE("file listing: thousands of odd entries are counted, in bounded pages", "[file]") {
    Among among("true");
    for (int i = 0; i < 250; ++i) {
        Key const key = Key::parse(std::string(300, 'L') + std::to_string(i)).value();
        run(among.directory, "mkdir " + SlotFirst::directory(key) + " && echo hello > " +
                                 SlotFirst::directory(key) + "/current");
    }
    auto const seen = walk(among.store);
    CHECK(seen.keys.size() == 20);
    CHECK(seen.errors.size() == 101);
    CHECK(seen.errors.back().message().starts_with("150 more "));
    std::size_t records = 0, unreadable = 0;
    std::string cursor;
    do {
        auto page = among.store.storage().list(context(), {.cursor = cursor, .limit = 7}).value();
        CHECK(page.records.size() + page.unreadable.size() <= 7);
        records += page.records.size();
        unreadable += page.unreadable.size();
        cursor = page.next;
    } while (!cursor.empty());
    CHECK(records == 20);
    CHECK(unreadable == 250);
}

TEST_CASE("file listing: a directory of others hides nothing", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Among among(
        "mkdir -m 0700 ../lost+found theirs && chmod 0755 .. . && chown -R 12345 key-* ../.holdfast && chown 12345 .. .");
    pid_t const child = ::fork();
    if (child == 0) {
        if (::setgid(12345) != 0 || ::setuid(12345) != 0) ::_exit(9);
        int keys = 0, errors = 0;
        bool named = true;
        for (Result<Key> const& key : among.store.keys()) {
            ++(key ? keys : errors);
            if (!key) named = key.error() == Errc::permission_denied && key.error().subject() == "states/theirs/current";
        }
        ::_exit(keys == 20 && errors == 1 && named ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

}  // namespace file_listing_test
