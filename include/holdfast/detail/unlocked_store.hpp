#ifndef HOLDFAST_DETAIL_UNLOCKED_STORE_HPP
#define HOLDFAST_DETAIL_UNLOCKED_STORE_HPP

#include <holdfast/concepts/serialization.hpp>
#include <holdfast/core/backoff.hpp>
#include <holdfast/core/entry.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/core/settle.hpp>
#include <holdfast/core/tenure.hpp>
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

/// The operations of a store without its locks: storage, versioning and serialization together. `held` is what the lock
/// says under which the caller writes; a default one if there is none that fences. What they mean is said at
/// `BasicStateStore`.
template <class State, class Storage, class Versioning, class Serialization>
class UnlockedStore {
public:
    UnlockedStore(Storage& storage, Versioning& versioning, Serialization& serialization) noexcept
        : storage_(storage), versioning_(versioning), serialization_(serialization) {}

    Result<std::optional<Entry<State>>> get(Context const& ctx, KeyView key) {
        return entry_of(key, "get", storage_.read(ctx, key));
    }

    /// What was read as an entry; nothing if there is no state.
    Result<std::optional<Entry<State>>> entry_of(KeyView key, std::string_view operation, Result<RecordPtr> record) {
        if (!record) return place(std::move(record).error(), operation, key);
        if (!is_there(*record)) return Result<std::optional<Entry<State>>>(std::in_place);
        if constexpr (viewed) {
            return Result<std::optional<Entry<State>>>(std::in_place, std::in_place, *std::move(record));
        } else {
            auto value = decode(key, *record);
            if (!value) return place(std::move(value).error(), operation, key);
            return Result<std::optional<Entry<State>>>(std::in_place, std::in_place, *std::move(value),
                                                       *std::move(record));
        }
    }

    template <class F>
    Outcome<Entry<State>> update(Context const& ctx, KeyView key, Tenure& held, CallOptions const& options, F& fn) {
        return write_until_done<Entry<State>>(
            ctx, key, held, "update",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto current = decode_if_there(key, base);
                if (!current) return std::move(current).error();
                auto next = detail::next_state<State>(fn, *std::move(current));
                if (!next) return std::move(next).error();
                auto change = encode(key, base, *std::move(next), options);
                if (!change) return std::move(change).error();
                auto const same = options.write_unchanged ? Result<bool>(false) : unchanged(key, base, *change);
                if (!same) return same.error();
                return Draft{*std::move(change), *std::move(next), *same};
            },
            [](Commit& done, Draft& draft) { return entry(*std::move(draft.value), std::move(done.now)); });
    }

    Outcome<Entry<State>> put(Context const& ctx, KeyView key, Tenure& held, CallOptions const& options, State value) {
        return write_until_done<Entry<State>>(
            ctx, key, held, "put",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto change = encode(key, base, value, options);
                if (!change) return std::move(change).error();
                return Draft{*std::move(change), {}};
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
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            if (is_there(base))
                return place(Error(Errc::conflict, "the key has a state already; update() or replace() it"), "create",
                             key);
            auto change = encode(key, base, value, options);
            if (!change) return place(std::move(change).error(), "create", key);
            auto done = commit(ctx, key, base, *std::move(change), held);
            if (!done || done->kind != WriteOutcome::Kind::conflict)
                return written(done, std::move(value), "create", key);
            auto now = done->seen ? Result<RecordPtr>(*std::move(done->seen)) : storage_.read(ctx, key);
            if (!now) return place(std::move(now).error(), "create", key);
            if (is_there(*now)) {
                base = *std::move(now);
                continue;
            }
            // The first look is no second attempt: that the key was removed is for it to find out.
            if (base || !*now) {
                if (auto more = backoff.wait(); !more) return gave_way(more.error(), backoff, "create", key);
            }
            base = *std::move(now);
        }
    }

    Outcome<Entry<State>> replace(Context const& ctx, Entry<State> const& entry, Tenure& held,
                                  CallOptions const& options, State value) {
        auto change = encode(entry.key(), entry.record(), value, options);
        if (!change) return place(std::move(change).error(), "replace", entry.key());
        auto done = commit_content(ctx, entry.record(), *std::move(change), held);
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
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            std::vector<std::optional<State>> states;
            std::vector<BatchChange> changes;
            for (std::size_t i = 0; i < keys.size(); ++i) {
                KeyView const key = keys[i];
                auto base = known(*held[i]) ? Result<RecordPtr>(held[i]->record) : storage_.read(ctx, key);
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
                    auto encoded = encode(keys[i], change.base, *states[i], options);
                    if (!encoded) return place(std::move(encoded).error(), "transaction", keys[i]);
                    change.change = *std::move(encoded);
                } else {
                    change.only_check = !change.base;
                    change.change = Change{.tombstone = true};
                }
                if (auto may = obey(*held[i], change.base, change.change); !may) {
                    report(*held[i], may.error(), change.base);
                    return place(std::move(may).error(), "transaction", keys[i]);
                }
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
        bool unchanged = false;
    };

    static bool is_there(RecordPtr const& record) noexcept { return record && !record->stamp.tombstone; }

    static bool same_content(Stamp const& a, Stamp const& b) noexcept {
        return a.lineage == b.lineage && a.sequence == b.sequence && a.payload_id == b.payload_id &&
               a.tombstone == b.tombstone;
    }

    static bool known(Tenure const& held) noexcept { return held.record || held.absent; }
    static bool lock_lives_in(RecordPtr const& record, Tenure const& held) noexcept {
        return record && record->lease && record->lease->held && record->lease->id == held.lease;
    }

    /// Makes a change one of the lock's holder. Errors: `fenced`.
    static Result<void> obey(Tenure const& held, RecordPtr const& base, Change& change) {
        change.epoch = held.epoch;
        if (!held.embedded) return {};
        if (!lock_lives_in(base, held))
            return Error(Errc::fenced,
                         "the lock under which this is written is not in the record any more: it was "
                         "taken over, ended by force or removed with the record; stop and start over");
        if (held.ending) change.lease_step = Change::LeaseStep::end;
        return {};
    }

    /// Tells the lock what became of a write.
    static void report(Tenure& held, Commit const& done, RecordPtr const& now) {
        if (held.epoch == 0) return;  // no lock that wants to know
        bool const applied = done.kind == WriteOutcome::Kind::applied;
        if (applied) held.doubt = nullptr;  // what was sent earlier was for a record that is no more
        else if (done.kind == WriteOutcome::Kind::unknown) held.doubt = done.write;
        held.wrote = held.wrote || applied;
        held.record = applied ? now : nullptr;
        held.absent = false;
        held.ended = held.ended || (applied && held.ending && held.embedded);
    }
    static void report(Tenure& held, Error const& refusal, RecordPtr const& base) {
        if (held.epoch == 0) return;
        if (refusal == Errc::fenced && base && base->stamp.epoch > held.refused) held.refused = base->stamp.epoch;
        held.record = nullptr;
        held.absent = false;
    }

    Result<Commit> commit(Context const& ctx, RecordId const& id, RecordPtr const& base, Change change, Tenure& held) {
        if (auto may = obey(held, base, change); !may) return report(held, may.error(), base), std::move(may).error();
        auto done = versioning_.commit(storage_, ctx, id, base, std::move(change));
        if (done) report(held, *done, done->now);
        else report(held, done.error(), base);
        return done;
    }

    /// Replaces exactly the content of `wanted`. Locks write the same content anew, which is no conflict.
    Result<Commit> commit_content(Context const& ctx, RecordPtr const& wanted, Change const& change, Tenure& held) {
        bool const as_held = held.record && same_content(held.record->stamp, wanted->stamp);
        // What was read before the lock was taken, and was not there then, will not come back.
        if (held.embedded && !as_held && !lock_lives_in(wanted, held)) return Commit::conflict();
        RecordPtr base = as_held ? held.record : wanted;
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            auto done = commit(ctx, RecordId(wanted->key), base, change, held);
            if (!done || done->kind != WriteOutcome::Kind::conflict) return done;
            if (held.epoch == 0 && base->stamp.epoch == 0) return done;  // no lock ever fenced there
            auto now = done->seen ? Result<RecordPtr>(*done->seen) : storage_.read(ctx, RecordId(wanted->key));
            if (!now) return std::move(now).error();
            if (!*now || (*now)->revision == base->revision || !same_content((*now)->stamp, wanted->stamp)) return done;
            if (!backoff.wait()) return done;
            base = *std::move(now);
        }
    }

    /// Whether a change would store what is there already, attributes included.
    Result<bool> unchanged(KeyView key, RecordPtr const& base, Change const& change) {
        if (!is_there(base) || change.attributes != base->attributes) return false;
        if constexpr (requires(CodingContext const& c, Bytes const& b) {
                          { serialization_.same_content(c, b, c, b) } -> std::same_as<Result<bool>>;
                      }) {
            CodingContext const before{key, base->stamp.sequence, nullptr};
            CodingContext const after{key, base->stamp.sequence + 1, nullptr};
            return serialization_.same_content(before, base->payload, after, change.payload);
        } else {
            (void)key;
            return base->payload.view() == change.payload.view();
        }
    }

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
    Result<Change> encode(KeyView key, RecordPtr const& base, Value&& value, CallOptions const& options) {
        bool const there = is_there(base);
        Change change;
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
    Outcome<T> write_until_done(Context ctx, KeyView key, Tenure& held, std::string_view operation, Decide&& decide,
                                Finish&& finish) {
        // What an embedded lock was just acquired with is as fresh as a read.
        // What the write itself does not check must not be decided on what was known before.
        bool fresh = known(held) ? held.ending : !(serves_stale<Storage> && ConditionalStorage<Storage>);
        std::optional<RecordPtr> seen;
        if (known(held)) seen = held.record;
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            ctx.may_be_stale = !fresh;
            auto base = seen ? Result<RecordPtr>(*std::move(seen)) : storage_.read(ctx, key);
            seen.reset();
            if (!base) return place(std::move(base).error(), operation, key);
            auto next = decide(*base);
            if (!next) return place(std::move(next).error(), operation, key);
            if (next->unchanged) {
                if (fresh) {
                    Commit as_before = Commit::applied(*std::move(base));
                    return finish(as_before, *next);
                }
                fresh = true;  // decided on what may be stale: once more on what is not
                continue;
            }
            ctx.may_be_stale = false;
            auto done = commit(ctx, key, *base, std::move(next->change), held);
            if (!done) return place(std::move(done).error(), operation, key);
            if (done->kind == WriteOutcome::Kind::applied) return finish(*done, *next);
            if (done->kind == WriteOutcome::Kind::unknown) return not_written<T>(*done, operation, key);
            if (auto more = backoff.wait(); !more) return gave_way(more.error(), backoff, operation, key);
            seen = std::move(done->seen);
            fresh = true;
        }
    }

    Storage& storage_;
    Versioning& versioning_;
    Serialization& serialization_;
};

}  // namespace holdfast::detail

#endif
