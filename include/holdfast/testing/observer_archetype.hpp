#ifndef HOLDFAST_TESTING_OBSERVER_ARCHETYPE_HPP
#define HOLDFAST_TESTING_OBSERVER_ARCHETYPE_HPP

#include <holdfast/layer/observe/observer.hpp>
#include <holdfast/testing/archetypes.hpp>

namespace holdfast::testing {

/// `StorageObserver`, told of ends only.
struct StorageObserverArchetype : Archetype<StorageObserverArchetype> {
    void ended(StorageEvent const&) { detail::never_called(); }
};

/// `StorageObserver`, told of beginnings as well.
struct TracingObserverArchetype : Archetype<TracingObserverArchetype> {
    struct Token : Archetype<Token> {};
    Token started(Operation const&) { detail::never_called(); }
    void ended(StorageEvent const&, Token) { detail::never_called(); }
    void noted(StoreNote const&) { detail::never_called(); }
};

}  // namespace holdfast::testing

#endif
