#ifndef HOLDFAST_TESTING_LAWS_STORE_VERBS_HPP
#define HOLDFAST_TESTING_LAWS_STORE_VERBS_HPP

#include <holdfast/testing/laws/numbered.hpp>

#include <atomic>
#include <concepts>
#include <vector>

// The laws of stores about single calls of each verb. They use keys of their own.
namespace holdfast::testing::law {

template <class Store>
void written_states_are_read(Store& store, Findings& found) {
    if (!found.begins("written_states_are_read")) return;
    Client<Store> at(store, found);
    auto const none = at.get();
    if (!at.succeeds(none)) return;
    at.expect(!*none, "absence is a value");
    auto const reads = [&](auto const& done, std::uint64_t number) {
        if (!at.succeeds(done)) return;
        auto const entry = at.get();
        if (!at.succeeds(entry)) return;
        at.expect(*entry && NumberOf<Store>::number((*entry)->value()) == number, "what was written is read",
                  *entry ? std::to_string(NumberOf<Store>::number((*entry)->value())) : "nothing");
    };
    if constexpr (Store::watchful) {
        auto const first = at.create(1);
        reads(first, 1);
        if (first) reads(at.replace(*first, 2), 2);
        reads(at.update([](Maybe<Store>) -> StateOf<Store> { return numbered<Store>(3); }), 3);
    } else {
        reads(at.put(1), 1);
        reads(at.put(2), 2);
    }
    reads(at.write(12'345'678), 12'345'678);
    Client<Store> other(store, found);
    other.expect_number(std::nullopt, "what was written is read under its own key only");
    std::string const name(other.key().view());
    for (std::string_view const tail : {"a1", "A1", "a2", "a1/", "a1 "}) {
        Client<Store> alike(store, found, *Key::parse(std::string(name).append(tail)));
        alike.expect_number(std::nullopt, "what was written is read under its own key only, not under one like it");
        (void)alike.write(7);
    }
    if constexpr (std::default_initializable<StateOf<Store>> && std::equality_comparable<StateOf<Store>>) {
        Client<Store> empty(store, found);
        StateOf<Store> const nothing{};
        auto const done = [&] {
            if constexpr (Store::watchful) return store.create(empty.key(), nothing);
            else return store.put(empty.key(), nothing);
        }();
        empty.note("write of an empty state", done);
        auto const entry = empty.get();
        if (done) empty.expect(entry && *entry && (*entry)->value() == nothing, "an empty state is a state");
    }
}

template <class Store>
void entries_tell_of_their_writes(Store& store, Findings& found) {
    if (!found.begins("entries_tell_of_their_writes", {"written_states_are_read"})) return;
    Client<Store> at(store, found);
    std::vector<Revision> revisions;
    auto const tells = [&](auto const& done, std::uint64_t number, std::uint64_t sequence) {
        if (!done) return;
        auto const entry = at.get();
        if (!at.expect(entry && *entry, "what was written is read")) return;
        at.expect(done->key() == at.key() && (*entry)->key() == at.key(), "an entry knows its key",
                  std::string(done->key().view()));
        at.expect(NumberOf<Store>::number(done->value()) == number, "an entry has the state that was written");
        at.expect(done->record() && (*entry)->record(), "an entry has its record");
        if (!Store::storage_type::attributed) return;
        at.expect(same_entry<Store>(*done, **entry), "what a write returns is what is read afterwards");
        at.expect(done->sequence() == sequence, "the sequence counts the states of the key",
                  std::to_string(done->sequence()) + ", not " + std::to_string(sequence));
        at.expect(!done->who().empty(), "an entry says who wrote it");
        for (Revision const& earlier : revisions)
            at.expect(earlier != done->revision(), "each write has a revision of its own");
        revisions.push_back(done->revision());
    };
    if constexpr (Store::watchful) {
        auto const first = at.create(1);
        tells(first, 1, 1);
        if (first) tells(at.replace(*first, 2), 2, 2);
        tells(at.write(3), 3, 3);
    } else {
        for (std::uint64_t n = 1; n <= 3; ++n) tells(at.put(n), n, n);
    }
    tells(at.write(3'000), 3'000, 4);
    // Somebody else locked the record since: he is not the author.
    if constexpr (Store::storage_type::attributed && requires { store.storage(); }) {
        auto const entry = at.get();
        if (!entry || !*entry || !(*entry)->record()) return;
        Record locked = *(*entry)->record();
        Author const author = locked.stamp.author();
        locked.stamp.set_by = author;
        locked.stamp.when += std::chrono::hours(1);
        locked.stamp.who = Writer("locker@host:1");
        locked.stamp.ids.push(Environment::system().new_write_id());
        locked.revision = Revision(locked.stamp.ids.newest());
        (void)store.storage().write(patient(), RecordId(at.key()), std::make_shared<Record const>(std::move(locked)),
                                    Precondition::none());
        auto const now = at.get();
        if (!now || !*now) return;
        at.expect((*now)->when() == author.when && (*now)->who() == author.who.view(),
                  "an entry says who set the state and when, whoever locked the record since",
                  std::string((*now)->who()));
    }
}

template <class Store>
void conflicts_are_noticed(Store& store, Findings& found) {
    if (!found.begins("conflicts_are_noticed", {"written_states_are_read", "removed_states_are_absent"})) return;
    Client<Store> at(store, found);
    auto const first = at.create(1);
    if (!at.succeeds(first)) return;
    at.expect(is_conflict(at.create(2)), "create of a key that exists is a conflict");
    at.expect_number(1, "what conflicts changes nothing");
    auto const second = at.replace(*first, 2);
    if (!at.succeeds(second)) return;
    at.expect(is_conflict(at.replace(*first, 3)), "replacing an old entry is a conflict");
    at.expect(is_conflict(at.remove(*first)), "removing an old entry is a conflict");
    at.expect_number(2, "what conflicts changes nothing");
    auto const same = at.replace(*second, 2);  // the same state: another write all the same
    if (at.succeeds(same))
        at.expect(is_conflict(at.replace(*second, 3)), "replacing an old entry of the same state is a conflict");
    auto const last = same ? at.remove(*same) : at.remove(*second);
    if (!at.succeeds(last)) return;
    at.expect(is_conflict(at.replace(*second, 4)), "a removed entry cannot be replaced");
    if (same) at.expect(is_conflict(at.remove(*same)), "a removed entry cannot be removed again");
    at.expect_number(std::nullopt, "what conflicts changes nothing");
    auto const anew = at.create(5);
    if (!at.succeeds(anew)) return;
    if (same) at.expect(is_conflict(at.replace(*same, 6)), "an entry from before a removal cannot be replaced");
    at.expect_number(5, "a key that was removed can be created again");
}

template <class Store>
void removed_states_are_absent(Store& store, Findings& found) {
    if (!found.begins("removed_states_are_absent", {"written_states_are_read"})) return;
    Client<Store> at(store, found), other(store, found);
    (void)at.write(1);
    (void)other.write(2);
    if constexpr (Store::watchful) {
        auto const entry = at.get();
        if (!entry || !*entry || !at.succeeds(at.remove(**entry))) return;
    } else {
        if (!at.succeeds(at.remove())) return;
        at.expect(bool(at.remove()), "removing what is absent succeeds");
    }
    auto const none = at.get();
    if (at.succeeds(none)) at.expect(!*none, "a removed state is absent");
    other.expect_number(2, "a removal removes nothing else");
    at.expect(bool(at.write(3)), "a removed key can be written again");
    at.expect_number(3, "what is written after a removal is read");
    auto const again = at.get();
    if (!Store::storage_type::attributed || !again || !*again) return;
    at.expect((*again)->attributes().empty(), "what is written after a removal has none of the attributes from before");
}

template <class Store>
void attributes_are_kept(Store& store, Findings& found) {
    if (!found.begins("attributes_are_kept", {"written_states_are_read", "removed_states_are_absent"})) return;
    Client<Store> at(store, found);
    Attributes const given{{"owner", "a"}}, other{{"owner", "b"}, {"note", ""}}, none;
    CallOptions options;
    auto const are = [&](Attributes const& wanted, std::string_view expected) {
        auto const entry = at.get();
        at.expect(entry && *entry && (*entry)->attributes() == wanted, expected,
                  entry && *entry ? std::to_string((*entry)->attributes().size()) + " attributes" : "nothing");
    };
    auto const with = [&](Attributes const& attributes) {
        options.attributes = &attributes;
        return options;
    };
    constexpr std::string_view set = "attributes that are given are stored, and replace all",
                               stay = "attributes stay when none are given";
    if constexpr (Store::watchful) {
        (void)at.create(1, with(given));
        are(given, set);
        (void)at.increment();
        are(given, stay);
        (void)at.increment(with(other));
        are(other, set);
        auto entry = at.get();
        if (entry && *entry) (void)at.replace(**entry, 10);
        are(other, stay);
        entry = at.get();
        if (entry && *entry) (void)at.replace(**entry, 11, with(given));
        are(given, set);
        (void)at.increment(with(none));
        are(none, "an empty list that is given removes all");
        (void)at.increment(with(given));
        at.clear();
        (void)at.create(1);
        are(none, "attributes do not outlive a removal");
    } else {
        (void)at.put(1, with(given));
        are(given, set);
        (void)at.put(2);
        are(given, stay);
        (void)at.put(3, with(other));
        are(other, set);
        (void)at.put(4, with(none));
        are(none, "an empty list that is given removes all");
        (void)at.put(5, with(given));
        at.clear();
        (void)at.put(6);
        are(none, "attributes do not outlive a removal");
    }
}

/// Calls that have no time, and calls that are asked to stop.
template <class Store>
void failed_calls_change_nothing(Store& store, Findings& found) {
    if (!found.begins("failed_calls_change_nothing", {"written_states_are_read", "removed_states_are_absent"})) return;
    std::atomic<bool> const stop{true};
    for (bool const hurried : {true, false}) {
        CallOptions options;
        if (hurried) options.timeout = Duration::zero();
        else options.stop = &stop;
        Client<Store> at(store, found);
        (void)at.write(1);
        auto const changes = [&](auto const& done, std::optional<std::uint64_t> before,
                                 std::optional<std::uint64_t> after) {
            if (done) at.expect_number(after, "a call that succeeds has done what it was to do");
            else at.expect_number(before, "a call that fails changes nothing");
            (void)at.write(1);
        };
        if constexpr (Store::watchful) {
            changes(at.write(2, options), 1, 2);
            changes(at.create(5, options), 1, 5);
            auto entry = at.get();
            if (entry && *entry) changes(at.replace(**entry, 3, options), 1, 3);
            entry = at.get();
            if (entry && *entry) changes(at.noted(store.remove(**entry, options), "remove"), 1, std::nullopt);
        } else {
            changes(at.put(4, options), 1, 4);
            changes(at.noted(store.remove(at.key(), options), "remove"), 1, std::nullopt);
        }
    }
}

template <class Store>
void keys_of_states_are_listed(Store& store, Findings& found) {
    if (!found.begins("keys_of_states_are_listed", {"written_states_are_read", "removed_states_are_absent"})) return;
    std::string const prefix(fresh_key().view());
    for (char const last : {'a', 'b', 'c'}) {
        Client<Store> at(store, found, *Key::parse(prefix + last));
        (void)at.write(1);
    }
    Client<Store> gone(store, found, *Key::parse(prefix + 'b')), stranger(store, found);
    gone.clear();
    (void)stranger.write(1);
    auto const lists = [&](std::string const& asked, std::vector<std::string> wanted) {
        std::vector<std::string> all;
        for (Result<Key> const& key : store.keys(asked)) {
            if (!found.succeeds(key, "keys(" + shown(asked) + ")")) return;
            all.emplace_back(key->view());
        }
        for (std::string const& key : all) {
            auto at = wanted.begin();
            while (at != wanted.end() && *at != key) ++at;
            if (!found.expect(at != wanted.end(), "keys(" + shown(asked) + ")",
                              "keys that begin with the prefix and have a state, each once", key))
                return;
            wanted.erase(at);
        }
        found.expect(wanted.empty(), "keys(" + shown(asked) + ")",
                     "every key that begins with the prefix and has a state",
                     std::to_string(wanted.size()) + " are missing");
    };
    lists(prefix, {prefix + 'a', prefix + 'c'});
    lists(prefix + 'a', {prefix + 'a'});
    lists(prefix + 'b', {});
    (void)gone.write(2);
    lists(prefix, {prefix + 'a', prefix + 'b', prefix + 'c'});
    bool mine = false, other = false;
    for (Result<Key> const& key : store.keys()) {
        mine = mine || (key && key->view() == prefix + 'a');
        other = other || (key && *key == stranger.key());
    }
    found.expect(mine && other, "keys()", "without a prefix all keys are listed",
                 mine || other ? "some are missing" : "none of ours");
}

template <class Store>
void the_last_one_wins(Store& store, Findings& found) {
    if (!found.begins("the_last_one_wins", {"written_states_are_read", "removed_states_are_absent"})) return;
    Client<Store> at(store, found);
    at.expect(bool(at.remove()), "removing what is absent succeeds");
    for (std::uint64_t const number : {5u, 3u, 3u, 8u}) {
        at.expect(bool(at.put(number)), "a put replaces whatever is there");
        at.expect_number(number, "the last put has written, also what is less, or the same");
    }
    at_once(2, [&](unsigned me) {
        Client<Store> mine(store, found, at.key());
        for (unsigned i = 0; i < 5; ++i) mine.expect(bool(mine.put(10 + me)), "a put beside others succeeds");
    });
    auto const last = at.number();
    at.expect(last == 10 || last == 11, "one of the last puts has written", told(last));
    at.expect(bool(at.remove()), "a remove removes whatever is there");
    at.expect_number(std::nullopt, "the last removal has removed");
}

}  // namespace holdfast::testing::law

#endif
