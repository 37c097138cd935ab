#ifndef HOLDFAST_CORE_WRITE_RING_HPP
#define HOLDFAST_CORE_WRITE_RING_HPP

#include <holdfast/core/write_id.hpp>

#include <array>
#include <cstddef>

namespace holdfast {

/// The ids of the last writes of one record, newest first, at most `capacity`: by them a writer recognizes its own
/// write after the reply was lost, even when others have written since (protocol: `core/fate.hpp`).
class WriteRing {
public:
    static constexpr std::size_t capacity = 8;

    constexpr std::size_t size() const noexcept { return size_; }
    constexpr WriteId operator[](std::size_t i) const noexcept { return ids_[i]; }
    /// The id of the write that made the record what it is; zero in an empty ring.
    constexpr WriteId newest() const noexcept { return ids_[0]; }

    constexpr bool contains(WriteId id) const noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            if (ids_[i] == id) return true;
        return false;
    }

    /// Puts `id` in front; the oldest falls out of a full ring.
    constexpr void push(WriteId id) noexcept {
        for (std::size_t i = capacity - 1; i > 0; --i) ids_[i] = ids_[i - 1];
        ids_[0] = id;
        if (size_ < capacity) ++size_;
    }

    /// Adds at the old end, as when a stored ring is read. False if it is full.
    constexpr bool append(WriteId id) noexcept {
        if (size_ == capacity) return false;
        ids_[size_++] = id;
        return true;
    }

    friend constexpr bool operator==(WriteRing const&, WriteRing const&) noexcept = default;

private:
    std::array<WriteId, capacity> ids_{};
    std::size_t size_ = 0;
};

}  // namespace holdfast

#endif
