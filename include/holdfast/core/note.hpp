#ifndef HOLDFAST_CORE_NOTE_HPP
#define HOLDFAST_CORE_NOTE_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/key.hpp>

#include <string_view>

namespace holdfast {

/// Something above the storage that nobody is told otherwise, since it must not turn success into failure.
struct StoreNote {
    enum class Kind : unsigned char {
        lock_not_released,  ///< after the operation was done; the lock ends by itself or with its process
    };

    Kind kind;
    Context const& context;
    KeyView key;
    Error const& error;
};

constexpr std::string_view name(StoreNote::Kind) noexcept { return "lock_not_released"; }

namespace detail {

/// Tells whichever layer of `storage` takes notes; nothing, and at no cost, if none does.
template <class S>
void note_to(S& storage, StoreNote const& note) {
    if constexpr (requires { storage.note(note); }) storage.note(note);
    else if constexpr (requires { storage.next(); }) note_to(storage.next(), note);
}

}  // namespace detail

}  // namespace holdfast

#endif
