#ifndef HOLDFAST_TESTS_ZOO_ERASED_HPP
#define HOLDFAST_TESTS_ZOO_ERASED_HPP

#include <holdfast/protocol/settle.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace zoo {

using namespace holdfast;

/// A storage by reference that forgot its type, so that what a broken policy does to it can be a function object. What
/// is written to it may be changed on the way, and the conditions be ignored.
class Erased {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = true;  // if not, the outcomes say so

    template <class S>
    explicit Erased(S& storage)
        : late(S::late_writes),
          read_([&](Context const& ctx, RecordId const& id) { return storage.read(ctx, id); }),
          write_([&](Context const& ctx, RecordId const& id, RecordPtr const& record, Precondition const& when) {
              return storage.write(ctx, id, record, when);
          }),
          remove_([&](Context const& ctx, RecordId const& id, Precondition const& when) {
              return storage.remove(ctx, id, when);
          }) {
        if constexpr (TransactionalStorage<S>)
            write_all_ = [&](Context const& ctx, std::span<Write const> writes) {
                return storage.write_all(ctx, writes);
            };
    }

    bool const late;  ///< whether a write can arrive after its outcome was told
    bool blind = false;
    std::function<void(Record&)> spoil{};
    RecordPtr sent{};  ///< the last record that was spoiled

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) { return read_(ctx, id); }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        RecordPtr out = record;
        if (spoil) {
            Record copy = *record;
            spoil(copy);
            out = sent = std::make_shared<Record const>(std::move(copy));
        }
        return at_rest(write_(ctx, id, out, blind ? Precondition::none() : when));
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        return at_rest(remove_(ctx, id, blind ? Precondition::none() : when));
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes) {
        return at_rest(write_all_(ctx, writes));
    }

private:
    Result<WriteOutcome> at_rest(Result<WriteOutcome> done) const {
        if (!done || late) return done;
        return (*std::move(done)).at_rest();
    }

    std::function<Result<RecordPtr>(Context const&, RecordId const&)> read_;
    std::function<Result<WriteOutcome>(Context const&, RecordId const&, RecordPtr const&, Precondition const&)> write_;
    std::function<Result<WriteOutcome>(Context const&, RecordId const&, Precondition const&)> remove_;
    std::function<Result<WriteOutcome>(Context const&, std::span<Write const>)> write_all_{};
};

}  // namespace zoo

#endif
