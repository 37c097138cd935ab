#ifndef HOLDFAST_TESTS_ZOO_VERSIONINGS_MEMBERS_HPP
#define HOLDFAST_TESTS_ZOO_VERSIONINGS_MEMBERS_HPP

#include <zoo/versionings/broken.hpp>

#include <algorithm>
#include <chrono>

namespace zoo::in_versionings {

inline void of_members(Pen& pen) {
    std::string law = "commits_store_changes";
    pen.before(law, "forgets the attributes", [](auto&, Change& change) { change.attributes.clear(); });
    pen.before(law, "keeps the attributes of before if none are given", [](RecordPtr const& base, Change& change) {
        if (base && change.attributes.empty()) change.attributes = base->attributes;
    });
    pen.before(law, "adds attributes to those of before", [](RecordPtr const& base, Change& change) {
        if (base && sets(change))
            change.attributes.insert(change.attributes.end(), base->attributes.begin(), base->attributes.end());
    });
    pen.before(law, "takes an empty payload for none", [](RecordPtr const& base, Change& change) {
        if (base && sets(change) && change.payload.empty()) change.payload = base->payload;
    });
    pen.before(law, "takes an empty payload for a removal", [](RecordPtr const&, Change& change) {
        if (change.payload.empty()) change.tombstone = true;
    });
    pen.before(law, "ends payloads at a zero byte", [](auto&, Change& change) {
        auto const text = change.payload.view();
        change.payload = Bytes::copy(text.substr(0, text.find('\0')));
    });
    pen.whole(law, "does not write a payload that is there already",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  if (base && sets(change) && !base->stamp.tombstone && change.payload == base->payload)
                      return Result<Commit>(Commit::applied(base));
                  return right(s, ctx, id, base, std::move(change));
              });
    pen.whole(law, "writes what is of other slots into the state",
              [](Erased& s, auto& ctx, auto& id, auto& base, Change change) {
                  return right(s, ctx, RecordId(id.key), base, std::move(change));
              });

    law = "commits_return_what_is_stored";
    pen.after(law, "returns the record without the revision that it got",
              [](auto& done, auto&, auto&) { give(done, [](Record& record) { record.revision = Revision(); }); });
    pen.after(law, "returns the record that was replaced", [](auto& done, auto& base, auto&) {
        if (done && done->now && base) done->now = base;
    });
    pen.after(law, "returns nothing", [](auto& done, auto&, auto&) {
        if (done) done->now = nullptr;
    });
    pen.after(law, "returns the record without its lock",
              [](auto& done, auto&, auto&) { give(done, [](Record& record) { record.lease.reset(); }); });
    pen.after(law, "returns the record with a stamp from before", [](auto& done, auto& base, auto&) {
        give(done, [&](Record& record) {
            if (base) record.stamp.sequence = base->stamp.sequence;
        });
    });
    pen.after(law, "says that what it replaced has been seen since", [](auto& done, auto& base, auto&) {
        if (done && done->kind == Kind::applied) done->seen = base;
    });
    pen.after(law, "gives a handle with everything", [](auto& done, auto&, RecordId const& id) {
        if (done && done->kind == Kind::applied)
            done->write = std::make_shared<UnknownWrite const>(UnknownWrite{Key(id.key), id.slot, {1, 1}, {}, {}});
    });

    law = "sequences_count_contents";
    pen.writes(law, "counts locks and seals", [](Record& out, auto& base, auto& change) {
        if (base && change.same_content && !change.tombstone) ++out.stamp.sequence;
    });
    pen.writes(law, "counts removals", [](Record& out, auto&, auto& change) {
        if (change.tombstone && !change.same_content) ++out.stamp.sequence;
    });
    pen.writes(law, "counts in 32 bits",
               [](Record& out, auto&, auto&) { out.stamp.sequence = static_cast<std::uint32_t>(out.stamp.sequence); });
    pen.writes(law, "counts in floating point", [](Record& out, auto&, auto&) {
        out.stamp.sequence = static_cast<std::uint64_t>(static_cast<double>(out.stamp.sequence));
    });
    pen.writes(law, "counts in signed numbers that stop", [](Record& out, auto&, auto&) {
        out.stamp.sequence = std::min(out.stamp.sequence, ~std::uint64_t{0} / 2);
    });
    pen.writes(law, "begins with 0", [](Record& out, auto& base, auto&) {
        if (!base) out.stamp.sequence = 0;
    });
    pen.writes(law, "begins anew after a removal", [](Record& out, auto& base, auto& change) {
        if (base && base->stamp.tombstone && sets(change)) out.stamp.sequence = 1;
    });
    pen.writes(law, "does not count the same bytes", [](Record& out, auto& base, auto& change) {
        if (base && sets(change) && base->payload == out.payload) out.stamp.sequence = base->stamp.sequence;
    });

    law = "contents_are_named";
    pen.writes(law, "names the content anew with every write",
               [](Record& out, auto&, auto&) { out.stamp.payload_id = out.stamp.ids.newest(); });
    pen.writes(law, "names the content anew with a removal", [](Record& out, auto&, auto& change) {
        if (change.tombstone) out.stamp.payload_id = out.stamp.ids.newest();
    });
    pen.writes(law, "leaves the name of the first content", [](Record& out, auto& base, auto&) {
        if (base && base->stamp.payload_id) out.stamp.payload_id = base->stamp.payload_id;
    });
    pen.writes(law, "does not note what is repeated", [](Record& out, auto& base, auto& change) {
        if (base && sets(change)) out.stamp.restored = 0;
    });
    pen.writes(law, "notes for ever what was repeated once", [](Record& out, auto& base, auto& change) {
        if (base && sets(change) && change.restores == 0) out.stamp.restored = base->stamp.restored;
    });
    pen.writes(law, "notes what is repeated in 32 bits",
               [](Record& out, auto&, auto&) { out.stamp.restored = static_cast<std::uint32_t>(out.stamp.restored); });
    pen.writes(law, "a lock forgets what is repeated", [](Record& out, auto&, auto& change) {
        if (change.same_content) out.stamp.restored = 0;
    });
    pen.writes(law, "names the content before without keeping it", [](Record& out, auto& base, auto& change) {
        if (base && sets(change)) out.stamp.previous = base->stamp.payload_id;
    });

    law = "lives_go_on";
    pen.writes(law, "begins a life with every write",
               [](Record& out, auto&, auto&) { out.stamp.lineage = out.stamp.ids.newest(); });
    pen.writes(law, "begins a life after a removal", [](Record& out, auto& base, auto&) {
        if (base && base->stamp.tombstone) out.stamp.lineage = out.stamp.ids.newest();
    });
    pen.writes(law, "names no life", [](Record& out, auto& base, auto&) {
        if (!base) out.stamp.lineage = WriteId();
    });
    auto const ring_of = [](Record& out, std::size_t size) {
        WriteRing ring;
        for (std::size_t i = 0; i < std::min(size, out.stamp.ids.size()); ++i) (void)ring.append(out.stamp.ids[i]);
        out.stamp.ids = ring;
    };
    pen.writes(law, "remembers its own write only", [=](Record& out, auto&, auto&) { ring_of(out, 1); });
    pen.writes(law, "remembers seven writes", [=](Record& out, auto&, auto&) { ring_of(out, 7); });
    pen.writes(law, "forgets the writes before a removal", [=](Record& out, auto&, auto& change) {
        if (change.tombstone) ring_of(out, 1);
    });
    pen.writes(law, "remembers earlier writes the wrong way round", [](Record& out, auto&, auto&) {
        WriteRing ring;
        (void)ring.append(out.stamp.ids.newest());
        for (std::size_t i = out.stamp.ids.size(); i-- > 1;) (void)ring.append(out.stamp.ids[i]);
        out.stamp.ids = ring;
    });

    law = "writers_are_named";
    pen.writes(law, "leaves the writer of before", [](Record& out, auto& base, auto&) {
        if (base) out.stamp.who = base->stamp.who;
    });
    pen.writes(law, "leaves the time of before", [](Record& out, auto& base, auto&) {
        if (base) out.stamp.when = base->stamp.when;
    });
    pen.writes(law, "rounds the time to seconds", [](Record& out, auto&, auto&) {
        out.stamp.when = std::chrono::floor<std::chrono::seconds>(out.stamp.when);
    });
    pen.writes(law, "a lock makes its holder the author", [](Record& out, auto&, auto&) { out.stamp.set_by.reset(); });
    pen.writes(law, "a second lock makes the first the author", [](Record& out, auto& base, auto& change) {
        if (base && change.same_content) out.stamp.set_by = Author{base->stamp.when, base->stamp.who};
    });
    pen.writes(law, "an author is the author for ever", [](Record& out, auto& base, auto& change) {
        if (base && sets(change)) out.stamp.set_by = base->stamp.author();
    });
    pen.writes(law, "remembers the author, and not when", [](Record& out, auto&, auto&) {
        if (out.stamp.set_by) out.stamp.set_by->when = out.stamp.when;
    });
}

}  // namespace zoo::in_versionings

#endif
