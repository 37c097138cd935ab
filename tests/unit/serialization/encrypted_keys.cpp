#include <catch2/catch_test_macros.hpp>
#include <unit/serialization/encrypted_support.hpp>
#include <unit/storage/file_fixture.hpp>

#include <cstdlib>
#include <ostream>
#include <type_traits>

#include <sys/stat.h>
#include <unistd.h>

namespace encrypted_test {
namespace {

std::string const digits = hex_of(key_bytes("k1"));
constexpr std::string_view base64 = "U0VDUkVULWsxLUtMTU5PUFFSU1RVVldYWVpBQkNERUY=";

template <class R>
std::string fault(R const& result, Errc code) {
    if (result) return "a value";
    CHECK(name(result.error().code()) == name(code));
    auto const text = result.error().describe();
    CHECK(tells_no_secret(text));
    CHECK(text.find(digits.substr(0, 12)) == std::string::npos);
    return text;
}
bool says(std::string const& text, std::string_view part) {
    INFO(text);
    CHECK(text.find(part) != text.npos);
    return text.find(part) != text.npos;
}

std::string file(file_test::Directory const& directory, std::string_view text, mode_t mode = 0600) {
    std::string path = directory.path() + "/key";
    (void)::unlink(path.c_str());
    file_test::put(path, text);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    return path;
}

/// Set for one test.
struct Variable {
    Variable(char const* name, std::string const& value) : name_(name) {
        REQUIRE(::setenv(name, value.c_str(), 1) == 0);
    }
    Variable(Variable const&) = delete;
    Variable& operator=(Variable const&) = delete;
    ~Variable() { (void)::unsetenv(name_); }

private:
    char const* name_;
};

template <class T>
concept Shown =
    requires(std::string& text, T const& x) { text += x; } || requires(std::ostream& out, T const& x) { out << x; };

}  // namespace

static_assert(!std::is_copy_constructible_v<SecretKey> && !std::is_copy_assignable_v<SecretKey>);
static_assert(!Shown<SecretKey>);
static_assert(KeySource<KeyRing>);

TEST_CASE("key ring: keys from bytes and text", "[encrypted]") {
    CHECK(SecretKey::from_bytes(key_bytes("k1")).value().expose() == key_bytes("k1"));
    CHECK(SecretKey::from_text(digits).value().expose() == key_bytes("k1"));
    CHECK(SecretKey::from_text("  " + digits + "\r\n").value().expose() == key_bytes("k1"));
    std::string upper;
    for (char const c : digits) upper.push_back(c >= 'a' ? static_cast<char>(c - 32) : c);
    CHECK(SecretKey::from_text(upper).value().expose() == key_bytes("k1"));
    CHECK(SecretKey::from_text(base64).value().expose() == key_bytes("k1"));
    CHECK(SecretKey::generate().value().expose() != SecretKey::generate().value().expose());

    for (auto const& bad : {std::string(), digits.substr(1), digits + "0", digits.substr(1) + "g",
                            std::string(base64.substr(0, 43)), std::string(base64).replace(5, 1, "-"),
                            std::string(base64).replace(43, 1, "A"), std::string(64, '\0'), std::string(44, '=')})
        CHECK(says(fault(SecretKey::from_text(bad), Errc::invalid_argument), "openssl rand -hex 32"));
    CHECK(says(fault(SecretKey::from_bytes(key_bytes("k1").substr(1)), Errc::invalid_argument), "has 31 characters"));
}

TEST_CASE("key ring: a key is overwritten when it goes", "[encrypted]") {
    alignas(SecretKey) char place[sizeof(SecretKey)];
    auto* const secret = new (place) SecretKey(key("k1"));
    REQUIRE(std::string_view(place, sizeof place).find("SECRET") != std::string_view::npos);
    SecretKey moved(std::move(*secret));
    CHECK(std::string_view(place, sizeof place).find("SECRET") == std::string_view::npos);
    *secret = std::move(moved);
    REQUIRE(std::string_view(place, sizeof place).find("SECRET") != std::string_view::npos);
    secret->~SecretKey();
    char const volatile* const seen = place;
    std::size_t left = 0;
    for (std::size_t i = 0; i < sizeof place; ++i) left += seen[i] != 0;
    CHECK(left == 0);
}

TEST_CASE("key ring: a file of a key is its owner's alone", "[encrypted]") {
    file_test::Directory const directory;
    for (auto const& text : {digits + "\n", std::string(base64), key_bytes("k1")})
        CHECK(SecretKey::from_file(file(directory, text)).value().expose() == key_bytes("k1"));
    CHECK(SecretKey::from_file(file(directory, digits, 0400)).has_value());
    for (mode_t const mode : {mode_t{0640}, mode_t{0604}, mode_t{0620}, mode_t{0602}, mode_t{0644}, mode_t{0660}})
        CHECK(says(fault(SecretKey::from_file(file(directory, digits, mode)), Errc::permission_denied), "chmod 600"));
    CHECK(says(fault(KeyRing::from_file(file(directory, "k1:" + digits, 0640)), Errc::permission_denied),
               directory.path()));
    CHECK(says(fault(SecretKey::from_file(directory.path() + "/none"), Errc::not_found), "/none"));
    CHECK(says(fault(SecretKey::from_file(directory.path()), Errc::invalid_argument), "regular file"));
    CHECK(says(fault(SecretKey::from_file(file(directory, digits.substr(2))), Errc::invalid_argument), "/key"));
    CHECK(says(fault(SecretKey::from_file(file(directory, std::string(20'000, 'a'))), Errc::too_large), "16 KiB"));
    std::string const pipe = directory.path() + "/pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(says(fault(SecretKey::from_file(pipe), Errc::invalid_argument), "regular file"));  // and does not wait for it
}

TEST_CASE("key ring: a key file as an orchestrator mounts it", "[encrypted]") {
    file_test::Directory const directory;
    // As Kubernetes does: the name, through a link to a directory, through a link that is replaced with every new key.
    std::string const first = directory.path() + "/..2024";
    REQUIRE(::mkdir(first.c_str(), 0755) == 0);
    std::string const mounted = first + "/key", data = directory.path() + "/..data", name = directory.path() + "/app";
    REQUIRE(::rename(file(directory, digits).c_str(), mounted.c_str()) == 0);
    REQUIRE(::symlink("..2024", data.c_str()) == 0);
    REQUIRE(::symlink("..data/key", name.c_str()) == 0);
    CHECK(SecretKey::from_file(name).has_value());

    if (::geteuid() != 0) SKIP("only root makes files of root");
    REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
    struct Case {
        mode_t mode;
        uid_t owner;
        char const* remedy;  // none: it is right
    };
    constexpr uid_t us = 4711, stranger = 4712;
    for (auto const& [mode, owner, remedy] :
         {Case{0440, 0, nullptr}, {0444, 0, nullptr}, {0400, 0, nullptr}, {0600, us, nullptr}, {0400, us, nullptr},
          {0644, 0, "mode 0440"}, {0640, 0, "mode 0440"}, {0664, 0, "chmod 600"}, {0460, 0, "chmod 600"},
          {0446, 0, "chmod 600"}, {0440, us, "chmod 600"}, {0444, us, "chmod 600"}, {0644, us, "chmod 600"},
          {0444, stranger, "chown"}, {0644, stranger, "chown"}}) {
        INFO(std::oct << mode << " of " << std::dec << owner);
        REQUIRE(::chown(mounted.c_str(), owner, us) == 0);
        REQUIRE(::chmod(mounted.c_str(), mode) == 0);
        gid_t const group = ::getegid();
        REQUIRE((::setegid(us) == 0 && ::seteuid(us) == 0));
        auto const key = SecretKey::from_file(name);
        REQUIRE((::seteuid(0) == 0 && ::setegid(group) == 0));
        if (mode == 0400 && owner == 0) {
            CHECK(!key);  // only root may read it
            CHECK(SecretKey::from_file(name).has_value());
        } else if (remedy == nullptr) {
            CHECK(key.has_value());
        } else {
            CHECK(says(fault(key, Errc::permission_denied), remedy));
        }
    }
    // Root itself is no exception: what belongs to somebody else can be changed by them.
    REQUIRE((::chown(mounted.c_str(), stranger, 0) == 0 && ::chmod(mounted.c_str(), 0600) == 0));
    CHECK(says(fault(SecretKey::from_file(name), Errc::permission_denied), "chown"));
}

TEST_CASE("key ring: a key that was moved from is none", "[encrypted]") {
    SecretKey first = key("k1");
    SecretKey const second = std::move(first);
    CHECK((!first && second));
    KeyRing keys;
    CHECK(says(fault(keys.add("a", std::move(first)), Errc::invalid_argument), "moved from"));
    CHECK(keys.active() == nullptr);
    REQUIRE(keys.add("a", key("k1")));
    KeyRing const taken = std::move(keys);
    CHECK((keys.active() == nullptr && keys.find("a") == nullptr && taken.active() != nullptr));
    CHECK(keys.size() == 0);
}

TEST_CASE("key ring: a key from the environment", "[encrypted]") {
    {
        Variable const set("HOLDFAST_TEST_KEY", digits);
        CHECK(SecretKey::from_variable("HOLDFAST_TEST_KEY").value().expose() == key_bytes("k1"));
    }
    CHECK(says(fault(SecretKey::from_variable("HOLDFAST_TEST_KEY"), Errc::not_found), "HOLDFAST_TEST_KEY"));
    Variable const wrong("HOLDFAST_TEST_KEY", digits.substr(4));
    CHECK(says(fault(SecretKey::from_variable("HOLDFAST_TEST_KEY"), Errc::invalid_argument), "HOLDFAST_TEST_KEY"));
    CHECK(says(fault(KeyRing::from_variable("HOLDFAST_TEST_KEY"), Errc::invalid_argument), "key 1 of the ring"));
}

TEST_CASE("key ring: the first key is active, until another is", "[encrypted]") {
    KeyRing keys;
    CHECK(keys.active() == nullptr);
    REQUIRE(keys.add("2024", key("k1")));
    REQUIRE(keys.add("2025", SecretKey::from_text(hex_of(key_bytes("k2")))));
    CHECK(keys.active()->id == "2024");
    CHECK(keys.find("2025")->secret.expose() == key_bytes("k2"));
    CHECK(keys.find("2026") == nullptr);
    CHECK(keys.find("2024")->fingerprint != keys.find("2025")->fingerprint);
    KeyRing const before = keys;  // shares the keys
    REQUIRE(keys.activate("2025"));
    CHECK(keys.active()->id == "2025");
    CHECK(before.active()->id == "2024");
    CHECK(before.find("2025") == keys.active());
    CHECK(fault(keys.activate("2026"), Errc::not_found) != "a value");
    CHECK(says(fault(keys.add("2024", key("k3")), Errc::invalid_argument), "'2024'"));
    for (std::string const& id : {std::string(), std::string(33, 'a'), std::string("a b"), std::string("a/b"),
                                  std::string("\xc3\xa9"), std::string("a\0", 2)})
        CHECK(fault(keys.add(id, key("k3")), Errc::invalid_argument) != "a value");
    CHECK(fault(keys.add("new", SecretKey::from_text("short")), Errc::invalid_argument) != "a value");
    CHECK(keys.size() == 2);
}

TEST_CASE("key ring: rings from text, files and the environment", "[encrypted]") {
    std::string const text = "k2:" + hex_of(key_bytes("k2")) + ",\n k1:" + std::string(base64) + "\n";
    auto const check = [](Result<KeyRing> const& keys) {
        REQUIRE(keys);
        CHECK(keys->size() == 2);
        CHECK(keys->active()->id == "k2");
        CHECK(keys->find("k1")->secret.expose() == key_bytes("k1"));
    };
    check(KeyRing::from_text(text));
    file_test::Directory const directory;
    check(KeyRing::from_file(file(directory, text)));
    Variable const set("HOLDFAST_TEST_RING", text);
    check(KeyRing::from_variable("HOLDFAST_TEST_RING"));

    CHECK(says(fault(KeyRing::from_text(" \n"), Errc::invalid_argument), "id:key"));
    CHECK(says(fault(KeyRing::from_text(digits), Errc::invalid_argument), "key 1 of the ring"));
    CHECK(
        says(fault(KeyRing::from_text(text + "k3:" + digits.substr(1)), Errc::invalid_argument), "key 3 of the ring"));
    CHECK(says(fault(KeyRing::from_text(text + text), Errc::invalid_argument), "'k2'"));
    CHECK(says(fault(KeyRing::from_file(file(directory, text + digits)), Errc::invalid_argument), "/key"));
    // The key where its id belongs: the id is not shown, either.
    CHECK(fault(KeyRing::from_text(digits + ":k1"), Errc::invalid_argument).find(digits) == std::string::npos);
}

}  // namespace encrypted_test
