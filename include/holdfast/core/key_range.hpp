#ifndef HOLDFAST_CORE_KEY_RANGE_HPP
#define HOLDFAST_CORE_KEY_RANGE_HPP

#include <holdfast/concepts/storage.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

namespace holdfast {

/// The keys of a store, read page by page while they are walked: `for (Result<Key> const& key : store.keys("tap-"))`.
///
/// A single pass, in no promised order. An error is the last element. Must not outlive the store. Cost: 1 request per
/// page of up to 1000 keys.
template <ListableStorage S>
class KeyRange {
public:
    KeyRange(S& storage, Context const& ctx, std::string prefix)
        : storage_(std::addressof(storage)), ctx_(ctx), prefix_(std::move(prefix)) {}

    class iterator {
    public:
        using value_type = Result<Key>;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        explicit iterator(KeyRange* range) : range_(range) {}

        Result<Key> const& operator*() const noexcept { return range_->now_; }
        Result<Key> const* operator->() const noexcept { return &range_->now_; }
        iterator& operator++() {
            range_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(iterator const& it, std::default_sentinel_t) noexcept { return it.done(); }

    private:
        bool done() const noexcept { return range_->done_; }

        KeyRange* range_ = nullptr;
    };

    iterator begin() {
        if (!begun_) {
            begun_ = true;
            advance();
        }
        return iterator(this);
    }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    void advance() {
        if (last_) {
            done_ = true;
            return;
        }
        while (at_ == page_.records.size()) {
            if (asked_ && page_.next.empty()) {
                done_ = true;
                return;
            }
            std::string const cursor = std::move(page_.next);
            auto page = storage_->list(ctx_, ListRequest{.slot = Slot::current, .prefix = prefix_, .cursor = cursor});
            if (!page) {
                now_ = std::move(page).error().during("keys");
                last_ = true;
                return;
            }
            page_ = *std::move(page);
            at_ = 0;
            asked_ = true;
        }
        now_ = std::move(page_.records[at_++].key);
    }

    S* storage_;
    Context ctx_;
    std::string prefix_;
    ListPage page_{};
    std::size_t at_ = 0;
    Result<Key> now_ = Error(Errc::not_found);
    bool begun_ = false, asked_ = false, last_ = false, done_ = false;
};

}  // namespace holdfast

#endif
