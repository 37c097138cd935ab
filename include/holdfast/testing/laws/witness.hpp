#ifndef HOLDFAST_TESTING_LAWS_WITNESS_HPP
#define HOLDFAST_TESTING_LAWS_WITNESS_HPP

#include <holdfast/core/one_mode.hpp>
#include <holdfast/testing/laws/findings.hpp>
#include <holdfast/testing/laws/trail.hpp>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::testing::law {

/// What one thread of a law did last, for a finding when something is not as expected.
class Witness {
public:
    explicit Witness(Findings& found) noexcept : found_(&found) {}

    Findings& found() const noexcept { return *found_; }

    void note(std::string did, std::string came) {
        trail_.add(std::move(did), std::move(came));
        found_->lives();
        if (thrown_.empty()) return;
        (void)found_->expect(false, trail_.did(), "errors are returned, and nothing is thrown", thrown_);
        thrown_.clear();
    }
    /// A call that succeeded, or failed by an error.
    template <class R>
        requires requires(R const& result) { result.error(); }
    void note(std::string did, R const& result) {
        note(std::move(did), result ? std::string("success") : result.error().describe());
    }
    /// What a call gives; an exception is `aborted`, and a finding as soon as the call is noted.
    template <class Call>
    auto safely(Call&& call) -> decltype(call()) {
#if defined(__cpp_exceptions)
        try {
            return call();
        } catch (std::exception const& thrown) {
            return threw(thrown.what());
        } catch (...) {
            return threw("of an unknown type");
        }
#else
        return call();
#endif
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
    Error threw(std::string const& what) {
        thrown_ = "an exception: " + what;
        return Error(Errc::aborted, thrown_);
    }

    Findings* found_;
    Trail trail_;
    std::string thrown_{};
};

}  // namespace holdfast::testing::law

#endif
