#ifndef HOLDFAST_TESTING_LATE_OBJECTS_HPP
#define HOLDFAST_TESTING_LATE_OBJECTS_HPP

#include <holdfast/object/bulk_objects.hpp>
#include <holdfast/object/large_objects.hpp>
#include <holdfast/object/name_page.hpp>
#include <holdfast/posix/system_error.hpp>
#include <holdfast/posix/whole.hpp>
#include <holdfast/testing/delivery.hpp>

#include <cerrno>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// An object store at the other end of a bad line: puts and removals get lost, lose their replies, arrive late or twice,
/// reads fail, and listings show what was there some operations ago. What stands over a service has to live with it, made
/// to order.
///
/// A handle: copies share what is under way. All goes through it that the listing is to know. Thread safety: every
/// member, from any thread; the hooks are called without a lock and may use the store.
template <ObjectStore O>
class LateObjects {
public:
    static constexpr bool conditional_put = O::conditional_put;
    static constexpr bool conditional_remove = O::conditional_remove;
    static constexpr bool late_writes = true;

    explicit LateObjects(O objects) : world_(std::make_shared<World>(std::move(objects))) {}

    /// Decides about the nth put or removal (0 is the first). Empty: all arrive at once, and their replies too.
    std::function<Delivery(unsigned nth)>& on_write() const noexcept { return world_->on_write; }
    /// Called before each operation: the place where a test lets others act or late writes arrive.
    std::function<void()>& before_operation() const noexcept { return world_->before_operation; }
    /// Whether the nth read fails.
    std::function<bool(unsigned nth)>& read_fails() const noexcept { return world_->read_fails; }
    /// By how many operations listings are behind.
    void list_behind(unsigned operations) const {
        std::lock_guard const lock(world_->mutex);
        world_->lag = operations;
    }

    O& objects() const noexcept { return world_->objects; }
    unsigned operations() const {
        std::lock_guard const lock(world_->mutex);
        return world_->operations;
    }
    std::size_t in_flight() const {
        std::lock_guard const lock(world_->mutex);
        return world_->flying.size();
    }
    /// Lets the nth of the copies under way arrive now.
    void arrive(Context const& ctx, std::size_t nth) const {
        std::unique_lock lock(world_->mutex);
        land(ctx, nth, lock);
    }

    bool removes_conditionally() const { return holdfast::detail::removes_conditionally(world_->objects); }

    Result<Fetched> get(Context const& ctx, ObjectRead const& read) const {
        step(ctx);
        if (fails_to_read()) return unread(read.name);
        return world_->objects.get(ctx, read);
    }
    Result<WriteOutcome> put(Context const& ctx, std::string_view name, BodyParts body, Precondition const& when) const {
        std::string all;
        for (std::string_view const part : body) all.append(part);
        return send(ctx, {std::string(name), std::move(all), when, 0});
    }
    Result<WriteOutcome> remove(Context const& ctx, std::string_view name, Precondition const& when) const {
        return send(ctx, {std::string(name), std::nullopt, when, 0});
    }
    Result<ObjectPage> list(Context const& ctx, ObjectQuery const& query) const {
        step(ctx);
        {
            std::lock_guard const lock(world_->mutex);
            if (world_->lag > 0)
                return holdfast::detail::name_page(world_->listed, query, [](std::uint64_t size) { return size; });
        }
        return world_->objects.list(ctx, query);
    }

    std::vector<Result<Fetched>> get_many(Context const& ctx, std::span<ObjectRead const> reads) const
        requires BulkObjectStore<O>
    {
        std::vector<Result<Fetched>> all;
        for (ObjectRead const& read : reads) all.push_back(get(ctx, read));
        return all;
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<ObjectRemoval const> removals) const
        requires BulkObjectStore<O>
    {
        std::vector<Result<WriteOutcome>> all;
        for (ObjectRemoval const& one : removals) all.push_back(remove(ctx, one.name, one.when));
        return all;
    }
    std::size_t at_once() const
        requires BulkObjectStore<O>
    {
        return world_->objects.at_once();
    }

    Result<Fetched> get_to(Context const& ctx, ObjectRead const& read, int fd) const
        requires LargeObjectStore<O>
    {
        step(ctx);
        if (fails_to_read()) return unread(read.name);
        return world_->objects.get_to(ctx, read, fd);
    }
    /// What may arrive later is kept in memory until then.
    Result<WriteOutcome> put_from(Context const& ctx, std::string_view name, int fd, std::uint64_t size,
                                  Precondition const& when) const
        requires LargeObjectStore<O>
    {
        std::string body(size, '\0');
        auto const got = holdfast::detail::read_whole(fd, body.data(), body.size());
        if (got < 0) return holdfast::detail::system_error(errno, "put", std::string(name));
        if (static_cast<std::uint64_t>(got) != size)
            return Error(Errc::malformed, "the file ended after " + std::to_string(got) + " of " + std::to_string(size) +
                                              " bytes: nothing was put")
                .during("put")
                .on(std::string(name));
        return send(ctx, {std::string(name), std::move(body), when, 0});
    }

private:
    struct Copy {
        std::string name;
        std::optional<std::string> body;  ///< none: a removal
        Precondition when;
        unsigned due;
    };
    struct Change {
        unsigned seen;  ///< after so many operations
        std::string name;
        std::optional<std::uint64_t> size;
    };
    struct World {
        explicit World(O o) : objects(std::move(o)) {}

        O objects;
        std::function<Delivery(unsigned)> on_write;
        std::function<void()> before_operation;
        std::function<bool(unsigned)> read_fails;
        std::mutex mutex, effects;
        unsigned operations = 0, writes = 0, reads = 0, lag = 0;
        std::vector<Copy> flying;
        std::deque<Change> changes;  ///< that listings do not show yet
        std::map<std::string, std::uint64_t, std::less<>> listed;
    };

    bool fails_to_read() const {
        unsigned const nth = [this] {
            std::lock_guard const lock(world_->mutex);
            return world_->reads++;
        }();
        return world_->read_fails && world_->read_fails(nth);
    }
    static Error unread(std::string_view name) {
        return Error(Errc::unavailable, "the read failed (planned)").during("get").on(std::string(name));
    }

    void step(Context const& ctx) const {
        if (world_->before_operation) world_->before_operation();
        std::unique_lock lock(world_->mutex);
        ++world_->operations;
        auto& changes = world_->changes;
        for (; !changes.empty() && changes.front().seen <= world_->operations; changes.pop_front())
            if (changes.front().size) world_->listed[changes.front().name] = *changes.front().size;
            else world_->listed.erase(changes.front().name);
        for (std::size_t i = 0; i < world_->flying.size();) {
            if (world_->flying[i].due > world_->operations) {
                ++i;
                continue;
            }
            land(ctx, i, lock);
            i = 0;  // others may have landed meanwhile
        }
    }

    /// Takes the copy out while nobody else can; `lock` is held before and after.
    void land(Context const& ctx, std::size_t nth, std::unique_lock<std::mutex>& lock) const {
        Copy const copy = std::move(world_->flying[nth]);
        world_->flying.erase(world_->flying.begin() + static_cast<std::ptrdiff_t>(nth));
        lock.unlock();
        (void)apply(ctx, copy);
        lock.lock();
    }

    /// One at a time, so that listings show what took effect last.
    Result<WriteOutcome> apply(Context const& ctx, Copy const& copy) const {
        std::lock_guard const order(world_->effects);
        std::string_view const body = copy.body ? std::string_view(*copy.body) : std::string_view();
        auto done = copy.body ? world_->objects.put(ctx, copy.name, {&body, 1}, copy.when)
                              : world_->objects.remove(ctx, copy.name, copy.when);
        if (done && done->kind() == WriteOutcome::Kind::applied) {
            std::lock_guard const lock(world_->mutex);
            world_->changes.push_back({world_->operations + world_->lag, copy.name,
                                       copy.body ? std::optional<std::uint64_t>(body.size()) : std::nullopt});
        }
        return done;
    }

    Result<WriteOutcome> send(Context const& ctx, Copy copy) const {
        step(ctx);
        unsigned const nth = [this] {
            std::lock_guard const lock(world_->mutex);
            return world_->writes++;
        }();
        Delivery const way = world_->on_write ? world_->on_write(nth) : Delivery::intact();
        if (way.refused) return Error(Errc::unavailable, "not sent (planned)").during("put").on(copy.name);
        auto outcome = way.now ? apply(ctx, copy) : Result<WriteOutcome>(WriteOutcome::conflict());
        if (way.later) {
            std::lock_guard const lock(world_->mutex);
            copy.due = way.after == Delivery::held ? ~0u : world_->operations + way.after;
            world_->flying.push_back(std::move(copy));
        }
        if (way.reply) return outcome;
        return WriteOutcome::unknown(Error(Errc::unavailable, "the reply was lost (planned)").during("put"));
    }

    std::shared_ptr<World> world_;
};

}  // namespace holdfast::testing

#endif
