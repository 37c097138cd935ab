#include "../harness.hpp"

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

namespace {

using holdfast::Durability;
using Store = holdfast::StateStore<holdfast::Bytes, holdfast::SqliteStorage, holdfast::RawBytes>;

holdfast::Key const key = holdfast::Key::parse("pipelines/orders").value();

Store filled(bench::Run const& run, Durability durability) {
    holdfast::SqliteOptions options;
    options.durability = durability;
    Store store(holdfast::SqliteStorage::open(run.directory() + "/store.db", options).value());
    bench::require(store.create(key, holdfast::Bytes::copy(bench::make_value())).applied(), "create");
    return store;
}

bench::Case const get("sqlite-get", [](bench::Run& run) {
    Store store = filled(run, Durability::data);
    run.measure([&] {
        auto const entry = store.get(key);
        bench::require(entry && *entry, "get");
        bench::look_at((*entry)->value().view().front());
    });
});

template <Durability D>
void update(bench::Run& run) {
    Store store = filled(run, D);
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

bench::Case const normal("sqlite-update-normal", update<Durability::data>);
bench::Case const full("sqlite-update-full", update<Durability::full>);

}  // namespace
