#ifndef HOLDFAST_STORE_KEY_RANGE_HPP
#define HOLDFAST_STORE_KEY_RANGE_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/store/single_pass.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace holdfast {

/// The keys of a store, read page by page while they are walked: `for (Result<Key> const& key : store.keys("tap-"))`.
///
/// A single pass, in no promised order. Must not outlive the store. Cost: 1 request per page of up to 1000 keys, each
/// with the time limit of a call of its own: what the caller does between two keys takes none of it.
///
/// Errors come after all keys. An entry that is damaged or a stranger's, so that its key cannot be told, is an error
/// that names it (`malformed`, `permission_denied`, …; 100 are named, the others counted). If the storage fails, that
/// is the last element, and `complete()` stays false.
template <ListableStorage S>
class KeyRange : public SinglePass<KeyRange<S>, Result<Key>> {
    using Walk = SinglePass<KeyRange, Result<Key>>;

public:
    KeyRange(S& storage, Context const& ctx, std::string prefix)
        : Walk(Error(Errc::not_found)), storage_(std::addressof(storage)), unused_(ctx), prefix_(std::move(prefix)) {}

    /// Has an error in the place of all keys.
    void refuse(Error why) {
        this->begin_with(std::move(why));
        failed_ = true;
    }

    /// Whether the listing came to its end: every key that could be told was there. An error before that is the last.
    bool complete() const noexcept {
        return asked_ && !failed_ && page_.next.empty() && at_ == page_.records.size();
    }

private:
    friend Walk;
    static constexpr std::size_t most_named = 100;

    void advance() {
        while (!failed_ && at_ == page_.records.size()) {
            if (complete()) return name_unreadable();
            if (!turn_page()) return;
        }
        if (failed_) this->finish();
        else this->show(std::move(page_.records[at_++].key));
    }

    bool turn_page() {
        Context const ctx = unused_;
        std::string const cursor = std::move(page_.next);
        auto page = storage_->list(ctx, ListRequest{.slot = Slot::current, .prefix = prefix_, .cursor = cursor});
        failed_ = !page;
        if (failed_) return this->show(std::move(page).error().during("keys")), false;
        page_ = *std::move(page);
        at_ = 0;
        asked_ = true;
        for (Error& one : page_.unreadable) {
            if (unreadable_.size() < most_named) unreadable_.push_back(std::move(one));
            else ++more_unreadable_;
        }
        return true;
    }

    void name_unreadable() {
        if (named_ < unreadable_.size()) this->show(std::move(unreadable_[named_++]).during("keys"));
        else if (more_unreadable_ > 0)
            this->show(Error(Errc::malformed, std::to_string(std::exchange(more_unreadable_, 0)) +
                                                  " more entries do not tell their key: see to those that were named, "
                                                  "then list again")
                           .during("keys"));
        else this->finish();
    }

    S* storage_;
    Context unused_;  ///< copied for each page, so that its time begins there
    std::string prefix_;
    ListPage page_{};
    std::size_t at_ = 0;
    std::vector<Error> unreadable_{};
    std::size_t named_ = 0, more_unreadable_ = 0;
    bool asked_ = false, failed_ = false;
};

}  // namespace holdfast

#endif
