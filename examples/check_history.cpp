// Two threads use one store; what they did and saw is recorded, and then judged: could one register have done it?

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/linearizability.hpp>

#include <iostream>
#include <thread>

using namespace holdfast;
using namespace holdfast::testing;

int main() {
    StateStore<std::string, MemoryStorage, RawBytes> store;
    HistoryRecorder log;
    auto const work = [&](std::string const& name) {
        HistoryActor me(log, name);
        for (int i = 0; i < 100; ++i) {
            me.update(store, "k", [&](std::string& text) { text = name + std::to_string(i); }).value();
            (void)me.get(store, "k").value();
        }
    };
    std::thread alice(work, "alice"), bob(work, "bob");
    alice.join();
    bob.join();

    RecordedHistory history = log.history();
    auto const verdict = check_linearizability(history);
    std::cout << history.events.size() << " calls: " << (verdict ? "linearizable\n" : verdict.text);

    // A read at the very end that sees what was long replaced is found out.
    history.read("k", "carol", history.token("alice0"), 10'000, 10'001);
    auto const stale = check_linearizability(history);
    std::cout << stale.text;
    return verdict && stale.kind == LinearizabilityVerdict::Kind::violation ? 0 : 1;
}
