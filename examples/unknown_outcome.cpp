// A reply gets lost. The write was made, or was not; the store does not guess, and one can ask later. Then a disk fails
// to sync: what was written can be seen, and a power loss may undo it.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <iostream>

using namespace holdfast;
using testing::FaultPlan;
using Far = testing::Faulty<testing::LateStorage>;  // like a service: a request may still be under way
using Disk = testing::Faulty<MemoryStorage>;        // like a file: nothing is under way once a call has returned

int main() {
    auto const plan = std::make_shared<FaultPlan>();
    StateStore<int, Far> store(Far(testing::LateStorage(), plan));

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
    if (fate != Fate::applied || !once || store.seal(*paid.unknown()).value() != Fate::applied) return 1;

    // On a disk nothing is sent again, and to look proves nothing: only seal(), which writes the state anew, does.
    StateStore<int, Disk> local(Disk(MemoryStorage(), plan));
    plan->arm(0, FaultPlan::How::after);
    auto const noted = local.create("payment", 100);
    if (noted || noted.unknown() == nullptr) return 1;
    std::cout << "on the disk it is " << name(local.resolve(*noted.unknown()).value()) << ", and then sealed\n";
    return local.seal(*noted.unknown()).value() == Fate::applied && **local.get("payment").value() == 100 ? 0 : 1;
}
