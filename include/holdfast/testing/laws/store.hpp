#ifndef HOLDFAST_TESTING_LAWS_STORE_HPP
#define HOLDFAST_TESTING_LAWS_STORE_HPP

#include <holdfast/state_store.hpp>
#include <holdfast/testing/laws/findings.hpp>

#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace holdfast::testing {

/// How the laws of stores put a number into a state and get it back. Specialize it for a state of your own.
template <class State>
struct Numbered {
    static State state(std::uint64_t number) { return State(std::to_string(number)); }
    static std::uint64_t number(State const& state) { return std::strtoull(std::string(state).c_str(), nullptr, 10); }
};
template <>
struct Numbered<Bytes> {
    static Bytes state(std::uint64_t number) { return Bytes::copy(std::to_string(number)); }
    static std::uint64_t number(Bytes const& state) {
        return std::strtoull(std::string(state.view()).c_str(), nullptr, 10);
    }
};

}  // namespace holdfast::testing

// The laws of stores, each by itself. They use keys of their own.
namespace holdfast::testing::law {

template <class Store>
using NumberOf = Numbered<typename Store::state_type>;

template <class Store>
auto numbered(std::uint64_t number) {
    return NumberOf<Store>::state(number);
}
/// The number that a key has; none if it is absent or cannot be read.
template <class Store>
std::optional<std::uint64_t> number_at(Store& store, KeyView key) {
    auto const entry = store.get(key);
    if (!entry || !*entry) return std::nullopt;
    return NumberOf<Store>::number((*entry)->value());
}
/// `update` as an increment.
template <class Store>
auto increment(Store& store, KeyView key) {
    using State = typename Store::state_type;
    return store.update(key, [](std::optional<State> state) -> State {
        return numbered<Store>(state ? NumberOf<Store>::number(*state) + 1 : 1);
    });
}

/// N threads that add one M times make N·M, also two that have both read before either writes: each lets the other come
/// so far, unless a lock keeps it out. Where writes can land late, an update that met more writers than a record
/// remembers may say that its fate is unknown; then it counts or it does not.
template <class Store>
void no_update_is_lost(Store& store, Findings& found, unsigned threads = 3, unsigned rounds = 10) {
    using State = typename Store::state_type;
    Key const key = detail::fresh_key();
    std::atomic<std::uint64_t> applied{0}, unknown{0};
    auto const counted = [&](auto const& done) {
        if (Store::storage_type::late_writes && done.unknown() != nullptr) ++unknown;
        else if (found.succeeds(done, "an update beside others")) ++applied;
    };
    for (unsigned meeting = 0; meeting < 2; ++meeting) {
        std::atomic<unsigned> inside{0};
        detail::in_threads(2, [&](unsigned) {
            bool first = true;
            counted(store.update(key, [&](std::optional<State> state) -> State {
                if (std::exchange(first, false)) ++inside;
                for (unsigned i = 0; i < 50 && inside < 2; ++i)
                    Environment::system().sleep(std::chrono::milliseconds(1));
                return numbered<Store>(state ? NumberOf<Store>::number(*state) + 1 : 1);
            }));
        });
    }
    detail::in_threads(threads, [&](unsigned) {
        for (unsigned i = 0; i < rounds; ++i) counted(increment(store, key));
    });
    auto const number = number_at(store, key);
    found.expect(number >= applied && number <= applied + unknown, "no update is lost, and none is made twice");
}

/// A function that gives up or throws writes nothing, and leaves no lock behind.
template <class Store>
void giving_up_writes_nothing(Store& store, Findings& found) {
    using State = typename Store::state_type;
    Key const key = detail::fresh_key();
    (void)increment(store, key);
    auto const gave_up =
        store.update(key, [](std::optional<State>) -> Result<State> { return Error(Errc::aborted, "no"); });
    found.expect(!gave_up && gave_up.error() == Errc::aborted && gave_up.unknown() == nullptr,
                 "the error of the function is the error of the update");
#if defined(__cpp_exceptions)
    bool thrown = false;
    try {
        (void)store.update(key, [](std::optional<State>) -> State { throw 7; });
    } catch (int) {
        thrown = true;
    }
    found.expect(thrown, "an exception of the function passes through");
#endif
    found.expect(number_at(store, key) == 1, "a function that gives up or throws writes nothing");
    detail::in_threads(
        1, [&](unsigned) { found.succeeds(increment(store, key), "an update after a function that gave up"); });
}

/// `create`, `replace` and `remove` say `conflict` when somebody was faster, and absence is a value.
template <class Store>
void conflicts_are_noticed(Store& store, Findings& found) {
    Key const key = detail::fresh_key();
    auto const none = store.get(key);
    if (!found.succeeds(none, "get of a key that was never written")) return;
    found.expect(!*none, "absence is a value");
    auto const conflict = [](auto const& outcome) { return !outcome && outcome.error() == Errc::conflict; };
    auto const first = store.create(key, numbered<Store>(1));
    if (!found.succeeds(first, "create")) return;
    found.expect(conflict(store.create(key, numbered<Store>(2))), "create of a key that exists is a conflict");
    auto const second = store.replace(*first, numbered<Store>(2));
    if (!found.succeeds(second, "replace")) return;
    found.expect(second->sequence() == 2, "the sequence counts states");
    found.expect(conflict(store.replace(*first, numbered<Store>(3))), "replacing an old entry is a conflict");
    found.expect(conflict(store.remove(*first)), "removing an old entry is a conflict");
    found.expect(number_at(store, key) == 2, "what conflicts changes nothing");
    found.succeeds(store.remove(*second), "remove");
    found.expect(!number_at(store, key), "a removed state is absent");
    found.expect(!store.replace(*second, numbered<Store>(3)), "a removed entry cannot be replaced");
    found.succeeds(store.create(key, numbered<Store>(4)), "create after a removal");
    found.expect(number_at(store, key) == 4, "a key that was removed can be created again");
}

/// Attributes stay until others are given.
template <class Store>
void attributes_are_kept(Store& store, Findings& found) {
    Key const key = detail::fresh_key();
    Attributes const given{{"owner", "a"}}, other{{"owner", "b"}, {"note", ""}};
    CallOptions options;
    options.attributes = &given;
    auto const first = store.create(key, numbered<Store>(1), options);
    if (!found.succeeds(first, "create with attributes")) return;
    (void)increment(store, key);
    auto const kept = store.get(key);
    if (!found.expect(kept && *kept && (*kept)->attributes() == given, "attributes stay when none are given")) return;
    options.attributes = &other;
    (void)store.replace(**kept, numbered<Store>(3), options);
    auto const replaced = store.get(key);
    found.expect(replaced && *replaced && (*replaced)->attributes() == other, "attributes that are given replace all");
}

/// `keys(prefix)` names the keys that have a state, once each.
template <class Store>
void keys_are_listed(Store& store, Findings& found) {
    std::string const prefix(detail::fresh_key().view());
    for (char const last : {'a', 'b', 'c'}) {
        Key const key = *Key::parse(prefix + last);
        if constexpr (Store::watchful) (void)store.create(key, numbered<Store>(1));
        else (void)store.put(key, numbered<Store>(1));
    }
    Key const gone = *Key::parse(prefix + 'b');
    if constexpr (Store::watchful) {
        auto const entry = store.get(gone);
        if (entry && *entry) (void)store.remove(**entry);
    } else {
        (void)store.remove(gone);
    }
    unsigned a = 0, c = 0, all = 0;
    for (Result<Key> const& key : store.keys(prefix)) {
        if (!found.succeeds(key, "a listing")) return;
        ++all;
        a += key->view() == prefix + 'a' ? 1u : 0u;
        c += key->view() == prefix + 'c' ? 1u : 0u;
    }
    found.expect(all == 2 && a == 1 && c == 1, "keys(prefix) names every key that has a state, once");
}

/// A transaction changes all of its keys or none, and none is lost between threads.
template <class Store>
void transactions_are_whole(Store& store, Findings& found) {
    using State = typename Store::state_type;
    Key const a = detail::fresh_key(), b = detail::fresh_key();
    using States = std::span<std::optional<State>>;
    auto const add = [](std::optional<State>& state) {
        state = numbered<Store>(state ? NumberOf<Store>::number(*state) + 1 : 1);
    };
    auto const refused = store.transaction({a, b}, [&](States states) -> Result<void> {
        add(states[0]);
        return Error(Errc::aborted, "no");
    });
    found.expect(!refused && !number_at(store, a), "a transaction that gives up writes nothing");
    detail::in_threads(2, [&](unsigned me) {
        for (int i = 0; i < 5; ++i) {
            auto const both = [&](States states) {
                add(states[0]);
                add(states[1]);
            };
            auto const done = me == 0 ? store.transaction({a, b}, both) : store.transaction({b, a}, both);
            found.succeeds(done, "a transaction beside another");
        }
    });
    found.expect(number_at(store, a) == 10 && number_at(store, b) == 10,
                 "transactions lose nothing, on any of their keys");
    auto const moved = store.transaction({a, b}, [](States states) { states[0].reset(); });
    found.succeeds(moved, "a transaction that removes");
    found.expect(!number_at(store, a) && number_at(store, b) == 10,
                 "a transaction can remove one key and keep another");
    auto const twice = store.transaction({a, a}, [](States) {});
    found.expect(!twice && twice.error() == Errc::invalid_argument, "a key named twice is refused");
}

/// `put` and `remove` whatever is there; threads do not break each other.
template <class Store>
void the_last_one_wins(Store& store, Findings& found) {
    Key const key = detail::fresh_key();
    found.succeeds(store.remove(key), "removing what is absent");
    found.succeeds(store.put(key, numbered<Store>(1)), "put");
    found.succeeds(store.put(key, numbered<Store>(2)), "put");
    found.expect(number_at(store, key) == 2, "the last put has written");
    detail::in_threads(2, [&](unsigned me) {
        for (unsigned i = 0; i < 5; ++i)
            found.succeeds(store.put(key, numbered<Store>(10 + me)), "a put beside others");
    });
    auto const last = number_at(store, key);
    found.expect(last == 10 || last == 11, "one of the last puts has written");
    found.succeeds(store.remove(key), "remove");
    found.expect(!number_at(store, key), "a removed state is absent");
}

}  // namespace holdfast::testing::law

namespace holdfast::testing {

/// Every law of stores that the composition calls for. The storage must make no faults.
template <class Store>
Findings check_store(Store& store) {
    Findings found;
    if constexpr (Store::watchful) {
        law::no_update_is_lost(store, found);
        law::giving_up_writes_nothing(store, found);
        law::conflicts_are_noticed(store, found);
        law::attributes_are_kept(store, found);
        if constexpr (TransactionalStorage<typename Store::storage_type>) law::transactions_are_whole(store, found);
    } else {
        law::the_last_one_wins(store, found);
    }
    if constexpr (ListableStorage<typename Store::storage_type>) law::keys_are_listed(store, found);
    return found;
}

}  // namespace holdfast::testing

#endif
