#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_HISTORY_STORAGES_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_HISTORY_STORAGES_HPP

#include <holdfast/core/entry.hpp>
#include <holdfast/layer/layer.hpp>
#include <holdfast/versioning/history/version_info.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace holdfast_tests {

/// A storage that writes no batches: every other capability of `S` is hidden but listing.
template <class S>
class Apart {
public:
    static constexpr holdfast::Family family = holdfast::Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = S::late_writes;

    Apart() = default;
    explicit Apart(S storage) : storage_(std::move(storage)) {}

    auto read(holdfast::Context const& c, holdfast::RecordId const& id) { return storage_.read(c, id); }
    auto write(holdfast::Context const& c, holdfast::RecordId const& id, holdfast::RecordPtr const& record,
               holdfast::Precondition const& when) {
        return storage_.write(c, id, record, when);
    }
    auto remove(holdfast::Context const& c, holdfast::RecordId const& id, holdfast::Precondition const& when) {
        return storage_.remove(c, id, when);
    }
    auto list(holdfast::Context const& c, holdfast::ListRequest const& request) { return storage_.list(c, request); }

private:
    S storage_;
};

/// Counts what passes, and lets a test act before it or instead of it.
template <class Next>
class Hooked : public holdfast::Layer<Hooked<Next>, Next, 2> {
public:
    struct Hooks {
        unsigned reads = 0, writes = 0, removals = 0, lists = 0, batches = 0;
        std::function<void(holdfast::Operation const&)> before;
        std::function<holdfast::Errc(holdfast::Operation const&)> refuse;  ///< `Errc{}`: let it pass

        unsigned all() const { return reads + writes + removals + lists + batches; }
        std::string take() {
            std::string text;
            auto const add = [&](unsigned& count, char const* what) {
                if (count > 0) text += (text.empty() ? "" : " ") + std::to_string(count) + what;
                count = 0;
            };
            add(reads, "r");
            add(writes, "w");
            add(removals, "d");
            add(lists, "l");
            add(batches, "b");
            return text;
        }
    };

    Hooked(Next next, std::shared_ptr<Hooks> hooks)
        : holdfast::Layer<Hooked<Next>, Next, 2>(std::move(next)), hooks_(std::move(hooks)) {}

    template <class R, class Call>
    R around(holdfast::Context const&, holdfast::Operation const& operation, Call&& call) {
        using Kind = holdfast::Operation::Kind;
        switch (operation.kind) {
            case Kind::read: ++hooks_->reads; break;
            case Kind::write: ++hooks_->writes; break;
            case Kind::remove: ++hooks_->removals; break;
            case Kind::list: ++hooks_->lists; break;
            default: ++hooks_->batches; break;
        }
        if (hooks_->before) hooks_->before(operation);
        if (hooks_->refuse) {
            holdfast::Errc const code = hooks_->refuse(operation);
            if (code != holdfast::Errc{}) return holdfast::Error(code, "planned");
        }
        return call();
    }

private:
    std::shared_ptr<Hooks> hooks_;
};

/// Writes a state, whatever was there.
template <class Store>
holdfast::Entry<std::string> put(Store& store, holdfast::KeyView key, std::string text) {
    return store.update(key, [&](std::string& now) { now = text; }, {.write_unchanged = true}).value();
}
/// A page of a history in short: `3*=1 2p 1! >`.
template <class Store>
std::string shown(Store& store, holdfast::KeyView key, holdfast::HistoryQuery const& query = {}) {
    auto const page = store.history(key, query).value();
    std::string text = page.removed ? "removed " : "";
    for (holdfast::VersionInfo const& version : page.versions) {
        text += std::to_string(version.id.sequence);
        if (version.current) text += "*";
        if (version.pinned) text += "p";
        if (version.restored > 0) text += "=" + std::to_string(version.restored);
        if (version.error) text += "!";
        text += " ";
    }
    return text + (page.next.empty() ? "." : ">");
}

}  // namespace holdfast_tests

#endif
