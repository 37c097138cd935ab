// A state, as JSON, compressed and encrypted, in an SQLite database that a URI names, and a simulated world: each
// component does work here, so that a library that a component forgets to link is missed.

#include <holdfast/open.hpp>
#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/simulation.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <unistd.h>

struct Progress {
    std::string last_date;
    std::int64_t rows = 0;
    std::string log;
};
BOOST_HANA_ADAPT_STRUCT(Progress, last_date, rows, log);

using Coder =
    holdfast::Encrypted<holdfast::Aes256Gcm, holdfast::KeyRing, holdfast::Compressed<holdfast::Zstd, holdfast::Json>>;

bool stored() {
    char folder[4096];
    if (getcwd(folder, sizeof folder) == nullptr) return false;
    std::string const uri = "sqlite://" + std::string(folder) + "/state.db";
    holdfast::KeyRing keys;
    keys.add("k1", holdfast::SecretKey::generate()).value();
    auto const opened = [&] {
        return holdfast::open<Progress, holdfast::SqliteStorage, Coder>(uri, Coder(keys, {.store = "orders"})).value();
    };
    for (int run = 0; run < 2; ++run) {
        auto store = opened();
        store
            .update("orders",
                    [](Progress& progress) {
                        progress = {"2024-02-29", progress.rows + 21, std::string(9999, '.')};
                    })
            .value();
    }
    auto store = opened();
    auto const entry = store.get("orders").value();
    return entry && entry->value().rows == 42 && entry->value().last_date == "2024-02-29" &&
           entry->record()->payload.size() < 500;
}

bool simulated() {
    using namespace holdfast::testing;
    auto const explored = for_seeds(1, 3, [](Simulation& world) {
        SimulatedStorage storage(world, Weather::calm());
        using Store = holdfast::StateStore<int, SimulatedStorage>;
        for (char const* name : {"A", "B"})
            world.spawn(name, [&](Actor& self) {
                Store(storage, self.store_options()).update("k", [](int& n) { ++n; }).value();
            });
        world.run();
        Store judge(storage, world.store_options());
        world.expect(judge.get("k").value()->value() == 2, "no update is lost");
    });
    return !explored.failure;
}

int main() { return stored() && simulated() ? 0 : 1; }
