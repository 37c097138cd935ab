// A storage of your own, from three members to green laws: README.md in this folder walks through it.

#include "storage.hpp"

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/testing/laws/handles.hpp>
#include <holdfast/testing/laws/storage.hpp>

#include <iostream>

/// A first draft with a slip: a removal does not look at its condition.
class FirstDraft : public ShelfStorage {
public:
    using ShelfStorage::ShelfStorage;

    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const&) {
        return ShelfStorage::remove(ctx, id, Precondition::none());
    }
};

/// The number of laws that were broken, and on the standard output how.
template <class Storage>
int check(std::string const& name, Storage storage) {
    testing::Findings const found = testing::check_storage(storage);
    std::cout << name << ": " << found.checked().size() << " laws checked\n" << found.text();
    int broken = 0;
    for (std::string const& law : found.checked()) broken += found.broken(law) ? 1 : 0;
    return broken;
}

int main() {
    Shelf shelf;
    bool const caught = check("first draft", FirstDraft(shelf)) == 1;
    bool const right = check("storage", ShelfStorage(shelf)) == 0 && check("and it lists", ListingShelf(shelf)) == 0 &&
                       check("and it writes batches", BatchingShelf(shelf)) == 0;

    auto const between = testing::check_handles([&] { return BatchingShelf(shelf); });
    std::cout << "several handles: " << between.checked().size() << " laws checked\n" << between.text();

    // From here on it is a storage like any other.
    StateStore<std::string, BatchingShelf, RawBytes> store{BatchingShelf(shelf)};
    store.update("greeting", [](std::string& text) { text = "hello"; }).value();
    bool const works = **store.get("greeting").value() == "hello";
    return caught && right && between.empty() && works ? 0 : 1;
}
