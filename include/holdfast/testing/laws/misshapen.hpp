#ifndef HOLDFAST_TESTING_LAWS_MISSHAPEN_HPP
#define HOLDFAST_TESTING_LAWS_MISSHAPEN_HPP

#include <holdfast/concepts/locking.hpp>

#include <type_traits>

// Optional members that a policy has in another shape than they are asked for: nobody would use them, and no law would
// check them, without a word. A member that only happens to have the name, and takes other things, is nobody's business.
namespace holdfast::detail {

template <class F>
inline constexpr bool takes_context = false;
template <class R, class C, class First, class... Rest>
inline constexpr bool takes_context<R (C::*)(First, Rest...)> = std::is_same_v<std::remove_cvref_t<First>, Context>;
template <class R, class C, class First, class... Rest>
inline constexpr bool takes_context<R (C::*)(First, Rest...) const> = takes_context<R (C::*)(First, Rest...)>;
template <class R, class C, class First, class... Rest>
inline constexpr bool takes_context<R (C::*)(First, Rest...) noexcept> = takes_context<R (C::*)(First, Rest...)>;
template <class R, class C, class First, class... Rest>
inline constexpr bool takes_context<R (C::*)(First, Rest...) const noexcept> = takes_context<R (C::*)(First, Rest...)>;

template <class S>
concept MeansList = requires { requires takes_context<decltype(&S::list)>; };
template <class S>
concept MeansWriteAll = requires { requires takes_context<decltype(&S::write_all)>; };
template <class S>
concept MeansReread = requires { requires takes_context<decltype(&S::reread)>; };
template <class S>
concept MeansWaitForChange = requires { requires takes_context<decltype(&S::wait_for_change)>; };
template <class S>
concept MeansAge = requires { requires takes_context<decltype(&S::read_aged)>; };
template <class S>
concept MeansMany = requires { requires takes_context<decltype(&S::read_many)>; } ||
                    requires { requires takes_context<decltype(&S::remove_many)>; };
template <class S>
concept MeansTurn = requires { requires takes_context<decltype(&S::turn)>; };
template <class S>
concept MeansTurnRank = requires(S& s, RecordId const& id) { s.turn_rank(id); };
template <class S>
concept MeansLockDirectory = requires(S& s) {
    { s.lock_directory() } -> std::same_as<Result<LockDirectory>>;
};

/// Whether every capability that a storage means to have is one, with a sentence for each that is not.
template <class S>
consteval bool explain_capabilities() {
    static_assert(ListableStorage<S> || !MeansList<S>,
                  "holdfast: this 'list' is of no use; a storage that lists has 'Result<ListPage> list(Context const&, "
                  "ListRequest const&)'");
    static_assert(!ConditionalStorage<S> || TransactionalStorage<S> || !MeansWriteAll<S>,
                  "holdfast: this 'write_all' is of no use; a storage that writes batches has 'Result<WriteOutcome> "
                  "write_all(Context const&, std::span<Write const>)'");
    static_assert(RevalidatingStorage<S> || !MeansReread<S>,
                  "holdfast: this 'reread' is of no use; a storage that says whether a record is still the same has "
                  "'Result<RecordPtr> reread(Context const&, RecordId const&, RecordPtr const& known)'");
    static_assert(WatchableStorage<S> || !MeansWaitForChange<S>,
                  "holdfast: this 'wait_for_change' is of no use; a storage that tells of changes has 'Result<bool> "
                  "wait_for_change(Context const&, RecordId const&, Revision const& since)'");
    static_assert(AgingStorage<S> || !MeansAge<S>,
                  "holdfast: this 'read_aged' is of no use; a storage that knows ages has 'Result<Aged> read_aged(Context "
                  "const&, RecordId const&)'");
    static_assert(BulkStorage<S> || !MeansMany<S>,
                  "holdfast: this 'read_many' or 'remove_many' is of no use; a storage that does many things at once has "
                  "'std::vector<Result<RecordPtr>> read_many(Context const&, std::span<KnownRecord const>)', "
                  "'std::vector<Result<WriteOutcome>> remove_many(Context const&, std::span<Removal const>)' and "
                  "'std::size_t at_once() const'");
    static_assert(TurnTakingStorage<S> || !MeansTurn<S>,
                  "holdfast: this 'turn' is of no use; a storage where writers queue has 'Result<Turn> turn(Context "
                  "const&, RecordId const&, bool always)'");
    static_assert(!TurnTakingStorage<S> || RankedTurnStorage<S> || !MeansTurnRank<S>,
                  "holdfast: this 'turn_rank' is of no use; a storage whose turns have an order has 'std::size_t "
                  "turn_rank(RecordId const&) const'");
    static_assert(HostStorage<S> || !MeansLockDirectory<S>,
                  "holdfast: this 'lock_directory' is of no use; a storage in a directory of this host has "
                  "'Result<LockDirectory> lock_directory() const'");
    return true;
}

template <class L, class S>
concept MeansInspect = requires(L& l, S& s, Context const& c, KeyView k) { l.inspect(s, c, k); };
template <class L, class S>
concept MeansForce = requires(L& l, S& s, Context const& c, KeyView k, WriteId id) { l.force_unlock(s, c, k, id); };

template <class L, class S>
consteval bool explain_lock_capabilities() {
    static_assert(InspectableLocking<L, S> || !MeansInspect<L, S>,
                  "holdfast: this 'inspect' is of no use; a lock whose holder can be looked up has "
                  "'Result<std::optional<LockInfo>> inspect(Storage&, Context const&, KeyView)'");
    static_assert(BreakableLocking<L, S> || !MeansForce<L, S>,
                  "holdfast: this 'force_unlock' is of no use; a lock that can be ended by force has 'inspect' and "
                  "'Result<void> force_unlock(Storage&, Context const&, KeyView, WriteId)'");
    return true;
}

}  // namespace holdfast::detail

#endif
