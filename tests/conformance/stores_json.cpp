#include <holdfast/testing/laws/store.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <conformance/product.hpp>

namespace conformance::stores_json {

TEMPLATE_LIST_TEST_CASE("conformance: stores of Json", "[conformance]", UnlockedProduct<Json>) {
    Scratch const scratch;
    typename StoreOf<TestType>::type store(make<typename TestType::storage>(scratch));
    CHECK(check_store(store).text() == "");
}

}  // namespace conformance::stores_json
