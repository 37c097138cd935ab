// Policies stand in any order; what is not named has a default. Two spellings are one type.

#include <holdfast/holdfast.hpp>
#include <holdfast/serialization/json.hpp>

#include <type_traits>

using namespace holdfast;

using Defaults = StateStore<std::string>;
using Spelled = StateStore<std::string, Json, CompareAndSwap, NoLock, MemoryStorage>;
static_assert(std::is_same_v<Defaults, Spelled>);

// A cache of pages, recomputed whole: files that need not survive a power loss, written without looking.
using Pages = StateStore<std::string, FileStorage<SlotFirst, Durability::none>, LastWriterWins, RawBytes>;

int main() {
    Pages pages(Pages::storage_type::open("pages").value());
    pages.put("index.html", "<h1>first</h1>").value();
    pages.put("index.html", "<h1>second</h1>").value();
    return **pages.get("index.html").value() == "<h1>second</h1>" ? 0 : 1;
}
