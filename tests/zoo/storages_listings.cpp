// Storages that list wrongly.

#include <zoo/storages.hpp>

#include <catch2/catch_test_macros.hpp>

#include <thread>

namespace zoo {

namespace {

using Ask = std::function<void(ListRequest&)>;
using Answer = std::function<void(Ark&, ListRequest const&, ListPage&)>;

Breaking lists(Ask ask, Answer answer = {}) {
    return [ask, answer](Ark& ark) {
        ark.on_list = [ask, answer](Ark& right, ListRequest const& request) {
            ListRequest asked = request;
            if (ask) ask(asked);
            auto page = right.right_list(asked);
            if (page && answer) answer(right, request, *page);
            return page;
        };
    };
}
Breaking answers(Answer answer) { return lists({}, std::move(answer)); }

/// Every record that a request asks for, in one page.
ListPage all_of(Ark& right, ListRequest request) {
    request.cursor = {};
    request.limit = 1'000'000;
    return *right.right_list(request);
}

Animals listed_badly() {
    Animals all;
    auto const add = [&](char const* law, char const* sin, Breaking broken) {
        all.push_back(storage(law, sin, std::move(broken)));
    };

    char const* law = "every_key_is_listed_once";
    add(law, "loses the last of a full page", answers([](Ark&, ListRequest const& request, ListPage& page) {
            if (!page.next.empty() && page.records.size() == request.limit && request.limit == 3) page.records.pop_back();
        }));
    add(law, "begins a page with the last of the one before", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) {
            auto page = right.right_list(request);
            if (request.cursor.empty() || page->records.size() >= request.limit || request.limit > 30) return page;
            auto const whole = all_of(right, request);
            for (std::size_t i = 1; i < whole.records.size(); ++i)
                if (!page->records.empty() && whole.records[i].key == page->records[0].key)
                    page->records.push_back(whole.records[i - 1]);
            return page;
        };
    });
    add(law, "lists a page twice", [](Ark& ark) {
        auto given = std::make_shared<std::pair<std::mutex, std::map<std::string, unsigned>>>();
        ark.on_list = [given](Ark& right, ListRequest const& request) {
            auto page = right.right_list(request);
            std::lock_guard const lock(given->first);
            if (request.limit == 4 && !request.cursor.empty() && request.prefix.size() > 20 && page->next.empty() &&
                given->second[std::string(request.prefix)]++ == 0)
                page->next = request.cursor;
            return page;
        };
    });
    add(law, "an end without a last page: asks for more for ever", answers([](Ark&, ListRequest const& request, ListPage& page) {
            if (request.limit == 26 && page.next.empty() && !page.records.empty()) page.next = std::string(1, '\0');
        }));
    add(law, "a page that is exactly full has no next one", answers([](Ark&, ListRequest const& request, ListPage& page) {
            if (page.records.size() == request.limit && request.limit == 24) page.next.clear();
        }));
    add(law, "lists what was removed", [](Ark& ark) {
        auto gone = std::make_shared<std::pair<std::mutex, std::vector<Key>>>();
        ark.on_remove = [gone](Ark& right, Context const&, RecordId const& id, Precondition const& when) {
            if (id.slot == Slot::current && *right.right_read(id)) {
                std::lock_guard const lock(gone->first);
                gone->second.emplace_back(id.key);
            }
            return right.right_remove(id, when);
        };
        ark.on_list = [gone](Ark& right, ListRequest const& request) {
            std::lock_guard const lock(gone->first);
            ListPage left;
            for (Key const& key : gone->second)
                if (key.view().starts_with(request.prefix) && left.records.size() < 4 && !*right.right_read(RecordId(key)))
                    left.records.push_back({key, {}});
            if (request.cursor == "~") return Result<ListPage>(left);
            auto page = right.right_list(request);
            if (request.limit == 4 && page->next.empty() && request.slot == Slot::current && !left.records.empty()) page->next = "~";
            return page;
        };
    });
    add(law, "lists what begins with most of the prefix", lists([](ListRequest& request) {
            if (request.prefix.ends_with('?') && request.prefix.size() < 40) request.prefix.remove_suffix(1);
        }));

    law = "pages_are_bounded";
    add(law, "pages of its own size", lists([](ListRequest& request) { request.limit = std::max<std::size_t>(request.limit, 8); }));
    add(law, "a page of nothing is one of everything", lists([](ListRequest& request) {
            if (request.limit == 0) request.limit = 1000;
        }));
    add(law, "one more than was asked for", lists([](ListRequest& request) { ++request.limit; }));

    law = "prefixes_are_bytes";
    add(law, "a prefix is a pattern of SQL", lists([](ListRequest& request) {
            if (!request.whole_key && (request.prefix.ends_with('%') || request.prefix.ends_with('_'))) request.prefix.remove_suffix(1);
        }));
    add(law, "takes a whole key for a prefix", lists([](ListRequest& request) { request.whole_key = false; }));
    add(law, "a prefix is a directory", answers([](Ark&, ListRequest const& request, ListPage& page) {
            if (request.whole_key || request.prefix.empty() || request.limit != 5) return;
            std::erase_if(page.records, [&](Listed const& one) {
                std::string_view const rest = one.key.view().substr(request.prefix.size());
                return !rest.empty() && rest[0] != '/' && !request.prefix.ends_with('/') && request.prefix.ends_with('a');
            });
        }));
    add(law, "prefixes without regard to case", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) {
            auto page = right.right_list(request);
            if (request.whole_key || !request.prefix.ends_with('A') || !page->next.empty()) return page;
            std::string lower(request.prefix);
            lower.back() = 'a';
            ListRequest other = request;
            other.prefix = lower;
            for (auto const& one : all_of(right, other).records)
                if (page->records.size() < request.limit) page->records.push_back(one);
            return page;
        };
    });
    add(law, "an empty prefix is refused", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) -> Result<ListPage> {
            if (request.prefix.empty()) return Error(Errc::invalid_argument, "no prefix");
            return right.right_list(request);
        };
    });
    add(law, "an empty prefix lists nothing", answers([](Ark&, ListRequest const& request, ListPage& page) {
            if (request.prefix.empty()) page = {};
        }));
    add(law, "a part of a letter is no prefix", answers([](Ark&, ListRequest const& request, ListPage& page) {
            if (!request.prefix.empty() && static_cast<unsigned char>(request.prefix.back()) > 0xbf) page = {};
        }));

    law = "listings_go_on_behind_removals";
    auto const counting = [](std::function<bool(ListRequest const&)> when) {
        return [when](Ark& ark) {
            ark.on_list = [when](Ark& right, ListRequest const& request) {
                // Cursors of both kinds, told apart by their first byte.
                bool const counts = request.cursor.empty() ? when(request) : request.cursor[0] == '#';
                if (!counts) return right.right_list(request);
                std::size_t const skip = request.cursor.empty() ? 0 : std::stoul(std::string(request.cursor.substr(1)));
                auto const whole = all_of(right, request);
                ListPage page;
                for (std::size_t i = skip; i < whole.records.size() && page.records.size() < std::max<std::size_t>(request.limit, 1); ++i)
                    page.records.push_back(whole.records[i]);
                if (skip + page.records.size() < whole.records.size()) page.next = "#" + std::to_string(skip + page.records.size());
                return Result<ListPage>(std::move(page));
            };
        };
    };
    add(law, "pages by counting what came before", counting([](ListRequest const&) { return true; }));
    add(law, "pages of one by counting", counting([](ListRequest const& request) { return request.limit == 1; }));
    add(law, "ends where the record of the cursor is gone", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) {
            if (!request.cursor.empty()) {
                std::string const key(request.cursor.substr(0, request.cursor.find('\0')));
                auto const parsed = Key::parse(key);
                if (parsed && request.slot == Slot::current && !*right.right_read(RecordId(*parsed))) return Result<ListPage>(ListPage());
            }
            return right.right_list(request);
        };
    });

    law = "cursors_can_be_used_again";
    add(law, "a cursor is good for once", [](Ark& ark) {
        auto used = std::make_shared<std::pair<std::mutex, std::map<std::string, unsigned>>>();
        ark.on_list = [used](Ark& right, ListRequest const& request) -> Result<ListPage> {
            std::lock_guard const lock(used->first);
            if (request.cursor.empty()) {
                used->second.clear();
            } else if (request.slot == Slot::current && !request.whole_key && used->second[std::string(request.cursor)]++ > 0) {
                return ListPage();
            }
            return right.right_list(request);
        };
    });
    add(law, "a cursor is good for pages of its size", [](Ark& ark) {
        auto size = std::make_shared<std::atomic<std::size_t>>(0);
        ark.on_list = [size](Ark& right, ListRequest const& request) {
            if (request.cursor.empty()) *size = request.limit;
            ListRequest asked = request;
            if (*size == 4 && request.limit == 100) return Result<ListPage>(ListPage());
            return right.right_list(asked);
        };
    });
    add(law, "a cursor goes on from where the storage is", [](Ark& ark) {
        auto state = std::make_shared<std::pair<std::mutex, std::map<std::thread::id, std::string>>>();
        ark.on_list = [state](Ark& right, ListRequest const& request) {
            std::lock_guard const lock(state->first);
            auto& here = state->second[std::this_thread::get_id()];
            ListRequest asked = request;
            std::string const at = here;
            if (!request.cursor.empty()) asked.cursor = at;
            auto page = right.right_list(asked);
            here = page->next.empty() ? std::string("\xff") : page->next;
            return page;
        };
    });

    law = "tombstones_are_not_listed";
    add(law, "lists tombstones", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) {
            auto page = right.right_list(request);
            if (request.slot != Slot::current || !page->next.empty()) return page;
            for (auto const& row : right.rows())
                if (row->id.slot == Slot::current && row->record->stamp.tombstone && row->key.view().starts_with(request.prefix) &&
                    page->records.size() < request.limit)
                    page->records.push_back({row->key, {}});
            return page;
        };
    });
    add(law, "a page ends where a tombstone is, and the listing with it", [](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) {
            auto page = right.right_list(request);
            if (request.slot != Slot::current || request.limit != 1) return page;
            for (auto const& row : right.rows())
                if (row->id.slot == Slot::current && row->record->stamp.tombstone && row->key.view().starts_with(request.prefix)) page->next.clear();
            return page;
        };
    });
    add(law, "a key that was a tombstone once is listed no more", [](Ark& ark) {
        auto graves = std::make_shared<std::pair<std::mutex, std::map<std::string, bool>>>();
        ark.on_write = [graves](Ark& right, Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
            std::lock_guard const lock(graves->first);
            if (id.slot == Slot::current && record->stamp.tombstone) graves->second[record->key.str()] = true;
            return right.right_write(id, record, when);
        };
        ark.on_list = [graves](Ark& right, ListRequest const& request) {
            auto page = right.right_list(request);
            std::lock_guard const lock(graves->first);
            if (request.slot == Slot::current) std::erase_if(page->records, [&](Listed const& one) { return graves->second.contains(one.key.str()); });
            return page;
        };
    });

    law = "every_slot_is_listed";
    for (Slot const slot : {Slot::version, Slot::lock, Slot::retention})
        all.push_back(storage(law, "does not list slot " + std::string(name(slot)), answers([slot](Ark&, ListRequest const& request, ListPage& page) {
            if (request.slot == slot) page = {};
        })));
    add(law, "lists states whatever slot is asked for", lists([](ListRequest& request) {
            if (request.slot == Slot::retention) request.slot = Slot::current;
        }));
    add(law, "lists versions by 32 bits of their sequence", answers([](Ark&, ListRequest const&, ListPage& page) {
            for (Listed& one : page.records) one.version.sequence &= 0xffff'ffff;
        }));
    add(law, "lists versions without their ids", answers([](Ark&, ListRequest const&, ListPage& page) {
            for (Listed& one : page.records) one.version.payload_id = {};
        }));
    add(law, "takes a whole key for a prefix where versions are asked for", lists([](ListRequest& request) {
            request.whole_key = request.whole_key && request.slot == Slot::current;
        }));
    add(law, "one version of a key is enough", answers([](Ark&, ListRequest const& request, ListPage& page) {
            if (request.slot != Slot::version || request.limit != 1000) return;
            std::map<std::string, unsigned> seen;
            std::erase_if(page.records, [&](Listed const& one) { return seen[one.key.str()]++ > 0; });
        }));

    law = "listings_bear_writers";
    auto const beside_writers = [](auto&& change) {
        return [change](Ark& ark) {
            auto writes = std::make_shared<std::atomic<unsigned>>(0);
            auto const maker = std::this_thread::get_id();
            ark.on_write = [writes, maker](Ark& right, Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
                if (std::this_thread::get_id() != maker && id.key.view().ends_with('g')) ++*writes;
                return right.right_write(id, record, when);
            };
            ark.on_list = [writes, maker, change](Ark& right, ListRequest const& request) {
                auto page = right.right_list(request);
                if (std::this_thread::get_id() == maker || request.limit != 3) return page;
                for (unsigned i = 0; i < 1000 && *writes == 0; ++i) Environment::system().sleep(std::chrono::milliseconds(1));
                change(right, request, *page);
                return page;
            };
        };
    };
    add(law, "a page during which somebody writes is cut short", beside_writers([](Ark&, ListRequest const&, ListPage& page) {
            if (page.records.size() == 3) page.records.pop_back();
        }));
    add(law, "begins anew when somebody wrote, and lists some twice", beside_writers([](Ark& right, ListRequest const& request, ListPage& page) {
            if (request.cursor.empty() || page.records.size() > 2) return;
            auto const whole = all_of(right, request);
            for (Listed const& one : whole.records)
                if (one.key.view().ends_with('s') && page.records.size() < 3) page.records.push_back(one);
        }));
    add(law, "ends early when somebody wrote", beside_writers([](Ark&, ListRequest const& request, ListPage& page) {
            if (!request.cursor.empty()) page.next.clear();
        }));

    return all;
}

}  // namespace

Animals storages_of_listings() { return listed_badly(); }

TEST_CASE("zoo: storages that list wrongly", "[zoo]") { condemned(storages_of_listings()); }

}  // namespace zoo
