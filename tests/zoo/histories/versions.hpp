#ifndef HOLDFAST_TESTS_ZOO_HISTORIES_VERSIONS_HPP
#define HOLDFAST_TESTS_ZOO_HISTORIES_VERSIONS_HPP

#include <zoo/histories/broken.hpp>

namespace zoo::in_histories {

inline void of_versions(HistoryPen& pen) {
    using B = BrokenHistory;
    std::string law = "replaced_states_are_kept";
    pen.keeps(law, "forgets the attributes of a version", [](Record& out) { out.attributes.clear(); });
    pen.keeps(law, "forgets whose a version was", [](Record& out) { out.stamp.set_by.reset(); });
    pen.keeps(law, "forgets the content before a version", [](Record& out) { out.stamp.previous = WriteId(); });
    pen.keeps(law, "forgets what a version repeats", [](Record& out) { out.stamp.restored = 0; });
    pen.keeps(law, "forgets the epoch of a version", [](Record& out) { out.stamp.epoch = 0; });
    pen.keeps(law, "keeps the sequence of a version in 32 bits",
              [](Record& out) { out.stamp.sequence = static_cast<std::uint32_t>(out.stamp.sequence); });
    pen.keeps(law, "signs a version itself", [](Record& out) { out.stamp.who = Writer("me@host:1"); });
    pen.keeps(law, "dates a version anew", [](Record& out) { out.stamp.when += std::chrono::seconds(1); });
    pen.keeps(law, "remembers the last write of a version only", [](Record& out) {
        WriteRing ring;
        ring.push(out.stamp.ids.newest());
        out.stamp.ids = ring;
    });
    pen.keeps(law, "keeps ten thousand bytes of a version",
              [](Record& out) { out.payload = Bytes::copy(out.payload.view().substr(0, 10'000)); });
    pen.keeps(law, "keeps a version as a removed one", [](Record& out) { out.stamp.tombstone = true; });
    pen.keeps(law, "keeps the lock in a version", [](Record& out) {
        out.lease = std::make_shared<Lease const>(Lease{.id = {1, 2}});
    });
    pen.whole(law, "does not keep what is removed",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (B::replaces(id, base, change) && !change.tombstone)
                      if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
                  return B::replace(s, ctx, id, base, std::move(change));
              });
    pen.whole(law, "does not keep empty states",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (B::replaces(id, base, change) && !base->payload.empty())
                      if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
                  return B::replace(s, ctx, id, base, std::move(change));
              });
    pen.whole(law, "names versions by the write that made the record",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (B::replaces(id, base, change)) {
                      Write version = detail::archive_of(base);
                      version.id.version.payload_id = base->stamp.ids.newest();
                      if (auto kept = detail::keep_versions(s, ctx, {&version, 1}); !kept)
                          return std::move(kept).error();
                  }
                  return B::replace(s, ctx, id, base, std::move(change));
              });

    law = "states_are_kept_before_they_are_replaced";
    pen.whole(law, "keeps after it has replaced", [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
        bool const keeps = B::replaces(id, base, change);
        auto done = B::replace(s, ctx, id, base, std::move(change));
        if (keeps && done && done->kind == Kind::applied) (void)B::archive(s, ctx, base);
        return done;
    });
    pen.whole(law, "believes a version that somebody left",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (B::replaces(id, base, change)) {
                      auto const there = s.read(ctx, RecordId(id.key, Slot::version, detail::version_of(base->stamp)));
                      if (!there) return there.error();
                      if (!*there)
                          if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
                  }
                  return B::replace(s, ctx, id, base, std::move(change));
              });
    pen.whole(law, "cannot go on from a version that somebody left",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (B::replaces(id, base, change)) {
                      auto const there = s.read(ctx, RecordId(id.key, Slot::version, detail::version_of(base->stamp)));
                      if (there && *there) return Commit::conflict();
                      if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
                  }
                  return B::replace(s, ctx, id, base, std::move(change));
              });
    pen.whole(law, "removes first a version that somebody left",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (!B::replaces(id, base, change)) return B::replace(s, ctx, id, base, std::move(change));
                  RecordId const version(id.key, Slot::version, detail::version_of(base->stamp));
                  auto const there = s.read(ctx, version);
                  if (!there || !*there) {
                      if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
                      return B::replace(s, ctx, id, base, std::move(change));
                  }
                  (void)s.remove(ctx, version, Precondition::none());
                  auto done = B::replace(s, ctx, id, base, std::move(change));
                  (void)B::archive(s, ctx, base);
                  return done;
              });

    law = "states_that_cannot_be_kept_stay";
    auto const careless = [&](std::string sin, std::function<bool(Result<WriteOutcome> const&)> goes_on) {
        pen.whole(law, std::move(sin),
                  [goes_on](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                      if (B::replaces(id, base, change)) {
                          Write const version = detail::archive_of(base);
                          auto done = s.write(ctx, version.id, version.record, version.when);
                          if (done && done->kind() == Kind::conflict)
                              done = s.write(ctx, version.id, version.record, Precondition::none());
                          if (!goes_on(done)) return done ? Error(Errc::unavailable) : done.error();
                      }
                      return B::replace(s, ctx, id, base, std::move(change));
                  });
    };
    careless("does not look what became of the version", [](auto&) { return true; });
    careless("takes a version of unknown fate for kept", [](auto& done) { return bool(done); });
    careless("takes a version that could not be sent for kept by somebody",
             [](auto& done) { return !done || done->kind() == Kind::applied; });
    pen.whole(law, "gives up history where it cannot be kept",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  if (B::replaces(id, base, change) && !B::archive(s, ctx, base))
                      change.discipline = Discipline::history;
                  return B::replace(s, ctx, id, base, std::move(change));
              });

    law = "nothing_else_is_kept";
    auto const eager = [&](std::string sin,
                           std::function<bool(RecordId const&, RecordPtr const&, Change const&)> also) {
        pen.whole(law, std::move(sin),
                  [also](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                      if (base && (B::replaces(id, base, change) || also(id, base, change)))
                          if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
                      return B::replace(s, ctx, id, base, std::move(change));
                  });
    };
    eager("keeps what is only locked or sealed", [](auto& id, auto& base, auto& change) {
        return id.slot == Slot::current && !base->stamp.tombstone && change.same_content;
    });
    eager("keeps what was removed",
          [](auto& id, auto& base, auto&) { return id.slot == Slot::current && base->stamp.tombstone; });
    eager("keeps versions of locks",
          [](auto& id, auto&, auto& change) { return id.slot == Slot::lock && !change.same_content; });
    eager("keeps versions of what is kept",
          [](auto& id, auto&, auto& change) { return id.slot == Slot::retention && !change.same_content; });
    pen.whole(law, "keeps the new state at once",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (B::replaces(id, base, change))
                      if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
                  auto done = B::replace(s, ctx, id, base, std::move(change));
                  if (done && done->kind == Kind::applied && done->now && !done->now->stamp.tombstone &&
                      id.slot == Slot::current)
                      (void)B::archive(s, ctx, done->now);
                  return done;
              });
    pen.whole(law, "keeps what it was to write, and loses",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) -> Result<Commit> {
                  if (B::replaces(id, base, change))
                      if (auto kept = B::archive(s, ctx, base); !kept) return std::move(kept).error();
                  Bytes const mine = change.payload;
                  auto done = B::replace(s, ctx, id, base, std::move(change));
                  if (done && done->kind == Kind::conflict && base) {
                      Record lost = *base;
                      lost.payload = mine;
                      ++lost.stamp.sequence;
                      (void)B::archive(s, ctx, std::make_shared<Record const>(std::move(lost)));
                  }
                  return done;
              });

    law = "states_name_the_one_before";
    auto const head = [&](std::string sin, decltype(BrokenHistory::head) make) {
        pen.add(law, std::move(sin), [make](BrokenHistory& broken) { broken.head = make; });
    };
    head("names no state before it", [](Record& out, auto&, auto&) { out.stamp.previous = WriteId(); });
    head("names itself", [](Record& out, auto&, auto& change) {
        if (!change.same_content && !change.tombstone) out.stamp.previous = out.stamp.payload_id;
    });
    head("names the last write, be it a lock", [](Record& out, RecordPtr const& base, auto& change) {
        if (base && base->stamp.payload_id && !change.same_content && !change.tombstone)
            out.stamp.previous = base->stamp.ids.newest();
    });
    head("begins the chain anew after a removal", [](Record& out, RecordPtr const& base, auto&) {
        if (base && base->stamp.tombstone) out.stamp.previous = WriteId();
    });
    head("a lock names the state that it locks", [](Record& out, auto&, auto& change) {
        if (change.same_content) out.stamp.previous = out.stamp.payload_id;
    });

    law = "joint_commits_keep_versions";
    auto const jointly = [&](std::string sin, std::function<bool(BatchChange const&, std::size_t)> keeps,
                             std::function<void(Record&)> spoil = {}, bool gives_up = false) {
        pen.add(law, std::move(sin), [=](BrokenHistory& broken) {
            broken.jointly = [=](Erased& s, Context const& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
                for (std::size_t i = 0; i < changes.size(); ++i) {
                    BatchChange& one = changes[i];
                    one.change.discipline = Discipline::history;
                    if (one.only_check || !B::replaces(one.id, one.base, one.change) || !keeps(one, i)) continue;
                    Write const version = detail::archive_of(one.base);
                    if (gives_up && *s.read(ctx, version.id)) return BatchCommit{Commit::conflict(), {}};
                    if (auto kept = B::archive(s, ctx, one.base, spoil); !kept) return std::move(kept).error();
                }
                return settle_all(s, ctx, changes);
            };
        });
    };
    pen.add(law, "keeps after a joint commit has replaced", [](BrokenHistory& broken) {
        broken.jointly = [](Erased& s, Context const& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
            std::vector<RecordPtr> bases;
            for (BatchChange& one : changes) {
                one.change.discipline = Discipline::history;
                if (!one.only_check && B::replaces(one.id, one.base, one.change)) bases.push_back(one.base);
            }
            auto done = settle_all(s, ctx, changes);
            if (done && done->commit.kind == Kind::applied)
                for (RecordPtr const& base : bases) (void)B::archive(s, ctx, base);
            return done;
        };
    });
    pen.add(law, "replaces jointly what could not be kept", [](BrokenHistory& broken) {
        broken.jointly = [](Erased& s, Context const& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
            for (BatchChange& one : changes) {
                one.change.discipline = Discipline::history;
                if (!one.only_check && B::replaces(one.id, one.base, one.change)) (void)B::archive(s, ctx, one.base);
            }
            return settle_all(s, ctx, changes);
        };
    });
    jointly("keeps nothing of joint commits", [](auto&, auto) { return false; });
    jointly("keeps the first state of a joint commit", [](auto&, std::size_t i) { return i == 0; });
    jointly("does not keep what a joint commit removes",
            [](BatchChange const& one, auto) { return !one.change.tombstone; });
    jointly(
        "forgets the attributes in joint commits", [](auto&, auto) { return true; },
        [](Record& out) { out.attributes.clear(); });
    jointly(
        "cannot go on jointly from a version that somebody left", [](auto&, auto) { return true; }, {}, true);
}

}  // namespace zoo::in_histories

#endif
