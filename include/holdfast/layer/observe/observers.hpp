#ifndef HOLDFAST_LAYER_OBSERVE_OBSERVERS_HPP
#define HOLDFAST_LAYER_OBSERVE_OBSERVERS_HPP

#include <holdfast/layer/observe/observer.hpp>

#include <tuple>
#include <utility>

namespace holdfast {

/// Several observers as one, told in the order given. What one of them throws does not keep the others from hearing.
///
///     Observers both(metrics, StructuredLog(print));
template <class... O>
class Observers {
    static_assert((StorageObserver<O> && ...),
                  "holdfast: every argument of Observers is an observer, a StorageObserver; one of these is not");

    using Watches = std::tuple<detail::Watch<O>...>;

public:
    explicit Observers(O... observers) : observers_(std::move(observers)...) {}

    Watches started(Operation const& operation) {
        return std::apply([&](O&... each) { return Watches(detail::Watch<O>(each, operation)...); }, observers_);
    }
    void ended(StorageEvent const& event, Watches watches) noexcept {
        std::apply([&](auto&... each) { (each.ended(event), ...); }, watches);
    }
    void noted(StoreNote const& note) noexcept {
        std::apply([&](O&... each) { (detail::take_note(each, note), ...); }, observers_);
    }

private:
    std::tuple<O...> observers_;
};

}  // namespace holdfast

#endif
