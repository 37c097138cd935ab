#ifndef HOLDFAST_TESTING_SIMULATION_ACTOR_HPP
#define HOLDFAST_TESTING_SIMULATION_ACTOR_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/testing/simulation/clock.hpp>
#include <holdfast/testing/simulation/fibre.hpp>
#include <holdfast/testing/simulation/random.hpp>
#include <holdfast/threads/strand.hpp>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace holdfast::testing {

class Simulation;

/// Thrown through the stack of an actor that crashed, so that nothing leaks. Deliberately no `std::exception`.
struct ActorCrashed {};

/// One process of a simulation: what a body is given. Its storage calls, its environment and its sleeps are where
/// others get their turns.
class Actor {
public:
    Actor(Simulation& simulation, std::uint32_t index, std::string name, Skew skew, std::function<void(Actor&)> body,
          std::uint64_t seed)
        : simulation_(simulation),
          name_(std::move(name)),
          body_(std::move(body)),
          index_(index),
          environment_(*this, skew, seed) {}
    Actor(Actor const&) = delete;
    Actor& operator=(Actor const&) = delete;

    Simulation& simulation() const noexcept { return simulation_; }
    std::string const& name() const noexcept { return name_; }
    std::uint32_t index() const noexcept { return index_; }
    /// 1, and one more after each restart.
    unsigned incarnation() const noexcept { return incarnation_; }

    /// Its world, for stores and contexts: skewed clocks, sleeps that let others go on, seeded randomness.
    Environment& environment() noexcept { return environment_; }
    /// `name@simulation:incarnation`.
    Writer who() { return environment_.who(); }
    /// For a store of its own.
    StoreOptions store_options(Duration timeout = std::chrono::seconds(30)) { return {timeout, &environment_}; }

    void sleep(Duration duration) { environment_.sleep(duration); }
    /// In [0, bound).
    std::uint64_t random(std::uint64_t bound) noexcept { return environment_.chance_.below(bound); }
    /// Sets its time of day by `step` forward or back.
    void step_wall_clock(Duration step) noexcept { environment_.clock_.step_wall(step); }
    /// Puts a sentence into the timeline. Make it only if the simulation is `tracing()`, if it costs something.
    void note(std::string_view text);

private:
    friend class Simulation;

    class ActorEnvironment final : public Environment {
    public:
        ActorEnvironment(Actor& actor, Skew skew, std::uint64_t seed) noexcept
            : actor_(actor), clock_(skew), chance_(seed) {}

        Instant monotonic() override;
        /// Each actor is a machine, which a crash does not start anew.
        WriteId timeline() override { return {1, actor_.index() + 1}; }
        Timestamp wall() override;
        void sleep(Duration duration) override;
        void wait(WaitWord const* word, std::uint32_t expected, Duration at_most, WaitScope scope) override;
        void wake(WaitWord const* word, WaitScope scope) noexcept override;
        void random(void* out, std::size_t size) override {
            for (auto* at = static_cast<unsigned char*>(out); size > 0;) {
                std::uint64_t const bits = chance_.next();
                std::size_t const part = size < sizeof bits ? size : sizeof bits;
                std::memcpy(at, &bits, part);
                at += part;
                size -= part;
            }
        }
        Writer who() override { return who_; }

    private:
        friend class Actor;
        friend class Simulation;

        Actor& actor_;
        SkewedClock clock_;
        SeededRandom chance_;
        Writer who_{};
        Duration after_death_{0};
    };

    void begin() {
        ++incarnation_;
        dead_ = doomed_ = false;
        waits_on_ = nullptr;
        strand_ = {};
        calls_after_death_ = 0;
        environment_.after_death_ = Duration::zero();
        environment_.who_ = Writer(name_.substr(0, 24) + "@simulation:" + std::to_string(incarnation_));
    }

    Simulation& simulation_;
    std::string name_;
    std::function<void(Actor&)> body_;
    std::uint32_t index_;
    unsigned incarnation_ = 0;
    ActorEnvironment environment_;
    detail::Fibre fibre_{};
    Duration wake_{0};
    Duration paused_until_{0};
    holdfast::detail::Strand strand_{};
    WaitWord const* waits_on_ = nullptr;
    std::uint32_t waits_for_ = 0;  ///< the bits of that wait
    bool running_ = false;  ///< its body has begun, or is about to
    bool unborn_ = false;   ///< it has no stack yet
    bool doomed_ = false;   ///< to be taken off its stack when the scheduler has its turn
    bool dead_ = false;     ///< nothing that it does has an effect any more
    unsigned calls_after_death_ = 0;
};

}  // namespace holdfast::testing

#endif
