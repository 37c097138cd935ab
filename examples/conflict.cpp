// A write says which state it was decided on. If it is another by now, nothing is overwritten.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>

#include <iostream>

int main() {
    holdfast::StateStore<std::string> store;
    auto const mine = store.create("owner", "nobody").value();

    store.replace(mine, "alice").value();  // somebody is faster

    auto const late = store.replace(mine, "bob");
    if (late) return 1;
    std::cout << late.error().describe() << '\n';  // conflict: somebody else wrote first; read again (replace owner)

    // update() does that: it reads again, and decides anew.
    auto const now = store.update("owner", [](std::string& owner) { owner += " and bob"; }).value();
    return late.error() == holdfast::Errc::conflict && *now == "alice and bob" ? 0 : 1;
}
