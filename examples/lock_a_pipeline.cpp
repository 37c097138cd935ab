// One run at a time on this host: the lock is held over several writes, and dies with its holder.

#include <holdfast/holdfast.hpp>
#include <holdfast/serialization/json.hpp>

#include <iostream>

using Store = holdfast::StateStore<int, holdfast::FileStorage<>, holdfast::FileLock>;

int main() {
    auto const storage = holdfast::FileStorage<>::open("pipeline").value();
    Store store(storage);
    {
        auto run = store.lock("orders", {.purpose = "nightly load"}).value();
        for (int batch = 1; batch <= 3; ++batch) run.update([](int& done) { ++done; }).value();

        Store other(storage);  // as another process has it
        if (other.try_lock("orders").value()) return 1;
        auto const holder = other.holder("orders").value();
        if (!holder) return 1;
        std::cout << holder->who.view() << " is at it: " << holder->purpose << '\n';
    }
    auto const next = store.try_lock("orders").value();  // released
    return next && !store.holder("invoices").value() && **store.get("orders").value() % 3 == 0 ? 0 : 1;
}
