// The other file of the program.

#include "mixed.hpp"

[[gnu::visibility("default")]] bool library_works() { return mixed::works(); }
[[gnu::visibility("default")]] int library_value(bool there) {
    if (there) return 1;
#if defined(__cpp_exceptions)
    return holdfast::Result<int>(holdfast::Error(holdfast::Errc::conflict)).value();
#else
    return 2;
#endif
}
