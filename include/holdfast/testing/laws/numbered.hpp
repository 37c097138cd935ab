#ifndef HOLDFAST_TESTING_LAWS_NUMBERED_HPP
#define HOLDFAST_TESTING_LAWS_NUMBERED_HPP

#include <holdfast/state_store.hpp>
#include <holdfast/testing/laws/calls.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
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

namespace holdfast::testing::law {

template <class Store>
using StateOf = typename Store::state_type;
template <class Store>
using NumberOf = Numbered<StateOf<Store>>;
template <class Store>
using Maybe = std::optional<StateOf<Store>>;

template <class Store>
auto numbered(std::uint64_t number) {
    return NumberOf<Store>::state(number);
}
template <class Store>
std::optional<std::uint64_t> number_of(Maybe<Store> const& state) {
    return state ? std::optional(NumberOf<Store>::number(*state)) : std::nullopt;
}
/// The number that follows the one in a state; 1 if there is none.
template <class Store>
auto next_of(Maybe<Store> const& state) {
    return numbered<Store>(state ? NumberOf<Store>::number(*state) + 1 : 1);
}

inline std::string told(std::optional<std::uint64_t> number) { return number ? std::to_string(*number) : "nothing"; }

/// Calls a store for one thread of a law, on one key, and knows what it did when something is not as expected.
template <class Store>
class Client : public Witness {
public:
    Client(Store& store, Findings& found, Key key = fresh_key())
        : Witness(found), store_(store), key_(std::move(key)) {}

    Store& store() const noexcept { return store_; }
    Key const& key() const noexcept { return key_; }

    auto get() { return noted(store_.get(key_), "get"); }
    /// The number that the key has; none if it is absent or cannot be read.
    std::optional<std::uint64_t> number() {
        auto const entry = get();
        if (!entry || !*entry) return std::nullopt;
        return NumberOf<Store>::number((*entry)->value());
    }
    template <class F>
    auto update(F&& fn, CallOptions const& options = {}) {
        return noted(store_.update(key_, fn, options), "update");
    }
    auto increment(CallOptions const& options = {}) {
        return update([](Maybe<Store> state) -> StateOf<Store> { return next_of<Store>(state); }, options);
    }
    auto create(std::uint64_t number, CallOptions const& options = {}) {
        return noted(store_.create(key_, numbered<Store>(number), options), "create of " + std::to_string(number));
    }
    template <class Entry>
    auto replace(Entry const& entry, std::uint64_t number, CallOptions const& options = {}) {
        return noted(store_.replace(entry, numbered<Store>(number), options), "replace by " + std::to_string(number));
    }
    auto put(std::uint64_t number, CallOptions const& options = {}) {
        return noted(store_.put(key_, numbered<Store>(number), options), "put of " + std::to_string(number));
    }
    template <class Entry>
    auto remove(Entry const& entry) {
        return noted(store_.remove(entry), "remove");
    }
    auto remove() { return noted(store_.remove(key_), "remove"); }

    /// Writes a state whatever there is, by the verbs that the store has.
    auto write(std::uint64_t number, CallOptions const& options = {}) {
        if constexpr (Store::watchful)
            return update([&](Maybe<Store>) -> StateOf<Store> { return numbered<Store>(number); }, options);
        else return put(number, options);
    }
    /// Removes whatever there is.
    void clear() {
        if constexpr (Store::watchful) {
            auto const entry = store_.get(key_);
            if (entry && *entry) (void)remove(**entry);
        } else {
            (void)remove();
        }
    }

    bool expect_number(std::optional<std::uint64_t> wanted, std::string_view expected) {
        auto const is = number();
        return expect(is == wanted, expected, told(is) + ", not " + told(wanted));
    }

private:
    Store& store_;
    Key key_;
};

template <class R>
bool is_conflict(R const& outcome) {
    return !outcome && outcome.error() == Errc::conflict;
}

/// Whether two entries say the same of one write.
template <class Store, class A, class B>
bool same_entry(A const& a, B const& b) {
    return a.key() == b.key() && NumberOf<Store>::number(a.value()) == NumberOf<Store>::number(b.value()) &&
           a.revision() == b.revision() && a.sequence() == b.sequence() && a.when() == b.when() && a.who() == b.who() &&
           a.attributes() == b.attributes();
}

}  // namespace holdfast::testing::law

#endif
