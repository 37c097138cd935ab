// Two versions of a program share a state. What the older one does not know survives its writes.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <iostream>

namespace v1 {
struct Cursor {
    int page = 0;
};
}  // namespace v1
namespace v2 {
struct Cursor {
    int page = 0;
    std::string token = "none";  // new, with its default
};
}  // namespace v2
BOOST_HANA_ADAPT_STRUCT(v1::Cursor, page);
BOOST_HANA_ADAPT_STRUCT(v2::Cursor, page, token);

int main() {
    holdfast::MemoryStorage const shared;
    holdfast::StateStore<v1::Cursor> older(shared);
    holdfast::StateStore<v2::Cursor> newer(shared);

    older.create("api", {.page = 1}).value();
    bool const filled = (*newer.get("api").value())->token == "none";  // a member that is missing has its default

    newer.update("api", [](v2::Cursor& cursor) { cursor.token = "x7"; }).value();
    auto const written = older.update("api", [](v1::Cursor& cursor) { ++cursor.page; }).value();
    std::cout << written.record()->payload.view() << '\n';  // {"page":2,"token":"x7"}
    return filled && (*newer.get("api").value())->token == "x7" ? 0 : 1;
}
