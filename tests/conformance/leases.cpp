#include <holdfast/testing/laws/locking.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <conformance/product.hpp>

namespace conformance::leases {

TEMPLATE_LIST_TEST_CASE("conformance: leases over every storage", "[conformance]", Storages) {
    Scratch const scratch;
    auto storage = make<TestType>(scratch);
    LeaseLock<> embedded;
    CHECK(check_locking(embedded, storage).text() == "");
    LeaseLock<OwnSlot> separate;
    CHECK(check_locking(separate, storage).text() == "");
}

}  // namespace conformance::leases
