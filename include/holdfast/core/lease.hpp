#ifndef HOLDFAST_CORE_LEASE_HPP
#define HOLDFAST_CORE_LEASE_HPP

#include <holdfast/core/stamp.hpp>

#include <memory>
#include <string>

namespace holdfast {

/// A lock that lives in a record: who holds it and for how long. Written by `settle` with the rest of the record; its
/// epoch is that of the record's stamp. No lease, or one that is not `held`: the lock is free.
///
/// Nobody compares its times with a clock of their own; a waiter takes a lease over when it has seen the record
/// unchanged for `ttl` on its own clock.
struct Lease {
    WriteId id;           ///< names this lease, for whoever wants to end it by force
    bool held = true;     ///< otherwise only what the next holder must know is left
    bool wanted = false;  ///< others wait, so that the last holder gives way
    /// Free, but not released cleanly: a write of the last holder may still land. Held: its epoch was not proved to be
    /// above those of keys that were purged. Whoever has it next must see to that.
    bool dirty = false;
    Duration ttl{};         ///< how long it lasts without being renewed
    Timestamp acquired{};   ///< for people, by the holder's clock
    Timestamp renewed{};    ///< likewise
    Writer holder{};        ///< `user@host:pid`
    std::string purpose{};  ///< what the holder said it is doing; UTF-8, at most 256 bytes

    friend bool operator==(Lease const&, Lease const&) = default;
};

/// Shared and immutable once stored, as the record that it is part of. Null: there is none.
using LeasePtr = std::shared_ptr<Lease const>;

}  // namespace holdfast

#endif
