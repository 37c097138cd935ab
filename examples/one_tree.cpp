// A directory of records has two doors: as files, and as named bytes, which is what a bucket is.

#include <holdfast/holdfast.hpp>
#include <holdfast/object/directory_objects.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/storage/object.hpp>

#include <iostream>
#include <utility>

using Objects = holdfast::DirectoryObjects<>;
using AsFiles = holdfast::StateStore<int, holdfast::FileStorage<>>;
using AsObjects = holdfast::StateStore<int, holdfast::ObjectStorage<Objects>>;

int main() {
    AsFiles files(holdfast::FileStorage<>::open("taps").value());
    auto objects = Objects::open_for<holdfast::SlotFirst>("taps").value();
    AsObjects named(holdfast::ObjectStorage<Objects>::open(std::move(objects)).value());

    files.create("orders", 1).value();
    named.create("invoices", 10).value();
    for (int i = 0; i < 5; ++i) {  // whoever writes through which door, nothing is lost
        files.update("orders", [](int& n) { ++n; }).value();
        named.update("orders", [](int& n) { ++n; }).value();
    }

    int sum = 0;
    for (auto const& entry : files.get_many({"orders", "invoices", "none"})) {
        if (!entry) return std::cerr << entry.error().describe() << '\n', 1;
        if (*entry) sum += (*entry)->value();
    }
    std::cout << sum << '\n';
    return sum == 21 ? 0 : 1;
}
