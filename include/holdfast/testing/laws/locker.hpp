#ifndef HOLDFAST_TESTING_LAWS_LOCKER_HPP
#define HOLDFAST_TESTING_LAWS_LOCKER_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/testing/laws/calls.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

// How laws call a lock.
namespace holdfast::testing::law {

/// Runs `body` in another thread and waits for it.
template <class Body>
void elsewhere(Body&& body) {
    in_threads(1, [&](unsigned) { body(); });
}

template <class L, class S>
using GuardOf = typename decltype(std::declval<L&>().acquire(std::declval<S&>(), std::declval<Context const&>(),
                                                             std::declval<KeyView>(), std::string_view()))::value_type;

/// Whether guards keep others away: all but those that say `static constexpr bool excludes = false`.
template <class Guard>
inline constexpr bool guards_exclude = !requires { requires !Guard::excludes; };

/// Locks one key for one thread of a law, and knows what it did when something is not as expected.
template <StoragePolicy S, LockingPolicy<S> L>
class Locker : public Witness {
public:
    using Guard = GuardOf<L, S>;

    Locker(L& locking, S& storage, Findings& found, Key key = fresh_key())
        : Witness(found), locking_(&locking), storage_(&storage), key_(std::move(key)) {}

    L& locking() const noexcept { return *locking_; }
    S& storage() const noexcept { return *storage_; }
    Key const& key() const noexcept { return key_; }
    /// The same for another thread, without what was done here.
    Locker another() const { return Locker(*locking_, *storage_, found(), key_); }
    /// As long as is waited for what must come: who is told to stop at the end of it has waited in vain.
    Context patience() const { return Context(Environment::system(), found().patience()); }

    Result<Guard> acquire(Context const& ctx = patient(), std::string_view purpose = "law") {
        auto guard = safely([&] { return locking_->acquire(*storage_, ctx, key_, purpose); });
        note(ctx.immediate() ? "acquire at once" : "acquire", guard);
        return guard;
    }
    /// One that is had.
    std::optional<Guard> mine(std::string_view purpose = "law") {
        auto guard = acquire(patient(), purpose);
        if (!succeeds(guard)) return std::nullopt;
        return *std::move(guard);
    }
    Result<void> confirm(Guard& guard) { return noted(safely([&] { return guard.confirm(patient()); }), "confirm"); }
    Result<void> renew(Guard& guard) { return noted(safely([&] { return guard.renew(patient()); }), "renew"); }
    Result<void> release(Guard& guard) { return noted(safely([&] { return guard.release(patient()); }), "release"); }

    /// What another thread gets that tries once: the lock, if it is free.
    Result<void> tried() {
        Result<void> came;
        elsewhere([&] {
            auto const guard =
                safely([&] { return locking_->acquire(*storage_, for_at_most(0), key_, "law, in passing"); });
            if (!guard) came = guard.error();
        });
        return noted(std::move(came), "acquire at once by another thread");
    }
    bool is_free() { return static_cast<bool>(tried()); }

    /// Somebody else has acquired the lock and holds it, for as long as `body(guard)` runs in his thread.
    template <class Body>
    void while_another_holds(Body&& body) {
        elsewhere([&] {
            auto guard = locking_->acquire(*storage_, patience(), key_, "law, another");
            note("acquire by another thread", guard);
            if (succeeds(guard)) body(*guard);
        });
    }

    /// That the call which was made last failed in this way.
    template <class R>
    bool fails(R const& result, Errc code, std::string_view expected) const {
        return expect(!result && result.error() == code, expected);
    }

private:
    L* locking_;
    S* storage_;
    Key key_;
};

}  // namespace holdfast::testing::law

#endif
