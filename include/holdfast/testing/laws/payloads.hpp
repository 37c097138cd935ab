#ifndef HOLDFAST_TESTING_LAWS_PAYLOADS_HPP
#define HOLDFAST_TESTING_LAWS_PAYLOADS_HPP

#include <holdfast/core/decimal.hpp>
#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>

#include <optional>
#include <string>

// The laws of storages about payloads and their readers.
namespace holdfast::testing::law {

template <StoragePolicy S>
void reads_see_writes(S& storage, Findings& found) {
    if (!found.begins("reads_see_writes")) return;
    std::string const bytes = every_byte(), large(65'536, 'x'), backwards(bytes.rbegin(), bytes.rend());
    in_every_slot(storage, found, [&](Place<S>& at) {
        auto const absent = at.fetch();
        if (!at.succeeds(absent)) return;
        at.expect(*absent == nullptr, "what was never written is read as null");
        for (std::string_view const payload :
             {std::string_view("first"), std::string_view(), std::string_view("\0\n\r\"{}", 6), std::string_view(bytes),
              std::string_view("\n", 1), std::string_view("\0", 1), std::string_view(backwards), any_text,
              std::string_view("  "), std::string_view(large),
              // What somebody may take for something that he knows, and make better.
              std::string_view("{\"b\": 1.0, \"a\": 12345678901234567890, \"a\": null}"), std::string_view("007"),
              std::string_view("null"), std::string_view("\xef\xbb\xbf{}"), std::string_view("\x1f\x8b\x08\0", 4)}) {
            auto const record = at.record(payload, at.read());
            auto const done = at.write(record);
            if (!at.succeeds(done) || !at.expect(is_applied(done), "a write without a precondition is applied")) return;
            auto const now = at.fetch();
            if (!at.succeeds(now)) return;
            if (!at.expect(*now && (*now)->payload.view() == payload, "a read after a write sees its payload")) return;
            at.expect((*now)->key.view() == at.key().view(), "a record that was read says its key",
                      shown((*now)->key.view()));
            at.expect(!(*now)->revision.empty() && (*now)->revision == done->revision(),
                      "a record that was read has the revision that its write returned");
            if (payload.empty()) continue;
            for (std::size_t i = 0; i < read_padding; ++i) {  // a missing padding is for AddressSanitizer to see
                char const volatile beyond = (*now)->payload.data()[payload.size() + i];
                (void)beyond;
            }
        }
        RecordPtr const last = at.read();
        for (Context const& ctx : hasty()) {
            auto const now = at.fetch(at.id(), ctx);
            at.expect(!now || (*now && last && (*now)->revision == last->revision),
                      "a read in a hurry sees what is there, or fails by an error");
        }
        auto const made = at.write(at.id(), at.record("slow"), Precondition::none(), unlimited());
        auto const now = at.fetch(at.id(), unlimited());
        at.expect(is_applied(made) && now && *now && (*now)->payload.view() == "slow",
                  "what has no time limit is done like anything else");
        at.expect(is_applied(at.remove(at.id(), Precondition::none(), unlimited())),
                  "what has no time limit is removed like anything else");
    });
}

template <StoragePolicy S>
void payloads_are_whole(S& storage, Findings& found) {
    if (!found.begins("payloads_are_whole", {"reads_see_writes"})) return;
    std::vector<std::size_t> sizes = {255, 256, 4096, 65'535, 65'536, 65'537, 1'048'577, 5u << 20};
    if (found.thorough()) sizes.push_back(64u << 20);
    for (std::size_t const smaller : {300'000u, 65'536u, 5000u, 7u, 0u}) sizes.push_back(smaller);
    in_every_slot(storage, found, [&](Place<S>& at) {
        RecordPtr last;
        for (std::size_t const size : sizes) {
            if (size > 1'000'000 && at.slot() != Slot::current) continue;  // the others are small, and time is short
            std::string payload(size, 'x');
            for (std::size_t i = 0; i < size; i += 97) payload[i] = static_cast<char>(i / 97);
            auto const record = at.record(payload, last);
            auto const done = at.write(record);
            if (size <= 65'536 && !at.expect(is_applied(done), "a payload of up to 64 KiB is stored")) return;
            if (is_applied(done)) last = record;
            RecordPtr const now = at.read();
            if (!at.expect(now && now->payload == last->payload,
                           "a payload is read whole, whatever its size, or was refused and has changed nothing"))
                return;
        }
    });
}

template <StoragePolicy S>
void records_never_change(S& storage, Findings& found) {
    if (!found.begins("records_never_change", {"reads_see_writes"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        (void)at.applies(at.record("before"));
        RecordPtr const kept = at.read();
        if (!at.expect(kept != nullptr, "a record that was written can be read")) return;
        Record const copy = *kept;
        auto const same = [&](std::string_view expected) {
            at.expect(kept->payload.view() == "before" && same_record(*kept, copy), expected,
                      "it says " + shown(kept->payload.view()) + " now");
        };
        (void)at.applies(at.record("after!", kept));
        (void)at.read();
        same("a record that was read does not change when its key is written again");
        (void)at.removes();
        same("a record that was read does not change when its key is removed");
    });
}

template <StoragePolicy S>
void readers_see_whole_records(S& storage, Findings& found, unsigned writes = 60) {
    if (!found.begins("readers_see_whole_records",
                      {"reads_see_writes", "payloads_are_whole", "records_are_kept", "removals_remove"}))
        return;
    writes = found.rounds(writes);
    in_every_slot(storage, found, [&](Place<S>& at) {
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
        auto const number_of = [writes](Record const& record) -> std::optional<unsigned> {
            std::string_view const text = record.payload.view();
            auto const colon = text.find(':');
            auto const number = holdfast::detail::parse_decimal(text.substr(0, colon), writes);
            if (!number || colon == text.npos) return std::nullopt;
            auto const n = static_cast<unsigned>(*number);
            std::string_view const rest = text.substr(colon + 1);
            bool whole = text.size() == (n % 2 == 1 ? 500u : 5000u) &&
                         rest.find_first_not_of(static_cast<char>('a' + n % 26)) == rest.npos;
            if constexpr (AttributedStorage<S>)
                whole = whole && record.stamp.sequence == n && record.stamp.epoch == n &&
                        record.attributes == Attributes{{"n", std::to_string(n)}} && record.lease &&
                        record.lease->id.low == n && record.lease->purpose == std::to_string(n);
            return whole ? std::optional(n) : std::nullopt;
        };
        std::atomic<unsigned> acknowledged{0};
        std::atomic<bool> done{false};
        (void)at.read();
        in_threads(1, [&](unsigned) { (void)at.elsewhere().applies(numbered(0)); });
        if (!at.expect(at.read() != nullptr, "who saw nothing sees what another thread has written since")) return;
        at_once(3, [&](unsigned me) {
            Place<S> mine = at.elsewhere();
            unsigned const last = at.slot() == Slot::current ? writes : writes / 3;
            for (unsigned n = 1; me == 0 && n <= last; ++n)
                if (mine.applies(numbered(n))) acknowledged = n;
            if (me == 0) done = true;
            unsigned least = 0;
            for (unsigned i = 0; me != 0 && (i < 20 || !done); ++i) {
                if (unsigned const known = acknowledged; known > least) least = known;
                auto const now = mine.fetch();
                if (!mine.succeeds(now)) return;
                auto const seen = *now ? number_of(**now) : std::nullopt;
                if (!mine.expect(seen.has_value(), "a reader beside a writer sees a whole record of one write")) return;
                unsigned const number = seen.value_or(0);
                if (!mine.expect(number >= least, "a reader sees what another thread has written, and then nothing older",
                                 "number " + std::to_string(number) + " after " + std::to_string(least)))
                    return;
                least = number;
            }
        });
    });
}

}  // namespace holdfast::testing::law

#endif
