#include "../harness.hpp"

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>

namespace {

using holdfast::Durability;

template <Durability D>
using Store =
    holdfast::StateStore<holdfast::Bytes, holdfast::FileStorage<holdfast::SlotFirst, D>, holdfast::RawBytes>;

holdfast::Key const key = holdfast::Key::parse("pipelines/orders").value();

template <Durability D>
Store<D> filled(bench::Run const& run) {
    Store<D> store(Store<D>::storage_type::open(run.directory() + "/store").value());
    bench::require(store.create(key, holdfast::Bytes::copy(bench::make_value())).applied(), "create");
    return store;
}

bench::Case const read("file-read", [](bench::Run& run) {
    auto store = filled<Durability::none>(run);
    run.measure([&] {
        auto const entry = store.get(key);
        bench::require(entry && *entry, "get");
        bench::look_at((*entry)->value().view().front());
    });
});

template <Durability D>
void update(bench::Run& run) {
    auto store = filled<D>(run);
    run.measure([&] {
        auto const done = store.update(key, [](holdfast::Bytes& value) {
            holdfast::Buffer next(value.size());
            next.append(value.view());
            bench::count_up(next.data());
            value = holdfast::Bytes(std::move(next));
        });
        bench::require(done.applied(), "update");
    });
}

bench::Case const none("file-update-none", update<Durability::none>);
bench::Case const data("file-update-data", update<Durability::data>);
bench::Case const full("file-update-full", update<Durability::full>);

}  // namespace
