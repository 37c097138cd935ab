#ifndef HOLDFAST_TESTING_LAWS_OBJECT_LISTING_HPP
#define HOLDFAST_TESTING_LAWS_OBJECT_LISTING_HPP

#include <holdfast/testing/laws/object_calls.hpp>
#include <holdfast/testing/laws/threads.hpp>

#include <atomic>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The law of `ObjectStore` about listings.
namespace holdfast::testing::law {

/// What all pages of a listing hold, and how often.
struct ListedObjects {
    std::map<std::string, unsigned> times;
    std::map<std::string, std::uint64_t> sizes;
};

template <ObjectStore O>
ListedObjects list_all(Named<O>& at, std::string_view prefix, bool one_level, std::size_t limit) {
    ListedObjects all;
    std::string cursor;
    for (unsigned pages = 0;; ++pages) {
        auto page = at.safely([&] { return at.objects().list(patient(), {prefix, cursor, one_level, limit}); });
        at.note("listing of " + std::string(prefix) + (one_level ? ", one level" : "") + ", pages of " + std::to_string(limit), page);
        if (!at.succeeds(page)) return all;
        at.expect(page->objects.size() + page->prefixes.size() <= (limit == 0 ? 1 : limit), "a page has at most as many as were asked for");
        at.expect(page->unreadable.empty(), "where all can be looked at nothing is said to be unreadable");
        for (ObjectEntry const& one : page->objects) {
            ++all.times[one.name];
            all.sizes[one.name] = one.size;
            at.expect(one.name.starts_with(prefix), "what is listed begins with the prefix");
        }
        for (std::string const& one : page->prefixes) ++all.times[one];
        cursor = std::move(page->next);
        if (cursor.empty() || !at.expect(pages < 10'000, "a listing ends")) return all;
    }
}

template <ObjectStore O>
void every_name_is_listed_once(O& objects, Findings& found) {
    if (!found.begins("every_name_is_listed_once", {"names_are_bytes", "readers_see_whole_bodies"})) return;
    std::string const base = fresh_name();
    Named<O> at(objects, found, base + "/none");
    std::map<std::string, std::uint64_t> there;
    auto const put = [&](std::string const& end) {
        Named<O> one(objects, found, base + end);
        std::string const body(there.size() * 7 % 50, 'x');
        if (one.puts(body)) there[one.name()] = body.size();
    };
    for (char const* const end : {"/a", "/ab", "/b/c", "/b/d", "/b/e/f", "/b/e/g/h", "/b2", "/b-", "/z"}) put(end);
    for (int i = 0; i < 30; ++i) put("/many/" + std::to_string(i));
    for (int i = 0; i < 12; ++i) put("/way/" + std::to_string(i) + "/end");
    Named<O> gone(objects, found, base + "/b/gone");
    (void)gone.puts("x");
    (void)gone.removes();
    for (std::string_view const ending : {"", "/", "/b", "/b/", "/b/e/", "/many/", "/many/1", "/way/", "/nothing", "/a"})
        for (bool const one_level : {false, true})
            for (std::size_t const limit : {1000u, 7u, 1u, 0u}) {
                std::string const prefix = base + std::string(ending);
                std::map<std::string, unsigned> expected;
                for (auto const& [name, size] : there) {
                    if (!name.starts_with(prefix)) continue;
                    std::size_t const slash = one_level ? name.find('/', prefix.size()) : name.npos;
                    if (slash == name.npos) expected[name] = 1;
                    else expected[name.substr(0, slash + 1)] = 1;
                }
                auto const all = list_all(at, prefix, one_level, limit);
                for (auto const& [name, times] : expected) {
                    auto const seen = all.times.find(name);
                    at.expect(seen != all.times.end() && seen->second == 1, "every name that begins with the prefix is listed once",
                              name + (seen == all.times.end() ? " is not listed" : " is listed more than once"));
                }
                for (auto const& [name, times] : all.times)
                    at.expect(expected.count(name) == 1, "what is not there is not listed", name + " is listed");
                for (auto const& [name, size] : all.sizes)
                    at.expect(there.count(name) == 0 || there.at(name) == size, "an object is listed with its size");
            }
    // Beside writers, and while what was listed goes.
    std::atomic<bool> done{false};
    at_once(2, [&](unsigned me) {
        for (unsigned i = 0; me == 1 && !done; ++i) {
            Named<O> guest(objects, found, base + "/many/guest" + std::to_string(i % 20));
            (void)(i / 20 % 2 == 0 ? guest.puts("x") : guest.removes());
            Named<O> stays(objects, found, base + "/many/" + std::to_string(i % 30));
            (void)stays.puts("y");
        }
        Named<O> mine = at.elsewhere();
        for (unsigned round = 0; me == 0 && round < found.rounds(5); ++round) {
            auto const all = list_all(mine, base + "/many/", false, 3);
            for (int i = 0; i < 30; ++i) {
                auto const seen = all.times.find(base + "/many/" + std::to_string(i));
                if (!mine.expect(seen != all.times.end() && seen->second == 1, "what is there all the time is listed once, also beside writers"))
                    break;
            }
        }
        if (me == 0) done = true;
    });
    for (auto const& [name, size] : there) (void)Named<O>(objects, found, name).removes();
    for (int i = 0; i < 20; ++i) (void)Named<O>(objects, found, base + "/many/guest" + std::to_string(i)).removes();
    auto const left = list_all(at, base, true, 1000);
    at.expect(left.times.empty(), "where all was removed nothing is listed");
    auto const strange = at.safely([&] { return objects.list(patient(), {.prefix = base, .cursor = "no cursor of yours"}); });
    at.note("listing from a cursor that nobody gave", strange);
    at.expect(!strange || strange->objects.empty(), "a cursor that nobody gave is refused, or leads nowhere");
}

}  // namespace holdfast::testing::law

#endif
