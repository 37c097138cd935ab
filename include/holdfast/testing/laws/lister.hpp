#ifndef HOLDFAST_TESTING_LAWS_LISTER_HPP
#define HOLDFAST_TESTING_LAWS_LISTER_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

// How laws list.
namespace holdfast::testing::law {

/// What a listing found, and how often: keys, of versions followed by a space and the version.
using Seen = std::map<std::string, unsigned>;

inline std::string listed_name(KeyView key, Slot slot, VersionId version) {
    std::string name(key.view());
    if (slot == Slot::version) name.append(" ").append(to_string(version));
    return name;
}
inline std::string came(Seen const& seen, Seen const& expected) {
    for (auto const& [name, times] : seen)
        if (!expected.contains(name)) return shown(name) + " is listed";
        else if (times != 1) return shown(name) + " is listed " + std::to_string(times) + " times";
    for (auto const& [name, times] : expected)
        if (!seen.contains(name)) return shown(name) + " is not listed";
    return "the same";
}

/// Calls a storage that lists, for one thread of a law.
template <ListableStorage S>
class Lister : public Caller<S> {
public:
    using Caller<S>::Caller;

    Result<ListPage> page(ListRequest const& request, Context const& ctx = patient()) {
        std::string did = "page of " + std::to_string(request.limit) + " of slot " + std::string(name(request.slot)) +
                          (request.whole_key ? ", whole key " : ", prefix ") + shown(request.prefix);
        if (!request.cursor.empty()) did += ", after a cursor";
        return this->noted(this->storage().list(ctx, request), std::move(did), RecordId(KeyView()));
    }
    /// Lists to the end, in pages of `request.limit`. `after_page` is called with each page.
    template <class AfterPage>
    Seen all(ListRequest request, unsigned most_pages, AfterPage&& after_page) {
        Seen seen;
        std::string cursor;
        for (unsigned pages = 0; this->expect(pages < most_pages, "a listing ends", "page after page"); ++pages) {
            request.cursor = cursor;
            auto const page = this->page(request);
            if (!this->succeeds(page)) break;
            for (auto const& one : page->records) ++seen[listed_name(one.key, request.slot, one.version)];
            unreadable_ += page->unreadable.size();
            if (page->next.empty()) break;
            cursor = page->next;
            after_page(*page);
        }
        return seen;
    }
    Seen all(ListRequest const& request, unsigned most_pages = 1000) {
        return all(request, most_pages, [](ListPage const&) {});
    }
    bool is(Seen const& seen, Seen const& wanted, std::string_view expected) const {
        return this->expect(seen == wanted, expected, seen == wanted ? std::string() : came(seen, wanted));
    }
    /// Keys of one prefix, with a record each.
    std::vector<Key> fill(std::string_view prefix, int count) {
        std::vector<Key> keys;
        for (int i = 0; i < count; ++i) {
            keys.push_back(*Key::parse(std::string(prefix) + std::to_string(i)));
            (void)this->applies(RecordId(keys.back()), make_record(keys.back(), "x"));
        }
        return keys;
    }
    void clear(std::vector<Key> const& keys) {
        for (Key const& key : keys) (void)this->removes(RecordId(key));
    }
    /// How many entries could not be read, of all listings since the last question. A storage that is in use may have
    /// some, and then every listing has the same.
    std::size_t unreadable() noexcept { return std::exchange(unreadable_, 0); }

private:
    std::size_t unreadable_ = 0;
};
inline Seen once(std::vector<Key> const& keys) {
    Seen all;
    for (Key const& key : keys) all[key.str()] = 1;
    return all;
}

}  // namespace holdfast::testing::law

#endif
