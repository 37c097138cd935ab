// What is kept has little memory that it does not use, and is counted with all of it.

#include <holdfast/layer/cached.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace cached_memory {

using namespace holdfast;

bool is_tight(Bytes const& bytes) { return bytes.footprint() <= bytes.size() + bytes.size() / 8 + 256 + read_padding; }

TEST_CASE("bytes: their footprint is that of the buffer, which copies and parts share") {
    Buffer buffer(1000);
    buffer.append("text");
    Bytes const bytes(std::move(buffer));
    CHECK((bytes.size() == 4 && bytes.footprint() == 1000 + read_padding));
    CHECK(bytes.drop_front(3).footprint() == bytes.footprint());
    CHECK(Bytes(bytes).footprint() == bytes.footprint());
    CHECK(Bytes().footprint() == 0);
    CHECK(Bytes::copy("text").footprint() == 4 + read_padding);
    Buffer loose(4000);
    loose.append(std::string(2000, 'x'));
    loose.trim();
    CHECK((loose.capacity() == 2000 && loose.view() == std::string(2000, 'x')));
    Buffer close(2200);
    close.append(std::string(2000, 'x'));
    close.trim();
    CHECK(close.capacity() == 2200);  // not worth a copy
}

TEST_CASE("a state is stored without the memory that its encoding did not use") {
    StateStore<std::vector<int>> json;
    StateStore<std::string, RawBytes> raw;
    for (std::size_t n : {1u, 10u, 100u, 1000u, 1100u, 1200u, 2500u, 10'000u, 40'000u, 39'000u, 5'000u, 3u}) {
        auto const grown = json.update("k", [&](std::vector<int>& numbers) { numbers.assign(n, 123'456); });
        REQUIRE(grown);
        CHECK(is_tight(grown->record()->payload));
        auto const text = raw.update("k", [&](std::string& state) { state.assign(n, 'x'); });
        REQUIRE(text);
        CHECK(is_tight(text->record()->payload));
    }
}

TEST_CASE("Cached: a record counts with the memory that it keeps", "[cached]") {
    Cached<MemoryStorage> cache{MemoryStorage()};
    Context const ctx(Environment::system());
    auto const put = [&](KeyView key, Bytes payload) {
        Stamp stamp;
        stamp.ids.push(ctx.env.new_write_id());
        auto const record =
            std::make_shared<Record>(Record{Key(key), std::move(payload), stamp, {{"name", std::string(100, 'v')}}, {}});
        REQUIRE(cache.write(ctx, key, record, Precondition::none()));
    };
    std::size_t const empty = cache.bytes();
    put("small", Bytes::copy("x"));
    std::size_t const small = cache.bytes() - empty;
    CHECK(small > sizeof(Record) + 100);
    Buffer wide(100'000);
    wide.append("x");
    put("large", Bytes(std::move(wide)));
    CHECK(cache.bytes() - empty - small >= small + 100'000 - 100);
    Buffer head(50'000);
    head.append(std::string(50'000, 'h'));
    put("part", Bytes(std::move(head)).drop_front(49'990));  // ten bytes that keep fifty thousand
    CHECK(cache.bytes() - empty >= 2 * small + 150'000);
}

}  // namespace cached_memory
