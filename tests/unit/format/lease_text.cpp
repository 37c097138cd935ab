#include <holdfast/format/frame.hpp>
#include <holdfast/format/lease_text.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace {

using namespace holdfast;

Lease example_lease() {
    return {.id = {0x0123456789abcdef, 0xfedcba9876543210},
            .ttl = std::chrono::milliseconds(1500),
            .acquired = Timestamp(std::chrono::microseconds(1)),
            .renewed = Timestamp(std::chrono::microseconds(2)),
            .holder = Writer("me@host:1"),
            .purpose = "nightly \"load\"\n"};
}

LeasePtr again(Lease const& lease) {
    LeasePtr read;
    Buffer const text = detail::lease_to_json(&lease);
    return detail::lease_from_json(text.view(), read) ? read : nullptr;
}

}  // namespace

TEST_CASE("lease: every state of it is read as it was written", "[lease]") {
    for (unsigned bits = 0; bits < 8; ++bits) {
        Lease lease = example_lease();
        lease.held = (bits & 1) != 0;
        lease.wanted = (bits & 2) != 0;
        lease.dirty = (bits & 4) != 0;
        LeasePtr const read = again(lease);
        REQUIRE(read);
        CHECK(*read == lease);
    }
    CHECK(detail::lease_to_json(nullptr).size() == 0);
}

TEST_CASE("lease: a purpose that is too long or no text is cut, not refused", "[lease]") {
    Lease lease = example_lease();
    lease.purpose = std::string(255, 'x') + "\xc3\xa9";  // its last character does not fit
    REQUIRE(again(lease));
    CHECK(again(lease)->purpose == std::string(255, 'x'));
    lease.purpose = "load \xff\xfe";
    CHECK(again(lease)->purpose == "load ");
}

TEST_CASE("lease: what is damaged or from elsewhere is refused", "[lease]") {
    std::string const good(detail::lease_to_json(&*again(example_lease())).view());
    LeasePtr read;
    auto const refused = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        CAPTURE(text);
        CHECK_FALSE(detail::lease_from_json(text, read));
    };
    refused("held", "helt");
    refused("held", "held ");
    refused("held", "wanted held");
    refused("1500000", "-1");
    refused("1500000", "1500000s");
    refused("1500000", "99999999999999999999");
    refused("1500000", "99999999999999999");
    refused("lease_ttl", "lease_tll");
    refused("\"lease_ttl\":\"1500000\",", "");
    refused("\"lease_ttl\":\"1500000\"", "\"lease_ttl\":\"1500000\",\"lease_ttl\":\"1\"");
    refused("1970-01-01", "1970-13-01");
    refused("}", "");
    for (std::size_t cut = 0; cut < good.size(); ++cut) CHECK_FALSE(detail::lease_from_json(good.substr(0, cut), read));
    std::string more = good;
    more.insert(1, "\"lease_colour\":\"blue\",");
    CHECK(detail::lease_from_json(more, read));  // a later program may say more
}

TEST_CASE("frame: lease and chain of versions go with the record", "[frame][lease]") {
    Record record{Key(KeyView("k")), Bytes::copy("payload"), {}, {{"a", "b"}}, {}};
    record.stamp.lineage = record.stamp.payload_id = {1, 1};
    record.stamp.ids.push({1, 1});
    record.stamp.sequence = 3;
    record.stamp.previous = {2, 2};
    record.stamp.restored = 1;
    record.stamp.set_by = Author{Timestamp(std::chrono::microseconds(7)), Writer("ada@host:\"3\"")};
    record.lease = std::make_shared<Lease const>(example_lease());
    Buffer frame = encode_frame_header(record).value();
    std::string const header(frame.view());
    frame.append(record.payload.view());
    auto const read = decode_frame(Bytes(std::move(frame)));
    REQUIRE(read);
    CHECK(read->stamp == record.stamp);
    CHECK(read->attributes == record.attributes);
    REQUIRE(read->lease);
    CHECK(*read->lease == *record.lease);

    auto const hash = [](std::string line) {  // as a program of another version would sum it
        line.resize(line.find(",\"xxh64\":\"") + 10);
        detail::Xxh64 sum;
        sum.update(line);
        sum.update("payload");
        auto const digits = detail::to_hex(sum.digest());
        return line + std::string(digits.data(), digits.size()) + "\"}\npayload";
    };
    REQUIRE(decode_frame(Bytes::copy(hash(header))));
    for (std::string_view const member : {"lease_ttl", "lease_state", "previous", "restored", "set_when"}) {
        CAPTURE(member);
        std::string broken = header;
        broken.insert(broken.find(member) + member.size() + 3, "?");
        auto const refused = decode_frame(Bytes::copy(hash(broken)));
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == Errc::malformed);
    }
}
