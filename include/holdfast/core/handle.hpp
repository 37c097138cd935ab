#ifndef HOLDFAST_CORE_HANDLE_HPP
#define HOLDFAST_CORE_HANDLE_HPP

#include <memory>
#include <utility>

namespace holdfast::detail {

/// What the copies of a storage, a layer or a lock share. It has no move of its own: what a handle was moved from goes
/// on sharing, so that no use of it is a crash.
template <class T>
class Handle : public std::shared_ptr<T> {
public:
    Handle(std::shared_ptr<T> shared) noexcept  // NOLINT(google-explicit-constructor)
        : std::shared_ptr<T>(std::move(shared)) {}
    Handle(Handle const&) noexcept = default;
    Handle& operator=(Handle const&) noexcept = default;
    ~Handle() = default;
};

}  // namespace holdfast::detail

#endif
