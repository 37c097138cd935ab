#ifndef HOLDFAST_STORE_TELLING_HPP
#define HOLDFAST_STORE_TELLING_HPP

#include <holdfast/concepts/held.hpp>
#include <holdfast/core/batch.hpp>

#include <cstddef>
#include <span>

namespace holdfast::detail {

/// An attempt to write under locks, each of which is told once what became of it. Where an exception ends it nobody
/// knows: then they are told that.
class Telling {
public:
    explicit Telling(std::span<Held> held) noexcept : held_(held) {}
    Telling(Telling const&) = delete;
    Telling& operator=(Telling const&) = delete;
    ~Telling() {
        if (told_) return;
        for (Held& each : held_) each->unsure(nullptr);
    }

    /// Of the attempt to write one record.
    void became(Commit const& done) noexcept {
        each([&](Tenure& held, std::size_t) {
            if (done.kind == WriteOutcome::Kind::applied) held.applied(done.seen ? *done.seen : done.now);
            else untaken(held, done);
        });
    }
    /// Of the attempt to write several. What was seen was of one of them; where one was to stay absent nothing was
    /// written.
    void became(BatchCommit const& done, std::span<BatchChange const> changes) noexcept {
        Commit const& all = done.commit;
        each([&](Tenure& held, std::size_t i) {
            if (changes[i].only_check) held.missed();
            else if (all.kind == WriteOutcome::Kind::applied) held.applied(all.seen ? nullptr : done.records[i]);
            else untaken(held, all);
        });
    }
    void missed() noexcept {
        each([](Tenure& held, std::size_t) { held.missed(); });
    }
    /// The record that lock `i` is for is the reason, or something else is.
    void refused(Error const& why, RecordPtr const& base, std::size_t i = 0) noexcept {
        each([&](Tenure& held, std::size_t n) { n == i ? refused(held, why, base) : held.missed(); });
    }
    /// Before anything was attempted.
    static void refused(Tenure& held, Error const& why, RecordPtr const& base) noexcept {
        if (why == Errc::fenced) held.refused(base ? base->stamp.epoch : 0);
        else held.missed();
    }

private:
    template <class Tell>
    void each(Tell&& tell) noexcept {
        told_ = true;
        for (std::size_t i = 0; i < held_.size(); ++i) tell(*held_[i], i);
    }
    static void untaken(Tenure& held, Commit const& done) noexcept {
        if (done.kind == WriteOutcome::Kind::unknown) held.unsure(done.write);
        else held.missed();
    }

    std::span<Held> held_;
    bool told_ = false;
};

}  // namespace holdfast::detail

#endif
