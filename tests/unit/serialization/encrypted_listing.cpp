#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/encrypted/rewrap.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/testing/faulty.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/serialization/encrypted_support.hpp>
#include <unit/storage/file_fixture.hpp>

#include <filesystem>
#include <string>

namespace encrypted_test {
namespace {

using ListedFiles = FileStorage<SlotFirst, Durability::none>;
using ListedCoder = Encrypted<Aes256Gcm, KeyRing, RawBytes>;

TEST_CASE("encrypted stores: rewrap_all goes on where an entry does not tell its key", "[encrypted]") {
    file_test::Directory const directory;
    auto const storage = ListedFiles::open(directory).value();
    using Store = StateStore<std::string, ListedFiles, ListedCoder>;
    Store before(storage, ListedCoder(ring("k1"), {.store = "orders"}));
    for (int i = 0; i < 30; ++i) REQUIRE(before.create(Key::parse("k" + std::to_string(i)).value(), "secret state"));
    std::string const odd =
        directory.path() + "/states/" + SlotFirst::directory(Key::parse(std::string(300, 'x')).value());
    std::filesystem::create_directory(odd);
    file_test::put(odd + "/current", "hello");

    Store after(storage, ListedCoder(ring("k2", "k1"), {.store = "orders"}));
    auto const all = rewrap_all(after).value();
    CHECK(all.seen == 30);
    CHECK(all.written == 30);
    CHECK(all.failed == 1);
    REQUIRE(all.failure);
    CHECK(*all.failure == Errc::malformed);
    CHECK(all.failure->subject().ends_with("/current"));
}

TEST_CASE("encrypted stores: rewrap_all tells that the listing failed", "[encrypted]") {
    using Lossy = testing::Faulty<MemoryStorage>;
    auto plan = std::make_shared<testing::FaultPlan>();
    StateStore<std::string, Lossy, ListedCoder> store(Lossy(MemoryStorage(), plan),
                                                      ListedCoder(ring("k1"), {.store = "orders"}));
    REQUIRE(store.create("k", "secret state"));
    plan->arm(0, testing::FaultPlan::How::before);
    auto const all = rewrap_all(store);
    REQUIRE_FALSE(all);
    CHECK(all.error() == Errc::unavailable);
}

}  // namespace
}  // namespace encrypted_test
