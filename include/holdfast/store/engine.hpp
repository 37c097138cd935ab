#ifndef HOLDFAST_STORE_ENGINE_HPP
#define HOLDFAST_STORE_ENGINE_HPP

#include <holdfast/concepts/compare_content.hpp>
#include <holdfast/concepts/serialization.hpp>
#include <holdfast/core/entry.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/protocol/attempts.hpp>
#include <holdfast/store/held_commits.hpp>
#include <holdfast/store/update_function.hpp>

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

/// The operations of a store without its locks: storage, versioning and serialization together. `held` is what the lock
/// says under which the caller writes; a default one if there is none that fences. What they mean is said at
/// `BasicStateStore`.
template <class State, class Storage, class Versioning, class Serialization>
class UnlockedStore : HeldCommits<Storage, Versioning> {
public:
    UnlockedStore(Storage& storage, Versioning& versioning, Serialization& serialization) noexcept
        : Base(storage, versioning), serialization_(serialization) {}

    Result<std::optional<Entry<State>>> get(Context const& ctx, KeyView key) {
        return entry_of(key, "get", storage_.read(ctx, key));
    }

    /// What was read as an entry; nothing if there is no state.
    Result<std::optional<Entry<State>>> entry_of(KeyView key, std::string_view operation, Result<RecordPtr> record) {
        if (!record) return place(std::move(record).error(), operation, key);
        if (!is_there(*record)) return Result<std::optional<Entry<State>>>(std::in_place);
        if constexpr (viewed) {
            return Result<std::optional<Entry<State>>>(std::in_place, std::in_place, std::move(*record));
        } else {
            auto value = decode(key, *record);
            if (!value) return place(std::move(value).error(), operation, key);
            return Result<std::optional<Entry<State>>>(std::in_place, std::in_place, std::move(*value),
                                                       std::move(*record));
        }
    }

    template <class F>
    Outcome<Entry<State>> update(Context const& ctx, KeyView key, Tenure& held, CallOptions const& options, F& fn) {
        return write_until_done<Entry<State>>(
            ctx, key, held, "update",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto current = decode_if_there(key, base);
                if (!current) return std::move(current).error();
                auto next = detail::next_state<State>(fn, std::move(*current));
                if (!next) return std::move(next).error();
                auto change = encode(key, base, std::move(*next), options);  // takes only what it need not copy
                if (!change) return std::move(change).error();
                auto const same = options.write_unchanged ? Result<bool>(false) : unchanged(key, base, *change);
                if (!same) return same.error();
                return Draft{std::move(*change), std::move(*next), *same};
            },
            [](Commit& done, Draft& draft) { return entry(*std::move(draft.value), std::move(done.now)); });
    }

    Outcome<Entry<State>> put(Context const& ctx, KeyView key, Tenure& held, CallOptions const& options, State value) {
        return write_until_done<Entry<State>>(
            ctx, key, held, "put",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto change = encode(key, base, value, options);
                if (!change) return std::move(change).error();
                return Draft{std::move(*change), {}};
            },
            [&](Commit& done, Draft&) { return entry(std::move(value), std::move(done.now)); });
    }

    Outcome<void> remove_key(Context const& ctx, KeyView key, Tenure& held) {
        return write_until_done<void>(
            ctx, key, held, "remove",
            [&](RecordPtr const&) -> Result<Draft> {
                return Draft{Change{.tombstone = true}, {}};
            },
            [](Commit&, Draft&) { return Outcome<void>(); });
    }

    Outcome<Entry<State>> create(Context const& ctx, KeyView key, Tenure& held, CallOptions const& options,
                                 State value) {
        RecordPtr base = held.record;  // most often there is none: look only when the storage says so
        bool looked = known(held);
        for (Attempts<Storage> attempts(storage_, ctx, key);;) {
            if (is_there(base)) {
                if (auto may = not_fenced(held, base); !may) return place(std::move(may).error(), "create", key);
                return place(Error(Errc::conflict, "the key has a state already; update() or replace() it"), "create",
                             key);
            }
            auto change = encode(key, base, value, options);
            if (!change) return place(std::move(change).error(), "create", key);
            auto done = commit(ctx, key, base, std::move(*change), held);
            if (!done || done->kind != WriteOutcome::Kind::conflict)
                return written(done, std::move(value), "create", key);
            // The first look is no second attempt: that the key was removed is for it to find out.
            if (!std::exchange(looked, true)) {
                if (done->seen) attempts.know(*std::move(done->seen));
            } else if (auto more = attempts.pause(ctx, std::move(base), std::move(done->seen)); !more) {
                return gave_way(more.error(), attempts.count(), "create", key);
            }
            auto now = attempts.look(ctx);
            if (!now) return place(std::move(now).error(), "create", key);
            base = *std::move(now);
        }
    }

    Outcome<Entry<State>> replace(Context const& ctx, Entry<State> const& entry, Tenure& held,
                                  CallOptions const& options, State value) {
        auto change = encode(entry.key(), entry.record(), value, options);
        if (!change) return place(std::move(change).error(), "replace", entry.key());
        auto done = commit_content(ctx, entry.record(), std::move(*change), held);
        return written(done, std::move(value), "replace", entry.key());
    }

    Outcome<void> remove(Context const& ctx, Entry<State> const& entry, Tenure& held) {
        auto done = commit_content(ctx, entry.record(), Change{.tombstone = true}, held);
        if (!done) return place(std::move(done).error(), "remove", entry.key());
        if (done->kind == WriteOutcome::Kind::applied) return {};
        return not_written<void>(*done, "remove", entry.key());
    }

    template <class F>
    Outcome<void> transaction(Context const& ctx, std::span<KeyView const> keys, std::span<Tenure* const> held,
                              CallOptions const& options, F& fn) {
        Turns<Storage> turns(storage_);
        if (queues(*held.front())) turns.look(ctx, keys);
        Contradictions contradictions;
        unsigned attempts = 0;
        std::vector<RecordPtr> refused;  // what the attempt before was made on
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            bool unchanged = !refused.empty(), absent = true;
            std::vector<std::optional<State>> states;
            std::vector<BatchChange> changes;
            for (std::size_t i = 0; i < keys.size(); ++i) {
                KeyView const key = keys[i];
                auto base = known(*held[i]) ? Result<RecordPtr>(held[i]->record) : storage_.read(ctx, key);
                if (!base) return place(std::move(base).error(), "transaction", key);
                auto state = decode_if_there(key, *base);
                if (!state) return place(std::move(state).error(), "transaction", key);
                states.push_back(std::move(*state));
                unchanged = unchanged && same_revision(*base, refused[i]);
                absent = absent && !*base;
                changes.push_back({key, std::move(*base), {}, false});
            }
            if (auto may = contradictions.judge(unchanged, absent); !may)
                return place(std::move(may).error(), "transaction", keys.front());
            if constexpr (std::is_void_v<std::invoke_result_t<F&, std::span<std::optional<State>>>>) {
                fn(std::span(states));
            } else {
                Result<void> decided = fn(std::span(states));
                if (!decided) return std::move(decided).error().during("transaction");
            }
            bool beaten = false;
            for (std::size_t i = 0; i < keys.size() && !beaten; ++i) {
                BatchChange& change = changes[i];
                if (states[i]) {
                    auto encoded = encode(keys[i], change.base, *states[i], options);
                    if (!encoded) return place(std::move(encoded).error(), "transaction", keys[i]);
                    change.change = std::move(*encoded);
                } else {
                    change.only_check = !change.base;
                    change.change = Change{.tombstone = true};
                }
                auto may = still_held(ctx, change.base, *held[i]);
                if (may && !change.base && !change.only_check) {
                    auto on = footing(ctx, change.id, *held[i]);
                    if (!on) may = on.error();
                    else if (on->kind == WriteOutcome::Kind::conflict) beaten = true;
                    else change.base = std::move(on->now);
                }
                if (may) may = sign(*held[i], change.base, change.change);
                if (!may) {
                    report(*held[i], may.error(), change.base);
                    return place(std::move(may).error(), "transaction", keys[i]);
                }
            }
            if (beaten) {
                for (Tenure* each : held) each->record = nullptr, each->absent = false;
                refused.clear();
                ++attempts;
                if (auto more = backoff.wait(); !more)
                    return gave_way(more.error(), attempts, "transaction", keys.front());
                continue;
            }
            auto done = versioning_.commit_all(storage_, ctx, std::span(changes));
            if (!done) {
                for (std::size_t i = 0; i < keys.size(); ++i) report(*held[i], done.error(), changes[i].base);
                return std::move(done).error().during("transaction");
            }
            for (std::size_t i = 0; i < keys.size(); ++i) {
                bool const applied = done->commit.kind == WriteOutcome::Kind::applied;
                report(*held[i], done->commit, applied ? done->records[i] : nullptr);
            }
            if (done->commit.kind == WriteOutcome::Kind::applied) return {};
            if (done->commit.kind == WriteOutcome::Kind::unknown)
                return not_written<void>(done->commit, "transaction", done->commit.write->key);
            refused.clear();
            for (BatchChange& change : changes) refused.push_back(std::move(change.base));
            ++attempts;
            auto const taken = turns.take(ctx, keys);
            if (taken && *taken) continue;
            auto const more = taken ? backoff.wait() : Result<void>(taken.error());
            if (!more) return gave_way(more.error(), attempts, "transaction", keys.front());
        }
    }

    Result<Fate> resolve(Context const& ctx, UnknownWrite write) {
        write.at_rest = write.at_rest || !Storage::late_writes;
        auto const now = storage_.read(ctx, RecordId(write.key, write.slot));
        if (!now) return place(now.error(), "resolve", write.key);
        return decide(write, now->get());
    }

    Result<Fate> seal(Context const& ctx, UnknownWrite write) {
        write.at_rest = write.at_rest || !Storage::late_writes;
        RecordId const id(write.key, write.slot);
        for (Attempts<Storage> attempts(storage_, ctx, id);;) {
            auto const now = attempts.look(ctx);
            if (!now) return place(now.error(), "seal", write.key);
            Fate const fate = decide(write, now->get());
            if (fate != Fate::pending && !write.at_rest) return fate;
            // On absence a removed record is put down: a tombstone where a create may still land.
            Change change{.tombstone = !is_there(*now), .same_content = true};
            if (*now) {
                change.payload = (*now)->payload;
                change.attributes = (*now)->attributes;
            }
            auto sealed = versioning_.commit(storage_, ctx, id, *now, std::move(change));
            if (!sealed) return place(sealed.error(), "seal", write.key);
            if (sealed->kind == WriteOutcome::Kind::applied) return decide_sealed(write, now->get());
            if (sealed->kind == WriteOutcome::Kind::unknown) return Fate::unknown;
            if (!attempts.pause(ctx, *now, std::move(sealed->seen))) return resolve(ctx, write);
        }
    }

private:
    using Base = HeldCommits<Storage, Versioning>;
    using Base::commit;
    using Base::commit_content;
    using Base::footing;
    using Base::known;
    using Base::not_fenced;
    using Base::queues;
    using Base::report;
    using Base::sign;
    using Base::still_held;
    using Base::storage_;
    using Base::versioning_;

    static constexpr bool viewed =
        std::is_same_v<State, Bytes> && requires { requires Serialization::payload_is_value; };

    struct Draft {
        Change change;
        std::optional<State> value;
        bool unchanged = false;
    };

    /// Whether a change would store what is there already, attributes included.
    Result<bool> unchanged(KeyView key, RecordPtr const& base, Change const& change) {
        if (!is_there(base) || change.attributes != base->attributes) return false;
        CodingContext const before{key, base->stamp.sequence, nullptr};
        CodingContext const after{key, base->stamp.sequence + 1, nullptr};
        return compare_content(serialization_, before, base->payload, after, change.payload);
    }

    Result<State> decode(KeyView key, RecordPtr const& record) {
        return serialization_.template decode<State>(CodingContext{key, record->stamp.sequence, nullptr}, record);
    }

    /// The state of a record that was read; nothing if there is none.
    Result<std::optional<State>> decode_if_there(KeyView key, RecordPtr const& record) {
        if (!is_there(record)) return Result<std::optional<State>>(std::in_place);
        auto value = decode(key, record);
        if (!value) return std::move(value).error();
        return Result<std::optional<State>>(std::in_place, std::move(*value));
    }

    /// Bytes are not coded: they become the payload, by a move if they may.
    template <class Value>
    Result<Change> encode(KeyView key, RecordPtr const& base, Value&& value, CallOptions const& options) {
        bool const there = is_there(base);
        Change change;
        if constexpr (viewed) {
            change.payload = std::forward<Value>(value);
        } else {
            // Most states grow a little at most.
            Buffer out(there ? base->payload.size() + base->payload.size() / 16 + 32 : 0);
            auto coded = serialization_.encode(
                CodingContext{key, base ? base->stamp.sequence + 1 : 1, there ? base.get() : nullptr}, value, out);
            if (!coded) return std::move(coded).error();
            out.trim();
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
        Error why = Error::because(Errc::unknown_outcome, "the write may or may not have been made", done.why,
                                   "; ask later with resolve(), or seal() it");
        return Outcome<T>(std::move(done.write), place(std::move(why), operation, key));
    }

    /// The end of attempts that all met others.
    static Error gave_way(Error const& why, unsigned attempts, std::string_view operation, KeyView key) {
        return place(Error(why.code() == Errc::cancelled ? Errc::cancelled : Errc::conflict,
                           "others kept writing until " +
                               std::string(why.code() == Errc::cancelled ? "the request to stop" : "the time limit") +
                               "; " + std::to_string(attempts) + " attempts were made"),
                     operation, key);
    }

    /// The one loop: read; `decide(base)`, a `Result<Draft>`; conditional write; again on conflict. `finish(done,
    /// draft)` makes the outcome.
    template <class T, class Decide, class Finish>
    Outcome<T> write_until_done(Context ctx, KeyView key, Tenure& held, std::string_view operation, Decide&& decide,
                                Finish&& finish) {
        // What an embedded lock was just acquired with is as fresh as a read.
        // What the write itself does not check must not be decided on what was known before.
        bool fresh = known(held) ? held.ending : !(serves_stale<Storage> && ConditionalStorage<Storage>);
        Attempts<Storage> attempts(storage_, ctx, key);
        Turns<Storage> turns(storage_);
        if (known(held)) attempts.know(held.record);
        if (queues(held)) turns.look(ctx, {&key, 1});
        for (;;) {
            ctx.may_be_stale = !fresh;
            auto base = attempts.look(ctx);
            if (!base) return place(std::move(base).error(), operation, key);
            auto const fenced = [&](Result<void> may) -> Outcome<T> {
                report(held, may.error(), *base);
                return place(std::move(may).error(), operation, key);
            };
            // What a later holder wrote is not for `decide` to see.
            if (held.epoch != 0) {
                if (auto may = not_fenced(held, *base); !may) return fenced(std::move(may));
            }
            auto next = decide(*base);
            if (!next) return place(std::move(next).error(), operation, key);
            ctx.may_be_stale = false;
            if (next->unchanged) {
                if (!std::exchange(fresh, true)) {  // decided on what may be stale: it stands if that is still there
                    auto now = storage_.read(ctx, key);
                    if (!now) return place(std::move(now).error(), operation, key);
                    if (!is_there(*now) || !same_content((*now)->stamp, (*base)->stamp)) {
                        attempts.know(*std::move(now));
                        continue;
                    }
                    base = std::move(now);
                }
                auto may = held.confirm(ctx, Tenure::Asked::instead_of_write);
                if (may) may = not_fenced(held, *base);
                if (!may) return fenced(std::move(may));
                if (held.record && same_content(held.record->stamp, (*base)->stamp)) base = held.record;  // renewed
                Commit as_before = Commit::applied(*std::move(base));
                return finish(as_before, *next);
            }
            auto done = commit(ctx, key, *base, std::move(next->change), held);
            if (!done) return place(std::move(done).error(), operation, key);
            if (done->kind == WriteOutcome::Kind::applied) return finish(*done, *next);
            if (done->kind == WriteOutcome::Kind::unknown) return not_written<T>(*done, operation, key);
            if (auto more = attempts.pause(ctx, *std::move(base), std::move(done->seen), &turns); !more)
                return gave_way(more.error(), attempts.count(), operation, key);
            fresh = true;
        }
    }

    Serialization& serialization_;
};

}  // namespace holdfast::detail

#endif
