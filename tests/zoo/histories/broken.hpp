#ifndef HOLDFAST_TESTS_ZOO_HISTORIES_BROKEN_HPP
#define HOLDFAST_TESTS_ZOO_HISTORIES_BROKEN_HPP

#include <zoo/erased.hpp>
#include <zoo/zoo.hpp>

#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/laws/history.hpp>
#include <holdfast/versioning/history.hpp>

#include <functional>
#include <string>
#include <utility>

namespace zoo::in_histories {

using namespace holdfast::testing;
using Kind = WriteOutcome::Kind;

/// History that is wrong in one way.
struct BrokenHistory {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::history;

    /// Keeps what it wants, then commits what it wants.
    std::function<Result<Commit>(Erased&, Context const&, RecordId const&, RecordPtr const&, Change)> whole{};
    std::function<void(Record&)> version{};                                ///< spoils what is kept
    std::function<void(Record&, RecordPtr const&, Change const&)> head{};  ///< spoils what replaces it
    std::function<bool(Environment&, WriteId, WriteId, Duration)> stale{};
    std::function<Result<BatchCommit>(Erased&, Context const&, std::span<BatchChange>)> jointly{};

    struct Retention {
        std::function<Result<std::uint64_t>(VersionList&)> ask{};
        Result<std::uint64_t> floor(VersionList& versions) const {
            return ask ? ask(versions) : KeepAll().floor(versions);
        }
    };
    Retention kept{};

    template <StoragePolicy S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        if (!whole && !version && !head) return right_.commit(storage, ctx, id, base, std::move(change));
        Erased erased(storage);
        if (whole) return whole(erased, ctx, id, base, std::move(change));
        bool const keeps = replaces(id, base, change);
        if (keeps) {
            auto kept_now = archive(erased, ctx, base, version);
            if (!kept_now) return std::move(kept_now).error();
        }
        if (head) erased.spoil = [&, told = change](Record& out) { head(out, base, told); };
        change.discipline = discipline;
        return settle(erased, ctx, id, base, std::move(change));
    }
    template <TransactionalStorage S>
    Result<BatchCommit> commit_all(S& storage, Context const& ctx, std::span<BatchChange> changes) {
        if (!jointly) return right_.commit_all(storage, ctx, changes);
        Erased erased(storage);
        return jointly(erased, ctx, changes);
    }
    bool pin_is_stale(Environment& env, WriteId pin, WriteId nonce, Duration ttl) {
        return stale ? stale(env, pin, nonce, ttl) : right_.pin_is_stale(env, pin, nonce, ttl);
    }
    Retention const& retention() const { return kept; }

    static bool replaces(RecordId const& id, RecordPtr const& base, Change const& change) {
        return id.slot == Slot::current && base && !base->stamp.tombstone && !change.same_content;
    }
    /// Keeps the version of a record, and waits until that is known.
    static Result<bool> archive(Erased& storage, Context const& ctx, RecordPtr const& base,
                                std::function<void(Record&)> const& spoil = {}) {
        Write version = detail::archive_of(base);
        if (spoil) {
            Record copy = *version.record;
            spoil(copy);
            version.record = std::make_shared<Record const>(std::move(copy));
        }
        return detail::keep_versions(storage, ctx, {&version, 1});
    }
    static Result<Commit> replace(Erased& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                                  Change change) {
        change.discipline = discipline;
        return settle(storage, ctx, id, base, std::move(change));
    }

private:
    History<> right_;
};

class HistoryPen {
public:
    using Make = std::function<void(BrokenHistory&)>;

    void add(std::string law, std::string sin, Make make) {
        all_.push_back({std::move(law), std::move(sin), [make] {
                            BrokenHistory broken;
                            make(broken);
                            MemoryStorage storage;
                            return check_history(broken, storage);
                        }});
    }
    void keeps(std::string law, std::string sin, std::function<void(Record&)> make) {
        add(std::move(law), std::move(sin), [make](BrokenHistory& broken) { broken.version = make; });
    }
    void whole(std::string law, std::string sin, decltype(BrokenHistory::whole) make) {
        add(std::move(law), std::move(sin), [make](BrokenHistory& broken) { broken.whole = make; });
    }
    Animals take() { return std::move(all_); }

private:
    Animals all_;
};

}  // namespace zoo::in_histories

#endif
