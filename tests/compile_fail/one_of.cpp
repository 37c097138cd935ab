// expect: OneOf needs at least one storage
// expect: every argument of OneOf is a storage policy; one of these is not
// expect: holdfast: open\(\) needs a storage with 'scheme' and 'static Result<S> open\(Locator const&\)'

#include "parts.hpp"

#include <holdfast/open.hpp>
#include <holdfast/storage/one_of.hpp>

using namespace parts;

using Both = OneOf<MemoryStorage, Minimal>;
static_assert(StoragePolicy<Both> && ConditionalStorage<Both>);
static_assert(!ListableStorage<Both> && !TransactionalStorage<Both>, "what one lacks, both lack");
static_assert(!OpenableStorage<Both> && OpenableStorage<OneOf<MemoryStorage>>);
static_assert(!ConditionalStorage<OneOf<MemoryStorage, Unconditional>>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<OneOf<>> a;
    Store<OneOf<MemoryStorage, NoLock>> b;
    auto c = open<std::string, RawBytes, Both>("memory:");
#endif
    auto store = open<std::string, RawBytes, OneOf<MemoryStorage>>("memory:");
    return store && store->create("k", "v") ? 0 : 1;
}
