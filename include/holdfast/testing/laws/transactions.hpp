#ifndef HOLDFAST_TESTING_LAWS_TRANSACTIONS_HPP
#define HOLDFAST_TESTING_LAWS_TRANSACTIONS_HPP

#include <holdfast/core/one_mode.hpp>
#include <holdfast/testing/laws/numbered.hpp>

#include <atomic>
#include <span>
#include <vector>

// The laws of stores that change several keys at once.
namespace holdfast::testing::law {

template <class Store>
using States = std::span<Maybe<Store>>;

template <class Store>
void transactions_are_whole(Store& store, Findings& found) {
    if (!found.begins("transactions_are_whole", {"written_states_are_read", "removed_states_are_absent"})) return;
    Client<Store> a(store, found), b(store, found), c(store, found);
    auto const are = [&](std::optional<std::uint64_t> in_a, std::optional<std::uint64_t> in_b,
                         std::optional<std::uint64_t> in_c, std::string_view expected) {
        a.expect_number(in_a, expected);
        b.expect_number(in_b, expected);
        c.expect_number(in_c, expected);
    };
    auto const transact = [&](auto&& fn) {
        return a.noted(store.transaction({a.key(), b.key(), c.key()}, fn), "transaction of three keys");
    };
    auto const gives_up = transact([&](States<Store> states) -> Result<void> {
        states[0] = numbered<Store>(9), states[1] = numbered<Store>(9);
        return Error(Errc::aborted, "no");
    });
    a.expect(!gives_up && gives_up.error() == Errc::aborted,
             "the error of the function is the error of the transaction");
    are(std::nullopt, std::nullopt, std::nullopt, "a transaction that gives up writes nothing");
#if defined(__cpp_exceptions)
    bool thrown = false;
    try {
        (void)store.transaction({a.key(), b.key()}, [](States<Store> states) {
            states[0] = numbered<Store>(9);
            throw 7;
        });
    } catch (int) {
        thrown = true;
    }
    a.expect(thrown, "an exception of the function passes through");
    are(std::nullopt, std::nullopt, std::nullopt, "a transaction whose function throws writes nothing");
#endif
    a.expect(
        bool(transact([](States<Store> states) { states[0] = numbered<Store>(1), states[2] = numbered<Store>(3); })),
        "a transaction can create some keys and leave others absent");
    are(1, std::nullopt, 3, "a transaction writes each state under its own key, and no others");
    std::vector<std::optional<std::uint64_t>> shown;
    a.expect(bool(transact([&](States<Store> states) -> Result<void> {
                 for (auto const& state : states) shown.push_back(number_of<Store>(state));
                 if (states.size() != 3) return {};
                 states[0].reset();
                 states[1] = numbered<Store>(20);
                 return {};
             })),
             "a transaction can remove one key, create another, and leave a third as it is");
    bool const right = shown == std::vector<std::optional<std::uint64_t>>{1, std::nullopt, 3};
    a.expect(right, "the function is shown the states in the order of the keys, once if nobody else writes",
             std::to_string(shown.size()) + " states");
    are(std::nullopt, 20, 3, "a transaction writes each state under its own key, and removes what is reset");
    auto const twice = a.noted(store.transaction({a.key(), b.key(), a.key()}, [](States<Store>) {}),
                               "transaction of a key named twice");
    a.expect(!twice && twice.error() == Errc::invalid_argument, "a key that is named twice is refused");
    auto const one = store.transaction({b.key()}, [](States<Store> states) { states[0] = numbered<Store>(21); });
    a.expect(bool(one), "a transaction of one key succeeds");
    are(std::nullopt, 21, 3, "a transaction of one key writes it");
}

/// Others write one of the keys before the function returns: by turns the first and the last.
template <class Store>
void transactions_notice_others(Store& store, Findings& found) {
    if (!found.begins("transactions_notice_others", {"transactions_are_whole"})) return;
    using State = StateOf<Store>;
    CallOptions quick;
    quick.timeout = std::chrono::milliseconds(50);
    for (unsigned const which : {0u, 1u})
        for (bool const exists : {true, false}) {
            Client<Store> a(store, found), b(store, found);
            Client<Store>& other = which == 0 ? a : b;
            if (exists) (void)a.write(1), (void)b.write(1);
            bool written = false;
            unsigned calls = 0;
            auto const done = a.noted(
                store.transaction({a.key(), b.key()},
                                  [&](States<Store> states) {
                                      if (++calls == 1)
                                          written = bool(store.update(
                                              other.key(), [](Maybe<Store>) -> State { return numbered<Store>(100); },
                                              quick));
                                      for (auto& state : states) state = next_of<Store>(state);
                                  }),
                "transaction, while another writes one of its keys");
            if (!a.succeeds(done)) continue;
            std::uint64_t const usual = exists ? 2 : 1;
            a.expect(calls == (written ? 2u : 1u), "a transaction that was overtaken is made again",
                     std::to_string(calls) + " calls");
            other.expect_number(written ? 101 : usual, "a transaction loses no update of its keys");
            (which == 0 ? b : a).expect_number(usual, "a transaction that is made again is made once");
        }
    // One that only looks: what it looked at must still be there, too.
    Client<Store> a(store, found), b(store, found);
    (void)a.write(1);
    bool written = false;
    unsigned calls = 0;
    auto const done = a.noted(
        store.transaction({a.key(), b.key()},
                          [&](States<Store> states) {
                              if (++calls == 1)
                                  written = bool(store.update(
                                      a.key(), [](Maybe<Store>) -> State { return numbered<Store>(50); }, quick));
                              states[1] = states[0];
                          }),
        "transaction that copies one key to another, while the first is written");
    if (!a.succeeds(done)) return;
    b.expect_number(written ? 50 : 1, "what a transaction writes was decided on what was there when it was made");
}

/// Two threads whose transactions name the same keys in different orders, and meet inside their functions.
template <class Store>
void crossing_transactions_lose_nothing(Store& store, Findings& found) {
    if (!found.begins("crossing_transactions_lose_nothing", {"transactions_are_whole", "transactions_notice_others"}))
        return;
    Client<Store> a(store, found), b(store, found);
    unsigned const rounds = found.rounds(5);
    std::atomic<unsigned> inside{0};
    in_threads(2, [&](unsigned me) {
        Client<Store> mine(store, found, a.key());
        bool first = true;
        for (unsigned i = 0; i < rounds; ++i) {
            auto const both = [&](States<Store> states) {
                if (std::exchange(first, false)) ++inside;
                for (unsigned wait = 0; wait < 50 && inside < 2; ++wait)
                    Environment::system().sleep(std::chrono::milliseconds(1));
                states[0] = next_of<Store>(states[0]);
                states[1] = next_of<Store>(states[1]);
            };
            mine.succeeds(mine.noted(
                me == 0 ? store.transaction({a.key(), b.key()}, both) : store.transaction({b.key(), a.key()}, both),
                "transaction beside one that names its keys the other way"));
        }
    });
    a.expect_number(2 * rounds, "crossing transactions lose nothing, on any of their keys");
    b.expect_number(2 * rounds, "crossing transactions lose nothing, on any of their keys");
}

}  // namespace holdfast::testing::law

#endif
