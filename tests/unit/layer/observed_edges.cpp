// What observers are told of ages, and logs of clocks that went back.

#include <holdfast/layer/observe/structured_log.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/storage/memory.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace observed_edges_test {

using namespace holdfast;

/// Knows the age of one key.
struct Aging : MemoryStorage {
    Result<Aged> read_aged(Context const&, RecordId const& id) {
        if (id.key.view() != "old") return Aged{};
        auto record = std::make_shared<Record const>(Record{Key(id.key), Bytes::copy("payload"), {}, {}, {}});
        return Aged{std::move(record), std::chrono::hours(1)};
    }
};
struct Recorder {
    std::shared_ptr<std::vector<std::size_t>> records = std::make_shared<std::vector<std::size_t>>();
    void ended(StorageEvent const& event) { records->push_back(10 * event.records + event.bytes_in); }
};

TEST_CASE("observed: a record with its age is one record, or none", "[observed]") {
    Recorder recorder;
    Observed storage{Aging(), recorder};
    Context const ctx(Environment::system());
    CHECK(storage.read_aged(ctx, RecordId("old")).value().age);
    CHECK_FALSE(storage.read_aged(ctx, RecordId("new")).value().record);
    CHECK(*recorder.records == std::vector<std::size_t>{17, 0});
}

TEST_CASE("log: a clock that went back is no time", "[observed]") {
    std::string all;
    StructuredLog log([&](std::string_view line) { all.append(line).append("\n"); });
    Context const ctx(Environment::system());
    RecordId const id("k");
    Operation const operation{.kind = Operation::Kind::read, .id = &id};
    StorageEvent event{.operation = operation, .context = ctx};
    event.duration = -Duration(1'234'567);
    log.ended(event);
    CHECK(all.find("\"duration_us\":0.000,") != std::string::npos);
    all.clear();
    event.duration = Duration(1'234'567);
    log.ended(event);
    CHECK(all.find("\"duration_us\":1234.567,") != std::string::npos);
}

}  // namespace observed_edges_test
