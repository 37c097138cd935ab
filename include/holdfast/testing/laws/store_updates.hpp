#ifndef HOLDFAST_TESTING_LAWS_STORE_UPDATES_HPP
#define HOLDFAST_TESTING_LAWS_STORE_UPDATES_HPP

#include <holdfast/core/one_mode.hpp>
#include <holdfast/testing/laws/numbered.hpp>

#include <atomic>
#include <concepts>
#include <vector>

// The laws of stores about `update`. They use keys of their own.
namespace holdfast::testing::law {

template <class Store>
void updates_show_what_is_there(Store& store, Findings& found) {
    if (!found.begins("updates_show_what_is_there",
                      {"written_states_are_read", "entries_tell_of_their_writes", "removed_states_are_absent"}))
        return;
    using State = StateOf<Store>;
    Client<Store> at(store, found);
    for (std::uint64_t const there : {0u, 1u, 2u}) {  // 0: nothing
        std::vector<std::optional<std::uint64_t>> shown;
        auto const done = at.update([&](Maybe<Store> state) -> State {
            shown.push_back(number_of<Store>(state));
            return next_of<Store>(state);
        });
        at.expect(shown.size() == 1 && (there == 0 ? !shown.front() : shown.front() == there),
                  "the function is shown what is there, once if nobody else writes",
                  shown.empty() ? "it was not called"
                                : std::to_string(shown.size()) + " times, first " + told(shown.front()));
        at.expect(done && NumberOf<Store>::number(done->value()) == there + 1,
                  "an update returns what the function made");
        at.expect_number(there + 1, "what the function made is stored");
    }
    auto const result = at.update([](Maybe<Store> state) -> Result<State> { return next_of<Store>(state); });
    at.expect(result && NumberOf<Store>::number(result->value()) == 4, "a function may return a result");
    if constexpr (std::default_initializable<State> && requires { store.update(at.key(), [](State&) {}); }) {
        auto const in_place = at.update([](State& state) { state = next_of<Store>(Maybe<Store>(std::move(state))); });
        at.expect(in_place && NumberOf<Store>::number(in_place->value()) == 5,
                  "a function may change the state in place");
        at.expect_number(5, "what the function made of the state in place is stored");
    }
    at.clear();
    bool seen = true;
    (void)at.update([&](Maybe<Store> state) -> State {
        seen = state.has_value();
        return numbered<Store>(7);
    });
    at.expect(!seen, "a removed state is shown as none");
    at.expect_number(7, "a removed key can be updated");
}

template <class Store>
void unchanged_states_are_not_written(Store& store, Findings& found) {
    if (!found.begins("unchanged_states_are_not_written", {"written_states_are_read", "entries_tell_of_their_writes"}))
        return;
    using State = StateOf<Store>;
    Client<Store> at(store, found);
    auto const same = [](Maybe<Store> state) -> State { return state ? *std::move(state) : numbered<Store>(1); };
    auto const first = at.write(1);
    if (!first) return;
    // A lock that lives in the record is written all the same.
    auto const same_content = [](auto const& a, auto const& b) {
        return a.sequence() == b.sequence() && a.record()->stamp.payload_id == b.record()->stamp.payload_id;
    };
    auto const done = at.update(same);
    if (!at.succeeds(done)) return;
    auto const still = at.get();
    at.expect(still && *still && same_content(**still, *first), "a state that is left as it was is not written");
    at.expect(
        same_content(*done, *first) && NumberOf<Store>::number(done->value()) == 1 && done->when() == first->when(),
        "an update that changes nothing returns what is there");
    CallOptions options;
    options.write_unchanged = true;
    auto const anew = at.update(same, options);
    if (!at.succeeds(anew)) return;
    auto const written = at.get();
    if (!Store::storage_type::attributed) return;  // nothing tells
    at.expect(written && *written && (*written)->sequence() == first->sequence() + 1,
              "with `write_unchanged` it is written");
    Attributes const label{{"owner", "x"}};
    options = {};
    options.attributes = &label;
    (void)at.update(same, options);
    auto const labelled = at.get();
    at.expect(labelled && *labelled && (*labelled)->attributes() == label, "other attributes are written, too");
    (void)at.update(same, options);
    auto const again = at.get();
    at.expect(labelled && *labelled && again && *again && same_content(**again, **labelled),
              "the same state with the same attributes is not written");
}

/// N threads that add one M times make N·M, also two that have both read before either writes: each lets the other come
/// so far, unless a lock keeps it out. Where writes can land late, an update that met more writers than a record
/// remembers may say that its fate is unknown; then it counts or it does not.
template <class Store>
void no_update_is_lost(Store& store, Findings& found, unsigned threads = 3, unsigned rounds = 10) {
    if (!found.begins("no_update_is_lost", {"written_states_are_read", "updates_show_what_is_there"})) return;
    rounds = found.rounds(rounds);
    Key const key = fresh_key();
    std::atomic<std::uint64_t> applied{0}, unknown{0};
    auto const counted = [&](Client<Store>& at, auto const& done) {
        if (Store::storage_type::late_writes && done.unknown() != nullptr) ++unknown;
        else if (at.succeeds(done)) ++applied;
    };
    for (unsigned meeting = 0; meeting < 2; ++meeting) {
        std::atomic<unsigned> inside{0};
        in_threads(2, [&](unsigned) {
            Client<Store> at(store, found, key);
            bool first = true;
            counted(at, at.update([&](Maybe<Store> state) -> StateOf<Store> {
                if (std::exchange(first, false)) ++inside;
                for (unsigned i = 0; i < 50 && inside < 2; ++i)
                    Environment::system().sleep(std::chrono::milliseconds(1));
                return next_of<Store>(state);
            }));
        });
    }
    in_threads(threads, [&](unsigned) {
        Client<Store> at(store, found, key);
        for (unsigned i = 0; i < rounds; ++i) counted(at, at.increment());
    });
    Client<Store> at(store, found, key);
    auto const number = at.number();
    at.expect(number >= applied && number <= applied + unknown, "no update is lost, and none is made twice",
              told(number) + " of " + std::to_string(applied));
}

/// A function that writes its own key before it returns. Where a lock keeps that out it is told so, and nobody waits.
template <class Store>
void writes_from_inside_are_seen(Store& store, Findings& found) {
    if (!found.begins("writes_from_inside_are_seen",
                      {"written_states_are_read", "entries_tell_of_their_writes", "removed_states_are_absent",
                       "updates_show_what_is_there", "no_update_is_lost"}))
        return;
    using State = StateOf<Store>;
    CallOptions quick;
    quick.timeout = std::chrono::milliseconds(50);
    enum class Inner { updates, replaces, removes, creates };
    for (Inner const inner : {Inner::updates, Inner::replaces, Inner::removes, Inner::creates}) {
        Client<Store> at(store, found);
        if (inner != Inner::creates) (void)at.write(10);
        std::vector<std::optional<std::uint64_t>> seen;
        bool written = false;
        auto const done = at.update([&](Maybe<Store> state) -> State {
            seen.push_back(number_of<Store>(state));
            if (seen.size() == 1) {
                auto const entry = store.get(at.key());
                bool const there = entry && *entry;
                if (inner == Inner::creates) written = bool(store.create(at.key(), numbered<Store>(100), quick));
                if (inner == Inner::replaces && there)
                    written = bool(store.replace(**entry, numbered<Store>(100), quick));
                if (inner == Inner::removes && there) written = bool(store.remove(**entry, quick));
                if (inner == Inner::updates)
                    written = bool(store.update(
                        at.key(), [](Maybe<Store>) -> State { return numbered<Store>(100); }, quick));
            }
            return numbered<Store>(number_of<Store>(state).value_or(0) + 5);
        });
        if (!at.succeeds(done)) continue;
        auto const shown = inner == Inner::removes ? std::nullopt : std::optional<std::uint64_t>(100);
        std::uint64_t const last = written ? shown.value_or(0) + 5 : (inner == Inner::creates ? 5 : 15);
        at.expect(seen.size() == (written ? 2u : 1u) && (!written || seen.back() == shown),
                  "a function that was overtaken is shown what others wrote",
                  std::to_string(seen.size()) + " times, last " + told(seen.empty() ? std::nullopt : seen.back()));
        at.expect(NumberOf<Store>::number(done->value()) == last, "what is returned is what the last call made");
        at.expect_number(last, "what is stored is what the last call made");
    }
}

template <class Store>
void giving_up_writes_nothing(Store& store, Findings& found) {
    if (!found.begins("giving_up_writes_nothing", {"written_states_are_read", "updates_show_what_is_there"})) return;
    using State = StateOf<Store>;
    for (bool const there : {true, false}) {
        Client<Store> at(store, found);
        if (there) (void)at.write(1);
        auto const before = there ? std::optional<std::uint64_t>(1) : std::nullopt;
        unsigned calls = 0;
        auto const gave_up = at.update([&](Maybe<Store>) -> Result<State> {
            ++calls;
            return Error(Errc::aborted, "no");
        });
        at.expect(!gave_up && gave_up.error() == Errc::aborted && gave_up.unknown() == nullptr,
                  "the error of the function is the error of the update");
        at.expect(calls == 1, "a function that gives up is not called again");
        at.expect_number(before, "a function that gives up writes nothing");
#if defined(__cpp_exceptions)
        bool thrown = false;
        try {
            (void)store.update(at.key(), [](Maybe<Store>) -> State { throw 7; });
        } catch (int) {
            thrown = true;
        }
        at.expect(thrown, "an exception of the function passes through");
        at.expect_number(before, "a function that throws writes nothing");
#endif
        in_threads(1, [&](unsigned) {  // another thread: no lock is left
            Client<Store> other(store, found, at.key());
            CallOptions quick;
            quick.timeout = found.patience();
            other.expect(bool(other.increment(quick)), "after a function that gave up others can update");
        });
    }
}

}  // namespace holdfast::testing::law

#endif
