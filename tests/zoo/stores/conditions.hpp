#ifndef HOLDFAST_TESTS_ZOO_STORES_CONDITIONS_HPP
#define HOLDFAST_TESTS_ZOO_STORES_CONDITIONS_HPP

#include <zoo/stores/broken.hpp>

#include <cstdlib>
#include <memory>
#include <mutex>

namespace zoo::in_stores {

inline void of_conditions(StorePen& pen) {
    std::string law = "attributes_are_kept";
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
    auto const in_time = [](CallOptions const& options) {
        return !(options.timeout && *options.timeout == Duration::zero());
    };
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
        s.on_remove = [=](Inner& inner, E const& entry, auto& options) {
            return in_time(options) ? inner.remove(entry, options) : Outcome<void>();
        };
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
        s.on_create = [](Inner& inner, KeyView key, std::string const& text, auto& options) {
            return blindly(inner, key, text, options);
        };
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
            bool const same =
                now && *now && (*now)->value() == text && (*now)->attributes().empty() && options.attributes == nullptr;
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
    lists("lists a key twice", [](auto, Keys& all) {
        if (!all.empty()) all.push_back(all.front());
    });
    lists("loses the last key of a page", [](auto, Keys& all) {
        if (all.size() > 1) all.pop_back();
    });
    lists("lists what was removed", [](std::string_view prefix, Keys& all) {
        if (prefix.ends_with('b') && all.empty()) all.push_back(*Key::parse(std::string(prefix)));
    });
    lists("lists prefixes that are keys only with others", [](std::string_view prefix, Keys& all) {
        if (all.size() == 1 && all.front().view() == prefix) all.clear();
    });
    lists("lists nothing without a prefix", [](std::string_view prefix, Keys& all) {
        if (prefix.empty()) all.clear();
    });
    lists("lists what does not begin so", [](std::string_view prefix, Keys& all) {
        if (!prefix.empty()) all.push_back(*Key::parse("stranger"));
    });
}

}  // namespace zoo::in_stores

#endif
