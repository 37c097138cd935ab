#ifndef HOLDFAST_STORE_SINGLE_PASS_HPP
#define HOLDFAST_STORE_SINGLE_PASS_HPP

#include <cstddef>
#include <iterator>
#include <utility>

namespace holdfast {

/// A base of `Range`: what is walked once, from its beginning to its end. `Range::advance` shows the next element, or
/// ends; it is a friend's to call.
template <class Range, class T>
class SinglePass {
public:
    class iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        explicit iterator(SinglePass* range) : range_(range) {}

        T const& operator*() const noexcept { return range_->now_; }
        T const* operator->() const noexcept { return &range_->now_; }
        iterator& operator++() {
            range_->step();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(iterator const& it, std::default_sentinel_t) noexcept { return it.done(); }

    private:
        bool done() const noexcept { return range_->done_; }

        SinglePass* range_ = nullptr;
    };

    /// The first time it goes to the first element; later it is where the walk is.
    iterator begin() {
        if (!std::exchange(begun_, true)) step();
        return iterator(this);
    }
    std::default_sentinel_t end() const noexcept { return {}; }

protected:
    explicit SinglePass(T first) : now_(std::move(first)) {}

    void show(T element) { now_ = std::move(element); }
    /// Shows an element before all that `advance` would.
    void begin_with(T element) {
        show(std::move(element));
        begun_ = true;
    }
    void finish() noexcept { done_ = true; }

private:
    void step() { static_cast<Range*>(this)->advance(); }

    T now_;
    bool begun_ = false, done_ = false;
};

}  // namespace holdfast

#endif
