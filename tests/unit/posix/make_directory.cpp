#include <holdfast/posix/make_directory.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/scratch.hpp>

#include <filesystem>

namespace {

using holdfast::detail::make_directory;
using holdfast::detail::Rights;

}  // namespace

TEST_CASE(
    "make directory: it is made with the rights that belong together, or found, and nothing else is taken for it") {
    holdfast_tests::Scratch const directory;
    holdfast::detail::Fd const parent = holdfast::detail::open_directory_at(AT_FDCWD, (directory / ".").c_str());
    REQUIRE(parent);
    Rights const rights{::geteuid(), ::getegid(), 0700, {}};
    mode_t const before = ::umask(0777);
    auto const made = make_directory(parent.get(), "new", rights, rights);
    ::umask(before);
    CHECK((made.made && made.fd && made.error == 0));
    struct stat about {};
    REQUIRE(::fstat(made.fd.get(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0700);
    auto const found = make_directory(parent.get(), "new", rights, rights);
    CHECK((!found.made && found.fd && found.error == 0));
    std::filesystem::create_symlink("new", directory / "link");
    auto const link = make_directory(parent.get(), "link", rights, rights);
    CHECK((!link.made && !link.fd && link.error != 0));
    auto const nowhere = make_directory(parent.get(), "not/there", rights, rights);
    CHECK((!nowhere.made && !nowhere.fd && nowhere.error == ENOENT));
}
