// A store of such a state says what Json says, with the type that is in the way, instead of a general sentence.
//
// link: json
// expect: holdfast: Json cannot code this type; describe it with BOOST_HANA_ADAPT_STRUCT, or spec
// expect: JsonRefuses<Undescribed>

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>

#include <vector>

struct Undescribed {
    int rows = 0;
};
struct Pipeline {
    std::vector<Undescribed> tables;
};
BOOST_HANA_ADAPT_STRUCT(Pipeline, tables);
#ifdef HOLDFAST_ACCEPT
BOOST_HANA_ADAPT_STRUCT(Undescribed, rows);
#endif

int main() {
    holdfast::StateStore<Pipeline> store;
    return store.get("k") ? 0 : 1;
}
