// Policies that throw, refuse, are slow or hang: the laws say so, and go on where they can.

#include <zoo/ark.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/laws/history.hpp>
#include <holdfast/testing/laws/serialization.hpp>
#include <holdfast/testing/laws/storage.hpp>
#include <holdfast/testing/laws/versioning.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <stdexcept>
#include <unistd.h>

namespace zoo::unkind {

namespace {

using namespace holdfast::testing;
using holdfast::Error;
using Id = RecordId const&;

/// Does what a hook says before each call.
Ark striking(std::function<std::optional<Error>()> strike) {
    Ark ark;
    ark.on_read = [strike](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
        if (auto error = strike()) return *error;
        return right.right_read(id);
    };
    ark.on_write = [strike](Ark& right, Context const&, Id id, RecordPtr const& record,
                            Precondition const& when) -> Result<WriteOutcome> {
        if (auto error = strike()) return *error;
        return right.right_write(id, record, when);
    };
    ark.on_write_all = [strike](Ark& right, Context const&, std::span<Write const> writes) -> Result<WriteOutcome> {
        if (auto error = strike()) return *error;
        return right.change(writes, Ark::Call::batch);
    };
    return ark;
}
/// Every nth call fails.
Ark failing(unsigned nth) {
    return striking([nth, calls = std::make_shared<std::atomic<unsigned>>(0)]() -> std::optional<Error> {
        if (++*calls % nth == 0) return Error(Errc::unavailable, "nobody answers");
        return std::nullopt;
    });
}
bool says(Findings const& found, std::string_view text) { return found.text().find(text) != std::string::npos; }

}  // namespace

TEST_CASE("zoo: what a policy throws is a finding", "[zoo]") {
    Ark ark = striking([]() -> std::optional<Error> { throw std::runtime_error("of a driver"); });
    CompareAndSwap versioning;
    for (Findings const& found : {check_storage(ark), check_versioning(versioning, ark)}) {
        CHECK(says(found, "errors are returned, and nothing is thrown"));
        CHECK(says(found, "of a driver"));
        CHECK(!found.unchecked().empty());
    }
}

TEST_CASE("zoo: laws of histories and versionings that could store nothing have found that", "[zoo]") {
    for (unsigned const nth : {1u, 2u, 10u, 50u, 100u}) {
        Ark ark = failing(nth);
        History<> history;
        CompareAndSwap versioning;
        CHECK(!check_history(history, ark).empty());
        CHECK(!check_versioning(versioning, ark).empty());
        CHECK(!check_versioning(history, ark).empty());
    }
}

TEST_CASE("zoo: the law that hangs is named", "[zoo]") {
    std::FILE* const log = std::tmpfile();
    REQUIRE(log != nullptr);
    int const before = ::dup(STDERR_FILENO);
    REQUIRE(::dup2(::fileno(log), STDERR_FILENO) >= 0);
    Ark ark = striking([calls = std::make_shared<std::atomic<unsigned>>(0)]() -> std::optional<Error> {
        if (++*calls == 3) Environment::system().sleep(std::chrono::milliseconds(500));
        return std::nullopt;
    });
    LawOptions options{.seed = 7, .patience = std::chrono::milliseconds(20), .only = "reads_see_writes"};
    auto const found = check_storage(ark, options);
    REQUIRE(::dup2(before, STDERR_FILENO) >= 0);
    (void)::close(before);
    CHECK(found.text() == "");
    char text[200] = {};
    std::rewind(log);
    CHECK(std::fread(text, 1, sizeof text - 1, log) > 0);
    CHECK(std::string_view(text).starts_with("holdfast: law reads_see_writes (seed 7): nothing has come back"));
    (void)std::fclose(log);
}

}  // namespace zoo::unkind
