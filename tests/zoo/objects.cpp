// Broken object stores. No law sees:
// - one that transfers a body that the caller has: that is cost;
// - one that is not there after the end of the process, or of the power: processes are killed in tests of their own.

#include <zoo/crate.hpp>
#include <zoo/zoo.hpp>

#include <holdfast/testing/laws/objects.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace zoo {

namespace in_objects {

using namespace holdfast::testing;
using Kind = Precondition::Kind;
using Name = std::string;
using Ctx = Context const&;
using When = Precondition const&;

struct ObjectPen {
    void add(std::string law, std::string sin, std::function<void(Crate&)> break_it) {
        all.push_back({std::move(law), std::move(sin), [break_it = std::move(break_it)] {
                           Crate crate;
                           break_it(crate);
                           return check_objects(crate);
                       }});
    }
    Animals all;
};

void pause() { std::this_thread::sleep_for(std::chrono::microseconds(200)); }
bool hasty(Ctx c) { return c.immediate() || c.stopped(); }
Result<Fetched> now(Crate& crate, Ctx c, std::string_view name) { return crate.right.get(c, {.name = name}); }
bool is_there(Crate& crate, Ctx c, std::string_view name) { return now(crate, c, name)->kind != Fetched::Kind::absent; }

void of_bodies(ObjectPen& pen) {
    pen.add("puts_are_read", "cuts bodies off at a zero byte", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) {
            return crate.right_put(c, name, body.substr(0, body.find('\0')), when);
        };
    });
    pen.add("puts_are_read", "has an empty body under every name", [](Crate& crate) {
        crate.on_get = [&](Ctx c, ObjectRead const& read) {
            auto got = crate.right.get(c, read);
            if (got && got->kind == Fetched::Kind::absent) got->kind = Fetched::Kind::found;
            return got;
        };
    });
    pen.add("puts_are_read", "tells another revision when it puts", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
            auto done = crate.right_put(c, name, body, when);
            if (!done || done->kind() != WriteOutcome::Kind::applied) return done;
            return WriteOutcome::applied(*Revision::parse("of the request"));
        };
    });
    pen.add("puts_are_read", "tells the size without what is beyond the first kilobytes", [](Crate& crate) {
        crate.on_get = [&](Ctx c, ObjectRead const& read) {
            auto got = crate.right.get(c, read);
            if (got && got->size > 4096) got->size = 4096;
            return got;
        };
    });
    pen.add("bodies_are_bounded", "gives one byte more than was asked for", [](Crate& crate) {
        crate.on_get = [&](Ctx c, ObjectRead read) {
            if (read.first < 1000) ++read.first;
            return crate.right.get(c, read);
        };
    });
    pen.add("bodies_are_bounded", "has no bound", [](Crate& crate) {
        crate.on_get = [&](Ctx c, ObjectRead read) {
            read.most = ~std::uint64_t{0};
            return crate.right.get(c, read);
        };
    });
    pen.add("bodies_are_bounded", "takes the caller's word for it that nothing changed", [](Crate& crate) {
        crate.on_get = [&](Ctx c, ObjectRead const& read) {
            auto got = crate.right.get(c, {.name = read.name, .first = read.first, .most = read.most});
            if (got && got->kind == Fetched::Kind::found && !read.known.empty()) {
                got->kind = Fetched::Kind::unchanged;
                got->revision = read.known;
                got->body = Bytes();
            }
            return got;
        };
    });
    pen.add("bodies_are_bounded", "tells the size of the part", [](Crate& crate) {
        crate.on_get = [&](Ctx c, ObjectRead const& read) {
            auto got = crate.right.get(c, read);
            if (got && read.first < got->size) got->size = read.first;
            return got;
        };
    });
    pen.add("bodies_are_bounded", "refuses for its size what is known", [](Crate& crate) {
        crate.on_get = [&](Ctx c, ObjectRead read) {
            if (!read.known.empty() && now(crate, c, read.name)->size > read.most) read.known = Revision();
            return crate.right.get(c, read);
        };
    });
    pen.add("removed_objects_are_absent", "leaves an empty body", [](Crate& crate) {
        crate.on_remove = [&](Ctx c, Name name, When when) -> Result<WriteOutcome> {
            if (!is_there(crate, c, name)) return crate.right.remove(c, name, when);
            return crate.right_put(c, name, "", when);
        };
    });
    pen.add("removed_objects_are_absent", "calls it a conflict to remove what is absent", [](Crate& crate) {
        crate.on_remove = [&](Ctx c, Name name, When when) -> Result<WriteOutcome> {
            if (!is_there(crate, c, name)) return WriteOutcome::conflict();
            return crate.right.remove(c, name, when);
        };
    });
    pen.add("removed_objects_are_absent", "removes under the condition that nothing is there", [](Crate& crate) {
        crate.on_remove = [&](Ctx c, Name name, When when) {
            return crate.right.remove(c, name, when.kind() == Kind::absent ? Precondition::none() : when);
        };
    });
}

void of_names(ObjectPen& pen) {
    auto const renamed = [&](std::string sin, std::function<Name(Name)> other) {
        pen.add("names_are_bytes", std::move(sin), [other](Crate& crate) {
            crate.on_get = [&crate, other](Ctx c, ObjectRead read) {
                Name const name = other(Name(read.name));
                read.name = name;
                return crate.right.get(c, read);
            };
            crate.on_put = [&crate, other](Ctx c, Name name, std::string body, When when) {
                return crate.right_put(c, other(std::move(name)), body, when);
            };
            crate.on_remove = [&crate, other](Ctx c, Name name, When when) { return crate.right.remove(c, other(std::move(name)), when); };
        });
    };
    renamed("does not know small letters from large ones", [](Name name) {
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return name;
    });
    renamed("looks at the first 200 bytes of a name", [](Name name) { return name.substr(0, 200); });
    renamed("leaves out dots at the end of a name", [](Name name) {
        while (name.size() > 1 && name.back() == '.' && name[name.size() - 2] != '/' && name[name.size() - 2] != '.') name.pop_back();
        return name;
    });
    pen.add("names_are_bytes", "takes any name", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
            if (!detail::check_object_name(name)) return WriteOutcome::applied(*Revision::parse("1"));
            return crate.right_put(c, name, body, when);
        };
    });
}

void of_failures(ObjectPen& pen) {
    pen.add("failed_puts_change_nothing", "puts, and then looks at the time", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
            auto done = crate.right_put(c, name, body, when);
            if (hasty(c)) return Error(Errc::timed_out);
            return done;
        };
    });
    pen.add("failed_puts_change_nothing", "removes, and then looks at the time", [](Crate& crate) {
        crate.on_remove = [&](Ctx c, Name name, When when) -> Result<WriteOutcome> {
            auto done = crate.right.remove(c, name, when);
            if (hasty(c)) return Error(Errc::timed_out);
            return done;
        };
    });
    pen.add("failed_puts_change_nothing", "calls it a conflict if there is no time", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
            if (hasty(c)) return WriteOutcome::conflict();
            return crate.right_put(c, name, body, when);
        };
    });
}

void of_conditions(ObjectPen& pen) {
    pen.add("puts_heed_conditions", "creates what is there already", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) {
            return crate.right_put(c, name, body, when.kind() == Kind::absent ? Precondition::none() : when);
        };
    });
    pen.add("puts_heed_conditions", "takes a revision that is empty for no condition", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) {
            bool const none = when.kind() == Kind::matches && when.revision().empty();
            return crate.right_put(c, name, body, none ? Precondition::none() : when);
        };
    });
    pen.add("puts_heed_conditions", "creates what another revision is asked of", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) {
            return crate.right_put(c, name, body, is_there(crate, c, name) ? when : Precondition::none());
        };
    });
    pen.add("puts_heed_conditions", "drops every tenth condition", [](Crate& crate) {
        auto const count = std::make_shared<std::atomic<unsigned>>(0);
        crate.on_put = [&crate, count](Ctx c, Name name, std::string body, When when) {
            bool const drops = when.kind() != Kind::none && ++*count % 10 == 0;
            return crate.right_put(c, name, body, drops ? Precondition::none() : when);
        };
    });
    pen.add("puts_heed_conditions", "has put what is there already", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
            auto done = crate.right_put(c, name, body, when);
            if (!done || done->kind() != WriteOutcome::Kind::conflict || when.kind() != Kind::matches) return done;
            auto const now = crate.right.get(c, {.name = name});
            if (now && now->kind == Fetched::Kind::found && now->body.view() == body) return WriteOutcome::applied(now->revision);
            return done;
        };
    });
    pen.add("removals_heed_revisions", "removes whatever is there", [](Crate& crate) {
        crate.on_remove = [&](Ctx c, Name name, When when) {
            return crate.right.remove(c, name, when.kind() == Kind::matches ? Precondition::none() : when);
        };
    });
    pen.add("removals_heed_revisions", "removes, and says it was a conflict", [](Crate& crate) {
        crate.on_remove = [&](Ctx c, Name name, When when) {
            auto done = crate.right.remove(c, name, when);
            if (done && done->kind() == WriteOutcome::Kind::conflict && when.kind() == Kind::matches)
                (void)crate.right.remove(c, name, Precondition::none());
            return done;
        };
    });
    pen.add("removals_heed_revisions", "has removed what is not there any more", [](Crate& crate) {
        crate.on_remove = [&](Ctx c, Name name, When when) -> Result<WriteOutcome> {
            if (!is_there(crate, c, name)) return WriteOutcome::applied(Revision());
            return crate.right.remove(c, name, when);
        };
    });
}

/// Revisions that know of a body what `make` makes of it.
void revisions(Crate& crate, std::function<std::string(std::string_view)> make) {
    struct Shared {
        std::mutex mutex;
        std::map<Name, Revision> now;
    };
    auto const shared = std::make_shared<Shared>();
    auto const holds = [shared](Name const& name, When when) {
        auto const at = shared->now.find(name);
        if (when.kind() == Kind::none) return true;
        if (when.kind() == Kind::absent) return at == shared->now.end();
        return at != shared->now.end() && at->second == when.revision();
    };
    crate.on_put = [=, &crate](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
        std::lock_guard const lock(shared->mutex);
        if (!holds(name, when)) return WriteOutcome::conflict();
        auto done = crate.right_put(c, name, body, Precondition::none());
        if (!done) return done;
        Revision const made = *Revision::parse(std::to_string(std::hash<std::string>()(make(body))));
        shared->now[name] = made;
        return WriteOutcome::applied(made);
    };
    crate.on_remove = [=, &crate](Ctx c, Name name, When when) -> Result<WriteOutcome> {
        std::lock_guard const lock(shared->mutex);
        if (!holds(name, when)) return WriteOutcome::conflict();
        shared->now.erase(name);
        return crate.right.remove(c, name, Precondition::none());
    };
    crate.on_get = [=, &crate](Ctx c, ObjectRead const& read) {
        std::lock_guard const lock(shared->mutex);
        auto const at = shared->now.find(Name(read.name));
        bool const same = at != shared->now.end() && !read.known.empty() && at->second == read.known;
        auto got = crate.right.get(c, {.name = read.name, .first = read.first, .most = same ? ~std::uint64_t{0} : read.most});
        if (!got || got->kind == Fetched::Kind::absent) return got;
        got->revision = at->second;
        if (same) got->kind = Fetched::Kind::unchanged, got->body = Bytes();
        return got;
    };
}

void of_revisions(ObjectPen& pen) {
    pen.add("equal_bodies_may_be_one", "takes the size for a revision", [](Crate& crate) {
        revisions(crate, [](std::string_view body) { return "size " + std::to_string(body.size()) + std::string(body.substr(0, body.size() < 100 ? 100 : 0)); });
    });
    pen.add("equal_bodies_may_be_one", "takes the time of day, in days, for a revision", [](Crate& crate) {
        revisions(crate, [](std::string_view body) {
            auto const days = std::chrono::system_clock::now().time_since_epoch() / std::chrono::hours(24);
            return "day " + std::to_string(days) + " " + std::to_string(body.size()) + std::string(body.substr(0, body.size() < 100 ? 100 : 0));
        });
    });
    pen.add("equal_bodies_may_be_one", "looks at the beginning and the end of a body", [](Crate& crate) {
        revisions(crate, [](std::string_view body) {
            return std::to_string(body.size()) + " " + std::string(body.substr(0, 40)) + std::string(body.substr(body.size() > 40 ? body.size() - 40 : 0));
        });
    });
}

void of_races(ObjectPen& pen) {
    pen.add("readers_see_whole_bodies", "removes before it puts", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
            if (when.kind() != Kind::none || !is_there(crate, c, name)) return crate.right_put(c, name, body, when);
            (void)crate.right.remove(c, name, when);
            pause();
            return crate.right_put(c, name, body, when);
        };
    });
    pen.add("readers_see_whole_bodies", "puts in two halves", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
            if (when.kind() != Kind::none || body.size() < 2) return crate.right_put(c, name, body, when);
            (void)crate.right_put(c, name, body.substr(0, body.size() / 2), when);
            pause();
            return crate.right_put(c, name, body, when);
        };
    });
    pen.add("readers_see_whole_bodies", "goes back to what it read earlier now and then", [](Crate& crate) {
        struct Shared {
            std::mutex mutex;
            std::map<Name, Fetched> kept;
            unsigned reads = 0;
        };
        auto const shared = std::make_shared<Shared>();
        crate.on_get = [&crate, shared](Ctx c, ObjectRead const& read) {
            auto got = crate.right.get(c, read);
            std::lock_guard const lock(shared->mutex);
            if (!got || got->body.size() < 600 || read.known != Revision() || got->body.view().find('.') > 4) return got;
            auto& kept = shared->kept[Name(read.name)];
            if (kept.body.empty() || ++shared->reads % 40 == 0) kept = *got;
            if (shared->reads % 40 == 39) return Result<Fetched>(kept);
            return got;
        };
    });
    pen.add("one_put_wins", "looks, and then puts", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
            if (when.kind() != Kind::matches) return crate.right_put(c, name, body, when);
            auto const there = now(crate, c, name);
            if (there->kind == Fetched::Kind::absent || there->revision != when.revision()) return WriteOutcome::conflict();
            pause();
            return crate.right_put(c, name, body, Precondition::none());
        };
    });
    pen.add("one_put_wins", "looks whether nothing is there, and then puts", [](Crate& crate) {
        crate.on_put = [&](Ctx c, Name name, std::string body, When when) -> Result<WriteOutcome> {
            if (when.kind() != Kind::absent) return crate.right_put(c, name, body, when);
            if (is_there(crate, c, name)) return WriteOutcome::conflict();
            pause();
            return crate.right_put(c, name, body, Precondition::none());
        };
    });
    pen.add("one_put_wins", "looks, and then removes", [](Crate& crate) {
        crate.on_remove = [&](Ctx c, Name name, When when) -> Result<WriteOutcome> {
            if (when.kind() != Kind::matches) return crate.right.remove(c, name, when);
            auto const there = now(crate, c, name);
            if (there->kind == Fetched::Kind::absent || there->revision != when.revision()) return WriteOutcome::conflict();
            pause();
            return crate.right.remove(c, name, Precondition::none());
        };
    });
}

void of_ages(ObjectPen& pen) {
    auto const aged = [&](std::string sin, std::function<Duration(Duration)> other) {
        pen.add("ages_are_lower_bounds", std::move(sin), [other](Crate& crate) {
            crate.on_get = [&crate, other](Ctx c, ObjectRead const& read) {
                auto got = crate.right.get(c, read);
                if (got && got->kind != Fetched::Kind::absent) got->age = other(got->age);
                return got;
            };
        });
    };
    aged("tells the age by a clock that is an hour ahead", [](Duration age) { return age + std::chrono::hours(1); });
    aged("tells the age by a clock that is an hour behind", [](Duration age) { return age - std::chrono::hours(1); });
    aged("rounds ages up to seconds", [](Duration age) { return Duration(std::chrono::ceil<std::chrono::seconds>(age)); });
    pen.add("ages_are_lower_bounds", "tells the time since the first put", [](Crate& crate) {
        struct Shared {
            std::mutex mutex;
            std::map<Name, Instant> first;
        };
        auto const shared = std::make_shared<Shared>();
        crate.on_get = [&crate, shared](Ctx c, ObjectRead const& read) {
            auto got = crate.right.get(c, read);
            std::lock_guard const lock(shared->mutex);
            if (!got || got->kind == Fetched::Kind::absent) return got;
            Instant const now = Environment::system().monotonic();
            got->age = now - shared->first.try_emplace(Name(read.name), now - got->age).first->second;
            return got;
        };
    });
}

void of_listings(ObjectPen& pen) {
    pen.add("every_name_is_listed_once", "leaves out what has an empty body", [](Crate& crate) {
        crate.on_list = [&](Ctx c, ObjectQuery const& query) {
            auto page = crate.right.list(c, query);
            if (page) std::erase_if(page->objects, [](ObjectEntry const& one) { return one.size == 0; });
            return page;
        };
    });
    pen.add("every_name_is_listed_once", "ends after two pages", [](Crate& crate) {
        crate.on_list = [&](Ctx c, ObjectQuery const& query) {
            auto page = crate.right.list(c, query);
            if (page && !query.cursor.empty()) page->next.clear();
            return page;
        };
    });
    pen.add("every_name_is_listed_once", "tells every size as that of a block", [](Crate& crate) {
        crate.on_list = [&](Ctx c, ObjectQuery const& query) {
            auto page = crate.right.list(c, query);
            if (page)
                for (ObjectEntry& one : page->objects) one.size = 4096;
            return page;
        };
    });
    pen.add("every_name_is_listed_once", "says of every listing that something cannot be looked at", [](Crate& crate) {
        crate.on_list = [&](Ctx c, ObjectQuery const& query) {
            auto page = crate.right.list(c, query);
            if (page) page->unreadable.push_back(Error(Errc::permission_denied));
            return page;
        };
    });
    pen.add("every_name_is_listed_once", "goes on to list what was removed beside others", [](Crate& crate) {
        struct Shared {
            std::mutex mutex;
            std::set<Name> names;
        };
        auto const gone = std::make_shared<Shared>();
        crate.on_remove = [&crate, gone](Ctx c, Name name, When when) {
            bool const there = is_there(crate, c, name);
            auto done = crate.right.remove(c, name, when);
            std::lock_guard const lock(gone->mutex);
            if (there && !is_there(crate, c, name)) gone->names.insert(name);
            return done;
        };
        crate.on_list = [&crate, gone](Ctx c, ObjectQuery const& query) {
            auto page = crate.right.list(c, query);
            std::lock_guard const lock(gone->mutex);
            if (!page || query.one_level || !page->next.empty()) return page;
            for (Name const& name : gone->names) {
                std::string const beside = name.substr(0, name.rfind('/') + 1);
                bool const alone = crate.right.list(c, {.prefix = beside})->objects.empty();
                bool const fits = name.starts_with(query.prefix) && page->objects.size() < query.limit;
                if (!alone && fits && !is_there(crate, c, name)) page->objects.push_back({name, 1});
            }
            return page;
        };
    });
    pen.add("every_name_is_listed_once", "tells a prefix below which all was removed", [](Crate& crate) {
        struct Shared {
            std::mutex mutex;
            std::set<std::string> prefixes;
        };
        auto const ever = std::make_shared<Shared>();
        crate.on_list = [&crate, ever](Ctx c, ObjectQuery const& query) {
            auto page = crate.right.list(c, query);
            std::lock_guard const lock(ever->mutex);
            if (!page || !query.one_level) return page;
            for (std::string const& one : page->prefixes) ever->prefixes.insert(one);
            for (std::string const& one : ever->prefixes) {
                std::size_t const slash = one.find('/', query.prefix.size());
                bool const below = one.starts_with(query.prefix) && slash + 1 == one.size();
                bool const told = std::ranges::find(page->prefixes, one) != page->prefixes.end();
                bool const room = query.cursor.empty() && page->next.empty() && page->prefixes.size() < query.limit;
                if (below && !told && room) page->prefixes.push_back(one);
            }
            return page;
        };
    });
    pen.add("every_name_is_listed_once", "names each prefix without its slash", [](Crate& crate) {
        crate.on_list = [&](Ctx c, ObjectQuery const& query) {
            auto page = crate.right.list(c, query);
            if (page)
                for (std::string& one : page->prefixes) one.pop_back();
            return page;
        };
    });
}

void of_many(ObjectPen& pen) {
    pen.add("many_are_each", "gives results in the order of names", [](Crate& crate) {
        crate.on_get_many = [&](Ctx c, std::span<ObjectRead const> reads) {
            std::vector<ObjectRead> sorted(reads.begin(), reads.end());
            std::stable_sort(sorted.begin(), sorted.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
            std::vector<Result<Fetched>> all;
            for (ObjectRead const& one : sorted) all.push_back(crate.right.get(c, one));
            return all;
        };
    });
    pen.add("many_are_each", "ends at the first that fails", [](Crate& crate) {
        crate.on_get_many = [&](Ctx c, std::span<ObjectRead const> reads) {
            std::vector<Result<Fetched>> all;
            for (ObjectRead const& one : reads) {
                all.push_back(crate.right.get(c, one));
                if (!all.back()) break;
            }
            all.resize(reads.size(), Error(Errc::unavailable));
            return all;
        };
    });
    pen.add("many_are_each", "removes many without their conditions", [](Crate& crate) {
        crate.on_remove_many = [&](Ctx c, std::span<ObjectRemoval const> removals) {
            std::vector<Result<WriteOutcome>> all;
            for (ObjectRemoval const& one : removals) all.push_back(crate.right.remove(c, one.name, Precondition::none()));
            return all;
        };
    });
    pen.add("many_are_each", "goes on to list what was removed with others", [](Crate& crate) {
        auto const gone = std::make_shared<std::set<Name>>();
        crate.on_remove_many = [&crate, gone](Ctx c, std::span<ObjectRemoval const> removals) {
            std::vector<Result<WriteOutcome>> all;
            for (ObjectRemoval const& one : removals) {
                bool const there = is_there(crate, c, one.name);
                all.push_back(crate.right.remove(c, one.name, one.when));
                if (there && !is_there(crate, c, one.name)) gone->insert(Name(one.name));
            }
            return all;
        };
        crate.on_list = [&crate, gone](Ctx c, ObjectQuery const& query) {
            auto page = crate.right.list(c, query);
            for (Name const& one : *gone)
                if (page && one.starts_with(query.prefix)) page->objects.push_back({one, 1});
            return page;
        };
    });
    pen.add("many_are_each", "does not know what the caller has", [](Crate& crate) {
        crate.on_get_many = [&](Ctx c, std::span<ObjectRead const> reads) {
            std::vector<Result<Fetched>> all;
            for (ObjectRead one : reads) {
                one.known = Revision();
                all.push_back(crate.right.get(c, one));
            }
            return all;
        };
    });
}

void of_large_bodies(ObjectPen& pen) {
    pen.add("large_bodies_are_bodies", "writes to the beginning of the file", [](Crate& crate) {
        crate.on_get_to = [&](Ctx c, ObjectRead const& read, int fd) {
            (void)::lseek(fd, 0, SEEK_SET);
            return crate.right_get_to(c, read, fd);
        };
    });
    pen.add("large_bodies_are_bodies", "puts the file from its beginning", [](Crate& crate) {
        crate.on_put_from = [&](Ctx c, Name name, int fd, std::uint64_t size, When when) {
            (void)::lseek(fd, 0, SEEK_SET);
            return crate.right_put_from(c, name, fd, size, when);
        };
    });
    pen.add("large_bodies_are_bodies", "takes whatever is known for what is there", [](Crate& crate) {
        crate.on_get_to = [&](Ctx c, ObjectRead read, int fd) {
            if (!read.known.empty()) read.known = now(crate, c, read.name)->revision;
            return crate.right_get_to(c, read, fd);
        };
    });
    pen.add("large_bodies_are_bodies", "has no bound for what goes to a file", [](Crate& crate) {
        crate.on_get_to = [&](Ctx c, ObjectRead read, int fd) {
            read.most = ~std::uint64_t{0};
            return crate.right_get_to(c, read, fd);
        };
    });
    pen.add("large_puts_heed_conditions", "puts from files without a condition", [](Crate& crate) {
        crate.on_put_from = [&](Ctx c, Name name, int fd, std::uint64_t size, When) {
            return crate.right_put_from(c, name, fd, size, Precondition::none());
        };
    });
    pen.add("large_puts_heed_conditions", "puts what there is of a file that ends early", [](Crate& crate) {
        crate.on_put_from = [&](Ctx c, Name name, int fd, std::uint64_t size, When when) -> Result<WriteOutcome> {
            std::string body(static_cast<std::size_t>(size), '\0');
            auto const got = detail::read_whole(fd, body.data(), body.size());
            body.resize(static_cast<std::size_t>(got));
            return crate.right_put(c, name, body, when);
        };
    });
    pen.add("large_puts_heed_conditions", "has put half of the file when that ends early", [](Crate& crate) {
        crate.on_put_from = [&](Ctx c, Name name, int fd, std::uint64_t size, When when) -> Result<WriteOutcome> {
            std::string body(static_cast<std::size_t>(size), '\0');
            auto const got = detail::read_whole(fd, body.data(), body.size());
            auto done = crate.right_put(c, name, body, when);
            if (got != static_cast<ssize_t>(size)) return Error(Errc::malformed);
            return done;
        };
    });
}

}  // namespace in_objects

Animals objects() {
    using namespace in_objects;
    ObjectPen pen;
    of_bodies(pen);
    of_names(pen);
    of_failures(pen);
    of_conditions(pen);
    of_revisions(pen);
    of_races(pen);
    of_ages(pen);
    of_listings(pen);
    of_many(pen);
    of_large_bodies(pen);
    return std::move(pen.all);
}

Laws laws_of_objects() {
    Crate crate;
    auto const found = testing::check_objects(crate);
    CHECK(found.text() == "");
    return found.checked();
}

TEST_CASE("zoo: object stores that are right obey every law", "[zoo]") { CHECK(laws_of_objects().size() == 15); }
TEST_CASE("zoo: object stores", "[zoo]") { condemned(objects()); }

}  // namespace zoo
