// What a program does to its storage, for Prometheus to collect and as a log of JSON lines.

#include <holdfast/layer/observe/observers.hpp>
#include <holdfast/layer/observe/prometheus.hpp>
#include <holdfast/layer/observe/structured_log.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>

#include <iostream>

using namespace holdfast;

int main() {
    PrometheusMetrics const metrics("counters");  // copies count together
    StructuredLog const log([](std::string_view line) { std::clog << line << '\n'; });

    // Repetitions stand outside, so that each is observed.
    Retrying storage(Observed(MemoryStorage(), Observers(metrics, log)));
    StateStore<int, decltype(storage)> store(storage);
    for (int i = 0; i < 3; ++i) store.update("visits", [](int& n) { ++n; }).value();

    std::string const text = metrics.text();  // the body of the answer to GET /metrics
    std::cout << text;
    return text.find(R"({store="counters",operation="write",outcome="applied"} 3)") != std::string::npos ? 0 : 1;
}
