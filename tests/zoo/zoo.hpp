#ifndef HOLDFAST_TESTS_ZOO_ZOO_HPP
#define HOLDFAST_TESTS_ZOO_ZOO_HPP

#include <holdfast/testing/laws/findings.hpp>

#include <functional>
#include <string>
#include <vector>

// Broken policies: each one plausible slip of somebody who implements a concept, condemned by the law that it breaks
// and by no other. A law that condemns nothing proves nothing.
namespace zoo {

struct Animal {
    std::string law;  ///< that condemns it
    std::string sin;  ///< what it does wrong
    std::function<holdfast::testing::Findings()> judge;
};
using Animals = std::vector<Animal>;

// Of each concept; the file that defines one tests it, too.
Animals storages();
Animals handles();
Animals locks();
Animals versionings();
Animals bare_versionings();
Animals histories();
Animals retentions();
Animals serializations();
Animals stores();
Animals layers();
Animals objects();

/// Names of laws that were checked on policies that are right, all capabilities together.
using Laws = std::vector<std::string>;
Laws laws_of_storages();
Laws laws_of_handles();
Laws laws_of_locks();
Laws laws_of_versionings();
Laws laws_of_bare_versionings();
Laws laws_of_histories();
Laws laws_of_retentions();
Laws laws_of_serializations();
Laws laws_of_stores();
Laws laws_of_layers();
Laws laws_of_objects();

/// Each is condemned by its law and by no other.
void condemned(Animals const& animals);

}  // namespace zoo

#endif
