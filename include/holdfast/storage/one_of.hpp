#ifndef HOLDFAST_STORAGE_ONE_OF_HPP
#define HOLDFAST_STORAGE_ONE_OF_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/concepts/storage.hpp>
#include <holdfast/concepts/wait_for_change.hpp>
#include <holdfast/concepts/openable.hpp>

#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace holdfast {

/// One of several storages, chosen at run time by the scheme of a URI: `OneOf<MemoryStorage, FileStorage<>,
/// SqliteStorage>`.
///
/// It can do what all of them can. A capability that one lacks is lacking at compile time, whichever is chosen.
/// `reread`, `wait_for_change` and `turn` are no such capability, since every storage can do without: one that has them
/// is enough; the others are read, and give no turns.
template <class... Storages>
class OneOf {
    static_assert(sizeof...(Storages) > 0, "holdfast: OneOf needs at least one storage");
    static_assert((StoragePolicy<Storages> && ...),
                  "holdfast: every argument of OneOf is a storage policy; one of these is not");

    template <class S>
    static constexpr bool lands_late = requires { requires S::late_writes; };

public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = (ConditionalStorage<Storages> && ...);
    static constexpr bool attributed = (AttributedStorage<Storages> && ...);
    static constexpr bool late_writes = (lands_late<Storages> || ...);
    static constexpr bool conditional_remove = (detail::can_remove_conditionally<Storages> && ...);
    static constexpr bool stale_reads = (detail::serves_stale<Storages> || ...);

    template <class S>
        requires(std::same_as<std::remove_cvref_t<S>, Storages> || ...)
    OneOf(S&& storage) : chosen_(std::forward<S>(storage)) {}  // NOLINT(google-explicit-constructor)

    /// Opens the storage whose scheme the URI has. Errors: `invalid_argument`, with the schemes that are accepted, and
    /// those of the storage.
    static Result<OneOf> open(Locator const& locator)
        requires(OpenableStorage<Storages> && ...)
    {
        Result<OneOf> opened =
            locator.refuse("the scheme '" + locator.scheme + "' is not one of these", {Storages::scheme...});
        (void)(open_if<Storages>(locator, opened) || ...);
        return opened;
    }

    bool removes_conditionally() const {
        return std::visit([](auto const& storage) { return detail::removes_conditionally(storage); }, chosen_);
    }

    /// The storage of this type, or null if another was chosen.
    template <class S>
    S* get_if() noexcept {
        return std::get_if<S>(&chosen_);
    }

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) {
        return visit([&](auto& storage) { return storage.read(ctx, id); });
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known)
        requires(RevalidatingStorage<Storages> || ...)
    {
        return visit([&](auto& storage) { return detail::reread(storage, ctx, id, known); });
    }
    Result<bool> wait_for_change(Context const& ctx, RecordId const& id, Revision const& since)
        requires(WatchableStorage<Storages> || ...)
    {
        return visit([&](auto& storage) { return detail::watch(storage, ctx, id, since); });
    }
    Result<Turn> turn(Context const& ctx, RecordId const& id, bool always)
        requires(TurnTakingStorage<Storages> || ...)
    {
        return visit([&]<class S>(S& storage) -> Result<Turn> {
            if constexpr (TurnTakingStorage<S>) return storage.turn(ctx, id, always);
            else return Turn();
        });
    }
    std::size_t turn_rank(RecordId const& id) const
        requires(RankedTurnStorage<Storages> || ...)
    {
        return std::visit(
            [&]<class S>(S const& storage) -> std::size_t {
                if constexpr (RankedTurnStorage<S>) return storage.turn_rank(id);
                else return 0;
            },
            chosen_);
    }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return change([&](auto& storage) { return storage.write(ctx, id, record, when); });
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        return change([&](auto& storage) { return storage.remove(ctx, id, when); });
    }
    Result<ListPage> list(Context const& ctx, ListRequest const& request)
        requires(ListableStorage<Storages> && ...)
    {
        return visit([&](auto& storage) { return storage.list(ctx, request); });
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes)
        requires(TransactionalStorage<Storages> && ...)
    {
        return change([&](auto& storage) { return storage.write_all(ctx, writes); });
    }
    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads)
        requires(BulkStorage<Storages> || ...)
    {
        return visit([&](auto& storage) { return detail::read_many(storage, ctx, reads); });
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<Removal const> removals)
        requires(BulkStorage<Storages> || ...)
    {
        return visit([&](auto& storage) {
            auto all = detail::remove_many(storage, ctx, removals);
            for (auto& one : all) one = at_rest<std::remove_cvref_t<decltype(storage)>>(std::move(one));
            return all;
        });
    }
    std::size_t at_once() const
        requires(BulkStorage<Storages> || ...)
    {
        return std::visit(
            []<class S>(S const& storage) -> std::size_t {
                if constexpr (BulkStorage<S>) return storage.at_once();
                else return 1;
            },
            chosen_);
    }
    Result<Aged> read_aged(Context const& ctx, RecordId const& id)
        requires((AgingStorage<Storages> || ...) && ((AgingStorage<Storages> || !lands_late<Storages>) && ...))
    {
        return visit([&]<class S>(S& storage) -> Result<Aged> {
            if constexpr (AgingStorage<S>) return storage.read_aged(ctx, id);
            auto record = storage.read(ctx, id);
            return record ? Result<Aged>(Aged{*std::move(record)}) : Result<Aged>(std::move(record).error());
        });
    }
    auto lock_directory() const
        requires(HostStorage<Storages> && ...)
    {
        return std::visit([](auto const& storage) { return storage.lock_directory(); }, chosen_);
    }

private:
    template <class S>
    static bool open_if(Locator const& locator, Result<OneOf>& opened) {
        if (locator.scheme != S::scheme) return false;
        auto storage = S::open(locator);
        if (storage) opened = OneOf(*std::move(storage));
        else opened = std::move(storage).error();
        return true;
    }

    template <class F>
    auto visit(F&& f) {
        return std::visit(std::forward<F>(f), chosen_);
    }

    /// What a storage without late writes answers is no less certain because others could have been chosen.
    template <class S>
    static Result<WriteOutcome> at_rest(Result<WriteOutcome> outcome) {
        if constexpr (late_writes && !lands_late<S>) {
            if (outcome) return (*std::move(outcome)).at_rest();
        }
        return outcome;
    }
    template <class F>
    Result<WriteOutcome> change(F&& f) {
        return visit([&](auto& storage) { return at_rest<std::remove_cvref_t<decltype(storage)>>(f(storage)); });
    }

    std::variant<Storages...> chosen_;
};

}  // namespace holdfast

#endif
