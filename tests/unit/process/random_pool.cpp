// A processor whose words are always the same must not be all that tells two copies of a pool from each other.

#include <holdfast/process/random_pool.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstring>
#include <string>

namespace random_pool_test {

struct Constant {
    static inline unsigned char fills = 0;

    static std::uint64_t word() noexcept { return 42; }
    static void fill(void* out, std::size_t size) { std::memset(out, ++fills, size); }
};

using Pool = holdfast::detail::RandomPool<Constant>;

std::string draw(Pool& pool) {
    char id[16];
    pool.draw(id, sizeof id);
    return {id, sizeof id};
}

TEST_CASE("random pool: a copy that discards what it was given draws something else", "[core]") {
    Pool mine;
    (void)draw(mine);
    Pool copy = mine, careless = mine;
    copy.discard();
    auto const drawn = draw(mine);
    CHECK(draw(careless) == drawn);
    CHECK(draw(copy) != drawn);
    CHECK(Constant::fills == 2);
}

}  // namespace random_pool_test
