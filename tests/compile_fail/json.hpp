// What the programs json_*.cpp include first.

#include <holdfast/serialization/json.hpp>
