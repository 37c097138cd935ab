#include <holdfast/core/key.hpp>

#include <boost/url/parse.hpp>

#include <simdjson.h>
#include <sqlite3.h>

int main() {
    simdjson::ondemand::parser parser;
    simdjson::padded_string const text(std::string_view("{}"));
    auto const good = boost::urls::parse_uri("a://b").has_value() && sqlite3_libversion_number() > 0 &&
                      parser.iterate(text).error() == simdjson::SUCCESS;
    return good ? 0 : 1;
}
