// Layers that are right break no law: those of the library, `OneOf`, and storages by reference.

#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/layer/traced.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/laws/borrowed.hpp>
#include <holdfast/testing/laws/watched.hpp>
#include <holdfast/testing/laws/layers.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace zoo::right_layers {

namespace {

using namespace holdfast;
using testing::check_layer;

struct Ears {
    void ended(StorageEvent const&) {}
};
struct Sink final : TraceSink {
    void begin(TracedCall&) override {}
    void end_read(TracedCall const&, Result<RecordPtr> const&) override {}
    void end_write(TracedCall const&, Result<WriteOutcome> const&) override {}
};

/// Another storage that can the same.
template <class S>
struct Twin : S {
    explicit Twin(S storage) : S(std::move(storage)) {}
};

template <class Make>
void passes(Make make) {
    auto const found = check_layer(make);
    CHECK(found.text() == "");
    CHECK(found.checked().size() == 10);
}

}  // namespace

TEST_CASE("zoo: layers that are right break no law", "[zoo]") {
    Sink sink;
    passes([]<class S>(S storage) { return Cached<S>(std::move(storage)); });
    passes([]<class S>(S storage) { return Retrying<S>(std::move(storage)); });
    passes([]<class S>(S storage) { return Observed<S, Ears>(std::move(storage)); });
    passes([&]<class S>(S storage) { return Traced<S, Sink>(std::move(storage), sink); });
    passes([]<class S>(S storage) {
        return testing::Faulty<S>(std::move(storage), std::make_shared<testing::FaultPlan>());
    });
    passes([&](auto storage) { return Cached(Retrying(Observed(Traced(std::move(storage), sink), Ears()))); });
    passes([]<class S>(S storage) { return OneOf<S, Twin<S>>(std::move(storage)); });
    passes([]<class S>(S storage) { return OneOf<S, Twin<S>>(Twin<S>(std::move(storage))); });
}

TEST_CASE("zoo: a storage by reference is a layer like any other", "[zoo]") {
    // It must outlive what borrows it: each is kept until the end.
    std::vector<std::shared_ptr<void>> kept;
    auto const keep = [&]<class S>(S storage) -> S& {
        auto owned = std::make_shared<S>(std::move(storage));
        kept.push_back(owned);
        return *owned;
    };
    passes([&]<class S>(S storage) { return testing::law::Borrowed<S>(keep(std::move(storage))); });
    passes([&]<class S>(S storage) { return testing::law::Watched<S>(keep(std::move(storage))); });
}

}  // namespace zoo::right_layers
