#include "mixed.hpp"

bool library_works();
int library_value(bool there);

int main() {
    if (!mixed::works() || !library_works() || library_value(true) != 1) return 1;
#if defined(__cpp_exceptions)
    if (!holdfast::detail::contained([] {})) return 2;
    if (holdfast::detail::contained([] { throw 1; })) return 3;
    try {
        return library_value(false) == 2 ? 0 : 4;
    } catch (holdfast::Exception const& error) {
        return error.error() == holdfast::Errc::conflict ? 0 : 5;
    }
#else
    return library_value(false) == 2 ? 0 : 6;
#endif
}
