#ifndef HOLDFAST_TESTS_COMPILE_FAIL_PARTS_HPP
#define HOLDFAST_TESTS_COMPILE_FAIL_PARTS_HPP

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <string>

namespace parts {

using namespace holdfast;

/// A storage with exactly the required members. Others hide one of them.
struct Minimal {
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;

    Result<RecordPtr> read(Context const& c, RecordId const& id) { return memory.read(c, id); }
    Result<WriteOutcome> write(Context const& c, RecordId const& id, RecordPtr const& r, Precondition const& when) {
        return memory.write(c, id, r, when);
    }
    Result<WriteOutcome> remove(Context const& c, RecordId const& id, Precondition const& when) {
        return memory.remove(c, id, when);
    }

    MemoryStorage memory;
};

struct Unconditional : Minimal {
    static constexpr bool conditional = false;
};
struct Unstamped : Minimal {
    static constexpr bool attributed = false;
};

template <class... Policies>
using Store = StateStore<std::string, RawBytes, Policies...>;

/// Makes the store's type complete, as any use of it does.
template <class S>
using Use = decltype(S());

}  // namespace parts

#endif
