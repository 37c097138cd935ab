#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <iostream>

struct Progress {
    std::string last_date;
    std::int64_t rows = 0;
};
BOOST_HANA_ADAPT_STRUCT(Progress, last_date, rows);

int main() {
    holdfast::StateStore<Progress, holdfast::SqliteStorage> store(holdfast::SqliteStorage::open("hello.db").value());

    auto const now = store.update("weather", [](Progress& progress) {  // absent: it begins as Progress()
        progress.last_date = "2015-12-31";
        progress.rows += 1461;
    });
    if (!now) return std::cerr << now.error().describe() << '\n', 1;
    std::cout << (*now)->last_date << ", " << (*now)->rows << " rows, written " << now->sequence() << " times\n";
}
