#ifndef HOLDFAST_DETAIL_UNLOCKED_STORE_HPP
#define HOLDFAST_DETAIL_UNLOCKED_STORE_HPP

#include <holdfast/concepts/serialization.hpp>
#include <holdfast/core/backoff.hpp>
#include <holdfast/core/entry.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/core/settle.hpp>
#include <holdfast/detail/update_function.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace holdfast::detail {

inline Error place(Error error, std::string_view operation, KeyView key) {
    return std::move(error).during(operation).on(to_string(RecordId(key)));
}

/// The operations of a store without its locks: storage, versioning and serialization together. `epoch` is that of the
/// lock under which the caller writes, 0 if it has none that fences. What they mean is said at `BasicStateStore`.
template <class State, class Storage, class Versioning, class Serialization>
class UnlockedStore {
public:
    UnlockedStore(Storage& storage, Versioning& versioning, Serialization& serialization) noexcept
        : storage_(storage), versioning_(versioning), serialization_(serialization) {}

    Result<std::optional<Entry<State>>> get(Context const& ctx, KeyView key) {
        auto record = storage_.read(ctx, key);
        if (!record) return place(std::move(record).error(), "get", key);
        if (!*record || (*record)->stamp.tombstone) return Result<std::optional<Entry<State>>>(std::in_place);
        if constexpr (viewed) {
            return Result<std::optional<Entry<State>>>(std::in_place, std::in_place, *std::move(record));
        } else {
            auto value = decode(key, *record);
            if (!value) return place(std::move(value).error(), "get", key);
            return Result<std::optional<Entry<State>>>(std::in_place, std::in_place, *std::move(value),
                                                       *std::move(record));
        }
    }

    template <class F>
    Outcome<Entry<State>> update(Context const& ctx, KeyView key, Epoch epoch, CallOptions const& options, F& fn) {
        return write_until_done<Entry<State>>(
            ctx, key, "update",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto current = decode_if_there(key, base);
                if (!current) return std::move(current).error();
                auto next = detail::next_state<State>(fn, *std::move(current));
                if (!next) return std::move(next).error();
                auto change = encode(key, base, *std::move(next), epoch, options);
                if (!change) return std::move(change).error();
                return Draft{*std::move(change), *std::move(next)};
            },
            [](Commit& done, Draft& draft) { return entry(*std::move(draft.value), std::move(done.now)); });
    }

    Outcome<Entry<State>> put(Context const& ctx, KeyView key, Epoch epoch, CallOptions const& options, State value) {
        return write_until_done<Entry<State>>(
            ctx, key, "put",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto change = encode(key, base, value, epoch, options);
                if (!change) return std::move(change).error();
                return Draft{*std::move(change), {}};
            },
            [&](Commit& done, Draft&) { return entry(std::move(value), std::move(done.now)); });
    }

    Outcome<void> remove_key(Context const& ctx, KeyView key, Epoch epoch) {
        return write_until_done<void>(
            ctx, key, "remove",
            [&](RecordPtr const&) -> Result<Draft> {
                return Draft{Change{.tombstone = true, .epoch = epoch}, {}};
            },
            [](Commit&, Draft&) { return Outcome<void>(); });
    }

    Outcome<Entry<State>> create(Context const& ctx, KeyView key, Epoch epoch, CallOptions const& options,
                                 State value) {
        RecordPtr base;  // most often there is none: look only when the storage says so
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            auto change = encode(key, base, value, epoch, options);
            if (!change) return place(std::move(change).error(), "create", key);
            auto done = versioning_.commit(storage_, ctx, key, base, *std::move(change));
            if (!done || done->kind != WriteOutcome::Kind::conflict)
                return written(done, std::move(value), "create", key);
            auto now = done->seen ? Result<RecordPtr>(*std::move(done->seen)) : storage_.read(ctx, key);
            if (!now) return place(std::move(now).error(), "create", key);
            bool const there = *now && !(*now)->stamp.tombstone;
            if (there)
                return place(Error(Errc::conflict, "the key has a state already; update() or replace() it"), "create",
                             key);
            // The first look is no second attempt: that the key was removed is for it to find out.
            if (base || !*now) {
                if (auto more = backoff.wait(); !more) return gave_way(more.error(), backoff, "create", key);
            }
            base = *std::move(now);
        }
    }

    Outcome<Entry<State>> replace(Context const& ctx, Entry<State> const& entry, Epoch epoch,
                                  CallOptions const& options, State value) {
        auto change = encode(entry.key(), entry.record(), value, epoch, options);
        if (!change) return place(std::move(change).error(), "replace", entry.key());
        auto done = versioning_.commit(storage_, ctx, entry.key(), entry.record(), *std::move(change));
        return written(done, std::move(value), "replace", entry.key());
    }

    Outcome<void> remove(Context const& ctx, Entry<State> const& entry, Epoch epoch) {
        auto done =
            versioning_.commit(storage_, ctx, entry.key(), entry.record(), Change{.tombstone = true, .epoch = epoch});
        if (!done) return place(std::move(done).error(), "remove", entry.key());
        if (done->kind == WriteOutcome::Kind::applied) return {};
        return not_written<void>(*done, "remove", entry.key());
    }

    template <class F>
    Outcome<void> transaction(Context const& ctx, std::span<KeyView const> keys, Epoch epoch,
                              CallOptions const& options, F& fn) {
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            std::vector<std::optional<State>> states;
            std::vector<BatchChange> changes;
            for (KeyView const key : keys) {
                auto base = storage_.read(ctx, key);
                if (!base) return place(std::move(base).error(), "transaction", key);
                auto state = decode_if_there(key, *base);
                if (!state) return place(std::move(state).error(), "transaction", key);
                states.push_back(*std::move(state));
                changes.push_back({key, *std::move(base), {}, false});
            }
            if constexpr (std::is_void_v<std::invoke_result_t<F&, std::span<std::optional<State>>>>) {
                fn(std::span(states));
            } else {
                Result<void> decided = fn(std::span(states));
                if (!decided) return std::move(decided).error().during("transaction");
            }
            for (std::size_t i = 0; i < keys.size(); ++i) {
                BatchChange& change = changes[i];
                if (states[i]) {
                    auto encoded = encode(keys[i], change.base, *states[i], epoch, options);
                    if (!encoded) return place(std::move(encoded).error(), "transaction", keys[i]);
                    change.change = *std::move(encoded);
                } else {
                    change.only_check = !change.base;
                    change.change = Change{.tombstone = true, .epoch = epoch};
                }
            }
            auto done = versioning_.commit_all(storage_, ctx, std::span(changes));
            if (!done) return std::move(done).error().during("transaction");
            if (done->commit.kind == WriteOutcome::Kind::applied) return {};
            if (done->commit.kind == WriteOutcome::Kind::unknown)
                return not_written<void>(done->commit, "transaction", done->commit.write->key);
            if (auto more = backoff.wait(); !more) return gave_way(more.error(), backoff, "transaction", keys.front());
        }
    }

    Result<Fate> resolve(Context const& ctx, UnknownWrite const& write) {
        auto const now = storage_.read(ctx, RecordId(write.key, write.slot));
        if (!now) return place(now.error(), "resolve", write.key);
        return decide(write, now->get());
    }

    Result<Fate> seal(Context const& ctx, UnknownWrite const& write) {
        RecordId const id(write.key, write.slot);
        auto const now = storage_.read(ctx, id);
        if (!now) return place(now.error(), "seal", write.key);
        Fate const fate = decide(write, now->get());
        if (fate != Fate::pending) return fate;
        // On absence a removed record is put down: a tombstone where a create may still land.
        Change change{.tombstone = !*now || (*now)->stamp.tombstone, .same_content = true};
        if (*now) {
            change.payload = (*now)->payload;
            change.attributes = (*now)->attributes;
        }
        auto const sealed = versioning_.commit(storage_, ctx, id, *now, std::move(change));
        if (!sealed) return place(sealed.error(), "seal", write.key);
        if (sealed->kind == WriteOutcome::Kind::applied) return Fate::never;
        if (sealed->kind == WriteOutcome::Kind::unknown) return Fate::unknown;
        return resolve(ctx, write);
    }

private:
    static constexpr bool viewed =
        std::is_same_v<State, Bytes> && requires { requires Serialization::payload_is_value; };

    struct Draft {
        Change change;
        std::optional<State> value;
    };

    Result<State> decode(KeyView key, RecordPtr const& record) {
        return serialization_.template decode<State>(CodingContext{key, record->stamp.sequence, nullptr}, record);
    }

    /// The state of a record that was read; nothing if there is none.
    Result<std::optional<State>> decode_if_there(KeyView key, RecordPtr const& record) {
        if (!record || record->stamp.tombstone) return Result<std::optional<State>>(std::in_place);
        auto value = decode(key, record);
        if (!value) return std::move(value).error();
        return Result<std::optional<State>>(std::in_place, *std::move(value));
    }

    /// Bytes are not coded: they become the payload, by a move if they may.
    template <class Value>
    Result<Change> encode(KeyView key, RecordPtr const& base, Value&& value, Epoch epoch, CallOptions const& options) {
        bool const there = base && !base->stamp.tombstone;
        Change change{.epoch = epoch};
        if constexpr (viewed) {
            change.payload = std::forward<Value>(value);
        } else {
            Buffer out(there ? base->payload.size() : 0);
            auto coded = serialization_.encode(
                CodingContext{key, base ? base->stamp.sequence + 1 : 1, there ? base.get() : nullptr}, value, out);
            if (!coded) return std::move(coded).error();
            change.payload = Bytes(std::move(out));
        }
        if (options.attributes != nullptr) change.attributes = *options.attributes;
        else if (there) change.attributes = base->attributes;
        return change;
    }

    /// Bytes are not held beside the record that holds them.
    static Entry<State> entry(State&& value, RecordPtr record) {
        if constexpr (viewed) return Entry<State>(std::move(record));
        else return Entry<State>(std::move(value), std::move(record));
    }

    static Outcome<Entry<State>> written(Result<Commit>& done, State&& value, std::string_view operation, KeyView key) {
        if (!done) return place(std::move(done).error(), operation, key);
        if (done->kind == WriteOutcome::Kind::applied) return entry(std::move(value), std::move(done->now));
        return not_written<Entry<State>>(*done, operation, key);
    }

    template <class T>
    static Outcome<T> not_written(Commit& done, std::string_view operation, KeyView key) {
        if (done.kind == WriteOutcome::Kind::conflict)
            return place(Error(Errc::conflict, "somebody else wrote first; read again"), operation, key);
        Error const why(Errc::unknown_outcome, "the write may or may not have been made (" + done.why.describe() +
                                                   "); ask later with resolve(), or seal() it");
        return Outcome<T>(std::move(done.write), place(why, operation, key));
    }

    /// The end of attempts that all met others.
    static Error gave_way(Error const& why, Backoff const& backoff, std::string_view operation, KeyView key) {
        return place(Error(why.code() == Errc::cancelled ? Errc::cancelled : Errc::conflict,
                           "others kept writing until " +
                               std::string(why.code() == Errc::cancelled ? "the request to stop" : "the time limit") +
                               "; " + std::to_string(backoff.attempts()) + " attempts were made"),
                     operation, key);
    }

    /// The one loop: read; `decide(base)`, a `Result<Draft>`; conditional write; again on conflict. `finish(done,
    /// draft)` makes the outcome.
    template <class T, class Decide, class Finish>
    Outcome<T> write_until_done(Context ctx, KeyView key, std::string_view operation, Decide&& decide,
                                Finish&& finish) {
        ctx.may_be_stale = true;
        std::optional<RecordPtr> seen;
        for (Backoff backoff = backoff_for<Storage>(ctx);; ctx.may_be_stale = false) {
            auto base = seen ? Result<RecordPtr>(*std::move(seen)) : storage_.read(ctx, key);
            seen.reset();
            if (!base) return place(std::move(base).error(), operation, key);
            auto next = decide(*base);
            if (!next) return place(std::move(next).error(), operation, key);
            auto done = versioning_.commit(storage_, ctx, key, *base, std::move(next->change));
            if (!done) return place(std::move(done).error(), operation, key);
            if (done->kind == WriteOutcome::Kind::applied) return finish(*done, *next);
            if (done->kind == WriteOutcome::Kind::unknown) return not_written<T>(*done, operation, key);
            if (auto more = backoff.wait(); !more) return gave_way(more.error(), backoff, operation, key);
            seen = std::move(done->seen);
        }
    }

    Storage& storage_;
    Versioning& versioning_;
    Serialization& serialization_;
};

}  // namespace holdfast::detail

#endif
