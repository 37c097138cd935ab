#ifndef HOLDFAST_CORE_TURN_HPP
#define HOLDFAST_CORE_TURN_HPP

#include <memory>
#include <utility>

namespace holdfast {

/// A writer's place at the head of the queue of a record, given back when this ends. Empty: it has none. Movable; stays
/// with the thread that took it.
class Turn {
public:
    /// What a storage keeps of it: its destructor lets the next one go.
    class Place {
    public:
        Place() = default;
        Place(Place const&) = delete;
        Place& operator=(Place const&) = delete;
        virtual ~Place() = default;
    };

    Turn() noexcept = default;
    explicit Turn(std::unique_ptr<Place> place) noexcept : place_(std::move(place)) {}

    explicit operator bool() const noexcept { return place_ != nullptr; }

private:
    std::unique_ptr<Place> place_;
};

}  // namespace holdfast

#endif
