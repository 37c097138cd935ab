// A function that update() cannot take, and a value that would not be stored as it is, are refused in a sentence.
//
// expect: update_functions.cpp:43:[0-9]+: error: .*holdfast: update\(\) takes void\(State&\) or State\(std::optional<State>\), or these with Result
// expect: update_functions.cpp:44:[0-9]+: error: .*holdfast: update\(\) takes void\(State&\)
// expect: update_functions.cpp:45:[0-9]+: error: .*holdfast: update\(\) takes void\(State&\)
// expect: update_functions.cpp:46:[0-9]+: error: .*holdfast: update\(\) takes void\(State&\)
// expect: update_functions.cpp:47:[0-9]+: error: .*holdfast: transaction\(\) takes void\(std::span<std::optional<State>>\), or the same with Result
// expect: update_functions.cpp:48:[0-9]+: error: .*holdfast: transaction\(\) takes void\(std::span<std::optional<State>>\)
// expect: update_functions.cpp:50:[0-9]+: error: .*holdfast: this value would not be stored as it is
// expect: update_functions.cpp:51:[0-9]+: error: .*holdfast: this value would not be stored as it is
// expect: update_functions.cpp:52:[0-9]+: error: .*holdfast: this value would not be stored as it is

#include "parts.hpp"

using namespace parts;

/// A number as it stands in memory.
struct Raw {
    static constexpr Family family = Family::serialization;

    template <class T>
    Result<void> encode(CodingContext const&, T const& value, Buffer& out) const {
        out.append(reinterpret_cast<char const*>(&value), sizeof value);
        return {};
    }
    template <class T>
    Result<T> decode(CodingContext const&, RecordPtr const& record) const {
        T value{};
        record->payload.view().copy(reinterpret_cast<char*>(&value), sizeof value);
        return value;
    }
};

int main() {
    Store<> store;
    auto locked = store.lock("locked").value();
    StateStore<int, Raw> number;
    StateStore<bool, Raw> truth;
    auto held = number.lock("locked").value();
    bool good = true;
#ifndef HOLDFAST_ACCEPT
    // clang-format off
    (void)store.update("k", [](std::string const&) {});
    (void)store.update("k", [](std::string&) { return true; });
    (void)store.update("k", [] {});
    (void)locked.update([](std::string) {});
    (void)store.transaction({"a", "b"}, [](std::optional<std::string>&) {});
    (void)store.transaction({"a", "b"}, [](std::span<std::optional<std::string>>) { return true; });

    (void)number.create("k", 1.5);
    (void)truth.create("k", "text");
    (void)held.create(1.5);
    // clang-format on
#endif
    good = good && store.update("k", [](std::string& text) { text += "."; });
    good = good && store.update("k", [](std::optional<std::string>) { return std::string("x"); });
    good = good && store.transaction({"a", "b"}, [](std::span<std::optional<std::string>>) {});
    good =
        good && store.transaction({"a", "b"}, [](std::span<std::optional<std::string>>) -> Result<void> { return {}; });
    good = good && locked.update([](std::string&) -> Result<void> { return {}; });
    good = good && number.create("k", 1) && held.create(short{1}) && truth.create("k", true);
    StateStore<double, Raw> fraction;
    StateStore<std::uint64_t, Raw> large;
    good = good && fraction.create("k", 1) && large.create("k", 1) && large.create("l", {});
    return good ? 0 : 1;
}
