// Text of the library that is just not one.

#include <holdfast/core/error.hpp>
#include <holdfast/core/hex.hpp>
#include <holdfast/format/frame.hpp>
#include <holdfast/format/lease_text.hpp>
#include <holdfast/format/rfc3339.hpp>
#include <holdfast/format/xxh64.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>

namespace text_edges_test {

using namespace holdfast;

TEST_CASE("error codes have the names that are written down in logs and metrics", "[core][edges]") {
    CHECK(name(Errc::conflict) == "conflict");
    CHECK(name(Errc::busy) == "busy");
    CHECK(name(Errc::timed_out) == "timed_out");
    CHECK(name(Errc::cancelled) == "cancelled");
    CHECK(name(Errc::aborted) == "aborted");
    CHECK(name(Errc::unavailable) == "unavailable");
}

TEST_CASE("frame: the author of a content stands there once", "[frame][edges]") {
    Record record{Key(KeyView("k")), Bytes::copy("payload"), {}, {}, {}};
    record.stamp.lineage = record.stamp.payload_id = {1, 1};
    record.stamp.ids.push({1, 1});
    record.stamp.sequence = 3;
    record.stamp.set_by = Author{Timestamp(std::chrono::microseconds(7)), Writer("ada@host:3")};
    std::string const header(encode_frame_header(record).value().view());
    auto const decode = [](std::string line) {  // with a checksum that is right
        line.resize(line.find('\n') - 18);
        detail::Xxh64 sum;
        sum.update(line);
        sum.update("payload");
        auto const digits = detail::to_hex(sum.digest());
        return decode_frame(Bytes::copy(line + std::string(digits.data(), digits.size()) + "\"}\npayload"));
    };
    REQUIRE(decode(header));
    std::size_t const when = header.find(",\"set_when\":"), who = header.find(",\"set_who\":");
    std::size_t const end = header.find("\",\"", who + 12) + 1;
    REQUIRE((when < who && who < end && end < header.size()));
    std::string const first = header.substr(when, who - when), second = header.substr(who, end - who);
    for (std::string const& more : {first, second, first + second}) {
        std::string twice = header;
        twice.insert(end, more);
        CAPTURE(twice);
        auto const refused = decode(twice);
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == Errc::malformed);
    }
}

TEST_CASE("lease: a holder with a name that is too long is damage", "[lease][edges]") {
    Lease const lease{.id = {1, 2},
                      .ttl = std::chrono::seconds(1),
                      .acquired = Timestamp(std::chrono::microseconds(1)),
                      .renewed = Timestamp(std::chrono::microseconds(2)),
                      .holder = Writer(std::string(47, 'h')),
                      .purpose = "x"};
    Buffer const text = detail::lease_to_json(&lease);
    std::string longer(text.view());
    LeasePtr read;
    REQUIRE(detail::lease_from_json(longer, read));
    CHECK(read->holder == lease.holder);
    longer.insert(longer.find("hhhh"), "h");
    CHECK_FALSE(detail::lease_from_json(longer, read));
}

TEST_CASE("times: what stands beside the digits is none", "[core][edges]") {
    std::string const good = "2024-01-02T03:04:05.000006Z";
    REQUIRE(detail::from_rfc3339(good));
    for (std::size_t at = 0; at < good.size(); ++at)
        for (char const other : {'/', ':', ' ', '\0', '\xff'}) {
            std::string text = good;
            if (std::exchange(text[at], other) == other) continue;
            CAPTURE(text);
            CHECK_FALSE(detail::from_rfc3339(text));
        }
}

}  // namespace text_edges_test
