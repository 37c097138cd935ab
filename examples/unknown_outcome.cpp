// A request is held up on its way. The write will be made, or will not; the store does not guess, and one can ask later.
// Then a disk fails to sync: what was written can be seen, and a power loss may undo it.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <iostream>
#include <utility>

using namespace holdfast;
using testing::Delivery;
using testing::FaultPlan;
using Disk = testing::Faulty<MemoryStorage>;

int main() {
    testing::LateStorage far;  // like a service
    StateStore<int, testing::LateStorage> store(far);

    far.world().on_write = [](unsigned) { return Delivery::late(); };
    auto const paid = store.create("payment", 100, {.timeout = Duration::zero()});  // no time to find out
    if (paid || paid.unknown() == nullptr) return 1;
    std::cout << paid.error().describe() << '\n';

    Fate const before = store.resolve(*paid.unknown()).value();  // a handle: keep it, ask at any time
    far.world().arrive(0);
    Fate const after = store.resolve(*paid.unknown()).value();
    std::cout << "it was " << name(before) << ", and then " << name(after) << '\n';

    // With time, the store finds out by itself, and never does it twice.
    far.world().on_write = [lost = false](unsigned) mutable {
        return std::exchange(lost, true) ? Delivery::intact() : Delivery::reply_lost();
    };
    int calls = 0;
    auto const more = store.update("payment", [&](int& sum) { sum += 50, ++calls; });
    bool const once = more && **more == 150 && calls == 1;

    // seal() leaves nothing open: what has not been applied by then never will be.
    if (before != Fate::pending || after != Fate::applied || !once) return 1;
    if (store.seal(*paid.unknown()).value() != Fate::applied) return 1;

    // On a disk nothing is under way once a call has returned, and nothing is sent again. But to look proves nothing:
    // only seal(), which writes the state anew, does.
    auto const plan = std::make_shared<FaultPlan>();
    StateStore<int, Disk> local(Disk(MemoryStorage(), plan));
    plan->arm(0, FaultPlan::How::after);
    auto const noted = local.create("payment", 100);
    if (noted || noted.unknown() == nullptr) return 1;
    std::cout << "on the disk it is " << name(local.resolve(*noted.unknown()).value()) << ", until it is sealed\n";
    return local.seal(*noted.unknown()).value() == Fate::applied && **local.get("payment").value() == 100 ? 0 : 1;
}
