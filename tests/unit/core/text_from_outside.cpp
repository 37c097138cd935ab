// Names and purposes come from outside: what is kept of them is whole characters of UTF-8.

#include <holdfast/core/environment.hpp>
#include <holdfast/format/flat_json.hpp>
#include <holdfast/locking/file_lock.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/lock_text.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace text_from_outside {

using namespace holdfast;
using detail::tidy_text;
using detail::valid_utf8;
using detail::whole_characters;

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

TEST_CASE("text from outside: a cut is between two characters") {
    CHECK(whole_characters("abc", 3) == 3);
    CHECK(whole_characters("abc", 2) == 2);
    CHECK(whole_characters("aé", 2) == 1);
    CHECK(whole_characters("a東", 3) == 1);
    CHECK(whole_characters("a😀", 4) == 1);
    CHECK(whole_characters("😀😀", 4) == 4);
    CHECK(whole_characters("é", 0) == 0);
    CHECK(whole_characters("\x80\x80\x80\x80\x80\x80", 5) <= 5);  // no text: cut somewhere
    for (std::size_t before = 0; before < 4; ++before)
        for (std::string_view const character : {"x", "é", "東", "😀"}) {
            std::string const text = std::string(before, '.') + repeated(character, 60);
            Writer const writer(text);
            CHECK(valid_utf8(writer.view()));
            CHECK(text.starts_with(writer.view()));
            CHECK(writer.view().size() > 47 - character.size());
        }
    constexpr InlineText<3> constant("aéé");
    static_assert(constant.view() == "aé");
}

TEST_CASE("text from outside: what is not UTF-8 becomes a question mark") {
    CHECK(tidy_text("a\xff" "b\xc3", 100) == "a?b?");
    CHECK(tidy_text("\xed\xa0\x80", 100) == "???");
    CHECK(tidy_text("line\n\"é\"", 100) == "line\n\"é\"");
    CHECK(tidy_text("ab\xff" "cé", 5) == "ab?c");
    CHECK(tidy_text("", 5).empty());
}

TEST_CASE("text from outside: the name of a user") {
    auto const who = [](char const* user) {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        pid_t const child = fork();  // which asks anew who it is
        if (child == 0) {
            (void)setenv("USER", user, 1);
            auto const writer = Environment::system().who();
            _exit(write(ends[1], writer.view().data(), writer.view().size()) > 0 ? 0 : 1);
        }
        (void)close(ends[1]);
        char text[64];
        ssize_t const n = read(ends[0], text, sizeof text);
        (void)close(ends[0]);
        (void)waitpid(child, nullptr, 0);
        return std::string(text, n > 0 ? static_cast<std::size_t>(n) : 0);
    };
    CHECK(who("j\xf6rg").starts_with("j?rg@"));
    CHECK(who("jörg").starts_with("jörg@"));
    for (std::size_t before = 0; before < 4; ++before) {
        auto const cut = who((std::string(before, '.') + repeated("😀", 20)).c_str());
        CHECK(valid_utf8(cut));
        CHECK(cut.size() <= 47);
        CHECK(cut.find(':') != cut.npos);  // the process is always told
    }
}

TEST_CASE("text from outside: what a holder says it does is shown to others, whatever it is") {
    file_test::Directory const directory;
    StateStore<std::string, FileStorage<>, FileLock, RawBytes> store(FileStorage<>::open(directory.path()).value());
    auto const shown = [&](KeyView key, std::string_view purpose) {
        auto const held = store.lock(key, {.purpose = purpose}).value();
        auto const holder = store.holder(key).value();
        REQUIRE(holder);
        CHECK(!holder->who.empty());
        CHECK(valid_utf8(holder->purpose));
        return holder->purpose;
    };
    CHECK(shown("k", "new\nline\t\"q\"") == "new\nline\t\"q\"");
    CHECK(shown("k", "bad\xff") == "bad?");
    CHECK(shown("k", "a" + repeated("é", 600)) == "a" + repeated("é", 511));
    CHECK(shown("k", repeated("é", 600)) == repeated("é", 512));
    CHECK(shown("k", std::string(3000, 'x')).size() == 1024);
    // The longest that there is, escaped.
    Key const quotes = Key::parse(std::string(max_key_size, '"')).value();
    CHECK(shown(quotes, std::string(1024, '\x01')) == std::string(1024, '\x01'));

    StateStore<std::string, LeaseLock<>, RawBytes> leases;
    for (std::string const& purpose : {repeated("é", 200), "a" + repeated("é", 200), std::string("bad\xff")}) {
        auto const held = leases.lock("k", {.purpose = purpose}).value();
        auto const holder = leases.holder("k").value();
        REQUIRE(holder);
        CHECK(valid_utf8(holder->purpose));
        CHECK(holder->purpose.size() >= 3);
    }
}

}  // namespace text_from_outside
