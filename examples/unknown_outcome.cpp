// A reply gets lost. The write was made, or was not; the store does not guess, and one can ask later.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/faulty.hpp>

#include <iostream>

using namespace holdfast;
using testing::FaultPlan;
using Storage = testing::Faulty<MemoryStorage>;

int main() {
    auto const plan = std::make_shared<FaultPlan>();
    StateStore<int, Storage> store(Storage(MemoryStorage(), plan));

    plan->arm(0, FaultPlan::How::after);  // the next request is carried out, and its reply is lost
    auto const paid = store.create("payment", 100, {.timeout = Duration::zero()});  // no time to find out
    if (paid || paid.unknown() == nullptr) return 1;
    std::cout << paid.error().describe() << '\n';

    Fate const fate = store.resolve(*paid.unknown()).value();  // a handle: keep it, ask at any time
    std::cout << "it was " << name(fate) << '\n';

    // With time, the store finds out by itself, and never does it twice.
    plan->arm(1, FaultPlan::How::after);  // 0 is the read
    int calls = 0;
    auto const more = store.update("payment", [&](int& sum) { sum += 50, ++calls; });
    bool const once = more && **more == 150 && calls == 1;

    // seal() leaves nothing open: what has not been applied by then never will be.
    return fate == Fate::applied && once && store.seal(*paid.unknown()).value() == Fate::applied ? 0 : 1;
}
