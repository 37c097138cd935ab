// What nearly every test of more than the core includes, parsed once for all of them.

#include "core.hpp"

#include <holdfast/open.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/storage/sqlite.hpp>
