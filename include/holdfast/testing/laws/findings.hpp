#ifndef HOLDFAST_TESTING_LAWS_FINDINGS_HPP
#define HOLDFAST_TESTING_LAWS_FINDINGS_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/result.hpp>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// How laws are checked. What is not said is taken from the environment variables of the process.
struct LawOptions {
    /// Fixes what the laws leave to chance. 0: `HOLDFAST_LAW_SEED`, and without it another one each time.
    std::uint64_t seed = 0;
    /// Ten times the rounds, more sizes. Also by `HOLDFAST_LAWS=thorough`.
    bool thorough = false;
    /// How long is waited for what must come: machines can be slow. When nothing has come back for four times as long, the
    /// standard error says which law is under way; a call that hangs nobody can end.
    Duration patience = std::chrono::seconds(30);
    /// Only the law of this name; if the check has none of it, none, and `Findings::checked` says so. Empty:
    /// `HOLDFAST_LAW`, and without it all.
    std::string_view only{};
};

/// A violation of a law.
struct Finding {
    std::string law;         ///< its name on the page of the concept
    std::string did;         ///< what was done, the last calls of a thread
    std::string expected;    ///< what should have come of it
    std::string came;        ///< what came instead
    std::uint64_t seed = 0;  ///< makes the same calls again: `LawOptions::seed`

    /// All of it, in some lines, and how to have it again.
    std::string text() const {
        return std::string("law ").append(law).append("\n  did       ").append(did).append("\n  expected  ").append(expected)
            .append("\n  came      ").append(came).append("\n  again by  HOLDFAST_LAW=").append(law)
            .append(" HOLDFAST_LAW_SEED=").append(std::to_string(seed)).append("\n");
    }
};

/// What a check found. Empty: all laws held. For any test framework:
///
///     for (auto const& finding : check_storage(storage)) ADD_FAILURE() << finding.text();
///
/// Of each law the first findings are kept, each sentence once. Thread safety: `expect`, `succeeds` and `broken` from any
/// thread; the others by the thread that checks.
class Findings {
public:
    explicit Findings(LawOptions options = {}) : options_(options) {
        auto const said = [](char const* name) {
            char const* const text = Environment::variable(name);
            return std::string_view(text == nullptr ? "" : text);
        };
        if (options_.only.empty()) options_.only = said("HOLDFAST_LAW");
        if (said("HOLDFAST_LAWS") == "thorough") options_.thorough = true;
        if (options_.seed == 0) options_.seed = std::strtoull(said("HOLDFAST_LAW_SEED").data(), nullptr, 10);
        while (options_.seed == 0) Environment::system().random(&options_.seed, sizeof options_.seed);
    }
    Findings(Findings&& other) noexcept
        : options_(other.options_), checked_(std::move(other.checked_)), unchecked_(std::move(other.unchecked_)), all_(std::move(other.all_)) {}

    bool empty() const noexcept { return all_.empty(); }
    auto begin() const noexcept { return all_.begin(); }
    auto end() const noexcept { return all_.end(); }
    /// All of them, as text; empty if there are none.
    std::string text() const {
        std::string text;
        for (Finding const& finding : all_) text.append(finding.text());
        return text;
    }
    /// Whether something was found against this law.
    bool broken(std::string_view law) const {
        std::lock_guard const lock(mutex_);
        for (Finding const& finding : all_)
            if (finding.law == law) return true;
        return false;
    }
    /// The laws that were checked, in their order.
    std::vector<std::string> const& checked() const noexcept { return checked_; }
    /// Those that were not, because one that they rest on was broken.
    std::vector<std::string> const& unchecked() const noexcept { return unchecked_; }

    // ---- for those who write laws ----

    /// A law begins: what is found from now on is against it. False: it is not to be checked, since it was not asked
    /// for, or since one of those that it rests on is broken or unchecked, so that nothing could be learned from it.
    bool begins(std::string_view law, std::initializer_list<std::string_view> rests_on = {}) {
        if (!options_.only.empty() && options_.only != law) return false;
        for (std::string_view const other : rests_on) {
            bool known = !broken(other);
            for (std::string const& unchecked : unchecked_) known = known && unchecked != other;
            if (!known) {
                unchecked_.emplace_back(law);
                return false;
            }
        }
        lives();
        std::lock_guard const lock(mutex_);
        checked_.emplace_back(law);
        found_of_law_ = 0;
        return true;
    }
    /// One that rests on all others.
    bool begins_last(std::string_view law) {
        if (empty()) return begins(law);
        if (options_.only.empty() || options_.only == law) unchecked_.emplace_back(law);
        return false;
    }
    /// Notes what came unless that is what was expected; says whether it was.
    bool expect(bool holds, std::string_view did, std::string_view expected, std::string_view came) {
        if (holds) return true;
        std::lock_guard const lock(mutex_);
        std::string const law = checked_.empty() ? std::string() : checked_.back();
        for (Finding const& finding : all_)
            if (finding.law == law && finding.expected == expected) return false;
        constexpr unsigned most_of_a_law = 8;
        if (++found_of_law_ <= most_of_a_law)
            all_.push_back({law, std::string(did), std::string(expected), std::string(came), options_.seed});
        return false;
    }
    /// Notes an error where success was expected.
    template <class R>
    bool succeeds(R const& result, std::string_view did) {
        return result ? true : expect(false, did, "success", result.error().describe());
    }

    /// Something has come back. From any thread.
    void lives() noexcept { steps_.fetch_add(1, std::memory_order_relaxed); }
    unsigned steps() const noexcept { return steps_.load(std::memory_order_relaxed); }
    /// The law that began last. From any thread.
    std::string under_way() const {
        std::lock_guard const lock(mutex_);
        return checked_.empty() ? std::string() : checked_.back();
    }

    Duration patience() const noexcept { return options_.patience; }
    bool thorough() const noexcept { return options_.thorough; }
    std::uint64_t seed() const noexcept { return options_.seed; }
    unsigned rounds(unsigned usual) const noexcept { return options_.thorough ? 10 * usual : usual; }

private:
    LawOptions options_;
    mutable std::mutex mutex_;
    std::vector<std::string> checked_, unchecked_;
    std::vector<Finding> all_;
    unsigned found_of_law_ = 0;
    std::atomic<unsigned> steps_{0};
};

}  // namespace holdfast::testing

#endif
