#ifndef HOLDFAST_CORE_RESULT_HPP
#define HOLDFAST_CORE_RESULT_HPP

#include <holdfast/core/error.hpp>
#include <holdfast/core/one_mode.hpp>

#include <concepts>
#include <cstdio>
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
    std::fprintf(stderr, "holdfast: value() of what has none: %s\n", error.describe().c_str());
    std::abort();
#endif
}

/// Ends the program, which asked for what is not there. `error`: what is there instead, if not a value.
[[noreturn, gnu::cold, gnu::noinline]] inline void not_there(Error const* error) noexcept {
    if (error == nullptr) std::fputs("holdfast: error() of a success; ask has_value() first\n", stderr);
    else
        std::fprintf(stderr, "holdfast: * or -> of a result without a value; ask it first, or use value(): %s\n",
                     error->describe().c_str());
    std::abort();
}

/// What ends when it is dropped, so that a `value()` that nobody keeps is a mistake.
template <class T>
inline constexpr bool must_be_kept = false;

}  // namespace detail

/// A `T`, or the `Error` that says why there is none.
///
/// `value()` throws `Exception` if there is none (and ends the program where exceptions are off). `*r`, `r->` and
/// `error()` require the matching state; a program that asks without looking ends with a sentence on standard error.
/// Of a result that is a temporary, `value()` and `*` give the value itself, which may be kept: `auto const& entry =
/// store.get("k").value()`. `->` gives a pointer into the temporary, which ends with its full expression.
///
/// Our own, because Boost's is not `[[nodiscard]]` and costs 20,000 preprocessed lines more.
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
    /// If moving a `T` throws, this is an error without a code.
    Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        struct Filled {
            Result& result;
            bool done = false;
            ~Filled() {
                if (done) return;
                std::construct_at(std::addressof(result.error_), Errc{});
                result.has_ = false;
            }
        } filled{*this};
        destroy();
        if (other.has_) std::construct_at(std::addressof(value_), std::move(other.value_));
        else std::construct_at(std::addressof(error_), std::move(other.error_));
        has_ = other.has_;
        filled.done = true;
        return *this;
    }
    ~Result() { destroy(); }

    bool has_value() const noexcept { return has_; }
    explicit operator bool() const noexcept { return has_; }

    T& operator*() & noexcept { return look(), value_; }
    T const& operator*() const& noexcept { return look(), value_; }
    T operator*() && noexcept(std::is_nothrow_move_constructible_v<T>) { return look(), std::move(value_); }
    T* operator->() noexcept HOLDFAST_LIFETIMEBOUND { return look(), std::addressof(value_); }
    T const* operator->() const noexcept HOLDFAST_LIFETIMEBOUND { return look(), std::addressof(value_); }

    /// The value. Throws `Exception` if there is none.
    T& value() & HOLDFAST_LIFETIMEBOUND { return need(), value_; }
    T const& value() const& HOLDFAST_LIFETIMEBOUND { return need(), value_; }
    T value() && { return need(), std::move(value_); }
    [[nodiscard("what it holds ends at once; keep it")]] T value() &&
        requires detail::must_be_kept<T>
    {
        return need(), std::move(value_);
    }

    Error const& error() const& noexcept HOLDFAST_LIFETIMEBOUND { return look_for_error(), error_; }
    Error error() && noexcept { return look_for_error(), std::move(error_); }

private:
    void need() const {
        if (!has_) [[unlikely]]
            detail::throw_error(error_);
    }
    void look() const noexcept {
        if (!has_) [[unlikely]]
            detail::not_there(std::addressof(error_));
    }
    void look_for_error() const noexcept {
        if (has_) [[unlikely]]
            detail::not_there(nullptr);
    }
    void destroy() noexcept {
        if (has_) std::destroy_at(std::addressof(value_));
        else std::destroy_at(std::addressof(error_));
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
    Error const& error() const& noexcept HOLDFAST_LIFETIMEBOUND { return error_; }
    Error error() && noexcept { return std::move(error_); }

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
