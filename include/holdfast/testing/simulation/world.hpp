#ifndef HOLDFAST_TESTING_SIMULATION_WORLD_HPP
#define HOLDFAST_TESTING_SIMULATION_WORLD_HPP

#include <holdfast/testing/simulation/actor.hpp>
#include <holdfast/testing/simulation/agenda.hpp>
#include <holdfast/testing/simulation/findings.hpp>
#include <holdfast/testing/simulation/options.hpp>
#include <holdfast/testing/simulation/timeline.hpp>
#include <holdfast/testing/simulation/trace.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// A world of one thread, in which actors take turns, time passes only when all of them wait, and everything that
/// happens is fixed by a seed. See `testing/simulation.hpp`.
///
/// Actors and storages refer to it: it stays where it is and outlives them. Not shared between threads; each thread can
/// have simulations of its own.
class Simulation {
    using What = SimulatedEvent::What;

public:
    explicit Simulation(SimulationOptions options = {}) : Simulation(std::move(options), nullptr) {}
    /// With the stacks of another simulation that is over.
    Simulation(SimulationOptions options, std::shared_ptr<detail::StackPool> stacks)
        : options_(std::move(options)),
          chance_(SeededRandom::mix(options_.seed ^ 0x686f6c6466617374u)),
          trace_(options_.trace),
          stacks_(stacks ? std::move(stacks) : std::make_shared<detail::StackPool>(options_.stack_size)),
          judge_(*this, SimulatedEvent::nobody, "judge", {}, {}, SeededRandom::mix(options_.seed ^ 0x6a75646765u)) {
        judge_.begin();
    }
    Simulation(Simulation const&) = delete;
    Simulation& operator=(Simulation const&) = delete;
    /// Actors that have not ended are taken off their stacks as if they had crashed.
    ~Simulation() { sweep(); }

    /// Adds an actor; its body begins when the simulation runs, and again after each restart. May be called by actors.
    /// Skew: what is given, or random within the options.
    Actor& spawn(std::string name, std::function<void(Actor&)> body, std::optional<Skew> skew = {}) {
        auto const index = static_cast<std::uint32_t>(actors_.size());
        if (!skew) skew = random_skew();
        actors_.push_back(
            std::make_unique<Actor>(*this, index, std::move(name), *skew, std::move(body), chance_.next()));
        start(*actors_.back());
        return *actors_.back();
    }

    /// Until every actor has ended and every late copy has arrived, or a limit is reached: then the actors that are
    /// left are taken off their stacks, before anything that they refer to is gone. May be called again after more
    /// actors were spawned.
    Ran run() {
        struct Sweeper {
            Simulation& world;
            ~Sweeper() { world.sweep(); }
        } const sweeper{*this};
        while (!broken_off()) {
            if (!step()) return report(true);
        }
        Ran ran = report(false);
        if (options_.must_end) {
            std::string who;
            for (auto const& name : ran.stuck) who.append(who.empty() ? "" : ", ").append(name);
            findings_.expect(false, "the run did not end within its limits; still there: " +
                                        (who.empty() ? std::string("copies under way") : who));
        }
        return ran;
    }

    // ---- the nemesis, by script: from outside, from `at`, or from an actor ----

    /// The actor gets no steps for so long; its clocks go on.
    void pause(std::string_view name, Duration duration) { pause(find(name), duration); }
    /// The actor is gone in the middle of what it does. A request of its own that is on its way may still land. Its
    /// stack is unwound by `ActorCrashed`, and nothing that the destructors do reaches the world: the storage answers
    /// with an `Error` at once. With `restart_after` its body begins again then, as the next incarnation.
    void crash(std::string_view name, std::optional<Duration> restart_after = {}) { crash(find(name), restart_after); }
    void restart(std::string_view name) {
        Actor& actor = find(name);
        if (!actor.running_ && !actor.doomed_) start(actor);
    }
    /// Calls `action` when the world is `time` old. It must not use storages, but for `peek`.
    void at(Duration time, std::function<void()> action) { agenda_.put(time > now_ ? time : now_, std::move(action)); }
    /// … `delay` from now.
    void after(Duration delay, std::function<void()> action) { at(now_ + delay, std::move(action)); }

    // ---- what it was like ----

    std::uint64_t seed() const noexcept { return options_.seed; }
    /// The age of the world: the true time.
    Duration now() const noexcept { return now_; }
    std::uint64_t steps() const noexcept { return steps_; }
    /// A number that is larger than any that was drawn before: the order of what happens at the same time.
    std::uint64_t tick() noexcept { return ++ticks_; }
    bool tracing() const noexcept { return trace_.keeps(); }
    SimulatedTrace const& trace() const noexcept { return trace_; }
    SimulatedCounts const& counts() const noexcept { return trace_.counts(); }
    /// Laws that were broken; exceptions of bodies are put here, with the actor's name.
    SimulationFindings& findings() noexcept { return findings_; }
    /// `findings().expect` in short.
    bool expect(bool holds, std::string_view law) { return findings_.expect(holds, law); }
    /// One line for each event, for people. Empty unless traced.
    std::string timeline() const { return print_timeline(trace_, names()); }

    /// The world of those who stand outside: set up before `run`, judge after it. A sleep lets the world grow older.
    Environment& environment() noexcept { return judge_.environment(); }
    StoreOptions store_options(Duration timeout = std::chrono::seconds(30)) { return judge_.store_options(timeout); }

    // ---- for storages and other parts of the world ----

    /// The actor whose turn it is; null outside.
    Actor* current() const noexcept { return current_; }
    SeededRandom& chance() noexcept { return chance_; }
    /// An operation begins. False if its actor has crashed: then nothing of it may happen; call `die`.
    bool begin_step() noexcept {
        if (current_ != nullptr && current_->dead_) return false;
        ++steps_;
        return true;
    }
    /// The actor waits while others go on. False if it has crashed meanwhile (or had before): then clean up, and call
    /// `die`.
    bool pass(Duration duration) {
        Actor& self = *current_;
        if (self.dead_) return false;
        self.wake_ = now_ + duration;
        self.fibre_.leave();
        return !self.dead_;
    }
    /// Takes the actor that has crashed off its stack. Returns only while an exception is on its way already, when
    /// another would end the program: then fail without an effect.
    void die() {
        Actor& self = *current_;
        if (++self.calls_after_death_ > most_calls_after_death) {
            findings_.expect(false, self.name_ + " swallows its crash (catch (...) without throw); it was abandoned");
            self.running_ = false;
            self.fibre_.leave();
        }
        if (std::uncaught_exceptions() == 0) throw ActorCrashed();
    }
    void note(SimulatedEvent event, std::string_view name = {}) {
        event.at = now_;
        if (current_ != nullptr) event.actor = current_->index_;
        trace_.add(event, name);
    }

private:
    friend class Actor;

    static constexpr Duration step_time = std::chrono::microseconds(1);  // so that no world stands still
    static constexpr Duration never = (Duration::max)();
    static constexpr unsigned most_calls_after_death = 1000;

    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (auto const& actor : actors_) all.push_back(actor->name_);
        return all;
    }

    Actor& find(std::string_view name) const {
        for (auto const& actor : actors_)
            if (actor->name_ == name) return *actor;
        throw std::invalid_argument("the simulation has no actor \"" + std::string(name) + "\"");
    }

    Skew random_skew() {
        Skew skew;
        skew.monotonic = Duration(static_cast<Duration::rep>(chance_.next() >> 14));  // up to 13 days since boot
        if (options_.most_offset > Duration::zero())
            skew.wall = chance_.within({-options_.most_offset, options_.most_offset});
        if (options_.most_rate > 0)
            skew.rate = static_cast<int>(chance_.below(2 * static_cast<std::uint64_t>(options_.most_rate) + 1)) -
                        options_.most_rate;
        return skew;
    }

    bool broken_off() const noexcept { return steps_ >= options_.most_steps || now_ >= options_.most_time; }

    Ran report(bool ended) const {
        Ran ran{steps_, ended, {}, now_};
        for (auto const& actor : actors_)
            if (actor->running_) ran.stuck.push_back(actor->name_);
        return ran;
    }

    /// Lets one actor go on, or lets time pass. False if there is nothing left to happen.
    bool step() {
        if (doomed_ > 0) bury();
        Duration next = never;
        ready_.clear();
        for (auto const& actor : actors_) {
            if (!actor->running_) continue;
            Duration const when = actor->wake_ > actor->paused_until_ ? actor->wake_ : actor->paused_until_;
            if (when <= now_) ready_.push_back(actor.get());
            else if (when < next) next = when;
        }
        if (Duration const due = agenda_.next(); due != never && (due <= now_ || (ready_.empty() && due <= next))) {
            keep_appointment();
            return true;
        }
        if (ready_.empty()) {
            if (next == never) return false;
            now_ = next;
            return true;
        }
        Actor& chosen = *ready_[chance_.below(ready_.size())];
        now_ += step_time;
        if (struck(chosen)) return true;
        resume(chosen);
        return true;
    }

    void keep_appointment() {
        if (agenda_.next() > now_) now_ = agenda_.next();
        agenda_.take()();
    }

    bool struck(Actor& actor) {
        Nemesis const& nemesis = options_.nemesis;
        if (chance_.chance(nemesis.pauses)) {
            pause(actor, chance_.within(nemesis.pause));
            return true;
        }
        if (crashes_ < nemesis.most_crashes && chance_.chance(nemesis.crashes)) {
            crash(actor, chance_.within(nemesis.restart));
            return true;
        }
        return false;
    }

    void pause(Actor& actor, Duration duration) {
        Duration const until = now_ + duration;
        if (until > actor.paused_until_) actor.paused_until_ = until;
        tell(actor, What::paused, duration);
    }

    void crash(Actor& actor, std::optional<Duration> restart_after) {
        if (!actor.running_ || actor.doomed_ || actor.dead_) return;
        ++crashes_;
        tell(actor, What::crashed, Duration::zero());
        if (&actor == current_) {
            actor.dead_ = true;  // it runs: its next call finds out
        } else {
            actor.doomed_ = true;
            ++doomed_;
        }
        if (!restart_after) return;
        after(*restart_after, [this, &actor] {
            if (!actor.running_ && !actor.doomed_) start(actor);
        });
    }

    void bury() {
        for (std::size_t i = 0; i < actors_.size(); ++i) {  // bodies may spawn while they go
            if (!actors_[i]->doomed_) continue;
            actors_[i]->doomed_ = false;
            --doomed_;
            unwind(*actors_[i]);
        }
    }

    void sweep() {
        for (std::size_t i = 0; i < actors_.size(); ++i)
            if (actors_[i]->running_) unwind(*actors_[i]);
    }

    void unwind(Actor& actor) {
        actor.dead_ = true;
        resume(actor);
        if (actor.fibre_) actor.fibre_.abandon();
        actor.running_ = false;
    }

    void resume(Actor& actor) {
        Actor* const before = std::exchange(current_, &actor);
        // Made by whoever enters it first, which is the scheduler: an actor that spawns another may be gone before
        // that, and what the sanitizer keeps of its stack with it.
        if (std::exchange(actor.unborn_, false)) actor.fibre_.start(*stacks_, [this, &actor] { live(actor); });
        holdfast::detail::ThisStrand::As const as(actor.strand_);
        actor.fibre_.enter();
        current_ = before;
    }

    void start(Actor& actor) {
        if (actor.incarnation_ > 0) tell(actor, What::restarted, Duration::zero());
        if (actor.fibre_) actor.fibre_.abandon();
        actor.begin();
        actor.wake_ = now_;
        actor.paused_until_ = Duration::zero();
        actor.running_ = true;
        actor.unborn_ = true;
    }

    void live(Actor& actor) {
        if (!actor.dead_) {
            try {
                actor.body_(actor);
                if (!actor.dead_) tell(actor, What::ended, Duration::zero());
            } catch (ActorCrashed const&) {
            } catch (std::exception const& error) {
                threw(actor, error.what());
            } catch (...) {
                threw(actor, "something that is no std::exception");
            }
        }
        actor.running_ = false;
    }

    void threw(Actor& actor, std::string const& what) {
        if (actor.dead_) return;
        tell(actor, What::threw, Duration::zero(), what);
        findings_.expect(false, actor.name_ + " threw: " + what);
    }

    void tell(Actor const& actor, What what, Duration span, std::string_view name = {}) {
        SimulatedEvent event;
        event.at = now_;
        event.actor = actor.index_;
        event.what = what;
        event.span = span;
        trace_.add(event, name);
    }

    void sleep(Actor& actor, Duration duration) {
        if (duration < Duration::zero()) duration = Duration::zero();
        if (duration > SkewedClock::longest) duration = SkewedClock::longest;
        Duration const long_in_world = actor.environment_.clock_.world_time(duration);
        if (current_ == nullptr) return grow_older(long_in_world);
        if (current_->dead_) {
            actor.environment_.after_death_ += duration;  // so that deadlines come while the stack is unwound
            return die();
        }
        ++steps_;
        tell(*current_, What::slept, duration);
        if (!pass(long_in_world)) die();
    }

    void wait(Actor& actor, WaitWord const* word, std::uint32_t expected, Duration at_most, WaitScope scope) {
        if (current_ == nullptr || current_->dead_) {  // nobody is there who could wake it
            if (at_most == never && current_ == nullptr)
                throw std::logic_error("who stands outside of the simulation waits for ever for what actors hold");
            return sleep(actor, at_most);
        }
        if (word->load(std::memory_order_relaxed) != expected) return;
        ++steps_;
        tell(*current_, What::waited, at_most);
        Actor& self = *current_;
        self.waits_on_ = word;
        self.waits_for_ = scope.bits;
        bool const alive = pass(actor.environment_.clock_.world_time(at_most));
        self.waits_on_ = nullptr;
        if (!alive) die();
    }

    void wake(WaitWord const* word, WaitScope scope) noexcept {
        for (auto const& actor : actors_) {
            if (!actor->running_ || actor->waits_on_ != word || (actor->waits_for_ & scope.bits) == 0) continue;
            actor->waits_on_ = nullptr;
            if (actor->wake_ > now_) actor->wake_ = now_;
        }
    }

    /// From outside, while nobody runs: only what is under way arrives.
    void grow_older(Duration duration) {
        Duration const end = now_ + duration;
        while (agenda_.next() <= end) keep_appointment();
        now_ = end;
    }

    SimulationOptions options_;
    SeededRandom chance_;
    SimulatedTrace trace_;
    SimulationFindings findings_;
    std::shared_ptr<detail::StackPool> stacks_;
    Duration now_{0};
    std::uint64_t steps_ = 0, ticks_ = 0;
    unsigned crashes_ = 0, doomed_ = 0;
    Actor* current_ = nullptr;
    detail::Agenda agenda_;
    std::vector<Actor*> ready_;
    Actor judge_;
    std::vector<std::unique_ptr<Actor>> actors_;
};

inline Instant Actor::ActorEnvironment::monotonic() {
    return clock_.monotonic(actor_.simulation_.now()) + after_death_;
}
inline Timestamp Actor::ActorEnvironment::wall() { return clock_.wall(actor_.simulation_.now()); }
inline void Actor::ActorEnvironment::sleep(Duration duration) { actor_.simulation_.sleep(actor_, duration); }
inline void Actor::ActorEnvironment::wait(WaitWord const* word, std::uint32_t expected, Duration at_most,
                                          WaitScope scope) {
    actor_.simulation_.wait(actor_, word, expected, at_most, scope);
}
inline void Actor::ActorEnvironment::wake(WaitWord const* word, WaitScope scope) noexcept {
    actor_.simulation_.wake(word, scope);
}

inline void Actor::note(std::string_view text) {
    SimulatedEvent event;
    event.what = SimulatedEvent::What::note;
    event.actor = index_;
    simulation_.note(event, text);
}

}  // namespace holdfast::testing

#endif
