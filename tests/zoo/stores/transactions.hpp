#ifndef HOLDFAST_TESTS_ZOO_STORES_TRANSACTIONS_HPP
#define HOLDFAST_TESTS_ZOO_STORES_TRANSACTIONS_HPP

#include <zoo/stores/broken.hpp>

#include <map>
#include <memory>
#include <mutex>

namespace zoo::in_stores {

inline void of_transactions(StorePen& pen) {
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
            for (std::size_t k = 0; k < i; ++k)
                if (keys[i] == keys[k]) return true;
        return false;
    };
    auto const changed = [](Inner& inner, Keys const& keys, Round const& now,
                            std::function<bool(std::size_t)> const& matters) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (!matters(i)) continue;
            auto const entry = inner.get(keys[i]);
            bool const there = entry && *entry;
            if (there != now.read[i].has_value() || (there && (*entry)->revision() != now.read[i]->revision()))
                return true;
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
    transacts("writes though the function gave up",
              [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) -> Outcome<void> {
                  Result<void> said;
                  auto done = right(
                      inner, keys, [&](Texts texts) -> Result<void> { return said = fn(texts), Result<void>(); },
                      options);
                  if (done && !said) return said.error();
                  return done;
              });
    transacts("has an error of its own for that of the function",
              [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) -> Outcome<void> {
                  auto done = right(inner, keys, fn, options);
                  if (!done && done.error() == Errc::aborted) return Error(Errc::conflict);
                  return done;
              });
    transacts("does not remove what is reset", [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) {
        return right(
            inner, keys,
            [&](Texts texts) -> Result<void> {
                std::vector<MaybeText> const before(texts.begin(), texts.end());
                auto decided = fn(texts);
                for (std::size_t i = 0; i < texts.size(); ++i)
                    if (!texts[i]) texts[i] = before[i];
                return decided;
            },
            options);
    });
    transacts("creates what was left absent", [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) {
        return right(
            inner, keys,
            [&](Texts texts) -> Result<void> {
                auto decided = fn(texts);
                for (MaybeText& text : texts.subspan(texts.size() > 2 ? 1 : texts.size()))
                    if (!text) text = "0";
                return decided;
            },
            options);
    });
    transacts("shows the states the other way round",
              [=](Inner& inner, Keys const& keys, Transact const& fn, auto& options) {
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
    notices("notices who writes what it changes",
            [](std::size_t i, Round const& now) { return now.before[i] != now.after[i]; });
    notices("notices who writes what was there",
            [](std::size_t i, Round const& now) { return now.before[i].has_value(); });

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

}  // namespace zoo::in_stores

#endif
