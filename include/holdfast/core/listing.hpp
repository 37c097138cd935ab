#ifndef HOLDFAST_CORE_LISTING_HPP
#define HOLDFAST_CORE_LISTING_HPP

#include <holdfast/core/error.hpp>
#include <holdfast/core/record_id.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// Which records to list.
struct ListRequest {
    Slot slot = Slot::current;
    std::string_view prefix{};  ///< keys that begin with these bytes; empty for all
    bool whole_key = false;     ///< only the one key that `prefix` is
    std::string_view cursor{};  ///< `ListPage::next` of the page before; empty for the first page
    std::size_t limit = 1000;   ///< a page has at most this many records and errors, and may have fewer; 0 is 1
};

/// One record that a listing found.
struct Listed {
    Key key;
    VersionId version{};  ///< of `Slot::version` only
};

/// A part of a listing, in no promised order.
///
/// One entry that is damaged, a stranger's or out of reach does not hide the others: it is said in `unreadable`, and
/// the listing goes on. An error instead of a page is of the storage as a whole.
struct ListPage {
    std::vector<Listed> records;
    std::string next;                 ///< cursor of the next page; empty at the end
    std::vector<Error> unreadable{};  ///< entries that may be records and whose key cannot be told, by their place
};

}  // namespace holdfast

#endif
