#ifndef HOLDFAST_TESTING_LAWS_PAYLOADS_HPP
#define HOLDFAST_TESTING_LAWS_PAYLOADS_HPP

#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>

#include <optional>

// The laws of storages about payloads and their readers.
namespace holdfast::testing::law {

/// A read after `applied` sees that write, whole, in every slot, and absence is null.
template <StoragePolicy S>
void read_after_write(S& storage, Findings& found) {
    std::string const bytes = every_byte(), large(100'000, 'x'), backwards(bytes.rbegin(), bytes.rend());
    in_every_slot(storage, found, [&](Place const& at) {
        auto const absent = storage.read(patient(), at.id);
        if (!at.succeeds(absent, "a read of a key that was never written")) return;
        at.expect(*absent == nullptr, "a key that was never written is read as null");
        for (std::string_view const payload :
             {std::string_view("first"), std::string_view(), std::string_view("\0\n\r\"{}", 6), std::string_view(bytes),
              std::string_view("\n", 1), std::string_view("\0", 1), std::string_view(backwards), any_text,
              std::string_view("  "), std::string_view(large)}) {
            RecordPtr const base = read(storage, at.id);
            auto const record = at.record(payload, base);
            auto const done = storage.write(patient(), at.id, record, Precondition::none());
            if (!at.succeeds(done, "a write")) return;
            if (!at.expect(is_applied(done), "a write without precondition is applied")) return;
            RecordPtr const now = read(storage, at.id);
            if (!at.expect(now && now->payload.view() == payload, "a read after a write sees its payload")) return;
            at.expect(now->key.view() == at.id.key.view(), "a record that was read says its key");
            at.expect(!now->revision.empty() && now->revision == done->revision(),
                      "a record that was read has the revision that its write returned");
            if (payload.empty()) continue;
            for (std::size_t i = 0; i < read_padding; ++i) {  // a missing padding is for AddressSanitizer to see
                char const volatile beyond = now->payload.data()[payload.size() + i];
                (void)beyond;
            }
        }
    });
}

/// Payloads of sizes at which storages and their protocols have limits are read whole, or refused: then the record
/// stays what it was.
template <StoragePolicy S>
void sizes_are_kept(S& storage, Findings& found) {
    in_every_slot(storage, found, [&](Place const& at) {
        bool const state = at.id.slot == Slot::current;
        RecordPtr last;
        for (std::size_t const size : {255u, 256u, 65'535u, 65'536u, 65'537u, 1'048'577u, 5u << 20}) {
            if (size > 1'000'000 && !state) break;  // the others are small, and time is short
            std::string payload(size, 'x');
            for (std::size_t i = 0; i < size; i += 97) payload[i] = static_cast<char>(i / 97);
            auto const record = at.record(payload, last);
            auto const done = storage.write(patient(), at.id, record, Precondition::none());
            if (size <= 65'537 && !at.succeeds(done, "a write of a payload of up to 64 KiB")) return;
            if (is_applied(done)) last = record;
            RecordPtr const now = read(storage, at.id);
            if (!at.expect(now && now->payload == last->payload, "a payload is read whole, whatever its size")) return;
        }
    });
}

/// A record that was read does not change when its key is written again.
template <StoragePolicy S>
void records_are_immutable(S& storage, Findings& found) {
    in_every_slot(storage, found, [&](Place const& at) {
        (void)applied(storage, at.id, at.record("before"), Precondition::none());
        RecordPtr const kept = read(storage, at.id);
        if (!at.expect(kept != nullptr, "a record that was written can be read")) return;
        Record const copy = *kept;
        (void)applied(storage, at.id, at.record("after!", kept), Precondition::none());
        (void)removed(storage, at.id, Precondition::none());
        at.expect(kept->payload.view() == "before" && same_record(*kept, copy),
                  "a record that was read never changes");
    });
}

/// Readers see whole records while a writer replaces them: payload, stamp, attributes and lease are of one write, and
/// that is none before the last that was acknowledged when the read began, nor before one that was seen.
template <StoragePolicy S>
void readers_see_whole_records(S& storage, Findings& found, unsigned writes = 60) {
    in_every_slot(storage, found, [&](Place const& at) {
        auto const numbered = [&](unsigned n) {
            std::string const text = std::to_string(n);
            std::string payload = text + ":";
            payload.resize(n % 2 == 1 ? 500 : 5000, static_cast<char>('a' + n % 26));
            Record record = *at.record(payload);
            record.stamp.sequence = record.stamp.epoch = n;
            record.attributes = {{"n", text}};
            record.lease = std::make_shared<Lease const>(Lease{.id = {1, n}, .purpose = text});
            return std::make_shared<Record const>(std::move(record));
        };
        /// The number of a whole record.
        auto const number_of = [](Record const& record) -> std::optional<unsigned> {
            std::string_view const text = record.payload.view();
            unsigned n = 0;
            std::size_t i = 0;
            for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i)
                n = n * 10 + static_cast<unsigned>(text[i] - '0');
            bool whole = i > 0 && text.size() == (n % 2 == 1 ? 500u : 5000u) && text[i] == ':';
            for (++i; whole && i < text.size(); ++i) whole = text[i] == static_cast<char>('a' + n % 26);
            if constexpr (AttributedStorage<S>)
                whole = whole && record.stamp.sequence == n && record.stamp.epoch == n &&
                        record.attributes == Attributes{{"n", std::to_string(n)}} && record.lease &&
                        record.lease->id.low == n && record.lease->purpose == std::to_string(n);
            return whole ? std::optional(n) : std::nullopt;
        };
        std::atomic<unsigned> acknowledged{0};
        std::atomic<bool> done{false};
        (void)applied(storage, at.id, numbered(0), Precondition::none());
        at_once(3, [&](unsigned me) {
            unsigned const last = at.id.slot == Slot::current ? writes : writes / 3;
            for (unsigned n = 1; me == 0 && n <= last; ++n)
                if (applied(storage, at.id, numbered(n), Precondition::none())) acknowledged = n;
            if (me == 0) done = true;
            unsigned least = 0;
            for (unsigned i = 0; me != 0 && (i < 20 || !done); ++i) {
                if (unsigned const known = acknowledged; known > least) least = known;
                auto const now = storage.read(patient(), at.id);
                if (!at.succeeds(now, "a read beside a writer")) return;
                auto const seen = *now ? number_of(**now) : std::nullopt;
                if (!at.expect(seen.has_value(), "a reader sees a whole record")) return;
                if (!at.expect(*seen >= least, "a reader sees what another thread has written, and then nothing older"))
                    return;
                least = *seen;
            }
        });
    });
}

}  // namespace holdfast::testing::law

#endif
