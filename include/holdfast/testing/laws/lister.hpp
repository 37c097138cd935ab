#ifndef HOLDFAST_TESTING_LAWS_LISTER_HPP
#define HOLDFAST_TESTING_LAWS_LISTER_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <map>
#include <set>
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
inline std::string shown_listed(std::string_view name) {
    std::size_t const blank = name.rfind(' ');
    if (blank == name.npos || !parse_version(name.substr(blank + 1))) return shown(name);
    return shown(name.substr(0, blank)).append(" version ").append(name.substr(blank + 1));
}
inline std::string came(Seen const& seen, Seen const& expected) {
    for (auto const& [name, times] : seen)
        if (!expected.contains(name)) return shown_listed(name) + " is listed";
        else if (times != 1) return shown_listed(name) + " is listed " + std::to_string(times) + " times";
    for (auto const& [name, times] : expected)
        if (!seen.contains(name)) return shown_listed(name) + " is not listed";
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
        return this->noted(this->safely([&] { return this->storage().list(ctx, request); }), std::move(did),
                           RecordId(KeyView()));
    }
    /// Lists to the end, in pages of `request.limit`, and adds to `seen`. `after_page` is called with each page.
    ///
    /// Pages may be empty, as many as there are records of others, where a storage looks at so many and then filters.
    template <class AfterPage>
    Seen all(ListRequest request, AfterPage&& after_page, Seen seen = {}) {
        constexpr std::string_view ends = "a listing ends";
        std::set<std::string> cursors{std::string(request.cursor)};
        Environment& env = Environment::system();
        for (Instant news = env.monotonic();;) {
            auto const page = this->page(request);
            if (!this->succeeds(page)) break;
            for (auto const& one : page->records)
                if (++seen[listed_name(one.key, request.slot, one.version)] == 1) news = env.monotonic();
            unreadable_ += page->unreadable.size();
            if (page->next.empty()) break;
            auto const [cursor, fresh] = cursors.insert(page->next);
            if (!this->expect(fresh, ends, "a cursor that was there before")) break;
            bool const hopeful = env.monotonic() - news < this->found().patience();
            if (!this->expect(hopeful, ends, "page after page of nothing new")) break;
            request.cursor = *cursor;
            after_page(*page);
        }
        return seen;
    }
    Seen all(ListRequest const& request) {
        return all(request, [](ListPage const&) {});
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
