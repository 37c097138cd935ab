#ifndef HOLDFAST_TESTING_LAWS_SAMPLES_HPP
#define HOLDFAST_TESTING_LAWS_SAMPLES_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/record.hpp>
#include <memory>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

// Records that use every member over its whole range.
namespace holdfast::testing::law {

/// Where numbers break that are kept in fewer bits, with a sign, or as floating point.
inline constexpr std::array<std::uint64_t, 15> edges_of_numbers = {0,
                                                                   1,
                                                                   255,
                                                                   256,
                                                                   65'535,
                                                                   65'536,
                                                                   (std::uint64_t{1} << 31) - 1,
                                                                   std::uint64_t{1} << 31,
                                                                   (std::uint64_t{1} << 32) - 1,
                                                                   std::uint64_t{1} << 32,
                                                                   (std::uint64_t{1} << 53) + 1,
                                                                   (std::uint64_t{1} << 63) - 1,
                                                                   std::uint64_t{1} << 63,
                                                                   ~std::uint64_t{0} - 1,
                                                                   ~std::uint64_t{0}};

/// Every value of a byte.
inline std::string every_byte() {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    return bytes;
}

/// Text as people and machines have it: quotes, escapes, line ends, control characters, one to four bytes a character.
inline constexpr std::string_view any_text = "\"t\xc3\xa9\\am\" \xe2\x82\xac\xf0\x9f\x94\x92\r\n\t\x01\x7f</>'%:,";

/// The nth of endlessly many records that differ in every member. Sequences come in turns of full and bare ones, so
/// that what a replaced record leaves behind is seen.
inline RecordPtr sample(KeyView key, std::size_t n) {
    Environment& env = Environment::system();
    constexpr std::uint64_t top = std::uint64_t{1} << 63;
    auto const number = [n](std::size_t shift) { return edges_of_numbers[(n + shift) % edges_of_numbers.size()]; };
    // Whole microseconds of the years 0 to 9999.
    auto const moment = [n](std::size_t shift) {
        constexpr std::array<std::int64_t, 5> all = {-62'167'219'200'000'000, -1, 0, 1'790'000'000'123'457,
                                                     253'402'300'799'999'999};
        return Timestamp(Timestamp::duration(all[(n + shift) % all.size()]));
    };
    constexpr std::array<std::string_view, 3> writers = {"user@host:1", "\"\xc3\xa9\\\" \xf0\x9f\x94\x92@\xe2\x82\xac",
                                                         "a name of forty-seven bytes, which is the most.."};
    bool const bare = n % 2 == 1;

    Stamp stamp;
    stamp.ids.push(env.new_write_id());
    for (std::size_t i = 0; i < n % WriteRing::capacity; ++i) (void)stamp.ids.append(WriteId{i, ~i});
    stamp.lineage = n % 3 == 0 ? WriteId{~std::uint64_t{0}, ~std::uint64_t{0}} : WriteId{top + n, 1};
    stamp.payload_id = bare ? WriteId() : WriteId{n, top};
    stamp.previous = bare ? WriteId() : WriteId{top | n, ~std::uint64_t{0}};
    stamp.restored = bare ? 0 : number(2);
    stamp.sequence = number(1);
    stamp.epoch = number(0);
    constexpr auto& disciplines = holdfast::detail::all_disciplines;
    stamp.discipline = disciplines[n % std::size(disciplines)].discipline;
    stamp.tombstone = n % 5 == 4;
    stamp.when = moment(0);
    stamp.who = Writer(writers[n % writers.size()]);
    if (!bare) stamp.set_by = Author{moment(1), Writer(writers[(n + 1) % writers.size()])};

    std::string const payload = stamp.tombstone ? std::string() : n % 3 == 1 ? std::string(n, '\n') : every_byte();
    Record record{key, Bytes::copy(payload), stamp, {}, Revision(stamp.ids.newest())};
    if (!bare)
        record.attributes = {{"owner", std::string(any_text)},
                             {std::string(any_text), ""},
                             {"", std::to_string(n)},
                             {"Owner ", std::string(" A\0 ", 4)}};
    if (n % 4 < 3)
        record.lease = std::make_shared<Lease const>(
            Lease{.id = {top | n, top | 1},
                  .held = (n & 4) == 0,
                  .wanted = (n & 2) != 0,
                  .dirty = (n & 8) != 0,
                  .ttl = n % 3 == 0 ? std::chrono::microseconds(1) : Duration(std::chrono::hours(24 * 366)),
                  .acquired = moment(2),
                  .renewed = moment(3),
                  .holder = Writer(writers[(n + 2) % writers.size()]),
                  .purpose = bare ? std::string() : n % 4 == 2 ? std::string(256, 'p') : std::string(any_text)});
    return std::make_shared<Record const>(std::move(record));
}

inline bool same_lease(LeasePtr const& a, LeasePtr const& b) { return a && b ? *a == *b : !a && !b; }

/// Whether two records say the same, revisions included.
inline bool same_record(Record const& a, Record const& b) {
    return a.key.view() == b.key.view() && a.payload == b.payload && a.stamp == b.stamp &&
           a.attributes == b.attributes && a.revision == b.revision && same_lease(a.lease, b.lease);
}

}  // namespace holdfast::testing::law

#endif
