#ifndef HOLDFAST_CORE_OUTCOME_HPP
#define HOLDFAST_CORE_OUTCOME_HPP

#include <holdfast/core/fate.hpp>
#include <holdfast/core/result.hpp>

#include <memory>
#include <utility>

namespace holdfast {

/// What a write of a `StateStore` returns: applied with a `T`, known not applied with an `Error`, or unknown.
///
/// True only if it was applied. If `unknown()` is not null the write may have happened or may still happen: it is a
/// handle for `resolve` and `seal`, and `error()` (code `unknown_outcome`) says what went wrong on the way. In every
/// other failure the write certainly did not and will not happen.
template <class T>
class [[nodiscard]] Outcome {
public:
    using value_type = T;

    template <class U = T>
        requires std::constructible_from<Result<T>, U&&> && (!std::same_as<std::remove_cvref_t<U>, Outcome>)
    Outcome(U&& value) : result_(std::forward<U>(value)) {}  // NOLINT(google-explicit-constructor)
    Outcome()
        requires std::is_void_v<T>
    = default;

    Outcome(std::shared_ptr<UnknownWrite const> unknown, Error why)
        : result_(std::move(why)), unknown_(std::move(unknown)) {}

    bool applied() const noexcept { return result_.has_value(); }
    explicit operator bool() const noexcept { return applied(); }
    UnknownWrite const* unknown() const noexcept { return unknown_.get(); }

    /// As for a `Result`: a value of its own from a temporary, and `->` ends with the full expression.
    auto& operator*() & noexcept
        requires(!std::is_void_v<T>)
    {
        return *result_;
    }
    auto const& operator*() const& noexcept
        requires(!std::is_void_v<T>)
    {
        return *result_;
    }
    T operator*() && noexcept(std::is_nothrow_move_constructible_v<T>)
        requires(!std::is_void_v<T>)
    {
        return *std::move(result_);
    }
    auto* operator->() noexcept HOLDFAST_LIFETIMEBOUND
        requires(!std::is_void_v<T>)
    {
        return result_.operator->();
    }
    auto const* operator->() const noexcept HOLDFAST_LIFETIMEBOUND
        requires(!std::is_void_v<T>)
    {
        return result_.operator->();
    }

    /// The value. Throws `Exception` unless the write was applied.
    decltype(auto) value() & { return result_.value(); }
    decltype(auto) value() const& { return result_.value(); }
    T value() && { return std::move(result_).value(); }

    Error const& error() const& noexcept HOLDFAST_LIFETIMEBOUND { return result_.error(); }
    Error error() && noexcept { return std::move(result_).error(); }

private:
    Result<T> result_;
    std::shared_ptr<UnknownWrite const> unknown_;
};

}  // namespace holdfast

#endif
