#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_RESERVING_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_RESERVING_HPP

#include <holdfast/core/environment.hpp>

#include <cstring>
#include <optional>

namespace holdfast_tests {

/// Tells the id of the next write before it is made: the first thing that a write draws is its id.
class Reserving final : public holdfast::Environment {
public:
    explicit Reserving(holdfast::Environment& inner) noexcept : inner_(inner) {}

    holdfast::WriteId reserve() {
        next_ = inner_.new_write_id();
        return *next_;
    }

    holdfast::Instant monotonic() override { return inner_.monotonic(); }
    holdfast::Timestamp wall() override { return inner_.wall(); }
    void sleep(holdfast::Duration duration) override { inner_.sleep(duration); }
    void random(void* out, std::size_t size) override {
        if (!next_ || size != sizeof *next_) return inner_.random(out, size);
        std::memcpy(out, &*next_, size);
        next_.reset();
    }
    holdfast::Writer who() override { return inner_.who(); }

private:
    holdfast::Environment& inner_;
    std::optional<holdfast::WriteId> next_{};
};

}  // namespace holdfast_tests

#endif
