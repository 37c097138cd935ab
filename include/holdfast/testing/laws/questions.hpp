#ifndef HOLDFAST_TESTING_LAWS_QUESTIONS_HPP
#define HOLDFAST_TESTING_LAWS_QUESTIONS_HPP

#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/said.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

// Every operation of a storage with every kind of argument.
namespace holdfast::testing::law {

/// One call, and what whoever is called must see of it.
template <class S>
struct Question {
    Said said;
    std::function<Said(S&, Context const&)> ask;  ///< gives the answer
    bool has_context = true;
    bool may_fail = true;  ///< what it gives can be an error
};

/// Ids in every slot of keys that nobody else has.
inline std::vector<std::pair<Key, VersionId>> odd_versions() {
    return {{fresh_key(), {1, {1, 2}}}, {fresh_key("\xc3\xa9 \""), {~std::uint64_t{0}, {~std::uint64_t{0}, 1}}}};
}

template <StoragePolicy S>
class Questions {
public:
    using All = std::vector<Question<S>>;

    /// Of each operation that the storage has, with several arguments, each of a key of its own.
    static All all() {
        All all;
        for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention})
            for (auto const& [key, version] : odd_versions())
                of(all, key, slot, slot == Slot::version ? version : VersionId());
        if constexpr (ListableStorage<S>) of_listings(all);
        if constexpr (TransactionalStorage<S>) of_batches(all);
        if constexpr (BulkStorage<S>) of_many(all);
        if constexpr (holdfast::detail::can_remove_conditionally<S>)
            all.push_back({asked_removes_conditionally(),
                           [](S& s, Context const&) { return answered(holdfast::detail::removes_conditionally(s)); }, false,
                           false});
        if constexpr (HostStorage<S>)
            all.push_back({asked_directory(),
                           [](S& s, Context const&) { return answered(std::as_const(s).lock_directory()); }, false});
        return all;
    }

private:
    static void of(All& all, Key const& key, Slot slot, VersionId version) {
        // The id must outlive the question: it only views the key.
        auto const with = [&](auto said, auto ask, bool has_context = true, bool may_fail = true) {
            Key const fresh = *Key::parse(fresh_key(key.view()).str());
            all.push_back({said(RecordId(fresh, slot, version)),
                           [fresh, slot, version, ask](S& s, Context const& c) {
                               return ask(s, c, RecordId(fresh, slot, version));
                           },
                           has_context, may_fail});
        };
        RecordPtr const known = sample(key, 2), other = sample(key, 5);
        with([](RecordId const& id) { return asked_read(id); },
             [](S& s, Context const& c, RecordId const& id) { return answered(s.read(c, id)); });
        for (Precondition const& when : {Precondition::none(), Precondition::absent(),
                                         Precondition::matches(known->revision), Precondition::matches(Revision())}) {
            for (RecordPtr const& record : {known, other})
                with([&](RecordId const& id) { return asked_write(id, record, when); },
                     [record, when](S& s, Context const& c, RecordId const& id) {
                         return answered(s.write(c, id, record, when));
                     });
            with([&](RecordId const& id) { return asked_remove(id, when); },
                 [when](S& s, Context const& c, RecordId const& id) { return answered(s.remove(c, id, when)); });
        }
        if constexpr (RevalidatingStorage<S>)
            for (RecordPtr const& one : {known, other, RecordPtr()})
                with([&](RecordId const& id) { return asked_reread(id, one); },
                     [one](S& s, Context const& c, RecordId const& id) { return answered(s.reread(c, id, one)); });
        if constexpr (WatchableStorage<S>)
            for (Revision const& since : {known->revision, Revision()})
                with([&](RecordId const& id) { return asked_wait(id, since); },
                     [since](S& s, Context const& c, RecordId const& id) {
                         return answered(s.wait_for_change(c, id, since));
                     });
        if constexpr (AgingStorage<S>)
            with([](RecordId const& id) { return asked_read_aged(id); },
                 [](S& s, Context const& c, RecordId const& id) { return answered(s.read_aged(c, id)); });
        if constexpr (TurnTakingStorage<S>)
            for (bool const always : {false, true})
                with([&](RecordId const& id) { return asked_turn(id, always); },
                     [always](S& s, Context const& c, RecordId const& id) { return answered(s.turn(c, id, always)); });
        if constexpr (RankedTurnStorage<S>)
            with([](RecordId const& id) { return asked_rank(id); },
                 [](S& s, Context const&, RecordId const& id) {
                     return Said{std::to_string(std::as_const(s).turn_rank(id))};
                 },
                 false, false);
    }

    static void of_listings(All& all)
        requires ListableStorage<S>
    {
        ListRequest const nothing;
        std::string_view const odd = "\xc3\xa9\"/";
        for (ListRequest const& request :
             {nothing, ListRequest{.slot = Slot::version}, ListRequest{.slot = Slot::lock, .limit = 0},
              ListRequest{.prefix = odd}, ListRequest{.prefix = "p", .whole_key = true}, ListRequest{.cursor = odd},
              ListRequest{.limit = 7},
              ListRequest{
                  .slot = Slot::retention, .prefix = odd, .whole_key = true, .cursor = "c", .limit = ~std::size_t{0}}})
            all.push_back(
                {asked_list(request), [request](S& s, Context const& c) { return answered(s.list(c, request)); }});
    }

    static void of_many(All& all)
        requires BulkStorage<S>
    {
        all.push_back({asked_at_once(), [](S& s, Context const&) { return Said{std::to_string(std::as_const(s).at_once())}; },
                       false, false});
        for (std::size_t size : {1u, 2u, 7u}) {
            auto const keys = std::make_shared<std::vector<Key>>();
            for (std::size_t i = 0; i < size; ++i) keys->push_back(fresh_key());
            auto const reads = std::make_shared<std::vector<KnownRecord>>();
            auto const removals = std::make_shared<std::vector<Removal>>();
            for (std::size_t i = 0; i < size; ++i) {
                RecordPtr const record = sample((*keys)[i], i);
                RecordId const id = slot_of((*keys)[i], i % 2 == 0 ? Slot::current : Slot::version);
                reads->push_back({id, i % 3 == 0 ? nullptr : record});
                removals->push_back({id, i % 3 == 0   ? Precondition::matches(record->revision)
                                         : i % 3 == 1 ? Precondition::absent()
                                                      : Precondition::none()});
            }
            all.push_back({asked_read_many(*reads), [keys, reads](S& s, Context const& c) {
                               return answered(s.read_many(c, std::span<KnownRecord const>(*reads)));
                           }});
            all.push_back({asked_remove_many(*removals), [keys, removals](S& s, Context const& c) {
                               return answered(s.remove_many(c, std::span<Removal const>(*removals)));
                           }});
        }
    }

    static void of_batches(All& all)
        requires TransactionalStorage<S>
    {
        for (std::size_t size : {1u, 2u, 5u, 60u}) {
            auto const keys = std::make_shared<std::vector<Key>>();
            for (std::size_t i = 0; i < size; ++i) keys->push_back(fresh_key());
            auto const writes = std::make_shared<std::vector<Write>>();
            for (std::size_t i = 0; i < size; ++i) {
                RecordPtr const record = sample((*keys)[i], i);
                Precondition const when = i % 3 == 0   ? Precondition::matches(record->revision)
                                          : i % 3 == 1 ? Precondition::absent()
                                                       : Precondition::none();
                writes->push_back({slot_of((*keys)[i], i % 2 == 0 ? Slot::current : Slot::version),
                                   i % 3 == 1 ? nullptr : record, when});
            }
            all.push_back({asked_write_all(*writes), [keys, writes](S& s, Context const& c) {
                               return answered(s.write_all(c, std::span<Write const>(*writes)));
                           }});
        }
    }
};

}  // namespace holdfast::testing::law

#endif
