// Broken stores. No law sees:
// - one that shows a function the same state twice though nothing hindered its write, now and then: once is looked at;
// - one whose locks are not fair: that is a law of turns, and a courtesy.

#include <zoo/zoo.hpp>

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/store.hpp>
#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>

#include <cstdlib>
#include <map>
#include <mutex>
#include <set>

namespace zoo {

namespace {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Apart;

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
        Update const next = [&](MaybeText state) { return holdfast::detail::next_state<std::string>(fn, std::move(state)); };
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
        return {all.begin(), all.end()};
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
    void add(std::string law, std::string sin, std::function<void(Watching&)> make) { animal<Watching>(std::move(law), std::move(sin), std::move(make)); }
    void put(std::string law, std::string sin, std::function<void(Putting&)> make) { animal<Putting>(std::move(law), std::move(sin), std::move(make)); }
    Animals take() { return std::move(all_); }

private:
    template <class Store>
    void animal(std::string law, std::string sin, std::function<void(Store&)> make) {
        all_.push_back({std::move(law), std::move(sin), [make] {
                            Store store;
                            make(store);
                            return check_store(store);
                        }});
    }

    Animals all_;
};

/// An entry that says something else of its write.
E altered(E const& entry, std::function<void(Record&)> const& change) {
    Record record = *entry.record();
    change(record);
    return E(entry.value(), std::make_shared<Record const>(std::move(record)));
}
MaybeText text_at(Inner& inner, KeyView key) {
    auto const entry = inner.get(key);
    return entry && *entry ? MaybeText((*entry)->value()) : std::nullopt;
}
/// Writes a state whatever is there.
Outcome<E> blindly(Inner& inner, KeyView key, std::string const& text, CallOptions options = {}) {
    options.write_unchanged = true;
    return inner.update(key, [&](MaybeText) { return text; }, options);
}
void drop(Inner& inner, KeyView key) {
    auto const entry = inner.get(key);
    if (entry && *entry) (void)inner.remove(**entry);
}
void set(Inner& inner, Keys const& keys, std::vector<MaybeText> const& texts) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (texts[i]) (void)blindly(inner, keys[i], *texts[i]);
        else drop(inner, keys[i]);
    }
}

void of_verbs(StorePen& pen) {
    std::string law = "written_states_are_read";
    pen.add(law, "replaces nothing, and says it did", [](Watching& s) {
        s.on_replace = [](Inner&, E const& entry, std::string const&, auto&) { return Outcome<E>(entry); };
    });
    pen.add(law, "reads what it read first", [](Watching& s) {
        auto const seen = std::make_shared<std::map<std::string, std::optional<E>>>();
        s.on_get = [seen](Inner& inner, KeyView key) -> Result<std::optional<E>> {
            auto const now = inner.get(key);
            if (!now || !*now) return now;
            return seen->try_emplace(std::string(key.view()), *now).first->second;
        };
    });
    pen.add(law, "calls absence an error", [](Watching& s) {
        s.on_get = [](Inner& inner, KeyView key) -> Result<std::optional<E>> {
            auto now = inner.get(key);
            if (now && !*now) return Error(Errc::not_found);
            return now;
        };
    });
    pen.add(law, "finds the state of another key", [](Watching& s) {
        auto const last = std::make_shared<std::optional<E>>();
        s.on_get = [last](Inner& inner, KeyView key) -> Result<std::optional<E>> {
            auto now = inner.get(key);
            if (now && *now) *last = *now;
            else if (now && *last) return *last;
            return now;
        };
    });
    pen.put(law, "puts once", [](Putting& s) {
        s.on_put = [](PutInner& inner, KeyView key, std::string const& text, auto& options) {
            auto const now = inner.get(key);
            return now && *now ? Outcome<E>(**now) : inner.put(key, text, options);
        };
    });

    law = "entries_tell_of_their_writes";
    auto const gives = [&](std::string sin, std::function<void(Record&)> change) {
        pen.add(law, std::move(sin), [change](Watching& s) {
            s.on_update = [change](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
                auto done = inner.update(key, fn, options);
                if (done) return altered(*done, change);
                return done;
            };
        });
    };
    gives("returns the sequence of before", [](Record& record) { --record.stamp.sequence; });
    gives("returns no revision", [](Record& record) { record.revision = Revision(); });
    gives("returns another key", [](Record& record) { record.key = *Key::parse("k"); });
    gives("does not say who wrote", [](Record& record) { record.stamp.who = Writer(); });
    gives("returns the time of the lock", [](Record& record) { record.stamp.when += std::chrono::seconds(1); });
    pen.add(law, "says that who locked a state has written it", [](Watching& s) {
        s.on_get = [](Inner& inner, KeyView key) -> Result<std::optional<E>> {
            auto now = inner.get(key);
            if (!now || !*now) return now;
            return std::optional<E>(altered(**now, [](Record& record) { record.stamp.set_by.reset(); }));
        };
    });
    pen.add(law, "returns the state of before", [](Watching& s) {
        s.on_update = [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
            auto const before = inner.get(key);
            auto done = inner.update(key, fn, options);
            if (done && before && *before) return E((*before)->value(), done->record());
            return done;
        };
    });
    pen.put(law, "returns what was there before", [](Putting& s) {
        s.give = [](E const& entry) { return altered(entry, [](Record& record) { --record.stamp.sequence; }); };
    });

    law = "removed_states_are_absent";
    pen.add(law, "removes nothing, and says it did", [](Watching& s) {
        s.on_remove = [](Inner&, E const&, auto&) { return Outcome<void>(); };
    });
    pen.add(law, "writes an empty state for a removal", [](Watching& s) {
        s.on_remove = [](Inner& inner, E const& entry, auto& options) -> Outcome<void> {
            auto const done = inner.replace(entry, "", options);
            if (!done) return done.error();
            return {};
        };
    });
    pen.add(law, "removes what begins alike", [](Watching& s) {
        s.on_remove = [](Inner& inner, E const& entry, auto&) -> Outcome<void> {
            for (Result<Key> const& key : inner.keys(entry.key().view().substr(0, 4))) drop(inner, *key);
            return {};
        };
    });
    pen.add(law, "cannot write again what was removed", [](Watching& s) {
        s.on_update = [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
            auto const there = inner.storage().read(law::patient(), RecordId(key));
            if (there && *there && (*there)->stamp.tombstone) return Error(Errc::lost);
            return inner.update(key, fn, options);
        };
        s.on_remove = [](Inner& inner, E const& entry, auto& options) -> Outcome<void> {
            auto done = inner.remove(entry, options);
            if (done) {  // and leaves a note of it
                Record grave = *entry.record();
                grave.stamp.tombstone = true;
                grave.payload = Bytes();
                (void)inner.storage().write(law::patient(), RecordId(entry.key()), std::make_shared<Record const>(std::move(grave)), Precondition::none());
            }
            return done;
        };
    });
    pen.put(law, "calls the removal of what is absent an error", [](Putting& s) {
        s.on_remove_key = [](PutInner& inner, KeyView key, auto& options) -> Outcome<void> {
            auto const now = inner.get(key);
            if (now && !*now) return Error(Errc::not_found);
            return inner.remove(key, options);
        };
    });

    law = "attributes_are_kept";
    pen.add(law, "an update loses attributes", [](Watching& s) {
        s.on_update = [](Inner& inner, KeyView key, Update const& fn, CallOptions options) {
            Attributes const none;
            if (options.attributes == nullptr) options.attributes = &none;
            return inner.update(key, fn, options);
        };
    });
    pen.add(law, "a replacement keeps attributes whatever is given", [](Watching& s) {
        s.on_replace = [](Inner& inner, E const& entry, std::string const& text, CallOptions options) {
            options.attributes = nullptr;
            return inner.replace(entry, text, options);
        };
    });
    pen.add(law, "creates without attributes", [](Watching& s) {
        s.on_create = [](Inner& inner, KeyView key, std::string const& text, CallOptions options) {
            options.attributes = nullptr;
            return inner.create(key, text, options);
        };
    });
    pen.add(law, "takes no attributes for none given", [](Watching& s) {
        s.on_update = [](Inner& inner, KeyView key, Update const& fn, CallOptions options) {
            if (options.attributes != nullptr && options.attributes->empty()) options.attributes = nullptr;
            return inner.update(key, fn, options);
        };
    });
    pen.put(law, "adds attributes", [](Putting& s) {
        s.on_put = [](PutInner& inner, KeyView key, std::string const& text, CallOptions options) {
            auto const now = inner.get(key);
            Attributes all = options.attributes != nullptr ? *options.attributes : Attributes();
            if (now && *now) all.insert(all.end(), (*now)->attributes().begin(), (*now)->attributes().end());
            options.attributes = &all;
            return inner.put(key, text, options);
        };
    });

    law = "failed_calls_change_nothing";
    auto const in_time = [](CallOptions const& options) { return !(options.timeout && *options.timeout == Duration::zero()); };
    pen.add(law, "notices after it has written that there was no time", [=](Watching& s) {
        s.on_update = [=](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
            auto done = inner.update(key, fn, options);
            if (done && !in_time(options)) return Error(Errc::timed_out);
            return done;
        };
    });
    pen.add(law, "stops after it has replaced", [](Watching& s) {
        s.on_replace = [](Inner& inner, E const& entry, std::string const& text, CallOptions options) -> Outcome<E> {
            auto const* const stop = std::exchange(options.stop, nullptr);
            auto done = inner.replace(entry, text, options);
            if (done && stop != nullptr) return Error(Errc::cancelled);
            return done;
        };
    });
    pen.add(law, "removes nothing if there is no time, and says it did", [=](Watching& s) {
        s.on_remove = [=](Inner& inner, E const& entry, auto& options) { return in_time(options) ? inner.remove(entry, options) : Outcome<void>(); };
    });
    pen.put(law, "puts in the background if there is no time", [=](Putting& s) {
        s.on_put = [=](PutInner& inner, KeyView key, std::string const& text, auto& options) -> Outcome<E> {
            if (in_time(options)) return inner.put(key, text, options);
            (void)inner.put(key, text);
            return Error(Errc::timed_out);
        };
    });

    law = "conflicts_are_noticed";
    pen.add(law, "creates over what is there", [](Watching& s) {
        s.on_create = [](Inner& inner, KeyView key, std::string const& text, auto& options) { return blindly(inner, key, text, options); };
    });
    pen.add(law, "replaces what is there by now", [](Watching& s) {
        s.on_replace = [](Inner& inner, E const& entry, std::string const& text, auto& options) {
            auto const now = inner.get(entry.key());
            return inner.replace(now && *now ? **now : entry, text, options);
        };
    });
    pen.add(law, "replaces what looks the same", [](Watching& s) {
        s.on_replace = [](Inner& inner, E const& entry, std::string const& text, auto& options) {
            auto const now = inner.get(entry.key());
            return inner.replace(now && *now && (*now)->value() == entry.value() ? **now : entry, text, options);
        };
    });
    pen.add(law, "removes what is there by now", [](Watching& s) {
        s.on_remove = [](Inner& inner, E const& entry, auto& options) {
            auto const now = inner.get(entry.key());
            return inner.remove(now && *now ? **now : entry, options);
        };
    });
    pen.add(law, "brings back what was removed", [](Watching& s) {
        s.on_replace = [](Inner& inner, E const& entry, std::string const& text, auto& options) {
            auto done = inner.replace(entry, text, options);
            if (!done && !text_at(inner, entry.key())) return inner.create(entry.key(), text, options);
            return done;
        };
    });
    pen.add(law, "calls a conflict busy", [](Watching& s) {
        s.on_create = [](Inner& inner, KeyView key, std::string const& text, auto& options) -> Outcome<E> {
            auto done = inner.create(key, text, options);
            if (!done && done.error() == Errc::conflict) return Error(Errc::busy);
            return done;
        };
    });

    law = "the_last_one_wins";
    pen.put(law, "keeps what is more", [](Putting& s) {
        s.on_put = [](PutInner& inner, KeyView key, std::string const& text, auto& options) {
            auto const now = inner.get(key);
            if (now && *now && std::atoi((*now)->value().c_str()) > std::atoi(text.c_str())) return Outcome<E>(**now);
            return inner.put(key, text, options);
        };
    });
    pen.put(law, "calls a put of the same a conflict", [](Putting& s) {
        s.on_put = [](PutInner& inner, KeyView key, std::string const& text, auto& options) -> Outcome<E> {
            auto const now = inner.get(key);
            bool const same = now && *now && (*now)->value() == text && (*now)->attributes().empty() && options.attributes == nullptr;
            if (same && text == "3") return Error(Errc::conflict);
            return inner.put(key, text, options);
        };
    });
    pen.put(law, "lets in one at a time, and the others not", [](Putting& s) {
        auto const mutex = std::make_shared<std::mutex>();
        s.on_put = [mutex](PutInner& inner, KeyView key, std::string const& text, auto& options) -> Outcome<E> {
            std::unique_lock const lock(*mutex, std::try_to_lock);
            if (!lock) return Error(Errc::busy);
            if (text.size() == 2) Environment::system().sleep(std::chrono::milliseconds(3));
            return inner.put(key, text, options);
        };
    });

    law = "keys_of_states_are_listed";
    auto const lists = [&](std::string sin, std::function<void(std::string_view, Keys&)> change) {
        pen.add(law, std::move(sin), [change](Watching& s) { s.on_keys = change; });
    };
    lists("lists a key twice", [](auto, Keys& all) { if (!all.empty()) all.push_back(all.front()); });
    lists("loses the last key of a page", [](auto, Keys& all) { if (all.size() > 1) all.pop_back(); });
    lists("lists what was removed", [](std::string_view prefix, Keys& all) {
        if (prefix.ends_with('b') && all.empty()) all.push_back(*Key::parse(prefix));
    });
    lists("lists prefixes that are keys only with others", [](std::string_view prefix, Keys& all) {
        if (all.size() == 1 && all.front().view() == prefix) all.clear();
    });
    lists("lists nothing without a prefix", [](std::string_view prefix, Keys& all) { if (prefix.empty()) all.clear(); });
    lists("lists what does not begin so", [](std::string_view prefix, Keys& all) { if (!prefix.empty()) all.push_back(*Key::parse("stranger")); });
}

void of_updates(StorePen& pen) {
    std::string law = "updates_show_what_is_there";
    auto const updates = [&](std::string sin, decltype(Watching::on_update) make) {
        pen.add(law, std::move(sin), [make](Watching& s) { s.on_update = make; });
    };
    updates("shows what is absent as an empty state", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        return inner.update(key, [&](MaybeText state) { return fn(state ? state : MaybeText("")); }, options);
    });
    updates("calls the function twice", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        return inner.update(key, [&](MaybeText state) { return (void)fn(state), fn(state); }, options);
    });
    updates("shows nothing, whatever is there", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        return inner.update(key, [&](MaybeText) { return fn(std::nullopt); }, options);
    });

    law = "unchanged_states_are_not_written";
    updates("writes always", [](Inner& inner, KeyView key, Update const& fn, CallOptions options) {
        options.write_unchanged = true;
        return inner.update(key, fn, options);
    });
    updates("does not write what is unchanged, though asked to", [](Inner& inner, KeyView key, Update const& fn, CallOptions options) {
        options.write_unchanged = false;
        return inner.update(key, fn, options);
    });
    updates("does not look at the attributes of an unchanged state", [](Inner& inner, KeyView key, Update const& fn, CallOptions options) {
        bool same = false;
        auto done = inner.update(key, [&](MaybeText state) {
            auto next = fn(state);
            same = state && next && *next == *state;
            if (same && !options.write_unchanged) options.attributes = nullptr;
            return next;
        }, options);
        return done;
    });
    updates("returns a next sequence for what it did not write", [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
        auto const before = inner.get(key);
        auto done = inner.update(key, fn, options);
        if (done && before && *before && done->revision() == (*before)->revision())
            return altered(*done, [](Record& record) { ++record.stamp.sequence; });
        return done;
    });

    law = "no_update_is_lost";
    updates("writes what it made of what it read, whatever is there by then", [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
        auto const now = text_at(inner, key);
        auto const next = fn(now);
        if (!next) return next.error();
        CallOptions as_asked = options;
        if (now && *now == *next && !options.write_unchanged) return inner.update(key, [&](MaybeText) { return *next; }, options);
        return blindly(inner, key, *next, as_asked);
    });
    updates("tries once", [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
        auto const entry = inner.get(key);
        if (!entry) return entry.error();
        if (*entry && options.attributes == nullptr && !options.write_unchanged) {
            auto const next = fn((*entry)->value());
            if (!next) return next.error();
            if (*next == (*entry)->value()) return **entry;
            return inner.replace(**entry, *next, options);
        }
        return inner.update(key, fn, options);
    });
    updates("decides once, and writes on what is there", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        std::optional<Result<std::string>> decided;
        return inner.update(key, [&](MaybeText state) -> Result<std::string> {
            if (!decided) decided.emplace(fn(std::move(state)));
            return *decided;
        }, options);
    });

    law = "writes_from_inside_are_seen";
    // Others are kept out by a mutex of the program; he who has it is not.
    auto const alone = [&](std::string sin, std::function<Outcome<E>(Inner&, KeyView, Update const&, CallOptions const&)> make) {
        pen.add(law, std::move(sin), [make](Watching& s) {
            auto const mutex = std::make_shared<std::recursive_mutex>();
            s.on_update = [=](Inner& inner, KeyView key, Update const& fn, CallOptions const& options) {
                std::lock_guard const lock(*mutex);
                return make(inner, key, fn, options);
            };
        });
    };
    alone("decides once, since it is alone", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        std::optional<Result<std::string>> decided;
        return inner.update(key, [&](MaybeText state) -> Result<std::string> {
            if (!decided) decided.emplace(fn(std::move(state)));
            return *decided;
        }, options);
    });
    alone("shows again what it read first", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        std::optional<MaybeText> first;
        return inner.update(key, [&](MaybeText state) {
            if (!first) first = state;
            return fn(*first);
        }, options);
    });
    alone("does not notice that a key was created meanwhile", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        bool absent = false;
        std::optional<Result<std::string>> decided;
        return inner.update(key, [&](MaybeText state) -> Result<std::string> {
            if (!decided) absent = !state, decided.emplace(fn(state));
            else if (!absent) return fn(state);
            return *decided;
        }, options);
    });
    alone("does not notice that a key was removed meanwhile", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        std::optional<Result<std::string>> decided;
        return inner.update(key, [&](MaybeText state) -> Result<std::string> {
            if (decided && !state) return *decided;
            decided.emplace(fn(state));
            return *decided;
        }, options);
    });

    law = "giving_up_writes_nothing";
    updates("writes a state anyway", [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
        auto done = inner.update(key, fn, options);
        if (!done && done.error() == Errc::aborted) (void)blindly(inner, key, "99");
        return done;
    });
    updates("has an error of its own for that of the function", [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
        auto done = inner.update(key, fn, options);
        if (!done && done.error() == Errc::aborted) return Error(Errc::conflict);
        return done;
    });
    updates("asks a function that gave up again", [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
        auto done = inner.update(key, fn, options);
        return !done && done.error() == Errc::aborted ? inner.update(key, fn, options) : std::move(done);
    });
#if defined(__cpp_exceptions)
    updates("swallows exceptions", [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
        try {
            return inner.update(key, fn, options);
        } catch (int) {
            return Error(Errc::aborted);
        }
    });
    pen.add(law, "leaves its lock when the function throws", [](Watching& s) {
        auto const held = std::make_shared<std::recursive_timed_mutex>();
        s.on_update = [held](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
            if (!held->try_lock_for(options.timeout ? *options.timeout : Duration(std::chrono::seconds(20)))) return Error(Errc::busy);
            auto done = inner.update(key, fn, options);
            held->unlock();
            return done;
        };
    });
#endif
}

void of_transactions(StorePen& pen) {
    /// Reads, asks, and gives what is to be written; an error if that is not to be.
    struct Round {
        std::vector<std::optional<E>> read;
        std::vector<MaybeText> before, after;
        Result<void> decided;
    };
    auto const round = [](Inner& inner, Keys const& keys, Transact const& fn) {
        Round now;
        for (Key const& key : keys) {
            auto entry = inner.get(key);
            now.read.push_back(entry ? *entry : std::nullopt);
            now.before.push_back(now.read.back() ? MaybeText(now.read.back()->value()) : std::nullopt);
        }
        now.after = now.before;
        now.decided = fn(now.after);
        return now;
    };
    auto const twice = [](Keys const& keys) {
        for (std::size_t i = 0; i < keys.size(); ++i)
            for (std::size_t k = 0; k < i; ++k) if (keys[i] == keys[k]) return true;
        return false;
    };
    auto const changed = [](Inner& inner, Keys const& keys, Round const& now, std::function<bool(std::size_t)> const& matters) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (!matters(i)) continue;
            auto const entry = inner.get(keys[i]);
            bool const there = entry && *entry;
            if (there != now.read[i].has_value() || (there && (*entry)->revision() != now.read[i]->revision())) return true;
        }
        return false;
    };
    std::string law;
    auto const transacts = [&](std::string sin, decltype(Watching::on_transaction) make) {
        pen.add(law, std::move(sin), [make](Watching& s) { s.on_transaction = make; });
    };
    auto const right = [](Inner& inner, Keys const& keys, Transact const& fn, CallOptions const& options) {
        std::vector<KeyView> views(keys.begin(), keys.end());
        return inner.transaction(std::span<KeyView const>(views), fn, options);
    };

    law = "transactions_are_whole";
    transacts("writes though the function gave up", [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) -> Outcome<void> {
        Result<void> said;
        auto done = right(inner, keys, [&](Texts texts) -> Result<void> { return said = fn(texts), Result<void>(); }, options);
        if (done && !said) return said.error();
        return done;
    });
    transacts("has an error of its own for that of the function", [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) -> Outcome<void> {
        auto done = right(inner, keys, fn, options);
        if (!done && done.error() == Errc::aborted) return Error(Errc::conflict);
        return done;
    });
    transacts("does not remove what is reset", [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) {
        return right(inner, keys, [&](Texts texts) -> Result<void> {
            std::vector<MaybeText> const before(texts.begin(), texts.end());
            auto decided = fn(texts);
            for (std::size_t i = 0; i < texts.size(); ++i) if (!texts[i]) texts[i] = before[i];
            return decided;
        }, options);
    });
    transacts("creates what was left absent", [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) {
        return right(inner, keys, [&](Texts texts) -> Result<void> {
            auto decided = fn(texts);
            for (MaybeText& text : texts.subspan(texts.size() > 2 ? 1 : texts.size())) if (!text) text = "0";
            return decided;
        }, options);
    });
    transacts("shows the states the other way round", [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) {
        return right(inner, Keys(keys.rbegin(), keys.rend()), fn, options);
    });
    transacts("takes a key that is named twice", [=](Inner& inner, Keys keys, Transact const& fn, auto& options) {
        if (twice(keys)) keys.pop_back();
        return right(inner, keys, fn, options);
    });

    law = "transactions_notice_others";
    auto const notices = [&](std::string sin, std::function<bool(std::size_t, Round const&)> matters) {
        transacts(std::move(sin), [=](Inner& inner, Keys const& keys, Transact const& fn, auto&) -> Outcome<void> {
            if (twice(keys)) return Error(Errc::invalid_argument);
            for (;;) {
                Round const now = round(inner, keys, fn);
                if (!now.decided) return now.decided.error();
                if (changed(inner, keys, now, [&](std::size_t i) { return matters(i, now); })) continue;
                set(inner, keys, now.after);
                return {};
            }
        });
    };
    notices("notices nobody", [](auto, auto&) { return false; });
    notices("notices who writes the first key", [](std::size_t i, auto&) { return i == 0; });
    notices("notices who writes what it changes", [](std::size_t i, Round const& now) { return now.before[i] != now.after[i]; });
    notices("notices who writes what was there", [](std::size_t i, Round const& now) { return now.before[i].has_value(); });

    law = "crossing_transactions_lose_nothing";
    auto const in_threads = [&](std::string sin, std::function<bool(std::size_t)> matters) {
        transacts(std::move(sin), [=](Inner& inner, Keys const& keys, Transact const& fn, auto&) -> Outcome<void> {
            if (twice(keys)) return Error(Errc::invalid_argument);
            for (;;) {
                Round const now = round(inner, keys, fn);
                if (!now.decided) return now.decided.error();
                if (changed(inner, keys, now, matters)) continue;
                Environment::system().sleep(std::chrono::milliseconds(20));  // others look, too, before it writes
                set(inner, keys, now.after);
                return {};
            }
        });
    };
    in_threads("looks once more, and writes then", [](auto) { return true; });
    pen.add(law, "locks the keys in the order in which they are named", [=](Watching& s) {
        auto const locks = std::make_shared<std::map<std::string, std::timed_mutex>>();
        auto const guard = std::make_shared<std::mutex>();
        s.on_transaction = [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) -> Outcome<void> {
            if (twice(keys)) return Error(Errc::invalid_argument);
            std::vector<std::unique_lock<std::timed_mutex>> held;
            for (Key const& key : keys) {
                std::timed_mutex* mutex = nullptr;
                {
                    std::lock_guard const lock(*guard);
                    mutex = &(*locks)[std::string(key.view())];
                }
                held.emplace_back(*mutex, std::chrono::milliseconds(60));
                if (!held.back()) return Error(Errc::busy);
                Environment::system().sleep(std::chrono::milliseconds(5));
            }
            return right(inner, keys, fn, options);
        };
    });
    pen.add(law, "locks the key that is named first", [=](Watching& s) {
        auto const locks = std::make_shared<std::map<std::string, std::mutex>>();
        auto const guard = std::make_shared<std::mutex>();
        s.on_transaction = [=](Inner& inner, Keys const& keys, Transact const& fn, auto&) -> Outcome<void> {
            if (twice(keys)) return Error(Errc::invalid_argument);
            std::mutex* mutex = nullptr;
            {
                std::lock_guard const lock(*guard);
                mutex = &(*locks)[std::string(keys.front().view())];
            }
            std::lock_guard const lock(*mutex);
            for (;;) {
                Round const now = round(inner, keys, fn);
                if (!now.decided) return now.decided.error();
                if (changed(inner, keys, now, [](auto) { return true; })) continue;
                Environment::system().sleep(std::chrono::milliseconds(20));
                set(inner, keys, now.after);
                return {};
            }
        };
    });
}

std::set<std::string>& laws() {
    static std::set<std::string> all;
    static bool const once = [] {
        auto const check = [&](auto&& store) {
            auto const found = check_store(store);
            CHECK(found.text() == "");
            all.insert(found.checked().begin(), found.checked().end());
        };
        check(StateStore<std::string, RawBytes>());
        check(StateStore<std::string, RawBytes, MutexLock>());
        check(StateStore<Bytes, RawBytes, LeaseLock<>, History<>>());
        check(StateStore<std::string, RawBytes, LastWriterWins>());
        LateStorage world;
        check(StateStore<std::string, RawBytes, Apart<LateStorage>>(Apart<LateStorage>(world)));
        check(Watching());
        check(Putting());
        return true;
    }();
    (void)once;
    return all;
}

}  // namespace

Animals stores() {
    StorePen pen;
    of_verbs(pen);
    of_updates(pen);
    of_transactions(pen);
    return pen.take();
}
Laws laws_of_stores() { return {laws().begin(), laws().end()}; }

TEST_CASE("zoo: stores that are right obey every law", "[zoo]") { CHECK(laws_of_stores().size() == 16); }
TEST_CASE("zoo: stores", "[zoo]") { condemned(stores()); }

}  // namespace zoo
