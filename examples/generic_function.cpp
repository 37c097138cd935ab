// A function that does not care how the state is kept, and asks for a capability where it needs one.

#include <holdfast/holdfast.hpp>
#include <holdfast/serialization/json.hpp>

#include <iostream>

using holdfast::StateStoreOf;

int next_number(StateStoreOf<int> auto& store) {
    return *store.update("number", [](int& n) { ++n; }).value();
}

template <StateStoreOf<int> Store>
int sum(Store& store)
    requires requires { store.keys(); }
{
    int total = 0;
    for (auto const& key : store.keys()) total += **store.get(key.value()).value();
    return total;
}

int main() {
    holdfast::StateStore<int> memory;
    holdfast::StateStore<int, holdfast::FileStorage<>, holdfast::FileLock> files(
        holdfast::FileStorage<>::open("numbers").value());

    int const first = next_number(memory), second = next_number(memory);
    std::cout << first << ' ' << second << ' ' << next_number(files) << '\n';
    static_assert(!StateStoreOf<holdfast::StateStore<std::string>, int>);
    return first == 1 && second == 2 && sum(memory) == 2 && sum(files) > 0 ? 0 : 1;
}
