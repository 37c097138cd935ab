// Where the state is kept is the operator's choice.

#include <holdfast/holdfast.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <iostream>

using Anywhere = holdfast::OneOf<holdfast::SqliteStorage, holdfast::FileStorage<>>;

int main(int argc, char** argv) {
    auto store = holdfast::open<int, Anywhere, holdfast::FileLock>(argc > 1 ? argv[1] : "sqlite:states.db");
    if (!store) return std::cerr << store.error().describe() << '\n', 1;
    std::cout << "run " << *store->update("runs", [](int& runs) { ++runs; }).value() << '\n';

    // What is wrong is said, with what is accepted; what may be secret is not repeated.
    auto const wrong = holdfast::open<int, Anywhere>("postgres://me:hunter2@host/db?password=hunter2");
    std::cout << wrong.error().describe() << '\n';
    return wrong.error() == holdfast::Errc::invalid_argument ? 0 : 1;
}
