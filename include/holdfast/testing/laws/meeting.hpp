#ifndef HOLDFAST_TESTING_LAWS_MEETING_HPP
#define HOLDFAST_TESTING_LAWS_MEETING_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace holdfast::testing::law {

/// A storage by reference where two threads that write do so side by side: each waits with its write until the other
/// has come to one, too, or has left. So what both have read before is what both write upon. They do not wait for ever:
/// who holds a lock that keeps the other from writing goes on after some time.
template <StoragePolicy S>
class Meeting {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = S::conditional;
    static constexpr bool attributed = S::attributed;
    static constexpr bool late_writes = S::late_writes;

    explicit Meeting(S& storage) : storage_(&storage), shared_(std::make_shared<Shared>()) {}

    /// No writes of this thread will follow.
    void leave() {
        std::lock_guard const lock(shared_->mutex);
        --shared_->present;
        shared_->changed.notify_all();
    }

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) { return storage_->read(ctx, id); }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        meet();
        return storage_->write(ctx, id, record, when);
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        meet();
        return storage_->remove(ctx, id, when);
    }
    Result<ListPage> list(Context const& ctx, ListRequest const& request)
        requires ListableStorage<S>
    {
        return storage_->list(ctx, request);
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes)
        requires TransactionalStorage<S>
    {
        meet();
        return storage_->write_all(ctx, writes);
    }
    Result<std::optional<Duration>> age(Context const& ctx, RecordId const& id)
        requires AgingStorage<S>
    {
        return storage_->age(ctx, id);
    }
    auto lock_directory() const
        requires HostStorage<S>
    {
        return static_cast<S const*>(storage_)->lock_directory();
    }

private:
    struct Shared {
        std::mutex mutex;
        std::condition_variable changed;
        unsigned present = 2, here = 0, meetings = 0;
    };

    void meet() {
        Shared& shared = *shared_;
        std::unique_lock lock(shared.mutex);
        if (shared.present < 2) return;
        unsigned const meeting = shared.meetings;
        if (++shared.here == 2) {
            shared.here = 0;
            ++shared.meetings;
            shared.changed.notify_all();
            return;
        }
        shared.changed.wait_for(lock, std::chrono::milliseconds(100),
                                [&] { return shared.meetings != meeting || shared.present < 2; });
        if (shared.meetings == meeting) shared.here = 0;
    }

    S* storage_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace holdfast::testing::law

#endif
