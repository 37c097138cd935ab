#ifndef HOLDFAST_TESTING_LAWS_FINDINGS_HPP
#define HOLDFAST_TESTING_LAWS_FINDINGS_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/core/record.hpp>
#include <holdfast/core/result.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// What laws found: a sentence for each violation. Empty: all laws held. For any test framework:
///
///     for (auto const& sentence : check_storage(storage).sentences()) ADD_FAILURE() << sentence;
///
/// Thread safety: every member, from any thread.
class Findings {
public:
    Findings() = default;
    Findings(Findings&& other) noexcept : sentences_(std::move(other.sentences_)) {}

    /// Notes `law` unless it holds; says whether it does.
    bool expect(bool holds, std::string_view law) {
        if (!holds) {
            std::lock_guard const lock(mutex_);
            sentences_.emplace_back(law);
        }
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
    std::mutex mutex_;
    std::vector<std::string> sentences_;
};

namespace detail {

/// Key and write ids that nobody else has, so that laws can be checked on a storage that is in use.
inline Key fresh_key(std::string_view prefix = "law-") {
    auto const id = Environment::system().new_write_id().text();
    return *Key::parse(std::string(prefix).append(id.data(), id.size()));
}

/// A record as `settle` would make it: a successor of `base`.
inline RecordPtr make_record(KeyView key, std::string_view payload, RecordPtr const& base = nullptr,
                             bool tombstone = false) {
    Environment& env = Environment::system();
    Stamp stamp = base ? base->stamp : Stamp();
    WriteId const id = env.new_write_id();
    stamp.ids.push(id);
    if (!base) stamp.lineage = id;
    if (!tombstone) {
        stamp.payload_id = id;
        ++stamp.sequence;
    }
    stamp.tombstone = tombstone;
    stamp.when = env.wall();
    stamp.who = env.who();
    return std::make_shared<Record const>(Record{key, Bytes::copy(payload), stamp, {}, Revision(id)});
}

/// Runs `body(i)` in `n` threads and waits for them.
template <class Body>
void in_threads(unsigned n, Body&& body) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < n; ++i) threads.emplace_back([&body, i] { body(i); });
    for (auto& thread : threads) thread.join();
}

}  // namespace detail

}  // namespace holdfast::testing

#endif
