// Loads daily weather into a warehouse, batch by batch, and never loses its place: kill it anywhere, run it again, run
// several at once. Rows first, then the bookmark; what is repeated after a crash changes nothing.

#include "progress.hpp"
#include "source.hpp"
#include "warehouse.hpp"

#include <holdfast/open.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <CLI/CLI.hpp>
#include <boost/hana/adapt_struct.hpp>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

/// How far the pipeline has come: all the state that it has.
struct Bookmark {
    std::string last_date;
    std::int64_t rows = 0;
};
BOOST_HANA_ADAPT_STRUCT(Bookmark, last_date, rows);

/// Kept where a URI says. The rest is by default: JSON, and no write without looking who else wrote.
using Store =
    holdfast::StateStore<Bookmark,
                         holdfast::OneOf<holdfast::SqliteStorage, holdfast::FileStorage<>, holdfast::MemoryStorage>>;

struct Options {
    std::string store = "sqlite:weather-state.db";
    std::string warehouse = "weather.db";
    std::string source = std::filesystem::read_symlink("/proc/self/exe").replace_filename("seattle-weather.csv");
    std::size_t batch = 100;
    int kill_after = 0;
    bool check = false;
};

void load(Options const& options, Store& store, Source const& source, Warehouse& warehouse) {
    Progress progress(source.days().size());
    for (int batches = 1;; ++batches) {
        auto const entry = store.get("weather").value();  // empty on the first run
        Bookmark bookmark = entry ? entry->value() : Bookmark();

        auto const days = source.after(bookmark.last_date, options.batch);
        if (days.empty()) return;
        warehouse.upsert(days);

        if (batches == options.kill_after) (void)std::raise(SIGKILL);  // the worst moment: loaded, and not yet noted

        bookmark = {days.back().date, bookmark.rows + static_cast<std::int64_t>(days.size())};
        auto const moved = entry ? store.replace(*entry, bookmark) : store.create("weather", bookmark);
        if (moved) progress.show(static_cast<std::size_t>(bookmark.rows), "up to " + bookmark.last_date);
        else if (moved.error() == holdfast::Errc::conflict) continue;  // another run was faster: go on from its place
        else throw holdfast::Exception(moved.error());
    }
}

/// Whether the warehouse has what the source has, and the bookmark has counted each row once.
bool complete(Store& store, Source const& source, Warehouse& warehouse) {
    auto const entry = store.get("weather").value();
    auto const days = warehouse.days();
    std::printf("%zu rows in the warehouse, %zu in the source", days.size(), source.days().size());
    if (entry)
        std::printf("; bookmark %s after %lld rows, moved %llu times", (*entry)->last_date.c_str(),
                    static_cast<long long>((*entry)->rows), static_cast<unsigned long long>(entry->sequence()));
    bool const same = days == source.days() && entry && (*entry)->rows == static_cast<std::int64_t>(days.size());
    std::puts(same ? "\nnone missing, none twice" : "\nNOT COMPLETE");
    return same;
}

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Loads daily weather into a warehouse, incrementally");
    app.option_defaults()->always_capture_default();
    app.add_option("--store", options.store, "where the bookmark is kept: sqlite:, file: or memory:");
    app.add_option("--warehouse", options.warehouse, "the SQLite database that is loaded");
    app.add_option("--source", options.source, "the CSV file with the days")->check(CLI::ExistingFile);
    app.add_option("--batch", options.batch, "rows at a time")->check(CLI::PositiveNumber);
    app.add_option("--kill-after", options.kill_after, "die in this batch, at the worst moment");
    app.add_flag("--check", options.check, "only compare the warehouse with the source");
    CLI11_PARSE(app, argc, argv);
    try {
        Source const source(options.source);
        Warehouse warehouse(options.warehouse);
        Store store = holdfast::open<Bookmark, Store::storage_type>(options.store).value();
        if (!options.check) load(options, store, source, warehouse);
        return complete(store, source, warehouse) ? 0 : 1;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "weather: %s\n", error.what());
        return 1;
    }
}
