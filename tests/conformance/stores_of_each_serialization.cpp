// Every serialization but the one that stores_raw_bytes.cpp puts under every lock as well.

#include <holdfast/testing/laws/store.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <conformance/product.hpp>

namespace conformance::stores_of_each_serialization {

using Others = boost::mp11::mp_remove<Serializations, RawBytes>;

TEMPLATE_LIST_TEST_CASE("conformance: stores of each serialization", "[conformance]", UnlockedProduct<Others>) {
    Scratch const scratch;
    typename StoreOf<TestType>::type store(make<typename TestType::storage>(scratch));
    CHECK(check_store(store).text() == "");
}

}  // namespace conformance::stores_of_each_serialization
