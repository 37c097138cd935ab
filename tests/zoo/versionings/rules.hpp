#ifndef HOLDFAST_TESTS_ZOO_VERSIONINGS_RULES_HPP
#define HOLDFAST_TESTS_ZOO_VERSIONINGS_RULES_HPP

#include <zoo/versionings/broken.hpp>

#include <cstdint>

namespace zoo::in_versionings {

inline void of_rules(Pen& pen) {
    std::string law = "epochs_never_fall";
    pen.writes(law, "bears the epoch of the last writer",
               [](Record& out, auto&, auto& change) { out.stamp.epoch = change.epoch; });
    pen.writes(law, "does not note a later epoch", [](Record& out, auto& base, auto&) {
        if (base) out.stamp.epoch = base->stamp.epoch;
    });
    pen.writes(law, "keeps the epoch in 32 bits",
               [](Record& out, auto&, auto&) { out.stamp.epoch = static_cast<std::uint32_t>(out.stamp.epoch); });
    pen.writes(law, "a lock does not note its epoch", [](Record& out, auto& base, auto& change) {
        if (base && change.same_content) out.stamp.epoch = base->stamp.epoch;
    });
    pen.writes(law, "raises the epoch with every write", [](Record& out, auto& base, auto&) {
        if (base) ++out.stamp.epoch;
    });
    auto const unfenced = [](std::function<bool(RecordPtr const&, Change const&)> lets_in) {
        return [lets_in](Erased& s, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
            if (base && change.epoch < base->stamp.epoch && change.epoch != 0 && lets_in(base, change))
                change.epoch = base->stamp.epoch;
            return right(s, ctx, id, base, std::move(change));
        };
    };
    pen.whole(law, "fences nobody", unfenced([](auto&, auto&) { return true; }));
    pen.whole(law, "does not fence removals", unfenced([](auto&, Change const& change) { return change.tombstone; }));
    pen.whole(law, "does not fence locks", unfenced([](auto&, Change const& change) { return change.same_content; }));
    pen.whole(law, "compares epochs in 32 bits", unfenced([](RecordPtr const& base, Change const& change) {
                  return static_cast<std::uint32_t>(change.epoch) >= static_cast<std::uint32_t>(base->stamp.epoch);
              }));
    pen.whole(law, "compares epochs as signed numbers", unfenced([](RecordPtr const& base, Change const& change) {
                  return static_cast<std::int64_t>(change.epoch) >= static_cast<std::int64_t>(base->stamp.epoch);
              }));
    pen.whole(
        law, "lets the holder before the last one write",
        unfenced([](RecordPtr const& base, Change const& change) { return change.epoch + 1 == base->stamp.epoch; }));
    pen.whole(law, "fences the holder himself",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (base && change.epoch != 0 && change.epoch == base->stamp.epoch) return Error(Errc::fenced);
                  return right(s, ctx, id, base, std::move(change));
              });
    pen.after(law, "says that who is fenced met a conflict", [](auto& done, auto&, auto&) {
        if (!done && done.error() == Errc::fenced) done = Commit::conflict();
    });

    law = "records_bear_their_discipline";
    pen.writes(law, "marks records as the change says",
               [](Record& out, auto&, auto& change) { out.stamp.discipline = change.discipline; });
    pen.writes(law, "a lock decides the discipline",
               [](Record& out, auto&, auto&) { out.stamp.discipline = Discipline::compare_and_swap; });
    pen.writes(law, "leaves the discipline of what was there", [](Record& out, auto& base, auto&) {
        if (base) out.stamp.discipline = base->stamp.discipline;
    });
    pen.whole(law, "refuses what a lock of another has left",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (base && base->stamp.discipline != Discipline::compare_and_swap) return Error(Errc::incompatible);
                  return unmarked(s, ctx, id, base, std::move(change));
              });

    law = "other_disciplines_are_refused";
    pen.whole(law, "does not look at the discipline", unmarked);
    pen.whole(law, "takes over what was removed", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        bool const gone = base && base->stamp.tombstone;
        return gone ? unmarked(s, ctx, id, base, std::move(change)) : right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "locks and seals what others wrote", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        return change.same_content ? unmarked(s, ctx, id, base, std::move(change))
                                   : right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "takes history for its own", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        bool const history = base && base->stamp.discipline == Discipline::history;
        return history ? unmarked(s, ctx, id, base, std::move(change)) : right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "looks after it has written",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  auto done = unmarked(s, ctx, id, base, std::move(change));
                  if (auto same = detail::same_discipline(id, base, Discipline::compare_and_swap); !same)
                      return std::move(same).error();
                  return done;
              });
    pen.after(law, "says that the record of another is a conflict", [](auto& done, auto&, auto&) {
        if (!done && done.error() == Errc::incompatible) done = Commit::conflict();
    });

    law = "leases_obey_steps";
    using Step = Change::LeaseStep;
    pen.writes(law, "a content loses the lock", [](Record& out, auto&, auto& change) {
        if (sets(change) && change.lease_step == Step::keep) out.lease.reset();
    });
    pen.writes(law, "a removal loses the lock", [](Record& out, auto&, auto& change) {
        if (change.tombstone) out.lease.reset();
    });
    pen.writes(law, "a lock that ends stays held", [](Record& out, auto& base, auto& change) {
        if (base && change.lease_step == Step::end) out.lease = base->lease;
    });
    pen.writes(law, "a lock that ends forgets who waits", [](Record& out, auto&, auto& change) {
        if (change.lease_step == Step::end) out.lease.reset();
    });
    pen.writes(
        law, "a lock that ends leaves that others wait, though nobody does", [](Record& out, auto& base, auto& change) {
            if (base && base->lease && change.lease_step == Step::end)
                out.lease = std::make_shared<Lease const>(Lease{.id = base->lease->id, .held = false, .wanted = true});
        });
    pen.writes(law, "a lock that ends leaves its doubts", [](Record& out, auto& base, auto& change) {
        if (!base || !base->lease || change.lease_step != Step::end) return;
        Lease left = *base->lease;
        left.held = false;
        out.lease = std::make_shared<Lease const>(left);
    });
    pen.writes(law, "cannot lock what it creates", [](Record& out, auto& base, auto&) {
        if (!base) out.lease.reset();
    });
    pen.writes(law, "keeps the purpose of before", [](Record& out, auto& base, auto& change) {
        if (!base || !base->lease || !out.lease || change.lease_step != Step::set) return;
        Lease mixed = *out.lease;
        mixed.purpose = base->lease->purpose + "";
        mixed.acquired = base->lease->acquired;
        out.lease = std::make_shared<Lease const>(mixed);
    });

    law = "removals_leave_what_goes_on";
    pen.whole(law, "a removal leaves nothing",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (auto same = detail::same_discipline(id, base, Discipline::compare_and_swap); !same)
                      return std::move(same).error();
                  bool const gone = change.tombstone && !change.same_content;
                  change.discipline = Discipline::compare_and_swap;
                  auto sending = detail::Sending::prepare(s, ctx, id, base, std::move(change));
                  if (!sending) return sending.error();
                  sending->vanish = gone;
                  return detail::settle_sending(s, ctx, id, *sending, [&] {
                      return gone ? s.remove(ctx, id, sending->when) : s.write(ctx, id, sending->record, sending->when);
                  });
              });
    pen.writes(law, "what was removed keeps its payload", [](Record& out, auto& base, auto& change) {
        if (base && change.tombstone && !change.same_content) out.payload = base->payload;
    });
    pen.whole(law, "a removal of nothing makes an empty state",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  if (!base && !change.same_content) change.tombstone = false;
                  return right(s, ctx, id, base, std::move(change));
              });
    pen.writes(law, "what was removed is an empty state", [](Record& out, auto&, auto& change) {
        if (change.tombstone && !change.same_content) out.stamp.tombstone = false;
    });
    pen.writes(law, "a lock brings back what was removed", [](Record& out, auto&, auto& change) {
        if (change.same_content) out.stamp.tombstone = false;
    });
    pen.whole(law, "a seal of an absence writes nothing",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  if (!base && change.same_content) return Result<Commit>(Commit::applied(nullptr));
                  return right(s, ctx, id, base, std::move(change));
              });
}

}  // namespace zoo::in_versionings

#endif
