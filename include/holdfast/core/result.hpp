#ifndef HOLDFAST_CORE_RESULT_HPP
#define HOLDFAST_CORE_RESULT_HPP

#include <holdfast/core/error.hpp>

#include <concepts>
#include <cstdlib>
#include <memory>
#include <type_traits>
#include <utility>

// What is returned lives no longer than its source: clang warns of a reference or a view that outlives it.
#if defined(__clang__)
#define HOLDFAST_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define HOLDFAST_LIFETIMEBOUND
#endif

namespace holdfast {

namespace detail {

[[noreturn]] inline void throw_error(Error const& error) {
#if defined(__cpp_exceptions)
    throw Exception(error);
#else
    (void)error;
    std::abort();
#endif
}

}  // namespace detail

/// A `T`, or the `Error` that says why there is none.
///
/// Our own, because Boost's is not `[[nodiscard]]` and costs 20,000 preprocessed lines more.
/// `*r`, `r->` and `error()` require the matching state, as for a pointer; `value()` throws `Exception` otherwise
/// (and aborts where exceptions are off).
template <class T>
class [[nodiscard]] Result {
    static_assert(std::is_object_v<T> && !std::same_as<std::remove_cv_t<T>, Error>,
                  "a Result holds an object that is not an Error");

public:
    using value_type = T;

    template <class U = T>
        requires std::constructible_from<T, U&&> && (!std::same_as<std::remove_cvref_t<U>, Result>) &&
                 (!std::same_as<std::remove_cvref_t<U>, Error>)
    constexpr explicit(!std::convertible_to<U&&, T>) Result(U&& value) : has_(true) {
        std::construct_at(std::addressof(value_), std::forward<U>(value));
    }
    Result(Error error) noexcept : has_(false) { std::construct_at(std::addressof(error_), std::move(error)); }

    template <class... Args>
        requires std::constructible_from<T, Args...>
    explicit Result(std::in_place_t, Args&&... args) : has_(true) {
        std::construct_at(std::addressof(value_), std::forward<Args>(args)...);
    }

    Result(Result const& other)
        requires std::copy_constructible<T>
        : has_(other.has_) {
        if (has_) std::construct_at(std::addressof(value_), other.value_);
        else std::construct_at(std::addressof(error_), other.error_);
    }
    Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : has_(other.has_) {
        if (has_) std::construct_at(std::addressof(value_), std::move(other.value_));
        else std::construct_at(std::addressof(error_), std::move(other.error_));
    }
    Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        this->~Result();
        std::construct_at(this, std::move(other));
        return *this;
    }
    ~Result() {
        if (has_) std::destroy_at(std::addressof(value_));
        else std::destroy_at(std::addressof(error_));
    }

    bool has_value() const noexcept { return has_; }
    explicit operator bool() const noexcept { return has_; }

    T& operator*() & noexcept { return value_; }
    T const& operator*() const& noexcept { return value_; }
    T&& operator*() && noexcept HOLDFAST_LIFETIMEBOUND { return std::move(value_); }
    T* operator->() noexcept { return std::addressof(value_); }
    T const* operator->() const noexcept { return std::addressof(value_); }

    /// The value. Throws `Exception` if there is none.
    T& value() & { return need(), value_; }
    T const& value() const& { return need(), value_; }
    T&& value() && HOLDFAST_LIFETIMEBOUND { return need(), std::move(value_); }

    Error const& error() const& noexcept { return error_; }
    Error&& error() && noexcept { return std::move(error_); }

private:
    void need() const {
        if (!has_) detail::throw_error(error_);
    }

    union {
        T value_;
        Error error_;
    };
    bool has_;
};

/// Success, or the `Error` that says why not.
template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() noexcept : error_(Errc{}) {}
    Result(Error error) noexcept : error_(std::move(error)) {}

    bool has_value() const noexcept { return error_.code() == Errc{}; }
    explicit operator bool() const noexcept { return has_value(); }

    /// Throws `Exception` unless this is a success.
    void value() const {
        if (!has_value()) detail::throw_error(error_);
    }
    Error const& error() const& noexcept { return error_; }
    Error&& error() && noexcept { return std::move(error_); }

private:
    Error error_;
};

namespace detail {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

}  // namespace detail

}  // namespace holdfast

#endif
