// A state, as JSON, in an SQLite database that a URI names: each component does work here, so that a library that a
// component forgets to link is missed.

#include <holdfast/open.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <unistd.h>

struct Progress {
    std::string last_date;
    std::int64_t rows = 0;
};
BOOST_HANA_ADAPT_STRUCT(Progress, last_date, rows);

int main() {
    char folder[4096];
    if (getcwd(folder, sizeof folder) == nullptr) return 2;
    std::string const uri = "sqlite://" + std::string(folder) + "/state.db";
    for (int run = 0; run < 2; ++run) {
        auto store = holdfast::open<Progress, holdfast::SqliteStorage>(uri).value();
        store.update("orders", [](Progress& progress) { progress = {"2024-02-29", progress.rows + 21}; }).value();
    }
    auto store = holdfast::open<Progress, holdfast::SqliteStorage>(uri).value();
    auto const entry = store.get("orders").value();
    return entry && entry->value().rows == 42 && entry->value().last_date == "2024-02-29" ? 0 : 1;
}
