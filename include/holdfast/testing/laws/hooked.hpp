#ifndef HOLDFAST_TESTING_LAWS_HOOKED_HPP
#define HOLDFAST_TESTING_LAWS_HOOKED_HPP

#include <holdfast/layer/layer.hpp>
#include <holdfast/testing/laws/borrowed.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace holdfast::testing::law {

/// A storage by reference that asks a hook before each operation: it may act in between, wait, and refuse the operation
/// by an error. The hook is called by the thread of the operation.
template <StoragePolicy S>
class Hooked : public Layer<Hooked<S>, Borrowed<S>, 1> {
public:
    using Hook = std::function<std::optional<Error>(Operation const&)>;

    Hooked(S& storage, Hook hook) : Layer<Hooked<S>, Borrowed<S>, 1>(Borrowed<S>(storage)), hook_(std::move(hook)) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if (auto refused = hook_(operation)) return *std::move(refused);
        return call();
    }

private:
    Hook hook_;
};

}  // namespace holdfast::testing::law

#endif
