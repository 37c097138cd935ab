// The core alone: bytes in memory. Must link none of the libraries behind the components.

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

int main() {
    holdfast::StateStore<std::string, holdfast::MemoryStorage, holdfast::RawBytes> store;
    for (int i = 0; i < 2; ++i) store.update("greeting", [](std::string& text) { text += "ho"; }).value();
    auto const entry = store.get("greeting").value();
    return entry && entry->value() == "hoho" ? 0 : 1;
}
