#ifndef HOLDFAST_OBJECT_NAME_PAGE_HPP
#define HOLDFAST_OBJECT_NAME_PAGE_HPP

#include <holdfast/object/object_store.hpp>

#include <string>
#include <utility>

namespace holdfast::detail {

/// A page of sorted names. The cursor is the least name that may come next. `names`: a sorted map; `size_of(value)`: of
/// an object in bytes.
template <class Map, class SizeOf>
ObjectPage name_page(Map const& names, ObjectQuery const& query, SizeOf&& size_of) {
    std::size_t const limit = query.limit > 0 ? query.limit : 1;
    ObjectPage page;
    std::string next(query.cursor.empty() ? query.prefix : query.cursor);
    for (auto at = names.lower_bound(next); at != names.end() && at->first.starts_with(query.prefix);
         at = names.lower_bound(next)) {
        if (page.objects.size() + page.prefixes.size() == limit) {
            page.next = std::move(next);
            break;
        }
        std::string const& name = at->first;
        std::size_t const slash = query.one_level ? name.find('/', query.prefix.size()) : name.npos;
        if (slash == name.npos) {
            page.objects.push_back({name, size_of(at->second)});
            next = name + '\0';
        } else {
            page.prefixes.push_back(name.substr(0, slash + 1));
            next = name.substr(0, slash) + static_cast<char>('/' + 1);
        }
    }
    return page;
}

}  // namespace holdfast::detail

#endif
