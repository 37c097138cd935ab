#ifndef HOLDFAST_TESTS_ZOO_VERSIONINGS_FATES_HPP
#define HOLDFAST_TESTS_ZOO_VERSIONINGS_FATES_HPP

#include <zoo/versionings/broken.hpp>

namespace zoo::in_versionings {

/// Sends at a far storage as `make` says; elsewhere as is right.
inline Broken::Whole far(
    std::function<Result<Commit>(Erased&, Context const&, RecordId const&, RecordPtr const&, detail::Sending&)> make) {
    return [make](Erased& s, Context const& ctx, RecordId const& id, RecordPtr const& base,
                  Change change) -> Result<Commit> {
        if (!s.late) return right(s, ctx, id, base, std::move(change));
        change.discipline = Discipline::compare_and_swap;
        auto sending = detail::Sending::prepare(s, ctx, id, base, std::move(change));
        if (!sending) return sending.error();
        return make(s, ctx, id, base, *sending);
    };
}

inline void of_fates(Pen& pen) {
    std::string law = "outcomes_are_true";
    pen.whole(law, "believes a conflict after a lost reply",
              far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
                  for (int i = 0; i < 8; ++i) {
                      auto const done = s.write(ctx, id, sending.record, sending.when);
                      if (!done && i == 0) return done.error();
                      if (done && done->kind() == Kind::applied)
                          return Commit::applied(std::move(sending).stored(done->revision()));
                      if (done && done->kind() == Kind::conflict) return Commit::conflict();
                  }
                  return Commit::unknown(sending.trace(id.slot), Error(Errc::unknown_outcome));
              }));
    pen.whole(law, "takes what is not there yet for never made",
              far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
                  auto const done = s.write(ctx, id, sending.record, sending.when);
                  if (!done) return done.error();
                  if (done->kind() == Kind::applied)
                      return Commit::applied(std::move(sending).stored(done->revision()));
                  auto const now = s.read(ctx, id);
                  if (now && *now && (*now)->stamp.ids.contains(sending.record->stamp.ids.newest()))
                      return Commit::applied(sending.record);
                  return Commit::conflict();
              }));
    pen.whole(law, "gives up with an error after a lost reply",
              far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
                  auto const done = s.write(ctx, id, sending.record, sending.when);
                  if (!done) return done.error();
                  if (done->kind() == Kind::applied)
                      return Commit::applied(std::move(sending).stored(done->revision()));
                  if (done->kind() == Kind::unknown) return Error(Errc::unavailable);
                  return Commit::conflict();
              }));
    pen.whole(law, "takes the error of a second send for that of the first",
              far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
                  bool lost = false;
                  std::optional<Error> failed;
                  auto done = detail::settle_sending(s, ctx, id, sending, [&] {
                      auto sent = s.write(ctx, id, sending.record, sending.when);
                      if (!sent && lost && !failed) failed = sent.error();
                      lost = lost || (sent && sent->kind() == Kind::unknown);
                      return sent;
                  });
                  if (failed) return *std::move(failed);
                  return done;
              }));
    pen.whole(law, "starts over on what is there after a lost reply",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (!s.late) return right(s, ctx, id, base, std::move(change));
                  RecordPtr from = base;
                  for (int i = 0;; ++i) {
                      Change copy = change;
                      copy.discipline = Discipline::compare_and_swap;
                      auto sending = detail::Sending::prepare(s, ctx, id, from, std::move(copy));
                      if (!sending) return sending.error();
                      auto const done = s.write(ctx, id, sending->record, sending->when);
                      if (!done) return done.error();
                      if (done->kind() == Kind::applied)
                          return Commit::applied(std::move(*sending).stored(done->revision()));
                      if (done->kind() == Kind::conflict && i == 0) return Commit::conflict();
                      if (i == 8) return Commit::unknown(sending->trace(id.slot), done->why());
                      auto const now = s.read(ctx, id);
                      if (now) from = *now;
                  }
              });
    pen.whole(law, "takes an unknown outcome for success",
              far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
                  auto done = detail::settle_sending(s, ctx, id, sending,
                                                     [&] { return s.write(ctx, id, sending.record, sending.when); });
                  if (done && done->kind == Kind::unknown) return Commit::applied(sending.record);
                  return done;
              }));

    law = "own_writes_are_recognized";
    pen.whole(law, "believes the first conflict",
              far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
                  bool first = true, conflict = false;
                  auto done = detail::settle_sending(s, ctx, id, sending, [&] {
                      auto sent = s.write(ctx, id, sending.record, sending.when);
                      conflict = conflict || (first && sent && sent->kind() == Kind::conflict);
                      first = false;
                      return sent;
                  });
                  return conflict ? Result<Commit>(Commit::conflict()) : std::move(done);
              }));
    pen.whole(law, "does not look what a conflict after a lost reply means",
              far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
                  bool lost = false, doubt = false;
                  auto done = detail::settle_sending(s, ctx, id, sending, [&] {
                      auto sent = s.write(ctx, id, sending.record, sending.when);
                      doubt = doubt || (lost && sent && sent->kind() == Kind::conflict);
                      lost = lost || (sent && sent->kind() == Kind::unknown);
                      return sent;
                  });
                  if (doubt) return Commit::unknown(sending.trace(id.slot), Error(Errc::unknown_outcome));
                  return done;
              }));
    pen.whole(law, "knows its write only while it is the last one",
              far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
                  auto done = detail::settle_sending(s, ctx, id, sending,
                                                     [&] { return s.write(ctx, id, sending.record, sending.when); });
                  if (done && done->kind == Kind::applied && done->seen)
                      return Commit::unknown(sending.trace(id.slot), Error(Errc::unknown_outcome));
                  return done;
              }));
    pen.whole(law, "does not send again", far([](auto& s, auto& ctx, auto& id, auto&, auto& sending) -> Result<Commit> {
                  auto const sent = s.write(ctx, id, sending.record, sending.when);
                  if (sent && sent->kind() == Kind::unknown)
                      return Commit::unknown(sending.trace(id.slot), sent->why());
                  bool first = true;
                  return detail::settle_sending(s, ctx, id, sending, [&] {
                      return std::exchange(first, false) ? sent : s.write(ctx, id, sending.record, sending.when);
                  });
              }));
    pen.after(law, "does not say what has replaced its write", [](auto& done, auto&, auto&) {
        if (done && done->kind == Kind::applied) done->seen.reset();
    });
    pen.add(law, "takes the id of a write for its revision", [](Broken& broken) {
        broken.after = [](auto& done, auto&, auto&) {
            give(done, [](Record& record) { record.revision = Revision(record.stamp.ids.newest()); });
        };
    });
}

}  // namespace zoo::in_versionings

#endif
