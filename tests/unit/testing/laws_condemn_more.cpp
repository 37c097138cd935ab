// The laws that `laws_condemn.cpp` leaves: waiting, inspection, renewal, listings that leak, and those of stores.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/testing/laws.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <unistd.h>

namespace laws_condemn_more_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::PlainText;

void names(Findings const& found, std::string_view law) {
    INFO(found.text());
    INFO("wanted: " << law);
    CHECK(found.text().find(law) != std::string::npos);
}

// ---- locks ----

enum class Slip : unsigned char {
    impatient,

    never_told,
    forgetful,
    nobody,
    always,
    no_purpose,
    no_renewal,
    no_confirmation,
    believes_release,
    clings,
    unreliable,
    relies_for_ever,
    lives_in_children
};

/// `MutexLock`, wrong in one way.
template <Slip slip>
struct Slipping {
    static constexpr Family family = Family::locking;

    struct Guard {
        MutexLock::Guard inner;
        pid_t made_in = ::getpid();
        Epoch epoch() const noexcept { return 0; }
        Instant reliable_until() const {
            if (slip == Slip::unreliable) return Instant::min();
            if (slip == Slip::relies_for_ever) return Instant::max();
            return inner.reliable_until();
        }
        Result<void> confirm(Context const& ctx) {
            if (slip == Slip::no_confirmation) return Error(Errc::lost, "planned");
            if (slip == Slip::believes_release || slip == Slip::clings) return {};
            auto const held = inner.confirm(ctx);
            if (slip == Slip::lives_in_children && !held && ::getpid() != made_in) return {};
            return held;
        }
        Result<void> renew(Context const& ctx) {
            if (slip == Slip::no_renewal) return Error(Errc::lost, "planned");
            return inner.renew(ctx);
        }
        Result<void> release(Context const& ctx) {
            if (slip == Slip::forgetful) return Error(Errc::unavailable, "planned");
            return inner.release(ctx);
        }
    };

    template <class S>
    Result<Guard> acquire(S& storage, Context const& ctx, KeyView key, std::string_view purpose) {
        bool const once = slip == Slip::impatient;
        auto got = lock.acquire(storage, once ? Context(ctx.env, Duration::zero()) : ctx, key, purpose);
        if (got) return Guard{*std::move(got)};
        if (slip == Slip::never_told && got.error() == Errc::already_held) return Error(Errc::busy);
        return got.error();
    }
    template <class S>
    Result<std::optional<LockInfo>> inspect(S& storage, Context const& ctx, KeyView key) {
        if (slip == Slip::nobody) return std::optional<LockInfo>();
        if (slip == Slip::always) return std::optional<LockInfo>(LockInfo{ctx.env.who(), "the purpose", {}});
        auto info = lock.inspect(storage, ctx, key);
        if (slip == Slip::no_purpose && info && *info) (*info)->purpose.clear();
        return info;
    }
    MutexLock lock;
};

template <Slip slip>
Findings judged(auto const& law) {
    MemoryStorage storage;
    Slipping<slip> locking;
    Findings found;
    law(locking, storage, found);
    return found;
}
constexpr auto waiting = [](auto& locking, auto& storage, Findings& found) {
    law::waiting_ends(locking, storage, found);
};
constexpr auto guarding = [](auto& locking, auto& storage, Findings& found) {
    law::a_guard_excludes(locking, storage, found);
};
constexpr auto ending = [](auto& locking, auto& storage, Findings& found) {
    law::a_guard_that_ended_holds_nothing(locking, storage, found);
};
constexpr auto forking = [](auto& locking, auto& storage, Findings& found) {
    law::a_child_holds_nothing(locking, storage, found);
};
constexpr auto telling = [](auto& locking, auto& storage, Findings& found) {
    law::a_holder_is_told(locking, storage, found);
};
constexpr auto showing = [](auto& locking, auto& storage, Findings& found) {
    law::holders_are_shown(locking, storage, found);
};

TEST_CASE("laws: locks that wait, tell, show or renew wrongly are condemned", "[laws]") {
    Findings const impatient = judged<Slip::impatient>(waiting);
    names(impatient, "waiting for a lock lasts until the time limit");
    names(impatient, "acquiring a lock once its holder releases it failed");
    names(judged<Slip::never_told>(telling), "a holder that acquires again is told 'already_held'");
    names(judged<Slip::forgetful>(guarding), "releasing a lock that is held failed");
    names(judged<Slip::no_renewal>(guarding), "renewing a lock that is held failed");
    names(judged<Slip::no_confirmation>(ending), "confirming a lock that is held failed");
    names(judged<Slip::believes_release>(ending), "a guard that was released confirms nothing");
    names(judged<Slip::clings>(ending), "a guard that was moved from confirms nothing");
    names(judged<Slip::unreliable>(ending), "a guard that holds is reliable for some time");
    names(judged<Slip::relies_for_ever>(ending), "a guard that was released is reliable no longer");
    names(judged<Slip::lives_in_children>(forking), "the copy of a guard in a child confirms nothing");
    names(judged<Slip::nobody>(showing), "a lock that is held has a holder");
    names(judged<Slip::no_purpose>(showing), "the holder is shown with its purpose");
    Findings const always = judged<Slip::always>(showing);
    names(always, "a lock that nobody holds has no holder");
    names(always, "a lock that was released has no holder");
}

// ---- listings ----

enum class Leak : unsigned char { tombstones, slots, strangers, endless, overfull };

template <Leak leak>
class Leaking : public Layer<Leaking<leak>, MemoryStorage, 1> {
    using Base = Layer<Leaking<leak>, MemoryStorage, 1>;

public:
    Leaking() : Base(MemoryStorage()) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if (operation.kind == Operation::Kind::write && leak == Leak::tombstones &&
            (*operation.record)->stamp.tombstone)
            graves_.push_back((*operation.record)->key);
        return call();
    }
    Result<ListPage> list(Context const& ctx, ListRequest const& request) {
        ListRequest asked = request;
        if (leak == Leak::strangers && asked.prefix.ends_with('?')) asked.prefix.remove_suffix(1);
        if (leak == Leak::overfull) asked.limit += 2;
        auto page = Base::list(ctx, asked);
        if (page && leak == Leak::endless && page->next.empty()) page->next = "0:";
        if (!page || !request.cursor.empty()) return page;
        for (Key const& grave : graves_)
            if (grave.view().starts_with(request.prefix)) page->records.push_back({grave});
        if (leak == Leak::slots) {
            asked.slot = Slot::lock;
            asked.limit = 1000;
            for (std::string cursor; auto other = Base::list(ctx, asked);) {
                for (auto& one : other->records) page->records.push_back(one);
                cursor = other->next;
                asked.cursor = cursor;
                if (cursor.empty()) break;
            }
        }
        return page;
    }

private:
    std::vector<Key> graves_;
};

template <Leak leak>
void leaks(std::string_view by) {
    Leaking<leak> storage;
    Findings found;
    if (leak == Leak::endless) (void)law::listed(storage, "x", 10, found, 500);
    else law::listing_is_complete(storage, found);
    names(found, by);
}

TEST_CASE("laws: listings that leak are condemned", "[laws]") {
    leaks<Leak::tombstones>("a tombstone or another slot is not listed as a state");
    leaks<Leak::slots>("a tombstone or another slot is not listed as a state");
    leaks<Leak::strangers>("a listing has only keys that begin with the prefix");
    leaks<Leak::endless>("a listing ends");
    leaks<Leak::overfull>("a page has at most as many records as were asked for");
}

// ---- stores ----

enum class Fault : unsigned char {
    none,
    swallows,
    writes_anyway,
    drops_attributes,
    keeps_attributes,
    half,
    twice,
    loses
};

/// A store of text that is wrong in one way. It has what the laws ask for, and no more.
template <Fault fault, class V = CompareAndSwap>
class FaultyStore {
    using Inner = BasicStateStore<std::string, MemoryStorage, NoLock, V, PlainText>;

public:
    using state_type = std::string;
    using storage_type = MemoryStorage;
    static constexpr bool watchful = Inner::watchful;
    using Maybe = std::optional<std::string>;

    auto get(KeyView key) { return inner_.get(key); }
    template <class F>
    Outcome<Entry<std::string>> update(KeyView key, F&& fn, CallOptions options = {}) {
        Attributes const nothing;
        if (fault == Fault::drops_attributes) options.attributes = &nothing;
        if constexpr (fault == Fault::swallows || fault == Fault::writes_anyway) {
            return inner_.update(
                key,
                [&](Maybe state) -> Result<std::string> {
                    try {
                        Result<std::string> next = fn(state);
                        return next || fault == Fault::swallows ? next : Result<std::string>("99");
                    } catch (int) {
                        if (fault == Fault::writes_anyway) return std::string("99");
                        return Error(Errc::aborted);
                    }
                },
                options);
        } else {
            return inner_.update(key, fn, options);
        }
    }
    auto create(KeyView key, std::string value, CallOptions const& options = {}) {
        return inner_.create(key, std::move(value), options);
    }
    auto replace(Entry<std::string> const& entry, std::string value, CallOptions options = {}) {
        if (fault == Fault::keeps_attributes) options.attributes = nullptr;
        return inner_.replace(entry, std::move(value), options);
    }
    auto remove(Entry<std::string> const& entry) { return inner_.remove(entry); }
    Outcome<void> remove(KeyView key) {
        if (fault == Fault::loses) return {};
        return inner_.remove(key);
    }
    Outcome<Entry<std::string>> put(KeyView key, std::string value) {
        if (auto const now = inner_.get(key); fault == Fault::loses && now && *now) return **now;
        return inner_.put(key, std::move(value));
    }
    std::vector<Result<Key>> keys(std::string_view prefix) {
        std::vector<Result<Key>> all;
        for (Result<Key> const& key : inner_.keys(prefix))
            for (int i = 0; i < (fault == Fault::twice ? 2 : 1); ++i) all.push_back(key);
        if (fault == Fault::loses) all.pop_back();
        return all;
    }
    /// Key by key, where it is wrong.
    template <class F>
    Outcome<void> transaction(std::initializer_list<KeyView> keys, F&& fn) {
        if constexpr (fault == Fault::half) {
            for (KeyView const key : keys) {
                Maybe states[2];
                auto const now = inner_.get(key);
                if (now && *now) states[0] = states[1] = (*now)->value();
                if constexpr (std::is_void_v<decltype(fn(std::span(states)))>) fn(std::span(states));
                else (void)fn(std::span(states));
                if (states[0]) (void)inner_.update(key, [&](std::string& text) { text = *states[0]; });
            }
            return {};
        } else {
            return inner_.transaction(keys, fn);
        }
    }

private:
    Inner inner_;
};

template <Fault fault, class V = CompareAndSwap>
Findings tried(auto const& law) {
    FaultyStore<fault, V> store;
    Findings found;
    law(store, found);
    return found;
}

constexpr auto giving_up = [](auto& store, Findings& found) { law::giving_up_writes_nothing(store, found); };
constexpr auto attributes = [](auto& store, Findings& found) { law::attributes_are_kept(store, found); };
constexpr auto listing = [](auto& store, Findings& found) { law::keys_are_listed(store, found); };
constexpr auto transacting = [](auto& store, Findings& found) { law::transactions_are_whole(store, found); };
constexpr auto putting = [](auto& store, Findings& found) { law::the_last_one_wins(store, found); };

TEST_CASE("laws: stores that break the laws of stores are condemned", "[laws]") {
    Findings sound;
    FaultyStore<Fault::none> innocent;
    giving_up(innocent, sound), attributes(innocent, sound), listing(innocent, sound), transacting(innocent, sound);
    CHECK(sound.text() == "");
    names(tried<Fault::swallows>(giving_up), "an exception of the function passes through");
    Findings const anyway = tried<Fault::writes_anyway>(giving_up);
    names(anyway, "the error of the function is the error of the update");
    names(anyway, "a function that gives up or throws writes nothing");
    names(tried<Fault::drops_attributes>(attributes), "attributes stay when none are given");
    names(tried<Fault::keeps_attributes>(attributes), "attributes that are given replace all");
    names(tried<Fault::twice>(listing), "names every key that has a state, once");
    names(tried<Fault::loses>(listing), "names every key that has a state, once");
    Findings const half = tried<Fault::half>(transacting);
    names(half, "a transaction that gives up writes nothing");
    names(half, "a key named twice is refused");
    names(half, "a transaction can remove one key and keep another");
}

TEST_CASE("laws: a put that does not overwrite is condemned", "[laws]") {
    names(tried<Fault::loses, LastWriterWins>(putting), "the last put has written");
    names(tried<Fault::loses, LastWriterWins>(putting), "a removed state is absent");
    CHECK(tried<Fault::none, LastWriterWins>(putting).text() == "");
}

}  // namespace laws_condemn_more_test
