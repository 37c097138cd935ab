// Keys are any text; they are listed page by page, in bounded memory.

#include <holdfast/holdfast.hpp>
#include <holdfast/serialization/json.hpp>

#include <iostream>

int main() {
    holdfast::StateStore<int, holdfast::FileStorage<>> store(holdfast::FileStorage<>::open("taps").value());
    for (auto const* const name : {"tap/orders", "tap/../orders", "tap/Orders", "tap/commandes reçues", "other"})
        store.update(holdfast::Key::parse(name).value(), [](int& n) { n = 1; }).value();

    int found = 0;
    for (holdfast::Result<holdfast::Key> const& key : store.keys("tap/")) {
        if (!key) return std::cerr << key.error().describe() << '\n', 1;
        std::cout << key->view() << '\n';
        ++found;
    }
    return found == 4 ? 0 : 1;
}
