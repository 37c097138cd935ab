// prog                           the names of the cases
// prog CASE SECONDS [DIRECTORY]  prints: operations, nanoseconds of wall (median) and of CPU (mean) per operation
// prog CASE 1000x [DIRECTORY]    runs exactly 1000 operations, to count their system calls

#include "harness.hpp"

#include <thread>

int main(int count, char** arguments) {
    if (count == 1) {
        for (bench::Case const* one : bench::Case::all())
            std::printf("%.*s\n", static_cast<int>(one->name.size()), one->name.data());
        return 0;
    }
    if (count < 3) bench::fail("usage: CASE SECONDS|OPERATIONSx [DIRECTORY]");
    std::string_view const length = arguments[2];
    char* end = nullptr;
    double const number = std::strtod(arguments[2], &end);
    bool const counted = length.ends_with('x');
    // The standard library skips atomic reference counts until a process has had a second thread.
    std::thread([] {}).join();
    bench::Run run(counted ? 0 : number, counted ? static_cast<std::uint64_t>(number) : 0,
                   count > 3 ? arguments[3] : ".");
    for (bench::Case const* one : bench::Case::all())
        if (one->name == arguments[1]) return one->run(run), 0;
    bench::fail("no such case");
}
