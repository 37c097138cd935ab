#ifndef HOLDFAST_TESTS_ZOO_STORES_UPDATES_HPP
#define HOLDFAST_TESTS_ZOO_STORES_UPDATES_HPP

#include <zoo/stores/broken.hpp>

#include <memory>
#include <mutex>

namespace zoo::in_stores {

inline void of_updates(StorePen& pen) {
    std::string law = "updates_show_what_is_there";
    auto const updates = [&](std::string sin, decltype(Watching::on_update) make) {
        pen.add(law, std::move(sin), [make](Watching& s) { s.on_update = make; });
    };
    updates("shows what is absent as an empty state", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        return inner.update(
            key, [&](MaybeText state) { return fn(state ? state : MaybeText("")); }, options);
    });
    updates("calls the function twice", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        return inner.update(
            key, [&](MaybeText state) { return (void)fn(state), fn(state); }, options);
    });
    updates("shows nothing, whatever is there", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        return inner.update(
            key, [&](MaybeText) { return fn(std::nullopt); }, options);
    });

    law = "unchanged_states_are_not_written";
    updates("writes always", [](Inner& inner, KeyView key, Update const& fn, CallOptions options) {
        options.write_unchanged = true;
        return inner.update(key, fn, options);
    });
    updates("does not write what is unchanged, though asked to",
            [](Inner& inner, KeyView key, Update const& fn, CallOptions options) {
                options.write_unchanged = false;
                return inner.update(key, fn, options);
            });
    updates("does not look at the attributes of an unchanged state",
            [](Inner& inner, KeyView key, Update const& fn, CallOptions options) {
                bool same = false;
                auto done = inner.update(
                    key,
                    [&](MaybeText state) {
                        auto next = fn(state);
                        same = state && next && *next == *state;
                        if (same && !options.write_unchanged) options.attributes = nullptr;
                        return next;
                    },
                    options);
                return done;
            });
    updates("returns a next sequence for what it did not write",
            [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
                auto const before = inner.get(key);
                auto done = inner.update(key, fn, options);
                if (done && before && *before && done->revision() == (*before)->revision())
                    return altered(*done, [](Record& record) { ++record.stamp.sequence; });
                return done;
            });

    law = "no_update_is_lost";
    updates("writes what it made of what it read, whatever is there by then",
            [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
                auto const now = text_at(inner, key);
                auto const next = fn(now);
                if (!next) return next.error();
                CallOptions as_asked = options;
                if (now && *now == *next && !options.write_unchanged)
                    return inner.update(
                        key, [&](MaybeText) { return *next; }, options);
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
    updates("decides once, and writes on what is there",
            [](Inner& inner, KeyView key, Update const& fn, auto& options) {
                std::optional<Result<std::string>> decided;
                return inner.update(
                    key,
                    [&](MaybeText state) -> Result<std::string> {
                        if (!decided) decided.emplace(fn(std::move(state)));
                        return *decided;
                    },
                    options);
            });

    law = "writes_from_inside_are_seen";
    // Others are kept out by a mutex of the program; he who has it is not.
    auto const alone = [&](std::string sin,
                           std::function<Outcome<E>(Inner&, KeyView, Update const&, CallOptions const&)> make) {
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
        return inner.update(
            key,
            [&](MaybeText state) -> Result<std::string> {
                if (!decided) decided.emplace(fn(std::move(state)));
                return *decided;
            },
            options);
    });
    alone("shows again what it read first", [](Inner& inner, KeyView key, Update const& fn, auto& options) {
        std::optional<MaybeText> first;
        return inner.update(
            key,
            [&](MaybeText state) {
                if (!first) first = state;
                return fn(*first);
            },
            options);
    });
    alone("does not notice that a key was created meanwhile",
          [](Inner& inner, KeyView key, Update const& fn, auto& options) {
              bool absent = false;
              std::optional<Result<std::string>> decided;
              return inner.update(
                  key,
                  [&](MaybeText state) -> Result<std::string> {
                      if (!decided) absent = !state, decided.emplace(fn(state));
                      else if (!absent) return fn(state);
                      return *decided;
                  },
                  options);
          });
    alone("does not notice that a key was removed meanwhile",
          [](Inner& inner, KeyView key, Update const& fn, auto& options) {
              std::optional<Result<std::string>> decided;
              return inner.update(
                  key,
                  [&](MaybeText state) -> Result<std::string> {
                      if (decided && !state) return *decided;
                      decided.emplace(fn(state));
                      return *decided;
                  },
                  options);
          });

    law = "giving_up_writes_nothing";
    updates("writes a state anyway", [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
        auto done = inner.update(key, fn, options);
        if (!done && done.error() == Errc::aborted) (void)blindly(inner, key, "99");
        return done;
    });
    updates("has an error of its own for that of the function",
            [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
                auto done = inner.update(key, fn, options);
                if (!done && done.error() == Errc::aborted) return Error(Errc::conflict);
                return done;
            });
    updates("asks a function that gave up again",
            [](Inner& inner, KeyView key, Update const& fn, auto& options) -> Outcome<E> {
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
            if (!held->try_lock_for(options.timeout ? *options.timeout : Duration(std::chrono::seconds(20))))
                return Error(Errc::busy);
            auto done = inner.update(key, fn, options);
            held->unlock();
            return done;
        };
    });
#endif
}

}  // namespace zoo::in_stores

#endif
