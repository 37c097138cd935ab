#ifndef HOLDFAST_STORE_KEPT_OPTIONS_HPP
#define HOLDFAST_STORE_KEPT_OPTIONS_HPP

#include <holdfast/core/options.hpp>

namespace holdfast::detail {

/// The options of a store, which also tell whether it is still there: none are left when it is moved from.
class KeptOptions {
public:
    explicit KeptOptions(StoreOptions const& options) noexcept : options_(options) {}
    KeptOptions(KeptOptions const&) noexcept = default;
    KeptOptions(KeptOptions&& other) noexcept : options_(other.options_) { other.options_.environment = nullptr; }
    KeptOptions& operator=(KeptOptions other) noexcept {
        options_ = other.options_;
        return *this;
    }
    ~KeptOptions() = default;

    explicit operator bool() const noexcept { return options_.environment != nullptr; }
    StoreOptions const& operator*() const noexcept { return options_; }
    StoreOptions const* operator->() const noexcept { return &options_; }

private:
    StoreOptions options_;
};

inline Error no_key() {
    return Error(Errc::invalid_argument,
                 "there is no key: it, its entry, pin or lock was moved from; use what that was moved into");
}
inline Error moved_store() {
    return Error(Errc::invalid_argument, "this store was moved from; use the one that it was moved into");
}

}  // namespace holdfast::detail

#endif
