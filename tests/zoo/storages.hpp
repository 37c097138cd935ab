#ifndef HOLDFAST_TESTS_ZOO_STORAGES_HPP
#define HOLDFAST_TESTS_ZOO_STORAGES_HPP

#include <zoo/ark.hpp>
#include <zoo/zoo.hpp>

namespace zoo {

using Breaking = std::function<void(Ark&)>;

/// What the laws of storages say of an ark that was broken.
holdfast::testing::Findings judged(Breaking const& broken);

inline Animal storage(std::string law, std::string sin, Breaking broken) {
    return {std::move(law), std::move(sin), [broken = std::move(broken)] { return judged(broken); }};
}

Animals storages_of_records();
Animals storages_of_conditions();
Animals storages_of_listings();
Animals storages_of_batches();
Animals storages_of_capabilities();
Animals storages_of_answers();
Animals storages_of_bytes();
Animals storages_of_crowds();
Animals storages_of_watchers();

}  // namespace zoo

#endif
