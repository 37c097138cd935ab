// One run at a time on any machine: a lease that a thread renews, its epoch for what is written elsewhere, and an
// operator who ends it.

#include <holdfast/holdfast.hpp>
#include <holdfast/locking/lease_renewer.hpp>
#include <holdfast/serialization/json.hpp>

#include <iostream>

using namespace holdfast;
using Store = StateStore<int, FileStorage<>, LeaseLock<>>;

int main() {
    auto const storage = FileStorage<>::open("pipeline").value();
    Store store(storage);
    auto run = store.lock("orders", {.purpose = "nightly load"}).value();
    LeaseRenewer const renewer(run.guard());
    for (int batch = 1; batch <= 3 && !renewer.lost(); ++batch) {
        // Whatever takes the rows must refuse those of a lower epoch; the store does so by itself.
        std::cout << "load batch " << batch << " with epoch " << run.epoch() << '\n';
        run.update([](int& done) { ++done; }, {.stop = renewer.lost_flag()}).value();
    }

    Store admin(storage);  // as another machine has it
    auto const holder = admin.holder("orders").value();
    if (!holder || admin.try_lock("orders").value()) return 1;
    std::cout << holder->who.view() << " is at it: " << holder->purpose << '\n';
    admin.force_unlock("orders", holder->id).value();
    auto const next = admin.lock("orders").value();

    auto const late = run.update([](int& done) { ++done; });  // the former holder, who does not know yet
    std::cout << late.error().describe() << '\n';
    return !late && next.epoch() > run.epoch() && **admin.get("orders").value() == 3 ? 0 : 1;
}
