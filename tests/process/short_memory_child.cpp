// Every allocation of every operation fails, one after the other: all or nothing is done, the truth is told, and the
// next operation works. Ends with 1 and a line for each case that is not so.
//
// Here are the serializations, the layers and batches; storages, locks and histories have programs of their own.

#include "short_memory.hpp"

#include <holdfast/holdfast.hpp>
#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/observe/observers.hpp>
#include <holdfast/layer/observe/prometheus.hpp>
#include <holdfast/layer/observe/structured_log.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/migrating.hpp>
#include <holdfast/serialization/raw_bytes.hpp>

#include <cstdio>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace holdfast;
using test::end_of, test::every_point;

struct Old {
    long count = 0;
};
struct State {
    long count = 0;
    std::string text = "a text that is too long for a small string, and repeats itself, and repeats itself, and repeats";
    std::map<std::string, std::vector<std::optional<int>>> map{{"a name that is long as well, so long", {1, {}, 3}}};
    std::variant<std::monostate, std::string> either = std::string("another text that needs memory of its own");
};
State with(long count) {
    State state;
    state.count = count;
    return state;
}
State grow(Old const& old) { return with(old.count); }

template <class Store, class Make>
void operations(std::string const& what, Make make_store) {
    auto const make = [&] {
        Store store = make_store();
        (void)store.create("a", with(41)).value();
        return store;
    };
    auto const count = [](Store& store) {
        auto const raised = store.update("b", [](State& state) { ++state.count; });  // the next operation works
        auto const there = store.get("a");
        return raised && there && *there ? (**there)->count : -1;
    };
    auto const add = [](State& state) {
        ++state.count;
        state.map["another name that is too long for a small string"].push_back(4);
    };
    every_point(what + " get", make, [&](Store& s) { return end_of(s.get("a"), "get"); }, count, 41, 41);
    every_point(
        what + " update", make, [&](Store& s) { return end_of(s.update("a", add), "update"); }, count, 41, 42);
    every_point(what + " replace", make,
                [&](Store& s) {
                    auto const entry = s.get("a");
                    if (!entry) return end_of(entry, "get");
                    return end_of(s.replace(**entry, with(7)), "replace");
                },
                count, 41, 7);
}

void batches() {
    using Store = StateStore<std::string, RawBytes>;
    auto const make = [] {
        Store store;
        for (KeyView const key : {KeyView("a"), KeyView("gone")}) (void)store.create(key, "before").value();
        return store;
    };
    auto const look = [](Store& store) {
        long there = 0;
        for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c with a name that is long enough")}) {
            auto const entry = store.get(key).value();
            there = there * 10 + (entry && **entry == "after" ? 1 : 0);
        }
        return there * 10 + (store.get("gone").value() ? 0 : 1);
    };
    every_point("batch in memory", make,
                [](Store& store) {
                    auto const all = [](std::span<std::optional<std::string>> states) {
                        for (auto& state : states) state = "after";
                        states.back().reset();
                    };
                    return end_of(store.transaction({"a", "b", "c with a name that is long enough", "gone"}, all),
                                  "transaction");
                },
                look, 0, 1111);
}

}  // namespace

BOOST_HANA_ADAPT_STRUCT(Old, count);
BOOST_HANA_ADAPT_STRUCT(State, count, text, map, either);

int main() {
    test::Here::tell_if_it_dies();
    batches();
    using Plain = StateStore<State>;
    operations<Plain>("Json", [] { return Plain(); });
    using Small = StateStore<State, Compressed<Zstd, Json>>;
    operations<Small>("Compressed", [] { return Small(); });
    using Migrated = StateStore<State, Migrating<Json, Step<Old, State, &grow>>>;
    operations<Migrated>("Migrating", [] { return Migrated(); });
    KeyRing keys;
    keys.add("k1", SecretKey::generate()).value();
    using Aead = Encrypted<Aes256Gcm, KeyRing, Compressed<Zstd, Json>>;
    using Secret = StateStore<State, Aead>;
    operations<Secret>("Encrypted", [&] { return Secret(Aead(keys, {.store = "test"})); });

    using Layers = Cached<Retrying<Observed<MemoryStorage, Observers<PrometheusMetrics, StructuredLog<>>>>>;
    using Layered = StateStore<State, Layers>;
    operations<Layered>("layers", [] {
        Observers both(PrometheusMetrics(), StructuredLog<>([](std::string_view) {}));
        return Layered(Layers(Retrying(Observed(MemoryStorage(), both))));
    });
    std::printf("%u allocations failed, %d wrongly\n", test::points, test::failures);
    return test::failures == 0 ? 0 : 1;
}
