#ifndef HOLDFAST_TESTS_ZOO_VERSIONINGS_RACES_HPP
#define HOLDFAST_TESTS_ZOO_VERSIONINGS_RACES_HPP

#include <zoo/versionings/broken.hpp>

namespace zoo::in_versionings {

inline void of_races(Pen& pen) {
    std::string law = "one_commit_wins";
    pen.whole(law, "writes on what it finds instead of its base",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  if (auto same = detail::same_discipline(id, base, Discipline::compare_and_swap); !same)
                      return Result<Commit>(std::move(same).error());
                  auto const now = s.read(ctx, id);
                  bool const moved = now && (bool(*now) != bool(base) || (base && (*now)->revision != base->revision));
                  return right(s, ctx, id, moved ? *now : base, std::move(change));
              });
    auto const blind = [&](std::string sin, std::function<bool(Change const&)> when) {
        pen.add(law, std::move(sin), [when](Broken& broken) { broken.blind = when; });
    };
    blind("writes without a condition", [](auto&) { return true; });
    blind("removes without a condition", [](Change const& change) { return change.tombstone; });
    blind("locks without a condition", [](Change const& change) { return change.same_content; });
    pen.whole(law, "looks first and writes then",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  auto const now = s.read(ctx, id);
                  if (now && !Precondition::unchanged_since(base).holds(now->get())) return Commit::conflict(*now);
                  s.blind = true;
                  return right(s, ctx, id, base, std::move(change));
              });
    pen.whole(law, "creates without a condition", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        s.blind = !base;
        return right(s, ctx, id, base, std::move(change));
    });
    pen.whole(law, "begins anew what was removed meanwhile",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  auto done = right(s, ctx, id, base, change);
                  if (done && done->kind == Kind::conflict && base) {
                      auto const now = s.read(ctx, id);
                      if (now && !*now) return right(s, ctx, id, nullptr, std::move(change));
                  }
                  return done;
              });
    pen.whole(law, "tries once more after a conflict", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        auto done = right(s, ctx, id, base, change);
        if (!done || done->kind != Kind::conflict) return done;
        auto const now = s.read(ctx, id);
        return now ? right(s, ctx, id, *now, std::move(change)) : done;
    });
    auto const takes_for_base = [&](std::string sin, std::function<bool(Record const*, Record const&)> looks_alike) {
        pen.whole(law, std::move(sin), [=](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
            auto const now = s.read(ctx, id);
            bool const alike = now && *now && looks_alike(base.get(), **now);
            bool const ours = !base || base->stamp.discipline == Discipline::compare_and_swap;
            return right(s, ctx, id, alike && ours ? *now : base, std::move(change));
        });
    };
    takes_for_base("takes what has the same payload for its base", [](Record const* base, Record const& now) {
        return base && base->payload == now.payload && now.stamp.tombstone == base->stamp.tombstone;
    });
    takes_for_base("takes the same content, locked or sealed since, for its base", [](Record const* base,
                                                                                      Record const& now) {
        return base && base->stamp.payload_id == now.stamp.payload_id && now.stamp.tombstone == base->stamp.tombstone;
    });
    takes_for_base("takes what has the same sequence for its base", [](Record const* base, Record const& now) {
        return base && base->stamp.sequence == now.stamp.sequence && now.stamp.tombstone == base->stamp.tombstone;
    });
    takes_for_base("creates where something was created and removed since",
                   [](Record const* base, Record const& now) { return !base && now.stamp.tombstone; });
    pen.after(law, "says that its base is what it met", [](auto& done, auto& base, auto&) {
        if (done && done->kind == Kind::conflict) done->seen = base;
    });
    pen.after(law, "returns the base with a conflict", [](auto& done, auto& base, auto&) {
        if (done && done->kind == Kind::conflict) done->now = base;
    });

    law = "storage_errors_are_passed_on";
    auto const error = [&](std::string sin,
                           std::function<Result<Commit>(Error const&, RecordPtr const&, RecordId const&)> make) {
        pen.after(law, std::move(sin), [make](auto& done, auto& base, auto& id) {
            if (!done && done.error() != Errc::fenced && done.error() != Errc::incompatible)
                done = make(done.error(), base, id);
        });
    };
    error("takes an error for a conflict", [](auto&, auto&, auto&) { return Commit::conflict(); });
    error("says `unavailable` whatever it was", [](auto&, auto&, auto&) { return Error(Errc::unavailable); });
    error("says that the outcome is unknown", [](auto& why, auto&, RecordId const& id) {
        return Commit::unknown(UnknownWrite{Key(id.key), id.slot, {1, 1}, {}, {}}, why);
    });
    error("swallows the error", [](auto&, RecordPtr const& base, auto&) { return Commit::applied(base); });
    pen.whole(law, "repeats what was refused", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        auto done = right(s, ctx, id, base, change);
        return done || done.error() == Errc::incompatible || done.error() == Errc::fenced
                   ? std::move(done)
                   : right(s, ctx, id, base, std::move(change));
    });

    law = "lost_replies_are_unknown";
    pen.whole(law, "believes what it sees after a lost reply",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  auto done = right(s, ctx, id, base, std::move(change));
                  if (!done || done->kind != Kind::unknown || s.late) return done;
                  auto const now = s.read(ctx, id);
                  if (now && *now && (*now)->stamp.ids.newest() == done->write->id)
                      return Result<Commit>(Commit::applied(*now));
                  return done;
              });
    pen.whole(law, "takes what it does not see for a conflict",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  auto done = right(s, ctx, id, base, std::move(change));
                  if (!done || done->kind != Kind::unknown || s.late) return done;
                  return Result<Commit>(Commit::conflict());
              });
    pen.whole(law, "sends again where nothing is under way",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  auto done = right(s, ctx, id, base, change);
                  if (done && done->kind == Kind::unknown && !s.late) {
                      auto again = right(s, ctx, id, base, std::move(change));
                      if (again && again->kind == Kind::applied) return again;
                  }
                  return done;
              });
    auto const handle = [&](std::string sin, std::function<void(UnknownWrite&, RecordPtr const&)> make) {
        pen.after(law, std::move(sin), [make](auto& done, auto& base, auto&) {
            if (!done || !done->write) return;
            UnknownWrite write = *done->write;
            make(write, base);
            done->write = std::make_shared<UnknownWrite const>(std::move(write));
        });
    };
    handle("the handle is always of the state", [](UnknownWrite& write, auto&) { write.slot = Slot::current; });
    handle("the handle names no base", [](UnknownWrite& write, auto&) { write.base = WriteId(); });
    handle("the handle names the base as the write", [](UnknownWrite& write, RecordPtr const& base) {
        if (base) write.id = base->stamp.ids.newest();
    });
    handle("the handle names the content", [](UnknownWrite& write, RecordPtr const& base) {
        if (base) write.id = base->stamp.payload_id;
    });
    handle("the handle names no lineage", [](UnknownWrite& write, auto&) { write.base_lineage = WriteId(); });
    handle("the handle of a new record has its lineage", [](UnknownWrite& write, RecordPtr const& base) {
        if (!base) write.base_lineage = write.id;
    });
    handle("the handle says that something is under way", [](UnknownWrite& write, auto&) { write.at_rest = false; });
    handle("the handle says that nothing is left", [](UnknownWrite& write, auto&) { write.removes = true; });
    pen.after(law, "gives no handle", [](auto& done, auto&, auto&) {
        if (done) done->write = nullptr;
    });
    pen.after(law, "does not say why", [](auto& done, auto&, auto&) {
        if (done && done->kind == Kind::unknown) done->why = Error(Errc::unknown_outcome);
    });
    pen.after(law, "calls it an error", [](auto& done, auto&, auto&) {
        if (done && done->kind == Kind::unknown) done = Error(done->why);
    });
    pen.after(law, "returns what it tried to replace", [](auto& done, auto& base, auto&) {
        if (done && done->kind == Kind::unknown && base) done->now = base;
    });
}

}  // namespace zoo::in_versionings

#endif
