#ifndef HOLDFAST_STORE_ENTRY_RANGE_HPP
#define HOLDFAST_STORE_ENTRY_RANGE_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/concepts/verbs.hpp>
#include <holdfast/store/key_range.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

/// The states of a store with their keys, read while they are walked: `for (Result<Entry<Tap>> const& entry :
/// store.entries("tap-"))`.
///
/// A single pass, in no promised order. Must not outlive the store. It is no snapshot: each state is one that was there
/// while it was walked, and what is removed meanwhile is passed over. As many states are held at once as the storage
/// reads in one round (`BulkStorage`; else 1). Cost: that of `keys`, and of `get_many` for each round; each request has
/// the time limit of a call of its own.
///
/// A state that cannot be read is an error in its place, which names its key, and ends nothing. Errors of the listing
/// come at the end, as those of `KeyRange`.
template <class Store>
class EntryRange : public SinglePass<EntryRange<Store>, Result<EntryOf<Store>>> {
    using Walk = SinglePass<EntryRange, Result<EntryOf<Store>>>;

public:
    EntryRange(Store& store, std::string_view prefix, CallOptions const& options)
        : Walk(Error(Errc::not_found)), store_(std::addressof(store)), options_{options.timeout, options.stop},
          keys_(store.keys(prefix, options)) {}

    /// Whether the listing came to its end: for every key that could be told its state was there, or an error.
    bool complete() const noexcept { return keys_.complete() && at_ == read_.size(); }

private:
    friend Walk;

    void advance() {
        do {
            while (at_ < read_.size()) {
                auto one = std::move(read_[at_++]);
                if (!one) return this->show(std::move(one).error());
                if (*one) return this->show(Result<EntryOf<Store>>(std::in_place, **std::move(one)));
            }
        } while (read_round());
        if (keys_.begin() == keys_.end()) return this->finish();
        this->show(Error(keys_.begin()->error()).during("entries"));  // those of the listing come last
        taken_ = true;
    }

    /// Whether there were keys left.
    bool read_round() {
        std::vector<Key> round;
        auto key = keys_.begin();
        while (round.size() < detail::at_once(store_->storage())) {
            if (std::exchange(taken_, false)) ++key;
            if (key == keys_.end() || !*key) break;
            round.push_back(**key);
            taken_ = true;
        }
        at_ = 0;
        read_.clear();
        if (round.empty()) return false;
        read_ = store_->get_many(std::vector<KeyView>(round.begin(), round.end()), options_);
        return true;
    }

    Store* store_;
    CallOptions options_;
    KeyRange<StorageOf<Store>> keys_;
    std::vector<Result<std::optional<EntryOf<Store>>>> read_{};  ///< of this round
    std::size_t at_ = 0;
    bool taken_ = false;  ///< the key that is shown was
};

}  // namespace holdfast

#endif
