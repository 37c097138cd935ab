// A log that was told not to show keys shows none, in the texts of errors neither.

#include <holdfast/core/environment.hpp>
#include <holdfast/layer/observe/opentelemetry.hpp>
#include <holdfast/layer/observe/prometheus.hpp>
#include <holdfast/layer/observe/structured_log.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace log_without_keys {

using namespace holdfast;

std::string log_of(Error const& error, bool keys) {
    std::string all;
    StructuredLog log([&](std::string_view line) { all.append(line).append("\n"); }, {.keys = keys});
    Context const ctx(Environment::system());
    RecordId const id("customer-4711");
    Operation const operation{.kind = Operation::Kind::write, .id = &id};
    StorageEvent event{.operation = operation, .context = ctx};
    event.outcome = StorageEvent::Outcome::failed;
    event.error = &error;
    log.ended(event);
    log.noted({StoreNote::Kind::lock_not_released, ctx, id.key, error});
    return all;
}

TEST_CASE("log without keys: what an error tells of names is left out", "[observed]") {
    for (auto const& error :
         {Error(Errc::unavailable, "no answer for \"customer-4711\" from /srv/states/customer-4711/current, try again"),
          Error(Errc::unavailable, "no answer").on("\"customer-4711\" lock").from("503, /v1/customer-4711"),
          Error(Errc::unavailable, "an open quote: \"customer-4711"),
          Error::because(Errc::unknown_outcome, "the write may or may not have been made",
                         Error(Errc::unavailable, "the disk fails").during("write").on("states/customer-4711/current"),
                         "; ask later")}) {
        CHECK(log_of(error, true).find("customer-4711") != std::string::npos);
        CHECK(log_of(error, false).find("customer") == std::string::npos);
    }
    auto const line = log_of(Error(Errc::busy, "it is held at a/b by \"x\"y\" (or not)").from("errno 5"), false);
    CHECK(line.find("\"message\":\"it is held at ... by ... (or not)\",\"backend\":\"errno 5\"") != std::string::npos);
}

TEST_CASE("an error that another one explains has the other's place, not its text", "[observed]") {
    Error const inner = Error(Errc::unavailable, "the disk fails").during("write").on("states/k").from("errno 5");
    Error const outer = Error::because(Errc::unknown_outcome, "not known", inner, "; ask later");
    CHECK(outer.message() == "not known (unavailable: the disk fails); ask later");
    CHECK((outer.subject() == "states/k" && outer.backend() == "errno 5" && outer.operation().empty()));
    CHECK(Error::because(Errc::busy, "a", Error(Errc::lost)).message() == "a (lost)");
}

TEST_CASE("log without keys: a record that was put under another key by hand", "[observed]") {
    file_test::Directory const directory;
    auto files = FileStorage<>::open(directory.path()).value();
    std::string lines;
    auto const sink = [&](std::string_view line) { lines.append(line).append("\n"); };
    using Log = StructuredLog<decltype(sink)>;
    using Storage = Observed<FileStorage<>, Log>;
    StateStore<std::string, Storage, RawBytes> store(Storage(files, Log(sink, {.keys = false})));
    REQUIRE(store.create("customer-4711", "a"));
    REQUIRE(store.create("customer-4712", "b"));
    std::filesystem::path from, to;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(directory.path()))
        if (entry.is_regular_file()) {
            if (entry.path().string().find("4711") != std::string::npos) from = entry.path();
            if (entry.path().string().find("4712") != std::string::npos) to = entry.path();
        }
    REQUIRE((!from.empty() && !to.empty()));
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
    auto const moved = store.get("customer-4712");
    REQUIRE(!moved);
    CHECK(moved.error().describe().find("\"customer-4711\"") != std::string_view::npos);
    CHECK(lines.find("malformed") != std::string::npos);
    CHECK(lines.find("customer") == std::string::npos);
}

}  // namespace log_without_keys
