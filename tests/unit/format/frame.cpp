#include <holdfast/format/frame.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace frame_test {

using namespace holdfast;

Record sample(std::string_view payload = "{\"cursor\":\"2026-01-31\"}\nsecond line\n") {
    Record record{
        Key(KeyView("orders/\"north\"\\ä")), Bytes::copy(payload), {}, {{"team", "data\n\"x\""}, {"", ""}}, {}};
    Stamp& stamp = record.stamp;
    stamp.lineage = {1, 2};
    for (std::uint64_t i = 1; i <= 8; ++i) stamp.ids.push({i, ~i});
    stamp.payload_id = {8, ~std::uint64_t{8}};
    stamp.sequence = 7;
    stamp.epoch = ~std::uint64_t{0};
    stamp.discipline = Discipline::history;
    stamp.when = Timestamp(std::chrono::microseconds(1'769'903'999'123'456));
    stamp.who = Writer("ana@host:42");
    return record;
}

std::string frame(Record const& record) {
    auto const header = encode_frame_header(record);
    REQUIRE(header);
    return std::string(header->view()) + std::string(record.payload.view());
}

Result<Record> decode(std::string_view text) { return decode_frame(Bytes::copy(text)); }

/// With the checksum made right again, as by somebody who edits on purpose.
std::string resum(std::string text) {
    std::size_t const end = text.find('\n');
    detail::Xxh64 hash;
    hash.update(std::string_view(text).substr(0, end - 18));
    hash.update(std::string_view(text).substr(end + 1));
    auto const digits = detail::to_hex(hash.digest());
    return text.replace(end - 18, 16, digits.data(), 16);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    auto const at = text.find(from);
    REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

TEST_CASE("XXH64 gives the published values", "[frame]") {
    CHECK(detail::xxh64("") == 0xEF46DB3751D8E999);
    CHECK(detail::xxh64("a") == 0xD24EC4F1A98C6E5B);
    CHECK(detail::xxh64("abc") == 0x44BC2CF5AD770999);
    CHECK(detail::xxh64("Nobody inspects the spammish repetition") == 0xFBCEA83C8A378BF1);
    // xxhsum's self test: bytes of a linear generator, with and without a seed
    std::string bytes(222, '\0');
    std::uint64_t generator = 2654435761U;
    for (char& c : bytes) {
        c = static_cast<char>(generator >> 56);
        generator *= 11400714785074694797ULL;
    }
    std::string_view const all = bytes;
    CHECK(detail::xxh64(all.substr(0, 1)) == 0xE934A84ADB052768);
    CHECK(detail::xxh64(all.substr(0, 1), 2654435761U) == 0x5014607643A9B4C3);
    CHECK(detail::xxh64(all.substr(0, 4)) == 0x9136A0DCA57457EE);
    CHECK(detail::xxh64(all.substr(0, 14)) == 0x8282DCC4994E35C8);
    CHECK(detail::xxh64(all.substr(0, 14), 2654435761U) == 0xC3BD6BF63DEB6DF0);
    CHECK(detail::xxh64(all) == 0xB641AE8CB691C174);
    CHECK(detail::xxh64(all, 2654435761U) == 0x20CB8AB7AE10C14A);
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        detail::Xxh64 hash;
        hash.update(all.substr(0, cut));
        hash.update(all.substr(cut, 7));
        hash.update(all.substr(cut).substr(all.size() - cut < 7 ? all.size() - cut : 7));
        REQUIRE(hash.digest() == 0xB641AE8CB691C174);
    }
}

TEST_CASE("times are RFC 3339", "[frame]") {
    auto const text = [](Timestamp time) {
        auto const digits = detail::to_rfc3339(time);
        return std::string(digits.data(), digits.size());
    };
    CHECK(text(Timestamp{}) == "1970-01-01T00:00:00.000000Z");
    CHECK(text(Timestamp(std::chrono::microseconds(-1))) == "1969-12-31T23:59:59.999999Z");
    CHECK(text(Timestamp(std::chrono::microseconds(1'769'903'999'123'456))) == "2026-01-31T23:59:59.123456Z");
    CHECK(text(Timestamp::max()) == "9999-12-31T23:59:59.999999Z");
    CHECK(text(Timestamp::min()) == "0000-01-01T00:00:00.000000Z");
    CHECK(detail::from_rfc3339("1969-12-31T23:59:59.999999Z") == Timestamp(std::chrono::microseconds(-1)));
    for (auto const* wrong : {"2026-02-29T00:00:00.000000Z", "2026-01-01T24:00:00.000000Z", "2026-01-01T00:00:00Z",
                              "2026-01-01 00:00:00.000000Z", "2026-13-01T00:00:00.000000Z"})
        CHECK_FALSE(detail::from_rfc3339(wrong));
}

TEST_CASE("a frame gives back its record, and shares the payload", "[frame]") {
    for (bool const tombstone : {false, true}) {
        Record const record = [&] {
            Record made = sample(tombstone ? std::string_view() : std::string_view("some\0 bytes", 11));
            made.stamp.tombstone = tombstone;
            return made;
        }();
        auto const bytes = Bytes::copy(frame(record));
        auto const read = decode_frame(bytes);
        REQUIRE(read);
        CHECK(read->key == record.key);
        CHECK(read->payload == record.payload);
        CHECK(read->stamp == record.stamp);
        CHECK(read->attributes == record.attributes);
        CHECK(read->revision.empty());
        CHECK(read->payload.data() == bytes.data() + (bytes.size() - record.payload.size()));
        CHECK(frame(*read) == bytes.view());
    }
}

TEST_CASE("the bytes of version 2 stay as they are", "[frame]") {
    Record record{Key(KeyView("orders")), Bytes::copy("payload\n"), {}, {{"team", "data"}}, {}};
    record.stamp.lineage = record.stamp.payload_id = {1, 1};
    record.stamp.ids.push({1, 1});
    record.stamp.ids.push({1, 2});
    record.stamp.sequence = 1;
    record.stamp.who = Writer("ana@host:1");
    std::string const expected =
        R"({"holdfast":"2","key":"orders","size":"8","tombstone":"false","sequence":"1",)"
        R"("discipline":"compare_and_swap","epoch":"0","when":"1970-01-01T00:00:00.000000Z","who":"ana@host:1",)"
        R"("lineage":"AAAAAAAAAAEAAAAAAAAAAQ","payload_id":"AAAAAAAAAAEAAAAAAAAAAQ",)"
        R"("ids":"AAAAAAAAAAEAAAAAAAAAAg AAAAAAAAAAEAAAAAAAAAAQ","a:team":"data","xxh64":")";
    std::string const text = frame(record);
    CHECK(text.substr(0, expected.size()) == expected);
    CHECK(text.substr(expected.size() + 16) == "\"}\npayload\n");
    CHECK(detail::from_hex(text.substr(expected.size(), 16)) == detail::xxh64(expected + "payload\n"));

    record.payload = {};
    record.stamp.tombstone = true;
    std::string const grave = frame(record);
    CHECK(grave.size() == 1024);
    CHECK(grave.find(R"(,"a:team":"data","pad":"    )") != grave.npos);
    CHECK(grave.find(R"(    ","xxh64":")") == 1024 - 19 - 10 - 5);
}

TEST_CASE("the length of a frame says whether it is a tombstone", "[frame]") {
    Record record{Key(KeyView("k")), {}, {}, {}, {}};
    record.stamp.ids.push({1, 1});
    std::size_t const shortest = frame(record).size();
    for (std::size_t size = 0; size < 3000; ++size) {
        record.payload = Bytes::copy(std::string(size, 'x'));
        std::string const text = frame(record);
        REQUIRE_FALSE(detail::is_tombstone_size(text.size()));
        REQUIRE(text.size() <= shortest + size + 3 + 9);
        if (text.find("\"pad\"") != text.npos) REQUIRE((text.size() - 9) % 1024 == 0);
        REQUIRE(decode(text));
    }
    record.payload = {};
    record.stamp.tombstone = true;
    for (std::size_t size = 1; size <= 1024; ++size) {
        record.key = Key::parse(std::string(size, 'k')).value();
        std::string const text = frame(record);
        REQUIRE(detail::is_tombstone_size(text.size()));
        REQUIRE(text.size() <= shortest + size + 1024 + 9);
        auto const read = decode(text);
        REQUIRE(read);
        REQUIRE(read->stamp.tombstone);
        REQUIRE(frame(*read) == text);
    }
    CHECK_FALSE(detail::is_tombstone_size(0));  // an empty object is not ours, and is not hidden
}

TEST_CASE("a frame whose length says the wrong thing is malformed", "[frame]") {
    auto const refused = [](std::string const& text) {
        auto const read = decode(resum(text));
        REQUIRE_FALSE(read);
        CHECK(read.error() == Errc::malformed);
        CHECK(read.error().message().find("its length does not say what it is") != std::string_view::npos);
    };
    Record record = sample({});
    record.stamp.tombstone = true;
    std::string const grave = frame(record);
    REQUIRE(decode(resum(grave)));
    refused(replaced(grave, "\"pad\":\" ", "\"pad\":\""));
    refused(replaced(replaced(grave, "\"tombstone\":\"true", "\"tombstone\":\"false"), "\"pad\":\" ", "\"pad\":\""));
    std::string const state = frame(sample({}));
    std::size_t const more = 1024 - (state.size() + 9) % 1024;
    refused(replaced(state, ",\"xxh64", ",\"pad\":\"" + std::string(more, ' ') + "\",\"xxh64"));
}

TEST_CASE("every changed, missing and added byte is found", "[frame]") {
    std::string const good = frame(sample());
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            auto const read = decode(bad);
            REQUIRE_FALSE(read);
            REQUIRE(read.error().code() == Errc::malformed);
            REQUIRE(read.error().message().find("restore it from a copy") != std::string_view::npos);
        }
        REQUIRE(decode(good.substr(0, i)).error().code() == Errc::malformed);
        REQUIRE(decode(good.substr(i + 1)).error().code() == Errc::malformed);
        std::string more = good;
        more.insert(i, 1, 'x');
        REQUIRE(decode(more).error().code() == Errc::malformed);
    }
    CHECK(decode(good + "\n").error().code() == Errc::malformed);
    CHECK(decode(good + good).error().code() == Errc::malformed);
}

TEST_CASE("what is no frame is malformed", "[frame]") {
    CHECK(decode("").error().code() == Errc::malformed);
    CHECK(decode("\n").error().code() == Errc::malformed);
    CHECK(decode("{}\n").error().code() == Errc::malformed);
    CHECK(decode("{\"holdfast\":\"2\"}\n").error().code() == Errc::malformed);
    CHECK(decode("{\"holdfast\":\"one\"}\n").error().code() == Errc::malformed);
    CHECK(decode(std::string(1 << 20, ' ')).error().code() == Errc::malformed);
    CHECK(decode("{\"holdfast\":\"2\"" + std::string(1 << 20, ' ') + "}\n").error().code() == Errc::malformed);
}

TEST_CASE("a header that is wrong under a right checksum is malformed", "[frame]") {
    std::string const good = frame(sample());
    REQUIRE(decode(resum(good)));
    auto const wrong = [&](std::string_view from, std::string_view to) {
        auto const read = decode(resum(replaced(good, from, to)));
        return !read && read.error() == Errc::malformed;
    };
    CHECK(wrong("\"size\":\"36", "\"size\":\"37"));
    CHECK(wrong("\"size\":\"36", "\"size\":\"99999999999999999999999"));
    CHECK(wrong("\"size\":\"36", "\"size\":\"036"));
    CHECK(wrong("\"size\":\"36", "\"size\":\"-36"));
    CHECK(wrong("\"sequence\":\"7\",", ""));
    CHECK(wrong("\"sequence\":\"7\",", "\"sequence\":\"7\",\"sequence\":\"7\","));
    CHECK(wrong("\"sequence\":\"7\",", "\"sequence\":7,"));
    CHECK(wrong("\"sequence\":\"7\",", "\"sequence\": \"7\","));
    CHECK(wrong("\"sequence\":\"7\"", "\"sequence\":\"\""));
    CHECK(wrong("\"tombstone\":\"false", "\"tombstone\":\"maybe"));
    CHECK(wrong("\"discipline\":\"history", "\"discipline\":\"luck"));
    CHECK(wrong("2026-01-31T", "2026-02-31T"));
    CHECK(wrong("\\\"north\\\"", "\\nnorth"));
    CHECK(wrong("\\u000a", "\\u000A"));
    CHECK(wrong("\\u000a", "\\u0041"));
    CHECK(wrong("\\u000a", "\\u00"));
    CHECK(wrong("ä", "\xff"));
    CHECK(wrong("ana@host:42", "ana@a-host-with-a-name-that-is-longer-than-47-bytes"));
    CHECK(wrong("\"ids\":\"", "\"ids\":\"AAAAAAAAAAEAAAAAAAAAAQ "));  // nine
    CHECK(wrong("\"ids\":\"", "\"ids\":\" "));
    CHECK(wrong("\"key\":\"", "\"kex\":\""));
}

TEST_CASE("members that are not known are skipped, other versions are refused and nothing is lost", "[frame]") {
    std::string const good = frame(sample());
    auto const more = decode(resum(replaced(good, "\"sequence\":", "\"colour\":\"blue\",\"sequence\":")));
    REQUIRE(more);
    CHECK(more->stamp == sample().stamp);

    for (auto const& [version, remedy] : {std::pair{"1", "with the program that wrote it"}, {"3", "use a newer program"}}) {
        auto const other = decode(resum(replaced(good, "\"holdfast\":\"2", "\"holdfast\":\"" + std::string(version))));
        REQUIRE_FALSE(other);
        CHECK(other.error().code() == Errc::incompatible);
        CHECK(other.error().message().find("format version " + std::string(version)) != std::string_view::npos);
        CHECK(other.error().message().find(remedy) != std::string_view::npos);
    }
    CHECK(decode("{\"holdfast\":\"12\",\"all\":\"new\"}\n").error().code() == Errc::incompatible);
    CHECK(decode(replaced(good, "\"holdfast\":\"2\"", "\"holdfast\":\"3\"")).error().code() == Errc::malformed);
}

TEST_CASE("each discipline is read from a frame as it was written", "[frame]") {
    for (auto const& row : detail::all_disciplines) {
        Record record = sample();
        record.stamp.discipline = row.discipline;
        std::string const text = frame(record);
        CHECK(text.find("\"discipline\":\"" + std::string(row.name) + "\",") != text.npos);
        auto const read = decode(text);
        REQUIRE(read);
        CHECK(read->stamp.discipline == row.discipline);
    }
    // What is stored stays readable: these names never change.
    using enum Discipline;
    CHECK(detail::named(compare_and_swap).name == "compare_and_swap");
    CHECK(detail::named(last_writer_wins).name == "last_writer_wins");
    CHECK(detail::named(history).name == "history");
}

TEST_CASE("a discipline that is not known is never written", "[frame]") {
    for (std::size_t number = std::size(detail::all_disciplines); number < 256; ++number) {
        Record record = sample();
        record.stamp.discipline = static_cast<Discipline>(number);
        auto const refused = encode_frame_header(record);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == Errc::invalid_argument);
    }
}

TEST_CASE("what a frame cannot hold is refused", "[frame]") {
    Record record = sample();
    record.attributes = {{"a", std::string(16 * 1024, '\x01')}};
    CHECK(encode_frame_header(record).error().code() == Errc::too_large);
    record.attributes = {{"a", std::string(16 * 1024 - 1, '\x01')}};
    CHECK(decode(frame(record))->attributes == record.attributes);
    record.attributes.assign(60'000, {"", ""});
    CHECK(encode_frame_header(record).error().code() == Errc::too_large);
    record.attributes = {{"a", "\xff"}};
    CHECK(encode_frame_header(record).error().code() == Errc::invalid_argument);
    record.attributes.clear();
    Buffer large(max_payload_size + 1);
    large.extend(max_payload_size + 1);
    record.payload = Bytes(std::move(large));
    CHECK(encode_frame_header(record).error().code() == Errc::too_large);
}

TEST_CASE("a writer's name that was cut inside a character is cut before it", "[frame]") {
    Record record = sample();
    record.stamp.who = Writer(std::string(46, 'x') + "ä");
    auto const read = decode(frame(record));
    REQUIRE(read);
    CHECK(read->stamp.who.view() == std::string(46, 'x'));
}

TEST_CASE("the first members can be read from the beginning alone", "[frame]") {
    std::string const good = frame(sample());
    std::size_t const enough = good.find(",\"sequence\"");
    for (std::size_t size = 0; size < enough; ++size) REQUIRE_FALSE(detail::FrameReader::head(good.substr(0, size)));
    auto const head = detail::FrameReader::head(good.substr(0, enough));
    REQUIRE(head);
    CHECK(head->key == sample().key.view());
    CHECK(head->size == 36);
    CHECK_FALSE(head->tombstone);
}

}  // namespace frame_test
