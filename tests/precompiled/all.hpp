// The header of the same name is compiled with this.
// What nearly every test of more than the core includes, parsed once for all of them.

#include "core.hpp"

#include <simdjson.h>
#include <sqlite3.h>
#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/define_struct.hpp>
#include <boost/url/parse.hpp>
