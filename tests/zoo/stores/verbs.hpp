#ifndef HOLDFAST_TESTS_ZOO_STORES_VERBS_HPP
#define HOLDFAST_TESTS_ZOO_STORES_VERBS_HPP

#include <zoo/stores/broken.hpp>

#include <map>
#include <memory>

namespace zoo::in_stores {

inline void of_verbs(StorePen& pen) {
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
    pen.add(law, "takes an empty state for none", [](Watching& s) {
        s.on_get = [](Inner& inner, KeyView key) -> Result<std::optional<E>> {
            auto now = inner.get(key);
            if (now && *now && (*now)->value().empty()) return std::optional<E>();
            return now;
        };
    });
    pen.add(law, "cuts keys", [](Watching& s) {
        std::size_t const most = law::fresh_key().view().size() + 1;
        auto const cut = [most](KeyView key) { return *Key::parse(std::string(key.view().substr(0, most))); };
        s.on_get = [=](Inner& inner, KeyView key) { return inner.get(cut(key)); };
        s.on_update = [=](Inner& inner, KeyView key, Update const& fn, auto& options) {
            return inner.update(cut(key), fn, options);
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
    pen.add(law, "removes nothing, and says it did",
            [](Watching& s) { s.on_remove = [](Inner&, E const&, auto&) { return Outcome<void>(); }; });
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
                (void)inner.storage().write(law::patient(), RecordId(entry.key()),
                                            std::make_shared<Record const>(std::move(grave)), Precondition::none());
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
}

}  // namespace zoo::in_stores

#endif
