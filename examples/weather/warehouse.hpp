#ifndef WEATHER_WAREHOUSE_HPP
#define WEATHER_WAREHOUSE_HPP

#include "source.hpp"

#include <sqlite3.h>

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

/// Where the rows go: a table of a SQLite database, in no way special.
class Warehouse {
public:
    explicit Warehouse(std::string const& path) {
        sqlite3* opened = nullptr;
        int const result = sqlite3_open(path.c_str(), &opened);
        database_.reset(opened);
        check(result);
        check(sqlite3_busy_timeout(opened, 60'000));  // others may load, too
        run("create table if not exists weather (date text primary key, precipitation real, temp_max real, "
            "temp_min real, wind real, weather text)");
    }

    /// Puts the days in, all or none. A day that is there already is replaced: to load it twice changes nothing.
    void upsert(std::span<Day const> days) {
        run("begin immediate");
        try {
            auto const row = prepare("insert or replace into weather values (?, ?, ?, ?, ?, ?)");
            for (Day const& day : days) {
                bind_text(row.get(), 1, day.date);
                int column = 2;
                for (double const number : {day.precipitation, day.temp_max, day.temp_min, day.wind})
                    check(sqlite3_bind_double(row.get(), column++, number));
                bind_text(row.get(), 6, day.weather);
                step(row.get());
                check(sqlite3_reset(row.get()));
            }
            run("commit");
        } catch (...) {
            sqlite3_exec(database_.get(), "rollback", nullptr, nullptr, nullptr);
            throw;
        }
    }

    std::vector<Day> days() {
        std::vector<Day> days;
        auto const row = prepare("select * from weather order by date");
        while (step(row.get()))
            days.push_back({text(row.get(), 0), sqlite3_column_double(row.get(), 1),
                            sqlite3_column_double(row.get(), 2), sqlite3_column_double(row.get(), 3),
                            sqlite3_column_double(row.get(), 4), text(row.get(), 5)});
        return days;
    }

private:
    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close(database); }
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    using Statement = std::unique_ptr<sqlite3_stmt, Close>;

    void check(int result) const {
        if (result != SQLITE_OK) throw std::runtime_error(std::string("warehouse: ") + sqlite3_errmsg(database_.get()));
    }
    void run(char const* sql) { check(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr)); }
    Statement prepare(char const* sql) {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr));
        return Statement(statement);
    }
    bool step(sqlite3_stmt* statement) {
        int const result = sqlite3_step(statement);
        if (result != SQLITE_ROW && result != SQLITE_DONE) check(result);
        return result == SQLITE_ROW;
    }
    void bind_text(sqlite3_stmt* statement, int column, std::string const& text) {
        check(sqlite3_bind_text(statement, column, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
    }
    static std::string text(sqlite3_stmt* row, int column) {
        return reinterpret_cast<char const*>(sqlite3_column_text(row, column));
    }

    std::unique_ptr<sqlite3, Close> database_;
};

#endif
