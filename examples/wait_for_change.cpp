// Follows a setting that somebody else changes, a thread here and any process elsewhere, without asking again and
// again.

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>

#include <iostream>
#include <thread>

int main() {
    using Store = holdfast::StateStore<std::string, holdfast::FileStorage<>, holdfast::RawBytes>;
    Store store(holdfast::FileStorage<>::open("settings").value());

    std::thread somebody([&] {
        for (std::string const level : {"info", "debug", "off"})
            store.update("log level", [&](std::string& now) { now = level; }).value();
    });

    std::optional<holdfast::Entry<std::string>> level;  // there was none yet
    do {
        level = store.wait_for_change("log level", level).value();  // the newest; what it replaced may be passed over
        std::cout << (level ? level->value() : "removed") << '\n';
    } while (level && level->value() != "off");
    somebody.join();
}
