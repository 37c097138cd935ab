#ifndef HOLDFAST_TESTING_LAWS_WITNESS_HPP
#define HOLDFAST_TESTING_LAWS_WITNESS_HPP

#include <holdfast/testing/laws/findings.hpp>
#include <holdfast/testing/laws/trail.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace holdfast::testing::law {

/// What one thread of a law did last, for a finding when something is not as expected.
class Witness {
public:
    explicit Witness(Findings& found) noexcept : found_(&found) {}

    Findings& found() const noexcept { return *found_; }

    void note(std::string did, std::string came) { trail_.add(std::move(did), std::move(came)); }
    /// A call that succeeded, or failed by an error.
    template <class R>
        requires requires(R const& result) { result.error(); }
    void note(std::string did, R const& result) {
        note(std::move(did), result ? std::string("success") : result.error().describe());
    }
    /// The same, and gives its result back.
    template <class R>
    R noted(R result, std::string did) {
        note(std::move(did), result);
        return result;
    }

    bool expect(bool holds, std::string_view expected) const {
        return holds || found_->expect(false, trail_.did(), expected, trail_.came());
    }
    bool expect(bool holds, std::string_view expected, std::string_view came) const {
        return holds || found_->expect(false, trail_.did(), expected, came);
    }
    /// That the call which was made last succeeded.
    template <class R>
    bool succeeds(R const& result) const {
        return result ? true : found_->expect(false, trail_.did(), "success", result.error().describe());
    }

private:
    Findings* found_;
    Trail trail_;
};

}  // namespace holdfast::testing::law

#endif
