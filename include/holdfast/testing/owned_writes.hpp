#ifndef HOLDFAST_TESTING_OWNED_WRITES_HPP
#define HOLDFAST_TESTING_OWNED_WRITES_HPP

#include <holdfast/concepts/storage.hpp>

#include <memory>
#include <span>
#include <vector>

namespace holdfast::testing {

/// Writes that outlive the request they were made by, as those do that are still under way.
class OwnedWrites {
public:
    explicit OwnedWrites(std::span<Write const> writes) : writes_(writes.begin(), writes.end()) {
        for (Write& write : writes_) write.id.key = *keys_.emplace_back(std::make_unique<Key const>(write.id.key));
    }

    std::span<Write const> view() const noexcept { return writes_; }

private:
    std::vector<std::unique_ptr<Key const>> keys_{};
    std::vector<Write> writes_;
};

}  // namespace holdfast::testing

#endif
