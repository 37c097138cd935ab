#ifndef HOLDFAST_TESTING_SIMULATION_FINDINGS_HPP
#define HOLDFAST_TESTING_SIMULATION_FINDINGS_HPP

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::testing {

/// What went wrong in a simulation, a sentence each: what its body expected, and what the world noticed itself. Belongs
/// to one simulation, which is of one thread.
class SimulationFindings {
public:
    /// Notes `law` unless it holds; says whether it does.
    bool expect(bool holds, std::string_view law) {
        if (!holds) sentences_.emplace_back(law);
        return holds;
    }
    /// Notes an error where the law demands success.
    template <class R>
    bool succeeds(R const& result, std::string_view what) {
        if (result) return true;
        return expect(false, std::string(what).append(" failed: ").append(result.error().describe()));
    }

    std::vector<std::string> const& sentences() const noexcept { return sentences_; }
    bool empty() const noexcept { return sentences_.empty(); }
    /// All of them, one in a line.
    std::string text() const {
        std::string all;
        for (auto const& sentence : sentences_) all.append(sentence).append("\n");
        return all;
    }

private:
    std::vector<std::string> sentences_;
};

}  // namespace holdfast::testing

#endif
