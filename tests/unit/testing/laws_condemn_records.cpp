// Storages that keep most of what they are given: each is condemned for what it does not keep, in the slot where it
// does not.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/testing/laws.hpp>

#include <holdfast/storage/memory.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <map>
#include <mutex>

namespace laws_condemn_records_test {

using namespace holdfast;
using namespace holdfast::testing;

/// A storage that is right where nothing is planned. Its calls are one step each, unless a hook makes them several.
struct Planned {
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;

    MemoryStorage inner{};
    std::function<void(RecordId const&, Record&)> spoil{};           ///< what a write stores
    std::function<void(RecordId const&, Record&)> spoil_in_batch{};  ///< what a batch stores
    std::function<void(Record const& old, Record&)> inherit{};       ///< what a write finds
    std::function<Precondition(RecordId const&, Precondition const&)> condition{};
    std::function<void(ListRequest&)> ask{};
    std::function<void(ListRequest const&, ListPage&)> answer{};
    std::function<RecordPtr(RecordPtr const& known, RecordPtr const& now)> known{};
    bool racy_writes = false, racy_removals = false, racy_batches = false, forgets_conditions_of_checks = false;
    bool payload_first = false, one_document = false, error_after_write = false;
    bool age_is_a_year = false, age_of_creation = false;
    std::shared_ptr<std::mutex> mutex = std::make_shared<std::mutex>();
    std::shared_ptr<std::map<std::string, Instant>> written = std::make_shared<std::map<std::string, Instant>>();

    static void pause() { Environment::system().sleep(std::chrono::milliseconds(2)); }
    static Context ctx() { return Context(Environment::system()); }

    RecordPtr ready(RecordId const& id, RecordPtr const& record, bool batch) {
        if (!record) return nullptr;
        Record copy = *record;
        if (spoil) spoil(id, copy);
        if (batch && spoil_in_batch) spoil_in_batch(id, copy);
        if (auto const old = *inner.read(ctx(), id); inherit && old) inherit(*old, copy);
        return std::make_shared<Record const>(std::move(copy));
    }
    Precondition asked(RecordId const& id, Precondition const& when) { return condition ? condition(id, when) : when; }
    void note(RecordId const& id) {
        std::lock_guard const lock(*mutex);
        Instant const now = Environment::system().monotonic();
        if (age_of_creation) written->emplace(to_string(id), now);
        else (*written)[to_string(id)] = now;
    }

    Result<RecordPtr> read(Context const&, RecordId const& id) { return inner.read(ctx(), id); }
    Result<RecordPtr> reread(Context const&, RecordId const& id, RecordPtr const& before) {
        auto const now = *inner.read(ctx(), id);
        if (known) return known(before, now);
        return before && now && before->revision == now->revision ? before : now;
    }
    Result<WriteOutcome> write(Context const& context, RecordId const& id, RecordPtr const& record,
                               Precondition const& condition_of_write) {
        auto const when = asked(id, condition_of_write);
        RecordPtr const stored = ready(id, record, false);
        if (racy_writes && when.kind() != Precondition::Kind::none) {
            if (!when.holds(inner.read(ctx(), id)->get())) return WriteOutcome::conflict();
            pause();
            return inner.write(ctx(), id, stored, Precondition::none());
        }
        if (payload_first) {
            Record half = *stored;
            half.attributes.clear();
            auto const done = inner.write(ctx(), id, std::make_shared<Record const>(std::move(half)), when);
            if (!law::is_applied(done)) return done;
            pause();
            return inner.write(ctx(), id, stored, Precondition::none());
        }
        if (one_document && id.slot != Slot::current) {  // what else is in it is written back as it was
            RecordId const beside(id.key, id.slot == Slot::lock ? Slot::retention : Slot::lock);
            RecordPtr const other = *inner.read(ctx(), beside);
            pause();
            if (other) (void)inner.write(ctx(), beside, other, Precondition::none());
            else (void)inner.remove(ctx(), beside, Precondition::none());
        }
        auto done = inner.write(ctx(), id, stored, when);
        note(id);
        if (error_after_write && context.immediate()) return Error(Errc::timed_out);
        return done;
    }
    Result<WriteOutcome> remove(Context const&, RecordId const& id, Precondition const& condition_of_removal) {
        auto const when = asked(id, condition_of_removal);
        if (age_of_creation) {
            std::lock_guard const lock(*mutex);
            written->erase(to_string(id));
        }
        if (racy_removals && when.kind() != Precondition::Kind::none) {
            if (!when.holds(inner.read(ctx(), id)->get())) return WriteOutcome::conflict();
            pause();
            return inner.remove(ctx(), id, Precondition::none());
        }
        return inner.remove(ctx(), id, when);
    }
    Result<WriteOutcome> write_all(Context const&, std::span<Write const> writes) {
        std::vector<Write> all;
        for (Write const& one : writes) {
            bool const check = !one.record && one.when.kind() == Precondition::Kind::absent;
            if (check && forgets_conditions_of_checks) continue;
            all.push_back({one.id, ready(one.id, one.record, true), asked(one.id, one.when)});
        }
        if (!racy_batches) return inner.write_all(ctx(), all);
        for (Write const& one : all)
            if (!one.when.holds(inner.read(ctx(), one.id)->get())) return WriteOutcome::conflict();
        for (Write const& one : all) {
            pause();
            if (one.record) (void)inner.write(ctx(), one.id, one.record, Precondition::none());
            else (void)inner.remove(ctx(), one.id, Precondition::none());
        }
        return WriteOutcome::applied(Revision());
    }
    Result<ListPage> list(Context const&, ListRequest const& request) {
        ListRequest asked_for = request;
        if (ask) ask(asked_for);
        auto page = inner.list(ctx(), asked_for);
        if (page && answer) answer(request, *page);
        return page;
    }
    Result<std::optional<Duration>> age(Context const&, RecordId const& id) {
        if (!*inner.read(ctx(), id)) return std::optional<Duration>();
        if (age_is_a_year) return std::optional<Duration>(std::chrono::hours(24 * 365));
        std::lock_guard const lock(*mutex);
        return std::optional<Duration>(Environment::system().monotonic() - (*written)[to_string(id)]);
    }
};
static_assert(AgingStorage<Planned> && TransactionalStorage<Planned> && ListableStorage<Planned> &&
              RevalidatingStorage<Planned>);

void names(Findings const& found, std::string_view law) {
    INFO(found.text());
    INFO("wanted: " << law);
    CHECK(found.text().find(law) != std::string::npos);
}

template <class Set>
Planned with(Set&& set) {
    Planned storage;
    set(storage);
    return storage;
}

TEST_CASE("laws: a storage where nothing is planned obeys them", "[laws]") {
    Planned right;
    CHECK(check_storage(right).text() == "");
    CHECK(check_listing(right).text() == "");
    CHECK(check_batches(right).text() == "");
}

Findings kept(std::function<void(RecordId const&, Record&)> spoil) {
    Planned storage = with([&](Planned& s) { s.spoil = std::move(spoil); });
    Findings found;
    law::records_are_kept(storage, found);
    law::attributes_are_whole(storage, found);
    return found;
}
template <class Change>
std::function<void(RecordId const&, Record&)> lease_with(Change change) {
    return [change](RecordId const&, Record& r) {
        if (!r.lease) return;
        auto lease = std::make_shared<Lease>(*r.lease);
        change(*lease);
        r.lease = lease;
    };
}

TEST_CASE("laws: every member of a record is missed that is not kept", "[laws]") {
    using Id = RecordId const;
    names(kept([](Id&, Record& r) { r.stamp.lineage = {}; }), "stamp.lineage is read as it was written");
    names(kept([](Id&, Record& r) { r.stamp.payload_id.high = 0; }), "stamp.payload_id is read as it was written");
    names(kept([](Id&, Record& r) { r.stamp.previous = {}; }), "stamp.previous is read as it was written");
    names(kept([](Id&, Record& r) { r.stamp.restored = 0; }), "stamp.restored is read as it was written");
    names(kept([](Id&, Record& r) { r.stamp.set_by.reset(); }), "stamp.set_by is read as it was written");
    names(kept([](Id&, Record& r) { r.stamp.set_by = r.stamp.author(); }), "stamp.set_by is read as it was written");
    names(kept([](Id&, Record& r) { r.stamp.tombstone = false; }), "stamp.tombstone is read as it was written");
    names(kept([](Id&, Record& r) { r.stamp.discipline = {}; }), "stamp.discipline is read as it was written");
    names(kept([](Id&, Record& r) {
              WriteRing one;
              one.push(r.stamp.ids.newest());
              r.stamp.ids = one;
          }),
          "stamp.ids is read as it was written");
    names(kept([](Id&, Record& r) {
              r.stamp.when = Timestamp(std::chrono::floor<std::chrono::milliseconds>(r.stamp.when));
          }),
          "stamp.when is read as it was written");
    names(kept([](Id&, Record& r) { r.stamp.who = Writer(r.stamp.who.view().substr(0, 32)); }),
          "stamp.who is read as it was written");
    names(kept([](Id&, Record& r) { r.lease.reset(); }), "a lease is read where one was written, and only there");
    names(kept(lease_with([](Lease& l) { l.id = {}; })), "lease.id is read as it was written");
    names(kept(lease_with([](Lease& l) { l.wanted = false; })),
          "lease.held, .wanted and .dirty are read as they were written");
    names(kept(lease_with([](Lease& l) { l.dirty = false; })),
          "lease.held, .wanted and .dirty are read as they were written");
    names(kept(lease_with([](Lease& l) { l.ttl = std::chrono::floor<std::chrono::milliseconds>(l.ttl); })),
          "lease.ttl is read as it was written");
    names(kept(lease_with([](Lease& l) { l.acquired = {}; })), "lease.acquired and .renewed are read");
    names(kept(lease_with([](Lease& l) { l.purpose.clear(); })), "lease.holder and .purpose are read");
    names(kept([](Id&, Record& r) {
              if (r.attributes.size() > 1) r.attributes.pop_back();
          }),
          "the attributes are read as they were written");
    names(kept([](Id&, Record& r) {
              std::erase_if(r.attributes, [](auto const& one) { return one.second.empty(); });
          }),
          "the attributes are read as they were written");
    names(kept([](Id&, Record& r) {
              for (auto& [name, value] : r.attributes) value = value.substr(0, 1000);
          }),
          "the attributes are read as they were written");
}

TEST_CASE("laws: numbers that are kept in too few bits are missed", "[laws]") {
    using Id = RecordId const;
    auto const narrow = [](auto as, std::uint64_t Stamp::*member) {
        return [member](Id&, Record& r) {
            r.stamp.*member = static_cast<std::uint64_t>(static_cast<decltype(as)>(r.stamp.*member));
        };
    };
    names(kept(narrow(std::uint32_t(), &Stamp::epoch)), "stamp.epoch is read as it was written");
    names(kept(narrow(std::int32_t(), &Stamp::epoch)), "stamp.epoch is read as it was written");
    names(kept(narrow(std::uint16_t(), &Stamp::sequence)), "stamp.sequence is read as it was written");
    names(kept(narrow(std::uint8_t(), &Stamp::restored)), "stamp.restored is read as it was written");
    names(kept([](Id&, Record& r) { r.stamp.sequence &= ~std::uint64_t{0} >> 1; }),  // no sign
          "stamp.sequence is read as it was written");
    names(kept([](Id&, Record& r) {  // as JavaScript has them
              if (r.stamp.epoch >> 53 == 1) r.stamp.epoch &= ~std::uint64_t{1};
          }),
          "stamp.epoch is read as it was written");
}

TEST_CASE("laws: what is kept in some slots or by some calls only is missed in the others", "[laws]") {
    for (Slot const slot : {Slot::version, Slot::lock, Slot::retention}) {
        auto const where = std::string(" (slot ").append(name(slot)).append(")");
        Findings const found = kept([slot](RecordId const& id, Record& r) {
            if (id.slot == slot) r.attributes.clear();
        });
        names(found, "the attributes are read as they were written");
        names(found, where);
        Planned blind = with([&](Planned& s) {
            s.condition = [slot](RecordId const& id, Precondition const& when) {
                return id.slot == slot ? Precondition::none() : when;
            };
        });
        Findings ignored;
        law::preconditions(blind, ignored);
        names(ignored, "'absent' does not replace" + where);
        Findings in_batches;
        law::batches_heed_every_condition(blind, in_batches);
        names(in_batches, "'absent' does not replace, in a batch" + where);
        Findings on_removal;
        law::removal(blind, on_removal);
        names(on_removal, "removing what is there is a conflict under 'absent'" + where);
    }
    auto const judged = [](Planned storage) {
        Findings found;
        law::records_are_kept(storage, found);
        return found;
    };
    names(judged(with([](Planned& s) { s.spoil_in_batch = [](RecordId const&, Record& r) { r.lease.reset(); }; })),
          "a lease is read where one was written, and only there, written in a batch");
    // Statements that replace set fewer columns than those that create.
    names(judged(with([](Planned& s) {
              s.inherit = [](Record const& old, Record& r) { r.stamp.lineage = old.stamp.lineage; };
          })),
          "stamp.lineage is read as it was written");
    names(judged(with([](Planned& s) {
              s.inherit = [](Record const& old, Record& r) {
                  if (!r.lease) r.lease = old.lease;
              };
          })),
          "a lease is read where one was written, and only there");
    names(judged(with([](Planned& s) {
              s.inherit = [](Record const& old, Record& r) {
                  if (r.attributes.empty()) r.attributes = old.attributes;
              };
          })),
          "the attributes are read as they were written");
}

Findings sized(std::function<void(std::string&)> change) {
    Planned storage = with([&](Planned& s) {
        s.spoil = [change](RecordId const&, Record& r) {
            std::string text(r.payload.view());
            change(text);
            r.payload = Bytes::copy(text);
        };
    });
    Findings found;
    law::read_after_write(storage, found);
    law::sizes_are_kept(storage, found);
    return found;
}

TEST_CASE("laws: payloads are bytes of any value and number", "[laws]") {
    constexpr std::string_view seen = "a read after a write sees its payload";
    auto const each = [](auto replace) {
        return [replace](std::string& text) {
            for (char& c : text) c = replace(c);
        };
    };
    names(sized(each([](char c) { return static_cast<unsigned char>(c) > 127 ? '?' : c; })), seen);
    names(sized(each([](char c) { return c == '\x1a' ? ' ' : c; })), seen);
    names(sized([](std::string& text) { text = text.substr(0, text.find('\0')); }), seen);
    names(sized([](std::string& text) {
              while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
          }),
          seen);
    names(sized([](std::string& text) {
              if (std::size_t const at = text.find("\r\n"); at != text.npos) text.erase(at, 1);
          }),
          seen);
    names(sized([](std::string& text) { text.resize(text.size() % 65'536); }),
          "a payload is read whole, whatever its size");
    names(sized([](std::string& text) { text.resize(std::min(text.size(), std::size_t{1} << 20)); }),
          "a payload is read whole, whatever its size");
}

TEST_CASE("laws: calls that look first and write then are found out by others who write", "[laws]") {
    auto const raced = [](auto law, Planned storage) {
        Findings found;
        law(storage, found);
        return found;
    };
    names(raced([](auto& s, Findings& f) { law::one_winner(s, f); }, with([](Planned& s) { s.racy_writes = true; })),
          "of several writes on one base exactly one is applied");
    // Which of its races it loses first is chance.
    names(raced([](auto& s, Findings& f) { law::removals_compete(s, f); },
                with([](Planned& s) { s.racy_removals = true; })),
          "removal");
    auto const half = with([](Planned& s) { s.racy_batches = true; });
    names(raced([](auto& s, Findings& f) { law::batches_are_seen_whole(s, f); }, half),
          "who has seen one record of a batch sees the others");
    names(raced([](auto& s, Findings& f) { law::batches_compete(s, f); }, half), "exactly one is applied");
    names(raced([](auto& s, Findings& f) { law::batches_heed_every_condition(s, f); },
                with([](Planned& s) { s.forgets_conditions_of_checks = true; })),
          "removing what is there is a conflict under 'absent', in a batch");
    names(raced([](auto& s, Findings& f) { law::readers_see_whole_records(s, f, 12); },
                with([](Planned& s) { s.payload_first = true; })),
          "a reader sees a whole record");
    names(raced([](auto& s, Findings& f) { law::neighbours_are_left_alone(s, f); },
                with([](Planned& s) { s.one_document = true; })),
          "writes of other records at the same time do not touch a record");
    names(raced([](auto& s, Findings& f) { law::errors_change_nothing(s, f); },
                with([](Planned& s) { s.error_after_write = true; })),
          "a write that fails by an error changes nothing");
}

TEST_CASE("laws: listings of other slots, keys and prefixes are checked", "[laws]") {
    auto const listed = [](auto set) {
        Planned storage = with(set);
        return check_listing(storage);
    };
    names(listed([](Planned& s) { s.ask = [](ListRequest& r) { r.whole_key = false; }; }),
          "a listing of a whole key has that key only");
    names(listed([](Planned& s) {
              s.ask = [](ListRequest& r) { r.whole_key = r.whole_key && r.slot == Slot::current; };
          }),
          "every record of a slot is listed once, and nothing else, of a whole key (slot version)");
    for (Slot const slot : {Slot::version, Slot::lock, Slot::retention})
        names(listed([slot](Planned& s) {
                  s.answer = [slot](ListRequest const& r, ListPage& page) {
                      if (r.slot == slot) page = {};
                  };
              }),
              std::string("every record of a slot is listed once, and nothing else (slot ").append(name(slot)));
    names(listed([](Planned& s) {
              s.answer = [](ListRequest const&, ListPage& page) {
                  for (Listed& one : page.records) one.version.sequence &= 0xffff'ffff;
              };
          }),
          "every record of a slot is listed once, and nothing else (slot version)");
    names(listed([](Planned& s) {
              s.ask = [](ListRequest& r) {
                  if (r.prefix.ends_with('%') || r.prefix.ends_with('_')) r.prefix.remove_suffix(1);
              };
          }),
          "a listing has the keys that begin with the bytes of the prefix, and no others");
    names(listed([](Planned& s) {
              s.answer = [](ListRequest const& r, ListPage& page) {
                  if (r.prefix.empty()) page = {};
              };
          }),
          "a listing without a prefix has every key");
}

/// Pages by counting what came before.
struct Skipping : Planned {
    Result<ListPage> list(Context const& context, ListRequest const& request) {
        ListRequest all = request;
        all.cursor = {};
        all.limit = 100'000;
        std::size_t skip = request.cursor.empty() ? 0 : std::stoul(std::string(request.cursor));
        ListPage found, page;
        for (std::string cursor;;) {
            all.cursor = cursor;
            auto more = Planned::list(context, all);
            if (!more) return more;
            for (Listed& one : more->records) found.records.push_back(std::move(one));
            if (more->next.empty()) break;
            cursor = more->next;
        }
        for (; skip < found.records.size() && page.records.size() < std::max<std::size_t>(request.limit, 1); ++skip)
            page.records.push_back(found.records[skip]);
        if (skip < found.records.size()) page.next = std::to_string(skip);
        return page;
    }
};

TEST_CASE("laws: a listing that counts loses keys when others are removed", "[laws]") {
    Skipping storage;
    names(check_listing(storage), "a listing goes on behind keys that were listed and then removed");
}

TEST_CASE("laws: slots, versions and keys that share a place are found", "[laws]") {
    struct Sharing : Planned {
        std::function<std::string(RecordId const&)> name_of{};
        Result<RecordPtr> read(Context const& context, RecordId const& id) {
            return Planned::read(context, RecordId(*Key::parse(name_of(id))));
        }
        Result<WriteOutcome> write(Context const& context, RecordId const& id, RecordPtr const& record,
                                   Precondition const& when) {
            return Planned::write(context, RecordId(*Key::parse(name_of(id))), record, when);
        }
        Result<WriteOutcome> remove(Context const& context, RecordId const& id, Precondition const& when) {
            return Planned::remove(context, RecordId(*Key::parse(name_of(id))), when);
        }
    };
    auto const shared = [](std::function<std::string(RecordId const&)> name_of) {
        Sharing storage;
        storage.name_of = std::move(name_of);
        Findings found;
        law::slots_are_apart(storage, found);
        law::slots_are_no_keys(storage, found);
        return found;
    };
    names(shared([](RecordId const& id) {
              std::string text(id.key.view());
              if (id.slot == Slot::version) text += "@" + to_string(id.version);
              else if (id.slot != Slot::current) text += "." + std::string(name(id.slot));
              return text;
          }),
          "a slot of a key is not the state of another key");
    names(shared([](RecordId const& id) {
              std::string const text(id.key.view());
              return text + std::string(name(id.slot)) + "#" + std::to_string(id.version.sequence);
          }),
          "the slots of a key do not touch each other");
    names(shared([](RecordId const& id) {
              VersionId const cut{id.version.sequence & 0xffff'ffff, id.version.payload_id};
              return std::string(id.key.view()) + std::string(name(id.slot)) + "#" + to_string(cut);
          }),
          "the slots of a key do not touch each other");
}

TEST_CASE("laws: ages that are too great and rereads that are too content are condemned", "[laws]") {
    Planned year = with([](Planned& s) { s.age_is_a_year = true; });
    names(check_storage(year), "an age is not more than the time since the last write");
    Planned creation = with([](Planned& s) { s.age_of_creation = true; });
    names(check_storage(creation), "an age is not more than the time since the last write");
    auto const reread = [](auto known) {
        Planned storage = with([&](Planned& s) { s.known = known; });
        Findings found;
        law::rereads_are_reads(storage, found);
        return found;
    };
    names(reread([](RecordPtr const& known, RecordPtr const& now) {
              return known && now && known->stamp.sequence == now->stamp.sequence ? known : now;
          }),
          "a reread returns what a read would");
    names(reread([](RecordPtr const& known, RecordPtr const& now) {
              if (!now || (known && known->revision == now->revision)) return known && now ? known : now;
              Record copy = *now;
              copy.lease.reset();
              return RecordPtr(std::make_shared<Record const>(std::move(copy)));
          }),
          "a reread returns what a read would");
}

TEST_CASE("laws: a lock over a storage that ignores conditions is condemned", "[laws]") {
    Planned blind = with([](Planned& s) {
        s.condition = [](RecordId const& id, Precondition const& when) {
            return id.slot == Slot::current ? when : Precondition::none();
        };
    });
    LeaseLock<OwnSlot> separate;
    Findings found;
    law::two_at_once_exclude_each_other(separate, blind, found);
    names(found, "of two who take a lock side by side one gets it at most");
    LeaseLock<> embedded;
    Findings right;
    law::two_at_once_exclude_each_other(embedded, blind, right);
    CHECK(right.text() == "");
}

}  // namespace laws_condemn_records_test
