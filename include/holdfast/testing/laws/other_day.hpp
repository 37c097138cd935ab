#ifndef HOLDFAST_TESTING_LAWS_OTHER_DAY_HPP
#define HOLDFAST_TESTING_LAWS_OTHER_DAY_HPP

#include <holdfast/core/environment.hpp>

namespace holdfast::testing::law {

/// The world of a machine whose time of day was set wrong. Its monotonic clock is that of all.
class OtherDay final : public Environment {
public:
    explicit OtherDay(Timestamp::duration ahead) noexcept : ahead_(ahead) {}

    Instant monotonic() override { return system().monotonic(); }
    WriteId timeline() override { return system().timeline(); }
    Timestamp wall() override { return system().wall() + ahead_; }
    void sleep(Duration duration) override { system().sleep(duration); }
    void wait(WaitWord const* word, std::uint32_t expected, Duration at_most, WaitScope scope) override {
        system().wait(word, expected, at_most, scope);
    }
    void wake(WaitWord const* word, WaitScope scope) noexcept override { system().wake(word, scope); }
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return system().who(); }

private:
    Timestamp::duration const ahead_;
};

}  // namespace holdfast::testing::law

#endif
