#include "../harness.hpp"

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <vector>

namespace {

using Store = holdfast::StateStore<holdfast::Bytes, holdfast::MemoryStorage, holdfast::RawBytes>;

std::vector<holdfast::Key> const keys = [] {
    std::vector<holdfast::Key> made;
    for (int i = 100; i < 116; ++i)
        made.push_back(holdfast::Key::parse("pipelines/orders-" + std::to_string(i)).value());
    return made;
}();

Store filled() {
    Store store;
    for (auto const& key : keys)
        bench::require(store.create(key, holdfast::Bytes::copy(bench::make_value())).applied(), "create");
    return store;
}

bench::Case const get("memory-get", [](bench::Run& run) {
    Store store = filled();
    run.measure([&, i = std::size_t{0}]() mutable {
        auto const entry = store.get(keys[i++ % keys.size()]);
        bench::require(entry && *entry, "get");
        bench::look_at((*entry)->value().view().front());
    });
});

bench::Case const update("memory-update", [](bench::Run& run) {
    Store store = filled();
    run.measure([&, i = std::size_t{0}]() mutable {
        auto const done = store.update(keys[i++ % keys.size()], [](holdfast::Bytes& value) {
            holdfast::Buffer next(value.size());
            next.append(value.view());
            bench::count_up(next.data());
            value = holdfast::Bytes(std::move(next));
        });
        bench::require(done.applied(), "update");
    });
});

}  // namespace
