#ifndef HOLDFAST_STORE_VERBS_NO_HISTORY_HPP
#define HOLDFAST_STORE_VERBS_NO_HISTORY_HPP

#include <holdfast/concepts/verbs.hpp>

#include <concepts>

namespace holdfast {

/// Of a store that keeps no versions: why its verbs are not there.
template <class Store>
class HistoryVerbs<Store, false> {
public:
    HOLDFAST_REFUSE(history(KeyView, auto&&...), false,
                    "holdfast: history() needs a versioning policy that keeps versions; choose History<>");
    HOLDFAST_REFUSE(get(KeyView, std::same_as<VersionId> auto, auto&&...), false,
                    "holdfast: get(key, version) needs a versioning policy that keeps versions; choose History<>");
    HOLDFAST_REFUSE(version(KeyView, auto&&...), false,
                    "holdfast: version() needs a versioning policy that keeps versions; choose History<>");
    HOLDFAST_REFUSE(pin(KeyView, auto&&...), false,
                    "holdfast: pin() needs a versioning policy that keeps versions; choose History<>");
    HOLDFAST_REFUSE(pins(KeyView, auto&&...), false,
                    "holdfast: pins() needs a versioning policy that keeps versions; choose History<>");
    HOLDFAST_REFUSE(renew(auto&&...), false,
                    "holdfast: renew(pin) needs a versioning policy that keeps versions; choose History<>");
    HOLDFAST_REFUSE(unpin(auto&&...), false,
                    "holdfast: unpin() needs a versioning policy that keeps versions; choose History<>");
    HOLDFAST_REFUSE(get(std::same_as<Pin> auto const&, auto&&...), false,
                    "holdfast: get(pin) needs a versioning policy that keeps versions; choose History<>");
    HOLDFAST_REFUSE(prune(KeyView, auto&&...), false,
                    "holdfast: prune() needs a versioning policy that keeps versions (History<>) and a storage that "
                    "can list its records");
};

/// The same of what writes one key.
template <class Self, class... At>
class HistoryKeyVerbs<Self, false, At...> {
public:
    HOLDFAST_REFUSE(rollback(At..., auto&&...), false,
                    "holdfast: rollback() needs a versioning policy that keeps versions; choose History<>");
};

}  // namespace holdfast

#endif
