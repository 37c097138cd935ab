// An outcome that nobody looks at is a lost error, a lock that nobody keeps is released at once, and a view of what is
// gone shows nothing.
//
// expect: error: ignoring return(ed)? value
// expect: result_ignored.cpp:35:[0-9]+: error
// expect: result_ignored.cpp:36:[0-9]+: error
// expect: result_ignored.cpp:37:[0-9]+: error
// expect: result_ignored.cpp:38:[0-9]+: error
// expect: result_ignored.cpp:40:[0-9]+: error: .*keep it
// expect: result_ignored.cpp:41:[0-9]+: error: .*keep it
// expect: result_ignored.cpp:42:[0-9]+: error: .*keep it
// expect-clang: result_ignored.cpp:44:[0-9]+: error: temporary .* destroyed at the end of the full-expression
// expect-clang: result_ignored.cpp:45:[0-9]+: error: temporary .* destroyed at the end of the full-expression

#include "parts.hpp"

#pragma GCC diagnostic error "-Wunused-result"
#if defined(__clang__)
#pragma GCC diagnostic error "-Wdangling"
#endif

using namespace parts;

int main() {
    Store<> store;
    bool good = true;
#ifdef HOLDFAST_ACCEPT
#define LOOK_AT good = good &&
#else
#define LOOK_AT
#endif
    auto const change = [](std::string& text) { text += "."; };

    // clang-format off
    LOOK_AT store.create("k", "v");
    LOOK_AT store.update("k", change);
    LOOK_AT store.get("k");
    LOOK_AT store.lock("k");
#ifndef HOLDFAST_ACCEPT
    store.lock("k").value();
    *store.lock("k");
    store.try_lock("k").value();
    // clang-format on
    KeyView of_result = *Key::parse(std::string("k"));
    KeyView of_key = Key("k");
#endif
    return good ? 0 : 1;
}
