#ifndef HOLDFAST_TESTING_LINEARIZABILITY_HISTORY_ACTOR_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_HISTORY_ACTOR_HPP

#include <holdfast/core/entry.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/store/update_function.hpp>
#include <holdfast/testing/linearizability/history_log.hpp>

#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// The text that stands for a state in a history: the whole of a text or of bytes, the digits of a number. For others
/// give a function of your own: equal texts must mean equal states, and the more states differ, the more is proved.
struct WholeState {
    template <class State>
    std::string operator()(State const& state) const {
        if constexpr (std::is_same_v<State, Bytes>) return std::string(state.view());
        else if constexpr (std::is_arithmetic_v<State>) return std::to_string(state);
        else return std::string(std::string_view(state));
    }
};

/// Makes calls of stores and notes them: what was seen, what was written, and how it ended.
///
///     HistoryRecorder log;
///     HistoryActor alice(log, "alice");
///     alice.update(store, "k", [](std::string& text) { text += "a"; }).value();
///     CHECK(check_linearizability(log.history()).text == "");
///
/// - `update` is a swap of what the last run of its function saw for what it returned. What earlier runs wanted to
///   write is known not to have been applied, and so is all that ended with an `Error`.
/// - A call that ends with an exception, or with its process, is unknown once its function has returned.
/// - `resolve` and `seal` turn an unknown write into one that was applied before they returned, or never is.
/// - A transaction is one write for each of its keys; that they happen together is not checked.
///
/// What a store returns is returned unchanged. Thread safety: as the log; one actor for each thread reads best.
template <class Text = WholeState>
class HistoryActor {
public:
    HistoryActor(HistoryLog& log, std::string name, Text text = Text())
        : log_(&log), name_(std::move(name)), text_(std::move(text)) {}

    template <class Store>
    auto get(Store& store, KeyView key, CallOptions const& options = {}) {
        auto const call = log_->begin(name_, key.view(), HistoryEvent::Kind::read);
        auto entry = store.get(key, options);
        if (!entry) {
            log_->end(call, HistoryEvent::Outcome::failed);
            return entry;
        }
        Seen const seen = *entry ? Seen(text_((*entry)->value())) : Seen();
        HistoryLog::Value const value = view(seen);
        log_->end(call, HistoryEvent::Outcome::applied, &value);
        return entry;
    }

    template <class Store, class F>
    auto update(Store& store, KeyView key, F&& fn, CallOptions const& options = {}) {
        using State = typename Store::state_type;
        auto const call = log_->begin(name_, key.view(), HistoryEvent::Kind::write);
        bool intended = false;
        auto const noted = [&](std::optional<State> current) -> Result<State> {
            if (std::exchange(intended, false)) log_->intend(call, nullptr);
            Seen const seen = current ? Seen(text_(*current)) : Seen();
            auto next = holdfast::detail::next_state<State>(fn, std::move(current));
            if (!next) return next;
            intend(call, true, seen, text_(*next));
            intended = true;
            return next;
        };
        return wrote(call, store.update(key, noted, options));
    }

    template <class Store>
    auto create(Store& store, KeyView key, typename Store::state_type state, CallOptions const& options = {}) {
        auto const call = log_->begin(name_, key.view(), HistoryEvent::Kind::write);
        intend(call, true, Seen(), text_(state));
        return wrote(call, store.create(key, std::move(state), options));
    }

    template <class Store, class State>
    auto replace(Store& store, Entry<State> const& entry, State state, CallOptions const& options = {}) {
        auto const call = log_->begin(name_, entry.key().view(), HistoryEvent::Kind::write);
        intend(call, true, text_(entry.value()), text_(state));
        return wrote(call, store.replace(entry, std::move(state), options));
    }

    template <class Store, class State>
    auto remove(Store& store, Entry<State> const& entry, CallOptions const& options = {}) {
        auto const call = log_->begin(name_, entry.key().view(), HistoryEvent::Kind::write);
        intend(call, true, text_(entry.value()), Seen());
        return wrote(call, store.remove(entry, options));
    }

    /// Of a store that lets the last writer win.
    template <class Store>
    auto put(Store& store, KeyView key, typename Store::state_type state, CallOptions const& options = {}) {
        auto const call = log_->begin(name_, key.view(), HistoryEvent::Kind::write);
        intend(call, false, Seen(), text_(state));
        return wrote(call, store.put(key, std::move(state), options));
    }
    template <class Store>
    auto remove(Store& store, KeyView key, CallOptions const& options = {}) {
        auto const call = log_->begin(name_, key.view(), HistoryEvent::Kind::write);
        intend(call, false, Seen(), Seen());
        return wrote(call, store.remove(key, options));
    }

    template <class Store, class F>
    auto transaction(Store& store, std::span<KeyView const> keys, F&& fn, CallOptions const& options = {}) {
        using States = std::span<std::optional<typename Store::state_type>>;
        std::vector<HistoryLog::Call> calls;
        for (KeyView const key : keys) calls.push_back(log_->begin(name_, key.view(), HistoryEvent::Kind::write));
        bool intended = false;
        auto const text = [&](auto const& state) { return state ? Seen(text_(*state)) : Seen(); };
        auto const noted = [&](States states) -> Result<void> {
            if (std::exchange(intended, false))
                for (auto const call : calls) log_->intend(call, nullptr);
            std::vector<Seen> seen;
            for (auto const& state : states) seen.push_back(text(state));
            if constexpr (std::is_void_v<std::invoke_result_t<F&, States>>) {
                fn(states);
            } else if (Result<void> decided = fn(states); !decided) {
                return decided;
            }
            for (std::size_t i = 0; i < calls.size(); ++i) intend(calls[i], true, seen[i], text(states[i]));
            intended = true;
            return {};
        };
        auto outcome = store.transaction(keys, noted, options);
        // A handle names the write of one key, and the fate of one is the fate of all.
        for (std::size_t i = 0; i < calls.size(); ++i) {
            bool const named = outcome.unknown() != nullptr && outcome.unknown()->key == keys[i];
            log_->end(calls[i], outcome_of(outcome), nullptr, named ? outcome.unknown()->id : WriteId());
        }
        return outcome;
    }

    template <class Store>
    Result<Fate> resolve(Store& store, UnknownWrite const& write, CallOptions const& options = {}) {
        return settled(write, store.resolve(write, options));
    }
    template <class Store>
    Result<Fate> seal(Store& store, UnknownWrite const& write, CallOptions const& options = {}) {
        return settled(write, store.seal(write, options));
    }

private:
    using Seen = std::optional<std::string>;

    static HistoryLog::Value view(Seen const& seen) { return seen ? HistoryLog::Value(*seen) : std::nullopt; }

    void intend(HistoryLog::Call call, bool conditional, Seen const& expected, Seen const& value) {
        HistoryLog::Intention const intention{conditional, view(expected), view(value)};
        log_->intend(call, &intention);
    }

    template <class T>
    static HistoryEvent::Outcome outcome_of(Outcome<T> const& outcome) noexcept {
        // A conflict says that the record was another, not that its text was.
        return outcome.applied()              ? HistoryEvent::Outcome::applied
               : outcome.unknown() != nullptr ? HistoryEvent::Outcome::unknown
                                              : HistoryEvent::Outcome::failed;
    }

    template <class T>
    Outcome<T> wrote(HistoryLog::Call call, Outcome<T> outcome) {
        auto const id = outcome.unknown() != nullptr ? outcome.unknown()->id : WriteId();
        if constexpr (!std::is_void_v<T>) {
            if (outcome.applied()) {  // what the store says that it wrote
                std::string const text = text_(outcome->value());
                HistoryLog::Value const value = std::string_view(text);
                log_->end(call, HistoryEvent::Outcome::applied, &value);
                return outcome;
            }
        }
        log_->end(call, outcome_of(outcome), nullptr, id);
        return outcome;
    }

    Result<Fate> settled(UnknownWrite const& write, Result<Fate> fate) {
        if (fate) log_->settle(write.id, *fate);
        return fate;
    }

    HistoryLog* log_;
    std::string name_;
    Text text_;
};

}  // namespace holdfast::testing

#endif
