#ifndef HOLDFAST_CORE_OPTIONS_HPP
#define HOLDFAST_CORE_OPTIONS_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/record.hpp>

#include <atomic>
#include <optional>
#include <string_view>

namespace holdfast {

/// How a store behaves unless a call says otherwise.
struct StoreOptions {
    Duration timeout = std::chrono::seconds(30);        ///< of every operation; `endless` for none
    Environment* environment = &Environment::system();  ///< the world it runs in
};

/// How one call behaves.
struct CallOptions {
    std::optional<Duration> timeout{};        ///< instead of the store's; zero: do not wait for anybody
    std::atomic<bool> const* stop = nullptr;  ///< set to true by anybody to end waiting
    Attributes const* attributes = nullptr;   ///< of the record that is written; null keeps those that it has
    std::string_view purpose{};               ///< told to those who look up who holds a lock
    bool write_unchanged = false;             ///< `update`: write even if the state is as before
};

}  // namespace holdfast

#endif
