#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_COUNTING_OBJECTS_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_COUNTING_OBJECTS_HPP

#include <holdfast/object/memory_objects.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace holdfast_tests {

struct Requests {
    std::atomic<unsigned> gets{0}, puts{0}, removals{0}, lists{0}, flights{0};
    std::atomic<std::size_t> bytes_in{0};

    unsigned all() const { return gets + puts + removals + lists + flights; }
    void clear() {
        gets = puts = removals = lists = flights = 0;
        bytes_in = 0;
    }
};

/// An object store that counts what a service would charge. What is done at once is one flight, and each in it a request.
template <class O = holdfast::MemoryObjects>
class CountingObjects : public O {
public:
    explicit CountingObjects(O objects = O()) : O(std::move(objects)) {}

    Requests& requests() const noexcept { return *requests_; }

    holdfast::Result<holdfast::Fetched> get(holdfast::Context const& ctx, holdfast::ObjectRead const& read) const {
        ++requests_->gets;
        auto found = O::get(ctx, read);
        if (found) requests_->bytes_in += found->body.size();
        return found;
    }
    holdfast::Result<holdfast::WriteOutcome> put(holdfast::Context const& ctx, std::string_view name,
                                                 holdfast::BodyParts body, holdfast::Precondition const& when) {
        ++requests_->puts;
        return O::put(ctx, name, body, when);
    }
    holdfast::Result<holdfast::WriteOutcome> remove(holdfast::Context const& ctx, std::string_view name,
                                                    holdfast::Precondition const& when) {
        ++requests_->removals;
        return O::remove(ctx, name, when);
    }
    holdfast::Result<holdfast::ObjectPage> list(holdfast::Context const& ctx, holdfast::ObjectQuery const& query) const {
        ++requests_->lists;
        return O::list(ctx, query);
    }
    std::vector<holdfast::Result<holdfast::Fetched>> get_many(holdfast::Context const& ctx,
                                                              std::span<holdfast::ObjectRead const> reads) const
        requires holdfast::BulkObjectStore<O>
    {
        ++requests_->flights;
        auto all = O::get_many(ctx, reads);
        for (auto const& one : all)
            if (one) requests_->bytes_in += one->body.size();
        return all;
    }
    std::vector<holdfast::Result<holdfast::WriteOutcome>> remove_many(
        holdfast::Context const& ctx, std::span<holdfast::ObjectRemoval const> removals)
        requires holdfast::BulkObjectStore<O>
    {
        ++requests_->flights;
        return O::remove_many(ctx, removals);
    }

private:
    std::shared_ptr<Requests> requests_ = std::make_shared<Requests>();
};

}  // namespace holdfast_tests

#endif
