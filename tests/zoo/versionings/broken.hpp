#ifndef HOLDFAST_TESTS_ZOO_VERSIONINGS_BROKEN_HPP
#define HOLDFAST_TESTS_ZOO_VERSIONINGS_BROKEN_HPP

#include <zoo/erased.hpp>
#include <zoo/zoo.hpp>

#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/laws/versioning.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace zoo::in_versionings {

using namespace holdfast::testing;
using Kind = WriteOutcome::Kind;

/// Compare-and-swap that is wrong in one way.
struct Broken {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;

    using Whole = std::function<Result<Commit>(Erased&, Context const&, RecordId const&, RecordPtr const&, Change)>;

    // ---- what it makes of what it is given, writes, and returns ----
    std::function<void(RecordPtr const& base, Change&)> before{};
    std::function<void(Record&, RecordPtr const& base, Change const&)> record{};
    std::function<void(Result<Commit>&, RecordPtr const& base, RecordId const&)> after{};
    std::function<bool(Change const&)> blind{};
    // ---- whole calls ----
    Whole whole{};
    std::function<Result<BatchCommit>(Erased&, Context const&, std::span<BatchChange>)> jointly{};

    template <StoragePolicy S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        if (before) before(base, change);
        Erased erased(storage);
        if (blind) erased.blind = blind(change);
        if (record) erased.spoil = [&, told = change](Record& out) { record(out, base, told); };
        bool const plain = !record && !blind && !whole;
        auto done = whole   ? whole(erased, ctx, id, base, std::move(change))
                    : plain ? CompareAndSwap().commit(storage, ctx, id, base, std::move(change))
                            : CompareAndSwap().commit(erased, ctx, id, base, std::move(change));
        if (record && done && done->kind == Kind::applied && done->now && erased.sent) {
            Record stored = *erased.sent;
            stored.revision = done->now->revision;
            done->now = std::make_shared<Record const>(std::move(stored));
        }
        if (after) after(done, base, id);
        return done;
    }
    template <TransactionalStorage S>
    Result<BatchCommit> commit_all(S& storage, Context const& ctx, std::span<BatchChange> changes) {
        if (!jointly) return CompareAndSwap().commit_all(storage, ctx, changes);
        Erased erased(storage);
        return jointly(erased, ctx, changes);
    }
};

/// Without the look at the discipline.
inline Result<Commit> unmarked(Erased& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                               Change change) {
    change.discipline = Discipline::compare_and_swap;
    return settle(storage, ctx, id, base, std::move(change));
}
inline Result<Commit> right(Erased& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                            Change change) {
    return CompareAndSwap().commit(storage, ctx, id, base, std::move(change));
}
inline void give(Result<Commit>& done, std::function<void(Record&)> const& change) {
    if (!done || !done->now) return;
    Record record = *done->now;
    change(record);
    done->now = std::make_shared<Record const>(std::move(record));
}
inline bool sets(Change const& change) { return !change.same_content && !change.tombstone; }

class Pen {
public:
    void add(std::string law, std::string sin, std::function<void(Broken&)> make) {
        all_.push_back({std::move(law), std::move(sin), [make] {
                            Broken broken;
                            make(broken);
                            MemoryStorage storage;
                            return check_versioning(broken, storage);
                        }});
    }
    /// By what is written.
    void writes(std::string law, std::string sin, std::function<void(Record&, RecordPtr const&, Change const&)> make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.record = make; });
    }
    void before(std::string law, std::string sin, std::function<void(RecordPtr const&, Change&)> make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.before = make; });
    }
    void after(std::string law, std::string sin,
               std::function<void(Result<Commit>&, RecordPtr const&, RecordId const&)> make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.after = make; });
    }
    void whole(std::string law, std::string sin, Broken::Whole make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.whole = make; });
    }
    void jointly(std::string law, std::string sin,
                 std::function<Result<BatchCommit>(Erased&, Context const&, std::span<BatchChange>)> make) {
        add(std::move(law), std::move(sin), [make](Broken& broken) { broken.jointly = make; });
    }
    Animals take() { return std::move(all_); }

private:
    Animals all_;
};

}  // namespace zoo::in_versionings

#endif
