#ifndef HOLDFAST_TESTING_LAWS_LAYERED_HPP
#define HOLDFAST_TESTING_LAWS_LAYERED_HPP

#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/laws/findings.hpp>
#include <holdfast/testing/laws/probe.hpp>
#include <holdfast/testing/laws/questions.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Layers over probes, as the laws of layers ask them.
namespace holdfast::testing::law {

template <class Make, unsigned can>
using LayerOver = decltype(std::declval<Make&>()(std::declval<Probe<can>>()));

/// Calls `f.template operator()<can>()` for storages that can everything, nothing, everything but one thing, and one
/// thing only.
template <class F>
void over_every_storage(F&& f) {
    auto const both = [&]<unsigned one>() {
        constexpr unsigned needs = (one & batches) != 0       ? one | is_conditional
                                   : (one & ranks_turns) != 0 ? one | gives_turns
                                                              : one;
        constexpr unsigned takes = (one & is_conditional) != 0 ? one | batches
                                   : (one & gives_turns) != 0  ? one | ranks_turns
                                                               : one;
        f.template operator()<needs>();
        f.template operator()<(all_capabilities & ~takes)>();
    };
    f.template operator()<0u>();
    f.template operator()<all_capabilities>();
    both.template operator()<is_conditional>();
    both.template operator()<is_attributed>();
    both.template operator()<writes_late>();
    both.template operator()<reads_stale>();
    both.template operator()<lists>();
    both.template operator()<batches>();
    both.template operator()<rereads>();
    both.template operator()<watches>();
    both.template operator()<ages>();
    both.template operator()<gives_turns>();
    both.template operator()<ranks_turns>();
    both.template operator()<has_directory>();
    both.template operator()<does_many>();
    both.template operator()<heeds_removals>();
}

/// A layer over a probe, in a world where pauses cost no time.
template <class Make, unsigned can>
class Layered {
public:
    using Layer = LayerOver<Make, can>;

    Layered(Make& make, Findings& found) : found_(&found), layer_(make(Probe<can>(world_))) {}

    ProbeWorld& world() noexcept { return *world_; }
    Layer& layer() noexcept { return layer_; }
    TestEnvironment& env() noexcept { return env_; }
    Context context() { return Context(env_, std::chrono::minutes(5)); }

    /// Asks, and gives the answer; what the storage saw of it is `calls()`.
    Said ask(Question<Layer> const& question, Context const& ctx) {
        (void)world_->take_calls();
        did_ = question.said.text;
        Said answer = question.ask(layer_, ctx);
        calls_ = world_->take_calls();
        return answer;
    }
    Said ask(Question<Layer> const& question) { return ask(question, context()); }
    std::vector<ProbeWorld::Call> const& calls() const noexcept { return calls_; }
    /// How many of them had a time limit to heed: to be asked for a property is nothing that can be repeated.
    std::size_t timed_calls() const noexcept {
        std::size_t count = 0;
        for (auto const& call : calls_) count += call.context.has_value();
        return count;
    }

    bool expect(bool holds, std::string_view expected, std::string_view came) const {
        return found_->expect(holds, did_, expected, came);
    }

private:
    Findings* found_;
    std::shared_ptr<ProbeWorld> world_ = std::make_shared<ProbeWorld>();
    TestEnvironment env_;
    Layer layer_;
    std::vector<ProbeWorld::Call> calls_;
    std::string did_;
};

/// Calls `f(layered)` with the layer over storages between which layers are known to differ in what they do.
template <class Make, class F>
void over_some_storages(Make& make, Findings& found, F&& f) {
    auto const over = [&]<unsigned can>() {
        Layered<Make, can> layered(make, found);
        f(layered);
    };
    over.template operator()<all_capabilities>();
    over.template operator()<(all_capabilities & ~rereads & ~reads_stale)>();
    over.template operator()<(lists | ages)>();
}

}  // namespace holdfast::testing::law

#endif
