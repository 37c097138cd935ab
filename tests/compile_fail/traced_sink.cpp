// expect: holdfast: what Traced tells is a TraceSink

#include "parts.hpp"

#include <holdfast/layer/traced.hpp>

using namespace parts;

struct Deaf {};
struct Heard final : TraceSink {
    void begin(TracedCall&) override {}
    void end_read(TracedCall const&, Result<RecordPtr> const&) override {}
    void end_write(TracedCall const&, Result<WriteOutcome> const&) override {}
};

int main() {
#ifndef HOLDFAST_ACCEPT
    (void)sizeof(Traced<MemoryStorage, Deaf>);
#endif
    Heard sink;
    Store<Traced<MemoryStorage, Heard>> store(Traced(MemoryStorage(), sink));
    return store.create("k", "v") ? 0 : 1;
}
