// The first run of a pipeline is not an error.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>

#include <iostream>

int main() {
    holdfast::StateStore<std::string> store;

    auto const read = store.get("cursor");  // Result<std::optional<Entry<std::string>>>
    if (!read) return std::cerr << read.error().describe() << '\n', 1;
    std::string const from = *read ? (*read)->value() : "the beginning";
    std::cout << "reading from " << from << '\n';

    store.create("cursor", "page 7").value();
    auto const entry = store.get("cursor").value().value();
    store.remove(entry).value();
    return from == "the beginning" && !store.get("cursor").value() ? 0 : 1;
}
