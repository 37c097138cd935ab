// Storages that do not keep what they are given.

#include <zoo/storages.hpp>

#include <catch2/catch_test_macros.hpp>

#include <thread>

namespace zoo {

namespace {

using Id = RecordId const&;
using Spoil = std::function<void(Record&)>;

/// What is stored is another thing.
Breaking stores(Spoil spoil) {
    return [spoil](Ark& ark) { ark.store = [spoil](Id, Record& record, Record const*, Ark::Call) { spoil(record); }; };
}
Breaking stores_text(std::function<void(std::string&)> spoil) {
    return stores([spoil](Record& record) {
        std::string text(record.payload.view());
        spoil(text);
        record.payload = Bytes::copy(text);
    });
}
Breaking stores_lease(std::function<void(Lease&)> spoil) {
    return stores([spoil](Record& record) {
        if (!record.lease) return;
        auto lease = std::make_shared<Lease>(*record.lease);
        spoil(*lease);
        record.lease = lease;
    });
}
template <class Narrow>
Breaking stores_narrow(std::uint64_t Stamp::*member) {
    return stores([member](Record& record) {
        record.stamp.*member = static_cast<std::uint64_t>(static_cast<Narrow>(record.stamp.*member));
    });
}
/// Records by another name than their own.
Breaking names(std::function<std::string(Id)> name) {
    return [name](Ark& ark) { ark.name = name; };
}
std::string plain(Id id) {
    std::string text(id.key.view());
    if (id.slot != Slot::current) text.append("\x01").append(name(id.slot));
    if (id.slot == Slot::version) text.append(to_string(id.version));
    return text;
}

Animals kept_badly() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) {
        all.push_back(storage(law, sin, std::move(broken)));
    };

    // ---- payloads ----
    char const* law = "reads_see_writes";
    add(law, "says that it has written and does not", [](Ark& ark) {
        ark.on_write = [](Ark&, Context const&, Id, RecordPtr const& record, Precondition const&) {
            return WriteOutcome::applied(Revision(record->stamp.ids.newest()));
        };
    });
    add(law, "takes payloads for ASCII", stores_text([](std::string& text) {
            for (char& c : text)
                if (static_cast<unsigned char>(c) > 127) c = '?';
        }));
    add(law, "takes payloads for C strings", stores_text([](std::string& text) { text.resize(text.find('\0') == text.npos ? text.size() : text.find('\0')); }));
    add(law, "strips white space at the end, as of a line", stores_text([](std::string& text) {
            while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
        }));
    add(law, "translates line ends", stores_text([](std::string& text) { std::erase(text, '\r'); }));
    add("payloads_are_whole", "cuts what is longer than its buffer of 64 KiB", stores_text([](std::string& text) {
            if (text.size() > 65'536) text.resize(65'536);
        }));
    add(law, "takes an empty payload for none", [](Ark& ark) {
        ark.on_read = [](Ark& right, Context const&, Id id) {
            auto now = right.right_read(id);
            return *now && (*now)->payload.empty() ? RecordPtr() : *now;
        };
    });
    add(law, "gives a record without its key", [](Ark& ark) {
        ark.give = [](Id, Record& record) { record.key = *Key::parse("key"); };
    });
    add(law, "returns no revision from a write", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            auto done = right.right_write(id, record, when);
            return done->kind() == WriteOutcome::Kind::applied ? WriteOutcome::applied(Revision()) : *done;
        };
    });
    add(law, "an absent record is an error", [](Ark& ark) {
        ark.on_read = [](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
            auto now = right.right_read(id);
            if (!*now) return Error(Errc::not_found, "no such record");
            return now;
        };
    });
    add(law, "answers reads from what it knows from before", [](Ark& ark) {
        auto known = std::make_shared<std::map<std::string, RecordPtr>>();
        auto mutex = std::make_shared<std::mutex>();
        ark.on_read = [known, mutex](Ark& right, Context const&, Id id) -> Result<RecordPtr> {
            std::lock_guard const lock(*mutex);
            auto const at = known->try_emplace(to_string(id), nullptr).first;
            if (!at->second) at->second = *right.right_read(id);
            return at->second;
        };
    });

    law = "payloads_are_whole";
    add(law, "keeps the length in 16 bits", stores_text([](std::string& text) {
            // Only where the buffer was asked for in pages.
            if (text.size() == 65'537) text.resize(1);
        }));
    add(law, "refuses what is longer than 64,000 bytes, as a text column does", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            if (record->payload.size() == 65'535) return Error(Errc::too_large, "64,000 bytes");
            return right.right_write(id, record, when);
        };
    });
    add(law, "cuts a packet of a mebibyte and says nothing", stores_text([](std::string& text) {
            if (text.size() > 1'048'576) text.resize(1'048'576);
        }));
    add(law, "has removed the old record when it finds that the new one is too large", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            if (record->payload.size() <= 1'048'576) return right.right_write(id, record, when);
            (void)right.right_remove(id, Precondition::none());
            return Error(Errc::too_large, "a packet has a mebibyte at most");
        };
    });

    law = "removals_remove";
    add(law, "removing what is absent is an error", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) -> Result<WriteOutcome> {
            if (!*right.right_read(id) && when.kind() == Precondition::Kind::none) return Error(Errc::not_found, "no such record");
            return right.right_remove(id, when);
        };
    });
    add(law, "empties what it should remove", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) -> Result<WriteOutcome> {
            auto const now = *right.right_read(id);
            if (!now || !when.holds(now.get())) return right.right_remove(id, when);
            return right.right_write(id, holdfast::testing::law::make_record(id.key, ""), when);
        };
    });
    add(law, "says that it has removed and does not", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) -> Result<WriteOutcome> {
            if (when.kind() != Precondition::Kind::none) return right.right_remove(id, when);
            return WriteOutcome::applied(Revision());
        };
    });
    add(law, "what was removed can never be written again", [](Ark& ark) {
        auto gone = std::make_shared<std::map<std::string, bool>>();
        auto mutex = std::make_shared<std::mutex>();
        ark.on_remove = [gone, mutex](Ark& right, Context const&, Id id, Precondition const& when) {
            std::lock_guard const lock(*mutex);
            if (*right.right_read(id)) (*gone)[to_string(id)] = true;
            return right.right_remove(id, when);
        };
        ark.on_write = [gone, mutex](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            std::lock_guard const lock(*mutex);
            if (gone->contains(to_string(id))) return WriteOutcome::conflict();
            return right.right_write(id, record, when);
        };
    });

    // ---- members ----
    law = "records_are_kept";
    add(law, "forgets the stamp's second author", stores([](Record& r) { r.stamp.set_by.reset(); }));
    add(law, "takes the writer for the second author", stores([](Record& r) { r.stamp.set_by = r.stamp.author(); }));
    add(law, "forgets the lineage", stores([](Record& r) { r.stamp.lineage = {}; }));
    add(law, "keeps half of a write id", stores([](Record& r) { r.stamp.payload_id.high = 0; }));
    add(law, "forgets what was before", stores([](Record& r) { r.stamp.previous = {}; }));
    add(law, "forgets what was restored", stores([](Record& r) { r.stamp.restored = 0; }));
    add(law, "forgets tombstones", stores([](Record& r) { r.stamp.tombstone = false; }));
    add(law, "forgets the discipline", stores([](Record& r) { r.stamp.discipline = {}; }));
    add(law, "keeps the newest write id only", stores([](Record& r) {
            WriteRing one;
            one.push(r.stamp.ids.newest());
            r.stamp.ids = one;
        }));
    add(law, "keeps times in milliseconds", stores([](Record& r) {
            r.stamp.when = Timestamp(std::chrono::floor<std::chrono::milliseconds>(r.stamp.when));
        }));
    add(law, "takes a time before 1970 for none", stores([](Record& r) {
            if (r.stamp.when < Timestamp()) r.stamp.when = Timestamp();
        }));
    add(law, "cuts the writer's name", stores([](Record& r) { r.stamp.who = Writer(r.stamp.who.view().substr(0, 32)); }));
    add(law, "forgets the lease", stores([](Record& r) { r.lease.reset(); }));
    add(law, "forgets the lease's id", stores_lease([](Lease& l) { l.id = {}; }));
    add(law, "a lease that is there is held", stores_lease([](Lease& l) { l.held = true; }));
    add(law, "forgets that others wait", stores_lease([](Lease& l) { l.wanted = false; }));
    add(law, "forgets that a lease is not clean", stores_lease([](Lease& l) { l.dirty = false; }));
    add(law, "keeps a time to live in milliseconds", stores_lease([](Lease& l) { l.ttl = std::chrono::floor<std::chrono::milliseconds>(l.ttl); }));
    add(law, "forgets when a lease was acquired", stores_lease([](Lease& l) { l.acquired = {}; }));
    add(law, "takes the acquisition of a lease for its renewal", stores_lease([](Lease& l) { l.renewed = l.acquired; }));
    add(law, "forgets the holder of a lease", stores_lease([](Lease& l) { l.holder = {}; }));
    add(law, "forgets the purpose of a lease", stores_lease([](Lease& l) { l.purpose.clear(); }));
    add(law, "keeps one attribute", stores([](Record& r) {
            if (r.attributes.size() > 1) r.attributes.pop_back();
        }));
    add(law, "takes an empty attribute for none", stores([](Record& r) {
            std::erase_if(r.attributes, [](auto const& one) { return one.second.empty(); });
        }));
    add(law, "an epoch of 32 bits", stores_narrow<std::uint32_t>(&Stamp::epoch));
    add(law, "an epoch with a sign, of 32 bits", stores_narrow<std::int32_t>(&Stamp::epoch));
    add(law, "a sequence of 16 bits", stores_narrow<std::uint16_t>(&Stamp::sequence));
    add(law, "a byte for what was restored", stores_narrow<std::uint8_t>(&Stamp::restored));
    add(law, "a sequence with a sign", stores([](Record& r) { r.stamp.sequence &= ~std::uint64_t{0} >> 1; }));
    add(law, "numbers as JavaScript has them", stores([](Record& r) {
            if (r.stamp.epoch >> 53 == 1) r.stamp.epoch &= ~std::uint64_t{1};
        }));
    for (Slot const slot : {Slot::version, Slot::lock, Slot::retention})
        all.push_back(storage(law, "keeps no attributes in slot " + std::string(holdfast::name(slot)), [slot](Ark& ark) {
            ark.store = [slot](Id id, Record& record, Record const*, Ark::Call) {
                if (id.slot == slot) record.attributes.clear();
            };
        }));
    add(law, "loses the lease when the state is written in a batch", [](Ark& ark) {
        ark.store = [](Id, Record& record, Record const*, Ark::Call call) {
            if (call == Ark::Call::batch) record.lease.reset();
        };
    });
    add(law, "a statement that replaces sets fewer columns than one that creates", [](Ark& ark) {
        ark.store = [](Id, Record& record, Record const* old, Ark::Call) {
            if (old != nullptr) record.stamp.lineage = old->stamp.lineage;
        };
    });
    add(law, "the lease of the record before stays where the next one has none", [](Ark& ark) {
        ark.store = [](Id, Record& record, Record const* old, Ark::Call) {
            if (old != nullptr && !record.lease) record.lease = old->lease;
        };
    });
    add(law, "loses the lease when a record is rewritten", [](Ark& ark) {
        ark.store = [](Id, Record& record, Record const* old, Ark::Call) {
            if (old != nullptr && old->lease) record.lease.reset();
        };
    });
    add(law, "attributes of the record before stay where the next one has none", [](Ark& ark) {
        ark.store = [](Id, Record& record, Record const* old, Ark::Call) {
            if (old != nullptr && record.attributes.empty()) record.attributes = old->attributes;
        };
    });

    law = "attributes_are_whole";
    add(law, "cuts attributes at a kilobyte", stores([](Record& r) {
            for (auto& [name, value] : r.attributes) value = value.substr(0, 1000);
        }));
    add(law, "refuses attributes beyond two kilobytes, as headers of a service", [](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Result<WriteOutcome> {
            std::size_t size = 0;
            for (auto const& [name, value] : record->attributes) size += name.size() + value.size();
            if (size > 2048) return Error(Errc::too_large, "attributes of 2 KiB");
            return right.right_write(id, record, when);
        };
    });
    add(law, "leaves out the attributes that are too large", stores([](Record& r) {
            std::erase_if(r.attributes, [](auto const& one) { return one.second.size() > 16'384; });
        }));

    // ---- names ----
    law = "slots_are_apart";
    add(law, "the lock of a key is kept where its state is", names([](Id id) {
            return id.slot == Slot::lock ? std::string(id.key.view()) : plain(id);
        }));
    add(law, "versions by their sequence alone", names([](Id id) {
            std::string const text(id.key.view());
            return text + std::string(name(id.slot)) + "#" + std::to_string(id.version.sequence);
        }));
    add(law, "versions by 32 bits of their sequence", names([](Id id) {
            RecordId cut(id.key, id.slot, {id.version.sequence & 0xffff'ffff, id.version.payload_id});
            return plain(cut);
        }));
    add(law, "versions by half of their write id", names([](Id id) {
            return plain(RecordId(id.key, id.slot, {id.version.sequence, {0, id.version.payload_id.low}}));
        }));
    add(law, "removing a state removes its versions", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) {
            auto done = right.right_remove(id, when);
            if (id.slot == Slot::current)
                for (auto const& row : right.rows())
                    if (row->key.view() == id.key.view() && row->id.slot == Slot::version)
                        (void)right.right_remove(row->id, Precondition::none());
            return done;
        };
    });

    law = "slots_are_no_keys";
    add(law, "slots as file name extensions", names([](Id id) {
            std::string text(id.key.view());
            if (id.slot == Slot::version) text += "@" + to_string(id.version);
            else if (id.slot != Slot::current) text += "." + std::string(name(id.slot));
            return text;
        }));
    add(law, "slots as directories", names([](Id id) {
            std::string text(id.key.view());
            if (id.slot == Slot::version) text = "version/" + to_string(id.version) + "/" + text;
            else if (id.slot != Slot::current) text = std::string(name(id.slot)) + "s/" + text;
            return text;
        }));
    add(law, "slots after a colon", names([](Id id) {
            std::string text(id.key.view());
            if (id.slot == Slot::version) text += ":" + to_string(id.version);
            else if (id.slot != Slot::current) text += ":" + std::string(name(id.slot));
            return text;
        }));

    law = "keys_are_apart";
    auto const of_key = [](std::function<std::string(std::string_view)> change) {
        return names([change](Id id) {
            std::string const text = plain(id);
            return change(id.key.view()) + text.substr(id.key.view().size());
        });
    };
    add(law, "keys without regard to case", of_key([](std::string_view key) {
            std::string text(key);
            if (text.ends_with("/A")) text.back() = 'a';
            return text;
        }));
    add(law, "a slash at the end is dropped", of_key([](std::string_view key) {
            return std::string(key.ends_with('/') ? key.substr(0, key.size() - 1) : key);
        }));
    add(law, "percent signs are decoded that were never encoded", of_key([](std::string_view key) {
            std::string text(key);
            for (std::string_view const code : {"%2f", "%2F"})
                if (auto const at = text.find(code); at != text.npos) text.replace(at, 3, "/");
            return text;
        }));
    add(law, "long keys are cut", of_key([](std::string_view key) { return std::string(key.substr(0, 1000)); }));
    add(law, "letters of other languages become one sign", of_key([](std::string_view key) {
            std::string text(key);
            for (char& c : text)
                if (static_cast<unsigned char>(c) > 127) c = '_';
            return text;
        }));
    add(law, "a dot at the end is dropped, as Windows does", of_key([](std::string_view key) {
            return std::string(key.ends_with("a.") ? key.substr(0, key.size() - 1) : key);
        }));
    add(law, "gives keys as they are kept, encoded", [](Ark& ark) {
        ark.give = [](Id, Record& record) {
            if (record.key.view().ends_with("/a b")) record.key = *Key::parse(std::string(record.key.view()).replace(record.key.view().size() - 2, 1, "+"));
        };
    });
    add(law, "removing a key removes what is below it", [](Ark& ark) {
        ark.on_remove = [](Ark& right, Context const&, Id id, Precondition const& when) {
            auto done = right.right_remove(id, when);
            std::string const below = std::string(id.key.view()) + (id.key.view().ends_with('/') ? "" : "/");
            for (auto const& row : right.rows())
                if (row->key.view().starts_with(below) && row->id.slot == id.slot)
                    (void)right.right_remove(row->id, Precondition::none());
            return done;
        };
    });

    return all;
}

}  // namespace

Animals storages_of_records() { return kept_badly(); }

TEST_CASE("zoo: storages that do not keep what they are given", "[zoo]") { condemned(storages_of_records()); }

}  // namespace zoo
