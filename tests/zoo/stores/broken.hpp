#ifndef HOLDFAST_TESTS_ZOO_STORES_BROKEN_HPP
#define HOLDFAST_TESTS_ZOO_STORES_BROKEN_HPP

#include <zoo/zoo.hpp>

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/testing/laws/store.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace zoo::in_stores {

using namespace holdfast;
using namespace holdfast::testing;

using E = Entry<std::string>;
using MaybeText = std::optional<std::string>;
using Update = std::function<Result<std::string>(MaybeText)>;
using Texts = std::span<MaybeText>;
using Transact = std::function<Result<void>(Texts)>;
using Keys = std::vector<Key>;

/// A store of text in memory that is wrong in one way. It has what the laws ask for, and no more.
template <class V>
class BrokenStore {
public:
    using Inner = BasicStateStore<std::string, MemoryStorage, NoLock, V, RawBytes>;
    using state_type = std::string;
    using storage_type = MemoryStorage;
    static constexpr bool watchful = Inner::watchful;
    static constexpr bool batched = Inner::batched;

    std::function<Result<std::optional<E>>(Inner&, KeyView)> on_get{};
    std::function<Outcome<E>(Inner&, KeyView, Update const&, CallOptions const&)> on_update{};
    std::function<Outcome<E>(Inner&, KeyView, std::string, CallOptions const&)> on_create{}, on_put{};
    std::function<Outcome<E>(Inner&, E const&, std::string, CallOptions const&)> on_replace{};
    std::function<Outcome<void>(Inner&, E const&, CallOptions const&)> on_remove{};
    std::function<Outcome<void>(Inner&, KeyView, CallOptions const&)> on_remove_key{};
    std::function<void(std::string_view, Keys&)> on_keys{};
    std::function<Outcome<void>(Inner&, Keys const&, Transact const&, CallOptions const&)> on_transaction{};
    /// What it returns of any write.
    std::function<E(E const&)> give{};

    MemoryStorage& storage() { return inner_.storage(); }

    auto get(KeyView key) { return on_get ? on_get(inner_, key) : inner_.get(key); }
    template <class F>
    Outcome<E> update(KeyView key, F&& fn, CallOptions const& options = {}) {
        Update const next = [&](MaybeText state) {
            return holdfast::detail::next_state<std::string>(fn, std::move(state));
        };
        return given(on_update ? on_update(inner_, key, next, options) : inner_.update(key, next, options));
    }
    Outcome<E> create(KeyView key, std::string value, CallOptions const& options = {}) {
        return given(on_create ? on_create(inner_, key, value, options) : inner_.create(key, value, options));
    }
    Outcome<E> replace(E const& entry, std::string value, CallOptions const& options = {}) {
        return given(on_replace ? on_replace(inner_, entry, value, options) : inner_.replace(entry, value, options));
    }
    Outcome<void> remove(E const& entry, CallOptions const& options = {})
        requires watchful
    {
        return on_remove ? on_remove(inner_, entry, options) : inner_.remove(entry, options);
    }
    Outcome<void> remove(KeyView key, CallOptions const& options = {})
        requires(!watchful)
    {
        return on_remove_key ? on_remove_key(inner_, key, options) : inner_.remove(key, options);
    }
    Outcome<E> put(KeyView key, std::string value, CallOptions const& options = {}) {
        return given(on_put ? on_put(inner_, key, value, options) : inner_.put(key, value, options));
    }
    std::vector<Result<Key>> keys(std::string_view prefix = {}) {
        Keys all;
        for (Result<Key> const& key : inner_.keys(prefix)) all.push_back(*key);
        if (on_keys) on_keys(prefix, all);
        return std::vector<Result<Key>>(all.begin(), all.end());
    }
    template <class F>
    Outcome<void> transaction(std::initializer_list<KeyView> keys, F&& fn, CallOptions const& options = {}) {
        Transact const change = [&](Texts states) -> Result<void> {
            if constexpr (std::is_void_v<std::invoke_result_t<F&, Texts>>) return fn(states), Result<void>();
            else return fn(states);
        };
        if (!on_transaction) return inner_.transaction(keys, change, options);
        Keys all;
        for (KeyView const key : keys) all.emplace_back(key);
        return on_transaction(inner_, all, change, options);
    }

private:
    Outcome<E> given(Outcome<E> done) const { return done && give ? Outcome<E>(give(*done)) : std::move(done); }

    Inner inner_;
};

using Watching = BrokenStore<CompareAndSwap>;
using Putting = BrokenStore<LastWriterWins>;
using Inner = Watching::Inner;
using PutInner = Putting::Inner;

class StorePen {
public:
    void add(std::string law, std::string sin, std::function<void(Watching&)> make) {
        animal<Watching>(std::move(law), std::move(sin), std::move(make));
    }
    void put(std::string law, std::string sin, std::function<void(Putting&)> make) {
        animal<Putting>(std::move(law), std::move(sin), std::move(make));
    }
    Animals take() { return std::move(all_); }

private:
    template <class Store>
    void animal(std::string law, std::string sin, std::function<void(Store&)> make) {
        all_.push_back({std::move(law), std::move(sin), [make] {
                            Store store;
                            make(store);
                            return check_store(store, {.patience = std::chrono::seconds(3)});
                        }});
    }

    Animals all_;
};

/// An entry that says something else of its write.
inline E altered(E const& entry, std::function<void(Record&)> const& change) {
    Record record = *entry.record();
    change(record);
    return E(entry.value(), std::make_shared<Record const>(std::move(record)));
}
inline MaybeText text_at(Inner& inner, KeyView key) {
    auto const entry = inner.get(key);
    return entry && *entry ? MaybeText((*entry)->value()) : std::nullopt;
}
/// Writes a state whatever is there.
inline Outcome<E> blindly(Inner& inner, KeyView key, std::string const& text, CallOptions options = {}) {
    options.write_unchanged = true;
    return inner.update(
        key, [&](MaybeText) { return text; }, options);
}
inline void drop(Inner& inner, KeyView key) {
    auto const entry = inner.get(key);
    if (entry && *entry) (void)inner.remove(**entry);
}
inline void set(Inner& inner, Keys const& keys, std::vector<MaybeText> const& texts) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (texts[i]) (void)blindly(inner, keys[i], *texts[i]);
        else drop(inner, keys[i]);
    }
}

}  // namespace zoo::in_stores

#endif
