// Each way in which a chain of versions cannot hold has its sentence, and the types are in the errors.
//
// expect: the steps of Migrating leave a gap: each must begin with the type that the one before it ends with
// expect: StepsLeaveAGap<V2, V3>
// expect: the function of a Step<From, To, &f> must be 'To f\(From\)' or 'Result<To> f\(From\)'
// expect: StepCannotBeCalled<.*Step<V1, V2
// expect: Migrating has no steps; name them: Migrating<Json, Step<V1, V2, &to_v2>>
// expect: after its serialization Migrating takes Step<From, To, &function>
// expect: the last step of Migrating must end with the state of the store
// expect: ChainEndsWith<V3, V2>
// expect: the inner serialization cannot code this state
// expect: holdfast: versions of a schema begin with 1

#include "parts.hpp"

#include <holdfast/serialization/migrating.hpp>

using namespace parts;

struct V1 {};
struct V2 {};
struct V3 {};
struct V4 {};

V2 two(V1) { return {}; }
Result<V3> three(V2 const&) { return V3(); }
V4 four(V3) { return {}; }
int wrong(V1) { return 1; }

/// Codes anything as nothing.
struct Blank {
    static constexpr Family family = Family::serialization;
    template <class State>
    Result<void> encode(CodingContext const&, State const&, Buffer&) {
        return {};
    }
    template <class State>
    Result<State> decode(CodingContext const&, RecordPtr const&) {
        return State();
    }
};

using Good = Migrating<Blank, Step<V1, V2, &two>, Step<V2, V3, &three>>;
using Gap = Migrating<Blank, Step<V1, V2, &two>, Step<V3, V4, &four>>;
using WrongFunction = Migrating<Blank, Step<V1, V2, &wrong>, Step<V2, V3, &three>>;
using Empty = Migrating<Blank>;
using NoStep = Migrating<Blank, Step<V1, V2, &two>, V3>;
using Uncoded = Migrating<RawBytes, Step<V1, V2, &two>>;

static_assert(SerializationPolicy<Good, V3> &&
              SerializationPolicy<Migrating<Blank, FirstVersion<7>, Step<V1, V2, &two>>, V2>);
static_assert(!SerializationPolicy<Good, V2> && !SerializationPolicy<Gap, V4> && !SerializationPolicy<NoStep, V3>);
static_assert(!SerializationPolicy<WrongFunction, V3> && !SerializationPolicy<Empty, V1>);
static_assert(!SerializationPolicy<Uncoded, V2>);

int main() {
#ifndef HOLDFAST_ACCEPT
    StateStore<V4, Gap> gap;
    StateStore<V3, WrongFunction> wrong_function;
    StateStore<V3, Empty> empty;
    StateStore<V3, NoStep> no_step;
    StateStore<V2, Good> not_the_last;
    StateStore<V2, Uncoded> uncoded;
    (void)sizeof(FirstVersion<0>);
#endif
    StateStore<V3, Good> store;
    return store.create("k", V3()) ? 0 : 1;
}
