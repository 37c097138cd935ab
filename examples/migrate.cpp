// The state of a program changes its shape twice. Records of every version stay readable; each step is a function.

#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/migrating.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <cstdlib>
#include <iostream>

using namespace holdfast;

namespace v1 {
struct Cursor {
    std::string position;  // "page:row"
};
}  // namespace v1
namespace v2 {
struct Cursor {
    int page = 0, row = 0;
};
}  // namespace v2
namespace v3 {
struct Cursor {
    int row = 0;  // counted over all pages
};
}  // namespace v3
BOOST_HANA_ADAPT_STRUCT(v1::Cursor, position);
BOOST_HANA_ADAPT_STRUCT(v2::Cursor, page, row);
BOOST_HANA_ADAPT_STRUCT(v3::Cursor, row);

Result<v2::Cursor> split(v1::Cursor const& old) {
    auto const colon = old.position.find(':');
    if (colon == std::string::npos) return Error(Errc::malformed, "a position is 'page:row'; correct the record");
    return v2::Cursor{std::atoi(old.position.c_str()), std::atoi(old.position.c_str() + colon + 1)};
}
v3::Cursor count_all(v2::Cursor old) { return {old.page * 100 + old.row}; }

// Two releases of the program, and the one before them that knew of no versions.
using First = StateStore<v1::Cursor, FileStorage<>>;
using Second = StateStore<v2::Cursor, FileStorage<>, Migrating<Json, Step<v1::Cursor, v2::Cursor, &split>>>;
using Third =
    StateStore<v3::Cursor, FileStorage<>,
               Migrating<Json, Step<v1::Cursor, v2::Cursor, &split>, Step<v2::Cursor, v3::Cursor, &count_all>>>;

int main() {
    FileStorage<> const files = FileStorage<>::open("state").value();
    First(files).create("users", {.position = "7:42"}).value();
    Second(files).create("orders", {.page = 3, .row = 5}).value();

    Third store(files);
    int const users = (*store.get("users").value())->row, orders = (*store.get("orders").value())->row;
    auto const written = store.update("users", [](v3::Cursor& cursor) { ++cursor.row; }).value();
    std::cout << users << ' ' << orders << '\n' << written.record()->payload.view() << '\n';

    // A program that is not up to date does not touch what it cannot understand.
    auto const refused = Second(files).update("users", [](v2::Cursor& cursor) { cursor = {}; });
    std::cout << refused.error().describe() << '\n';
    return users == 742 && orders == 305 && refused.error() == Errc::incompatible ? 0 : 1;
}
