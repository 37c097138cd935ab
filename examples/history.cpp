// Every state that is replaced stays as a version: look at it, go back to it, hold on to it, and decide what is kept.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <iostream>

struct Config {
    std::int64_t batch_size = 0;
};
BOOST_HANA_ADAPT_STRUCT(Config, batch_size);

using Store = holdfast::StateStore<Config, holdfast::SqliteStorage, holdfast::History<holdfast::KeepLast<3>>>;

int main() try {
    Store store(holdfast::SqliteStorage::open("history.db").value());
    for (std::int64_t const size : {100, 200, 400, 4'000'000})
        (void)store.update("loader", [&](Config& config) { config.batch_size = size; }).value();

    auto const page = store.history("loader").value();
    for (auto const& version : page.versions)
        std::cout << to_string(version.id) << " by " << version.who.view() << '\n';

    // A job that runs long reads one version, whatever is written meanwhile, and whatever is pruned.
    auto const pin = store.pin("loader", page.versions[2].id, {.purpose = "nightly run"}).value();

    auto const back = store.rollback("loader", page.versions[1].id).value();  // 4 million was a slip
    std::cout << "again " << back->batch_size << ", as version " << back.sequence() << '\n';

    auto const pruned = store.prune("loader").value();  // what KeepLast<3> does not keep, and nobody holds
    std::cout << pruned.versions << " versions deleted; the pinned one says " << store.get(pin).value()->batch_size
              << '\n';
    store.unpin(pin).value();
} catch (holdfast::Exception const& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
}
