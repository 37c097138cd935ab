#include <holdfast/testing/laws/locking.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <conformance/product.hpp>

namespace conformance::leases {

TEMPLATE_LIST_TEST_CASE("conformance: leases over every storage", "[conformance]", LeasesOver) {
    Scratch const scratch;
    auto storage = make<typename TestType::storage>(scratch);
    typename TestType::part lease;
    CHECK(check_locking(lease, storage).text() == "");
}

}  // namespace conformance::leases
