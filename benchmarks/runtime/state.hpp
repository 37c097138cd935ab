#ifndef HOLDFAST_BENCHMARKS_RUNTIME_STATE_HPP
#define HOLDFAST_BENCHMARKS_RUNTIME_STATE_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// What an incremental pipeline remembers of one table.
struct Table {
    std::string name;
    std::string cursor;
    std::int64_t rows = 0;
    double seconds = 0;
    bool complete = false;
    std::optional<std::string> error;
};

/// A realistic state: about 2 KiB of JSON.
struct State {
    std::string pipeline;
    std::string run_id;
    std::int64_t runs = 0;
    double budget = 0;
    std::vector<std::string> partitions;
    std::vector<Table> tables;
};

inline State make_state() {
    State state{"warehouse/orders", "01JD3Z5E9YQ4X8W0KTRB7N2VHC", 1841, 0.725, {}, {}};
    for (int day = 1; day <= 12; ++day) state.partitions.push_back("2026-11-" + std::to_string(100 + day).substr(1));
    for (int i = 0; i < 12; ++i)
        state.tables.push_back({"public.orders_" + std::to_string(i),
                                "2026-11-20T08:15:0" + std::to_string(i % 10) + "Z/" + std::to_string(918273 + i),
                                104729 * (i + 1), 0.125 + 1.7 * i, i % 3 != 0,
                                i % 5 == 4
                                    ? std::optional<std::string>("timeout after 30 s, \"retry\" later — übersprungen")
                                    : std::nullopt});
    return state;
}

}  // namespace bench

#endif
