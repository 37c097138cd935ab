#ifndef HOLDFAST_STORE_HELD_COMMITS_HPP
#define HOLDFAST_STORE_HELD_COMMITS_HPP

#include <holdfast/concepts/held.hpp>
#include <holdfast/protocol/attempts.hpp>
#include <holdfast/protocol/settle.hpp>
#include <holdfast/store/telling.hpp>

#include <utility>

namespace holdfast::detail {

/// Commits as one who holds a lock, or none: it is asked before, what is written carries its epoch, and it is told what
/// became of the write.
template <class Storage, class Versioning>
class HeldCommits {
protected:
    HeldCommits(Storage& storage, Versioning& versioning) noexcept : storage_(storage), versioning_(versioning) {}

    /// Whether the holder knows the content of a record, if perhaps under a later revision.
    static bool is_known(Tenure const& held, RecordPtr const& record) noexcept {
        return held.known() && *held.known() && same_content((*held.known())->stamp, record->stamp);
    }
    /// Whether a first attempt lets those go first who have or await a turn. Not under a lock, which has its own order,
    /// and not on what was read before.
    static bool queues(Held const& held) noexcept { return !held.excludes() && !held->known(); }

    /// Whether a record says that the holder's time is over. Errors: `fenced`.
    static Result<void> not_fenced(Tenure const& held, RecordPtr const& base) {
        if (base && held.epoch() != 0 && base->stamp.epoch > held.epoch()) return fenced_by(base->stamp, held.epoch());
        if (held.embedded() && !held.lives_in(base))
            return Error(Errc::fenced,
                         "the lock under which this is written is not in the record any more: it was "
                         "taken over, ended by force or removed with the record; stop and start over");
        return {};
    }
    /// Makes a change one of the lock's holder. Errors: `fenced`.
    static Result<void> sign(Tenure const& held, RecordPtr const& base, Change& change) {
        auto may = not_fenced(held, base);
        change.epoch = held.epoch();
        if (held.embedded() && held.ending()) change.lease_step = Change::LeaseStep::end;
        return may;
    }

    /// Whether the lock is still held, for a write over `base`. A record that never had a content may be what a former
    /// holder has put down who could not find out that he is one (see `footing`): over that it is asked anew.
    static Result<void> still_held(Context const& ctx, RecordPtr const& base, Held const& held) {
        bool const put_down = PurgeableStorage<Storage> && held->epoch() != 0 && !held->embedded() && base &&
                              base->stamp.tombstone && base->stamp.sequence == 0 && base != held->known();
        return held.confirm(ctx, put_down ? Held::Asked::anew : Held::Asked::before_write);
    }

    /// What a write over nothing begins from. A holder who fences puts a removed record down first: where nothing is,
    /// nothing says that a former holder's time is over, and between a look at the lock and a write it may change
    /// hands. Then the lock is asked anew: whoever is handed it later is held off by that record's revision. A
    /// conflict: there is something by now. Cost: 1 write, and 1 renewal; none for others, and none where nothing is
    /// ever purged, since there a record tells.
    Result<Commit> footing(Context const& ctx, RecordId const& id, Held const& held) {
        if constexpr (PurgeableStorage<Storage>) {
            if (held->epoch() != 0 && !held->embedded()) {
                auto made = settle(storage_, ctx, id, nullptr,
                                   Change{.tombstone = true, .same_content = true, .epoch = held->epoch()});
                if (!made) return std::move(made).error();
                if (made->kind == WriteOutcome::Kind::unknown)
                    return Error(Errc::unavailable,
                                 "nothing was written: the record that keeps former holders out "
                                 "could not be made for certain (" +
                                     made->why.describe() + ")");
                if (made->kind == WriteOutcome::Kind::applied)
                    if (auto ours = held.confirm(ctx, Held::Asked::anew); !ours) return std::move(ours).error();
                return made;
            }
        }
        return Commit::applied(nullptr);
    }

    /// Whether a lock is that of the key that is written.
    static Result<void> is_of(KeyView key, Held const& held) {
        if (held.key() == key) return {};
        return Error(Errc::invalid_argument, "the lock that is held is of another key: write this one under its own");
    }

    Result<Commit> commit(Context const& ctx, RecordId const& id, RecordPtr const& base, Change change, Held& held) {
        if (auto may = still_held(ctx, base, held); !may) {
            Telling::refused(*held, may.error(), base);
            return std::move(may).error();
        }
        Telling telling({&held, 1});
        RecordPtr footed{};
        RecordPtr const& from = base ? base : footed;
        auto const gives_up = [&](Error why) -> Result<Commit> { return telling.refused(why, from), std::move(why); };
        if (held->epoch() != 0) {
            if (!base) {
                auto on = footing(ctx, id, held);
                if (!on) return gives_up(std::move(on).error());
                if (on->kind == WriteOutcome::Kind::conflict) return telling.missed(), std::move(on);
                footed = std::move(on->now);
            }
            if (auto may = sign(*held, from, change); !may) return gives_up(std::move(may).error());
        }
        auto done = versioning_.commit(storage_, ctx, id, from, std::move(change));
        if (done) telling.became(*done);
        else telling.refused(done.error(), from);
        return done;
    }

    /// Replaces exactly the content of `wanted`. Locks write the same content anew, which is no conflict.
    Result<Commit> commit_content(Context const& ctx, RecordPtr const& wanted, Change const& change, Held& held) {
        bool const as_held = is_known(*held, wanted);
        // What was read before the lock was taken, and was not there then, will not come back.
        if (held->embedded() && !as_held && !held->lives_in(wanted)) return Commit::conflict();
        RecordPtr base = as_held ? *held->known() : wanted;
        for (Attempts<Storage> attempts(storage_, ctx, RecordId(wanted->key));;) {
            auto done = commit(ctx, RecordId(wanted->key), base, change, held);
            if (!done || done->kind != WriteOutcome::Kind::conflict) return done;
            if (held->epoch() == 0 && base->stamp.epoch == 0) return done;  // no lock ever fenced there
            if (!attempts.pause(ctx, base, done->seen)) return done;
            auto now = attempts.look(ctx);
            if (!now) return std::move(now).error();
            if (!*now || !same_content((*now)->stamp, wanted->stamp)) return done;
            base = *std::move(now);
        }
    }

    Storage& storage_;
    Versioning& versioning_;
};

}  // namespace holdfast::detail

#endif
