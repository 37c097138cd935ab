#ifndef HOLDFAST_TESTING_LAWS_PASSING_HPP
#define HOLDFAST_TESTING_LAWS_PASSING_HPP

#include <holdfast/testing/laws/layered.hpp>
#include <holdfast/testing/laws/threads.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// The laws of layers about time: whom they keep waiting, and for how long.
namespace holdfast::testing::law {

/// While one thread is in the storage for a change or a turn, or has a turn, another makes every call there is.
template <class Make>
void waits_keep_nobody_out(Make& make, Findings& found) {
    if (!found.begins("waits_keep_nobody_out", {"arguments_arrive", "contexts_arrive", "answers_come_back"})) return;
    over_some_storages(make, found, [&]<unsigned can>(Layered<Make, can>& layered) {
        using Layer = LayerOver<Make, can>;
        auto const all = Questions<Layer>::all();
        /// Calls by another thread, each of which has to come through.
        auto const others_pass = [&](std::string const& did) {
            std::atomic<std::size_t> through{0};
            std::thread other([&] {
                for (auto const& question : all) {
                    (void)question.ask(layered.layer(), layered.context());
                    ++through;
                }
            });
            Environment& env = Environment::system();
            for (Instant const late = env.monotonic() + found.patience(); through < all.size() && env.monotonic() < late;)
                env.sleep(std::chrono::milliseconds(1));
            std::string const stuck = through < all.size() ? all[through].said.text : std::string();
            found.expect(stuck.empty(), did, "the calls of other threads pass meanwhile", "it waits: " + stuck);
            return other;
        };
        Key const key = fresh_key();
        auto const during = [&](std::string const& did, auto&& call) {
            if (found.broken("waits_keep_nobody_out")) return;
            std::thread other;
            std::atomic<bool> first{true};
            layered.world().during = [&] {
                if (first.exchange(false)) other = others_pass(did);
            };
            call();
            layered.world().during = {};
            if (other.joinable()) other.join();
        };
        if constexpr (WatchableStorage<Layer>)
            during("waiting for a change in one thread", [&] {
                (void)layered.layer().wait_for_change(layered.context(), RecordId(key), Revision());
            });
        if constexpr (TurnTakingStorage<Layer>) {
            during("waiting for a turn in one thread", [&] { (void)layered.layer().turn(layered.context(), RecordId(key), true); });
            std::thread other;
            {
                auto const turn = layered.layer().turn(layered.context(), RecordId(key), true);
                if (!found.broken("waits_keep_nobody_out")) other = others_pass("having a turn in one thread");
            }
            if (other.joinable()) other.join();
        }
        (void)layered.world().take_calls();
    });
}

/// The storage fails as long as it is asked, and asks for pauses.
template <class Make>
void repetitions_end(Make& make, Findings& found) {
    if (!found.begins("repetitions_end", {"arguments_arrive", "contexts_arrive", "errors_come_back"})) return;
    over_some_storages(make, found, [&]<unsigned can>(Layered<Make, can>& layered) {
        std::atomic<bool> const stop{true};
        for (Errc const code : {Errc::unavailable, Errc::busy, Errc::timed_out})
            for (Duration const pause : {Duration::zero(), Duration(std::chrono::minutes(10))}) {
                layered.world().error = Error(code, "not now").retry_after(pause);
                for (auto const& question : Questions<LayerOver<Make, can>>::all()) {
                    if (!question.has_context) continue;
                    Context const limited(layered.env(), std::chrono::minutes(3));
                    Instant const end = limited.deadline();
                    (void)layered.ask(question, limited);
                    layered.expect(layered.env().monotonic() <= end, "nothing is waited for beyond the caller's time limit", "it is later");
                    for (bool const stopped : {false, true}) {
                        Context const hasty = stopped ? Context(layered.env(), std::chrono::hours(1), &stop)
                                                      : Context(layered.env(), Duration::zero());
                        Instant const begun = layered.env().monotonic();
                        (void)layered.ask(question, hasty);
                        std::size_t const most = std::max<std::size_t>(1, question.said.each.size());
                        layered.expect(layered.timed_calls() <= most && layered.env().monotonic() == begun,
                                       stopped ? "nothing is repeated for who asks to stop" : "nothing is repeated for who has no time",
                                       std::to_string(layered.timed_calls()) + " calls");
                    }
                }
            }
    });
}

}  // namespace holdfast::testing::law

#endif
