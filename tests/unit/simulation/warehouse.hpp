#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_WAREHOUSE_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_WAREHOUSE_HPP

#include <holdfast/core/fate.hpp>
#include <holdfast/testing/simulation.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast_tests {

/// A database that pipelines load rows into: transactions, and nothing that it would share with the store.
class Warehouse {
public:
    /// A row of the source, as it was loaded.
    struct Row {
        unsigned number;
        holdfast::WriteId tag{};  ///< of the write of the cursor that makes it count
        std::uint64_t token = 0;  ///< or a number that stands for the batch
        bool visible = true;
    };
    /// A batch that waits for the fate of its write.
    struct Batch {
        holdfast::WriteId tag;
        holdfast::UnknownWrite write;
    };

    std::vector<Row> rows;
    std::vector<Batch> batches;

    /// Changes everything at one moment, some time after it was asked for. A caller that crashes before has done
    /// nothing, one that crashes afterwards has done all of it.
    template <class F>
    void transaction(holdfast::testing::Actor& self, std::string_view what, F&& change) {
        self.sleep(holdfast::Duration((1 + self.random(20)) * std::chrono::milliseconds(1)));
        change();
        self.note(what);
        self.sleep(holdfast::Duration((1 + self.random(20)) * std::chrono::milliseconds(1)));
    }

    void append(unsigned from, unsigned upto, Row row) {
        for (row.number = from + 1; row.number <= upto; ++row.number) rows.push_back(row);
    }
    /// By primary key: rows that are there are left alone.
    void upsert(unsigned from, unsigned upto) {
        for (unsigned number = from + 1; number <= upto; ++number)
            if (count(number) == 0) rows.push_back({number});
    }
    void publish(holdfast::WriteId tag) {
        for (Row& row : rows)
            if (row.tag == tag) row.visible = true;
        forget(tag);
    }
    void discard(holdfast::WriteId tag) {
        std::erase_if(rows, [&](Row const& row) { return row.tag == tag && !row.visible; });
        forget(tag);
    }

    bool has_token(std::uint64_t token) const {
        return std::any_of(rows.begin(), rows.end(), [&](Row const& row) { return row.token == token; });
    }
    std::size_t count(unsigned number) const {
        return static_cast<std::size_t>(
            std::count_if(rows.begin(), rows.end(), [&](Row const& row) { return row.number == number; }));
    }
    std::size_t visible(unsigned number) const {
        return static_cast<std::size_t>(std::count_if(
            rows.begin(), rows.end(), [&](Row const& row) { return row.visible && row.number == number; }));
    }

private:
    void forget(holdfast::WriteId tag) {
        std::erase_if(batches, [&](Batch const& batch) { return batch.tag == tag; });
    }
};

}  // namespace holdfast_tests

#endif
