#include "../harness.hpp"
#include "../state.hpp"

#include <holdfast/serialization/json.hpp>

BOOST_HANA_ADAPT_STRUCT(bench::Table, name, cursor, rows, seconds, complete, error);
BOOST_HANA_ADAPT_STRUCT(bench::State, pipeline, run_id, runs, budget, partitions, tables);

namespace {

constexpr holdfast::KeyView key = "pipelines/orders";
holdfast::CodingContext const context{key, 1, nullptr};

bench::Case const read("json-read", [](bench::Run& run) {
    holdfast::Buffer text;
    bench::require(holdfast::Json().encode(context, bench::make_state(), text).has_value(), "encode");
    holdfast::RecordPtr const record = std::make_shared<holdfast::Record const>(
        holdfast::Record{holdfast::Key(key), holdfast::Bytes(std::move(text)), {}, {}, {}});
    run.measure([&] {
        auto const state = holdfast::Json().decode<bench::State>(context, record);
        bench::require(state.has_value(), "decode");
        bench::look_at(state->tables.back().rows);
    });
});

bench::Case const write("json-write", [](bench::Run& run) {
    bench::State const state = bench::make_state();
    holdfast::Buffer text;
    run.measure([&] {
        text.clear();
        bench::require(holdfast::Json().encode(context, state, text).has_value(), "encode");
        bench::look_at(text.data()[0]);
    });
});

}  // namespace
