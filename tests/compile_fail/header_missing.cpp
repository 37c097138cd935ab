// A policy that is only declared: the message names its header. `Json` is the default.
//
// expect: the serialization is declared only; include its header \(the default is Json: <holdfast/serialization/json.hpp>\)
// expect: a policy is declared only; include its header, such as <holdfast/storage/sqlite.hpp>

#include <holdfast/state_store.hpp>
#ifdef HOLDFAST_ACCEPT
#include <holdfast/serialization/json.hpp>
#include <holdfast/storage/sqlite.hpp>
#endif

using namespace holdfast;

int main() {
    StateStore<std::string> store;
    using Database = StateStore<std::string, SqliteStorage>;
    return store.create("k", "v") && sizeof(Database) != 0 ? 0 : 1;
}
