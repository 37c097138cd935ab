#ifndef HOLDFAST_STORE_ENGINE_HPP
#define HOLDFAST_STORE_ENGINE_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/concepts/verbs.hpp>
#include <holdfast/protocol/attempts.hpp>
#include <holdfast/store/coder.hpp>
#include <holdfast/store/held_commits.hpp>
#include <holdfast/store/kept_options.hpp>
#include <holdfast/store/not_written.hpp>
#include <holdfast/store/update_function.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace holdfast {

/// The operations of a store without its locks: storage, versioning and serialization together. Verbs are written with
/// it, which `Inside` hands out. `held` is the lock of the key that is written, or those of the keys, one for each in
/// their order; that of another key is refused (`invalid_argument`). What the operations mean, and cost, is said at the
/// verbs of `BasicStateStore`.
template <class State, class Storage, class Versioning, class Serialization>
class Engine : detail::HeldCommits<Storage, Versioning> {
    using Coder = detail::Coder<State, Serialization>;

public:
    Engine(Storage& storage, Versioning& versioning, Serialization& serialization) noexcept
        : Base(storage, versioning), coder_(serialization) {}

    Storage& storage() const noexcept { return storage_; }
    Versioning& versioning() const noexcept { return versioning_; }
    Serialization& serialization() const noexcept { return coder_.serialization(); }

    /// The same over others in the place of its own, which must outlive it.
    template <class V, class Z>
    Engine<State, Storage, V, Z> with(V& versioning, Z& serialization) const noexcept {
        return {storage_, versioning, serialization};
    }

    Result<std::optional<Entry<State>>> get(Context const& ctx, KeyView key) {
        return entry_of(key, "get", storage_.read(ctx, key));
    }

    std::vector<Result<std::optional<Entry<State>>>> get_many(Context const& ctx, std::span<KeyView const> keys) {
        std::vector<KnownRecord> reads;
        for (KeyView const key : keys)
            if (!key.view().empty()) reads.push_back({RecordId(key)});
        auto records = detail::read_many(storage_, ctx, reads);
        std::vector<Result<std::optional<Entry<State>>>> all;
        all.reserve(keys.size());
        for (std::size_t at = 0; KeyView const key : keys) {
            if (key.view().empty()) all.push_back(detail::no_key().during("get_many"));
            else all.push_back(entry_of(key, "get_many", std::move(records[at++])));
        }
        return all;
    }

    /// What was read as an entry; nothing if there is no state.
    Result<std::optional<Entry<State>>> entry_of(KeyView key, std::string_view operation, Result<RecordPtr> record) {
        if (!record) return detail::place(std::move(record).error(), operation, key);
        if (!detail::is_there(*record)) return Result<std::optional<Entry<State>>>(std::in_place);
        auto found = coder_.template entry<std::optional<Entry<State>>>(key, std::move(*record), std::in_place);
        if (!found) return detail::place(std::move(found).error(), operation, key);
        return found;
    }
    /// A record that has a state as an entry.
    Result<Entry<State>> entry(KeyView key, std::string_view operation, RecordPtr record) {
        auto found = coder_.template entry<Entry<State>>(key, std::move(record));
        if (!found) return detail::place(std::move(found).error(), operation, key);
        return found;
    }

    /// The state of a record that has one.
    Result<State> decode(KeyView key, RecordPtr const& record) { return coder_.decode(key, record); }

    template <class F>
    Outcome<Entry<State>> update(Context const& ctx, KeyView key, Held& held, CallOptions const& options, F& fn) {
        return write_until_done<Entry<State>>(
            ctx, key, held, "update",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto current = coder_.decode_if_there(key, base);
                if (!current) return std::move(current).error();
                auto next = detail::next_state<State>(fn, std::move(*current));
                if (!next) return std::move(next).error();
                auto change = coder_.encode(key, base, std::move(*next), options);  // takes only what it need not copy
                if (!change) return std::move(change).error();
                auto const same = options.write_unchanged ? Result<bool>(false) : coder_.unchanged(key, base, *change);
                if (!same) return same.error();
                return Draft{std::move(*change), std::move(*next), *same};
            },
            [](Commit& done, Draft& draft) { return Coder::entry(*std::move(draft.value), std::move(done.now)); });
    }

    Outcome<Entry<State>> put(Context const& ctx, KeyView key, Held& held, CallOptions const& options, State value) {
        return write_until_done<Entry<State>>(
            ctx, key, held, "put",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto change = coder_.encode(key, base, value, options);
                if (!change) return std::move(change).error();
                return Draft{std::move(*change), {}};
            },
            [&](Commit& done, Draft&) { return Coder::entry(std::move(value), std::move(done.now)); });
    }

    Outcome<void> remove_key(Context const& ctx, KeyView key, Held& held) {
        return write_until_done<void>(
            ctx, key, held, "remove",
            [&](RecordPtr const&) -> Result<Draft> {
                return Draft{Change{.tombstone = true}, {}};
            },
            [](Commit&, Draft&) { return Outcome<void>(); });
    }

    Outcome<Entry<State>> create(Context const& ctx, KeyView key, Held& held, CallOptions const& options, State value) {
        if (auto may = is_of(key, held); !may) return detail::place(std::move(may).error(), "create", key);
        // Most often there is none: look only when the storage says so.
        bool looked = held->known().has_value();
        RecordPtr base = looked ? *held->known() : nullptr;
        for (detail::Attempts<Storage> attempts(storage_, ctx, key);;) {
            if (detail::is_there(base)) {
                if (auto may = not_fenced(*held, base); !may) {
                    detail::Telling::refused(*held, may.error(), base);
                    return detail::place(std::move(may).error(), "create", key);
                }
                return detail::place(Error(Errc::conflict, "the key has a state already; update() or replace() it"),
                                     "create", key);
            }
            auto change = coder_.encode(key, base, value, options);
            if (!change) return detail::place(std::move(change).error(), "create", key);
            auto done = commit(ctx, key, base, std::move(*change), held);
            if (!done || done->kind != WriteOutcome::Kind::conflict)
                return written(done, std::move(value), "create", key);
            // The first look is no second attempt: that the key was removed is for it to find out.
            if (!std::exchange(looked, true)) {
                if (done->seen) attempts.know(*std::move(done->seen));
            } else if (auto more = attempts.pause(ctx, std::move(base), std::move(done->seen)); !more) {
                return detail::gave_way(more.error(), attempts.count(), "create", key);
            }
            auto now = attempts.look(ctx);
            if (!now) return detail::place(std::move(now).error(), "create", key);
            base = *std::move(now);
        }
    }

    Outcome<Entry<State>> replace(Context const& ctx, Entry<State> const& entry, Held& held, CallOptions const& options,
                                  State value) {
        if (auto may = is_of(entry.key(), held); !may)
            return detail::place(std::move(may).error(), "replace", entry.key());
        auto change = coder_.encode(entry.key(), entry.record(), value, options);
        if (!change) return detail::place(std::move(change).error(), "replace", entry.key());
        auto done = commit_content(ctx, entry.record(), std::move(*change), held);
        return written(done, std::move(value), "replace", entry.key());
    }

    Outcome<void> remove(Context const& ctx, Entry<State> const& entry, Held& held) {
        if (auto may = is_of(entry.key(), held); !may)
            return detail::place(std::move(may).error(), "remove", entry.key());
        auto done = commit_content(ctx, entry.record(), Change{.tombstone = true}, held);
        if (!done) return detail::place(std::move(done).error(), "remove", entry.key());
        if (done->kind == WriteOutcome::Kind::applied) return {};
        return detail::not_written<void>(*done, "remove", entry.key());
    }

    template <class F>
    Outcome<void> transaction(Context const& ctx, std::span<KeyView const> keys, std::span<Held> held,
                              CallOptions const& options, F& fn) {
        if (held.size() != keys.size())
            return Error(Errc::invalid_argument, "a transaction has one lock for each of its keys")
                .during("transaction");
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (auto may = is_of(keys[i], held[i]); !may)
                return detail::place(std::move(may).error(), "transaction", keys[i]);
        }
        detail::Turns<Storage> turns(storage_);
        if (queues(held.front())) turns.look(ctx, keys);
        detail::Contradictions contradictions;
        unsigned attempts = 0;
        std::vector<RecordPtr> refused;  // what the attempt before was made on
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            bool unchanged = !refused.empty(), absent = true;
            std::vector<std::optional<State>> states;
            std::vector<BatchChange> changes;
            for (std::size_t i = 0; i < keys.size(); ++i) {
                KeyView const key = keys[i];
                auto base = held[i]->known() ? Result<RecordPtr>(*held[i]->known()) : storage_.read(ctx, key);
                if (!base) return detail::place(std::move(base).error(), "transaction", key);
                auto state = coder_.decode_if_there(key, *base);
                if (!state) return detail::place(std::move(state).error(), "transaction", key);
                states.push_back(std::move(*state));
                unchanged = unchanged && detail::same_revision(*base, refused[i]);
                absent = absent && !*base;
                changes.push_back({key, std::move(*base), {}, false});
            }
            if (auto may = contradictions.judge(unchanged, absent); !may)
                return detail::place(std::move(may).error(), "transaction", keys.front());
            if constexpr (std::is_void_v<std::invoke_result_t<F&, std::span<std::optional<State>>>>) {
                fn(std::span(states));
            } else {
                Result<void> decided = fn(std::span(states));
                if (!decided) return std::move(decided).error().during("transaction");
            }
            for (std::size_t i = 0; i < keys.size(); ++i) {
                BatchChange& change = changes[i];
                if (states[i]) {
                    auto encoded = coder_.encode(keys[i], change.base, *states[i], options);
                    if (!encoded) return detail::place(std::move(encoded).error(), "transaction", keys[i]);
                    change.change = std::move(*encoded);
                } else {
                    change.only_check = !change.base;
                    change.change = Change{.tombstone = true};
                }
            }
            for (std::size_t i = 0; i < keys.size(); ++i) {
                auto may = still_held(ctx, changes[i].base, held[i]);
                if (may) continue;
                detail::Telling::refused(*held[i], may.error(), changes[i].base);
                return detail::place(std::move(may).error(), "transaction", keys[i]);
            }
            bool beaten = false;
            detail::Telling telling(held);
            for (std::size_t i = 0; i < keys.size() && !beaten; ++i) {
                BatchChange& change = changes[i];
                Result<void> may{};
                if (!change.base && !change.only_check) {
                    auto on = footing(ctx, change.id, held[i]);
                    if (!on) may = on.error();
                    else if (on->kind == WriteOutcome::Kind::conflict) beaten = true;
                    else change.base = std::move(on->now);
                }
                if (may) may = sign(*held[i], change.base, change.change);
                if (!may) {
                    telling.refused(may.error(), change.base, i);
                    return detail::place(std::move(may).error(), "transaction", keys[i]);
                }
            }
            if (beaten) {
                telling.missed();
                refused.clear();
                ++attempts;
                if (auto more = backoff.wait(); !more)
                    return detail::gave_way(more.error(), attempts, "transaction", keys.front());
                continue;
            }
            auto done = versioning_.commit_all(storage_, ctx, std::span(changes));
            if (!done) {
                telling.missed();
                return std::move(done).error().during("transaction");
            }
            telling.became(*done, changes);
            if (done->commit.kind == WriteOutcome::Kind::applied) return {};
            if (done->commit.kind == WriteOutcome::Kind::unknown)
                return detail::not_written<void>(done->commit, "transaction", done->commit.write->key);
            refused.clear();
            for (BatchChange& change : changes) refused.push_back(std::move(change.base));
            ++attempts;
            auto const taken = turns.take(ctx, keys);
            if (taken && *taken) continue;
            auto const more = taken ? backoff.wait() : Result<void>(taken.error());
            if (!more) return detail::gave_way(more.error(), attempts, "transaction", keys.front());
        }
    }

    Result<Fate> resolve(Context const& ctx, UnknownWrite write) {
        write.at_rest = write.at_rest || !Storage::late_writes;
        auto const now = storage_.read(ctx, RecordId(write.key, write.slot));
        if (!now) return detail::place(now.error(), "resolve", write.key);
        return decide(write, now->get());
    }

    Result<Fate> seal(Context const& ctx, UnknownWrite write) {
        write.at_rest = write.at_rest || !Storage::late_writes;
        RecordId const id(write.key, write.slot);
        for (detail::Attempts<Storage> attempts(storage_, ctx, id);;) {
            auto const now = attempts.look(ctx);
            if (!now) return detail::place(now.error(), "seal", write.key);
            Fate const fate = decide(write, now->get());
            if (fate != Fate::pending && !write.at_rest) return fate;
            // On absence a removed record is put down: a tombstone where a create may still land.
            Change change{.tombstone = !detail::is_there(*now), .same_content = true};
            if (*now) {
                change.payload = (*now)->payload;
                change.attributes = (*now)->attributes;
            }
            auto sealed = versioning_.commit(storage_, ctx, id, *now, std::move(change));
            if (!sealed) return detail::place(sealed.error(), "seal", write.key);
            if (sealed->kind == WriteOutcome::Kind::applied) return decide_sealed(write, now->get());
            if (sealed->kind == WriteOutcome::Kind::unknown) return Fate::unknown;
            if (!attempts.pause(ctx, *now, std::move(sealed->seen))) return resolve(ctx, write);
        }
    }

private:
    using Base = detail::HeldCommits<Storage, Versioning>;
    using Base::commit;
    using Base::commit_content;
    using Base::footing;
    using Base::is_known;
    using Base::is_of;
    using Base::not_fenced;
    using Base::queues;
    using Base::sign;
    using Base::still_held;
    using Base::storage_;
    using Base::versioning_;

    struct Draft {
        Change change;
        std::optional<State> value;
        bool unchanged = false;
    };

    static Outcome<Entry<State>> written(Result<Commit>& done, State&& value, std::string_view operation, KeyView key) {
        if (!done) return detail::place(std::move(done).error(), operation, key);
        if (done->kind == WriteOutcome::Kind::applied) return Coder::entry(std::move(value), std::move(done->now));
        return detail::not_written<Entry<State>>(*done, operation, key);
    }

    /// The one loop: read; `decide(base)`, a `Result<Draft>`; conditional write; again on conflict. `finish(done,
    /// draft)` makes the outcome.
    template <class T, class Decide, class Finish>
    Outcome<T> write_until_done(Context ctx, KeyView key, Held& held, std::string_view operation, Decide&& decide,
                                Finish&& finish) {
        if (auto may = is_of(key, held); !may) return detail::place(std::move(may).error(), operation, key);
        // What an embedded lock was just acquired with is as fresh as a read.
        // What the write itself does not check must not be decided on what was known before.
        constexpr bool checked = ConditionalStorage<Storage> && (detail::Watchful<Versioning> || AttributedStorage<Storage>);
        bool fresh = held->known() ? held->ending() : !(detail::serves_stale<Storage> && checked);
        detail::Attempts<Storage> attempts(storage_, ctx, key);
        detail::Turns<Storage> turns(storage_);
        if (held->known()) attempts.know(*held->known());
        if (queues(held)) turns.look(ctx, {&key, 1});
        for (;;) {
            ctx.may_be_stale = !fresh;
            auto base = attempts.look(ctx);
            if (!base) return detail::place(std::move(base).error(), operation, key);
            auto const fenced = [&](Result<void> may) -> Outcome<T> {
                detail::Telling::refused(*held, may.error(), *base);
                return detail::place(std::move(may).error(), operation, key);
            };
            // What a later holder wrote is not for `decide` to see.
            if (held->epoch() != 0) {
                if (auto may = not_fenced(*held, *base); !may) return fenced(std::move(may));
            }
            auto next = decide(*base);
            if (!next) return detail::place(std::move(next).error(), operation, key);
            ctx.may_be_stale = false;
            if (next->unchanged) {
                if (!std::exchange(fresh, true)) {  // decided on what may be stale: it stands if that is still there
                    auto now = storage_.read(ctx, key);
                    if (!now) return detail::place(std::move(now).error(), operation, key);
                    if (!detail::is_there(*now) || !detail::same_content<Storage>(*now, *base)) {
                        attempts.know(*std::move(now));
                        continue;
                    }
                    base = std::move(now);
                }
                auto may = held.confirm(ctx, Held::Asked::instead_of_write);
                if (may) may = not_fenced(*held, *base);
                if (!may) return fenced(std::move(may));
                if (is_known(*held, *base)) base = *held->known();  // renewed
                Commit as_before = Commit::applied(*std::move(base));
                return finish(as_before, *next);
            }
            auto done = commit(ctx, key, *base, std::move(next->change), held);
            if (!done) return detail::place(std::move(done).error(), operation, key);
            if (done->kind == WriteOutcome::Kind::applied) return finish(*done, *next);
            if (done->kind == WriteOutcome::Kind::unknown) return detail::not_written<T>(*done, operation, key);
            if (auto more = attempts.pause(ctx, *std::move(base), std::move(done->seen), &turns); !more)
                return detail::gave_way(more.error(), attempts.count(), operation, key);
            fresh = true;
        }
    }

    Coder coder_;
};

}  // namespace holdfast

#endif
