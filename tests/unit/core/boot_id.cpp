// What names the time line of the machine's clock: other text from the kernel, and other clocks, are other names.

#include <holdfast/core/boot_id.hpp>

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

#include <sched.h>
#include <sys/mount.h>

namespace boot_id_test {

using namespace holdfast;

TEST_CASE("every digit of the name of a boot counts", "[file]") {
    file_test::Directory const directory;
    std::string const file = directory.path() + "/boot_id";
    file_test::put(file, "");
    constexpr int cannot = 77;
    int const outcome = test::in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount(file.c_str(), "/proc/sys/kernel/random/boot_id", nullptr, MS_BIND, nullptr) != 0)
            return cannot;
        std::string const zeros = "00000000-0000-0000-0000-000000000000";
        std::set<std::string> seen;
        std::size_t texts = 0;
        for (char const digit : {'1', '9', 'a', 'f'})
            for (std::size_t i = 0; i < zeros.size(); ++i) {
                if (zeros[i] == '-') continue;
                std::string text = zeros;
                text[i] = digit;
                file_test::put(file, text + "\n");
                auto const id = detail::read_boot_id().text();
                seen.insert({id.data(), id.size()});
                ++texts;
            }
        if (seen.size() != texts) return 1;
        file_test::put(file, "cut off");
        return detail::read_boot_id() ? 2 : 0;
    });
    if (outcome == cannot) SKIP("no right to mount a file over the kernel's");
    CHECK(outcome == 0);
}

#if defined(CLONE_NEWTIME)
TEST_CASE("who has a clock of his own has another time line", "[file]") {
    WriteId const here = detail::read_boot_id();
    constexpr int cannot = 77;
    int const outcome = test::in_child([&] {
        if (::unshare(CLONE_NEWTIME) != 0) return cannot;  // that of the children
        return test::in_child([&] { return detail::read_boot_id() != here ? 0 : 1; });
    });
    if (outcome == cannot) SKIP("no right to make clocks");
    CHECK(outcome == 0);
}
#endif

}  // namespace boot_id_test
