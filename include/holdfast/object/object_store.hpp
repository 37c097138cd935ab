#ifndef HOLDFAST_OBJECT_OBJECT_STORE_HPP
#define HOLDFAST_OBJECT_OBJECT_STORE_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/context.hpp>
#include <holdfast/core/precondition.hpp>
#include <holdfast/core/write_outcome.hpp>

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// What to get.
struct ObjectRead {
    std::string_view name;
    Revision known{};                          ///< of a body that the caller has: the same is not transferred again, however large
    std::uint64_t first = ~std::uint64_t{0};   ///< only so many bytes, from the beginning
    std::uint64_t most = std::uint64_t{65} << 20;  ///< a larger body is refused (`too_large`) before it is read
};

/// What there is under a name.
struct Fetched {
    enum class Kind : unsigned char {
        absent,
        unchanged,  ///< still what is known: `revision`, `size` and `age` are told
        found,
    };
    Kind kind = Kind::absent;
    Revision revision{};     ///< may be empty where only a part was asked for
    Bytes body{};            ///< of what was found, or its beginning
    std::uint64_t size = 0;  ///< of the whole body, in bytes
    Duration age{};          ///< since it was written: never more, by the store's own clock alone, and never negative. In
                             ///< a directory that is the machine's: what it was set to while nobody asked is believed
};

/// Which names to list: of all that begin with `prefix`.
struct ObjectQuery {
    std::string_view prefix{};
    std::string_view cursor{};  ///< `ObjectPage::next` of the page before; empty for the first page
    bool one_level = false;     ///< of names that go on behind a further `/` only what is before it, once each
    std::size_t limit = 1000;   ///< a page has at most this many objects and prefixes, and may have fewer; 0 is 1
};

struct ObjectEntry {
    std::string name;
    std::uint64_t size = 0;
};

/// A part of a listing, in no promised order.
struct ObjectPage {
    std::vector<ObjectEntry> objects;
    std::vector<std::string> prefixes{};  ///< with their `/` at the end; of one level only
    std::string next{};                   ///< cursor of the next page; empty at the end
    std::vector<Error> unreadable{};      ///< what cannot be looked at and may hold objects; it hides no other
};

/// A body in parts, one behind the other: who has a header and a payload copies neither.
using BodyParts = std::span<std::string_view const>;

// The single requirements, so that the concept and its sentences (`object/explain_objects.hpp`) cannot drift apart.
namespace detail {

template <class O>
concept CanGetObject = requires(O& o, Context const& c, ObjectRead const& read) {
    { o.get(c, read) } -> std::same_as<Result<Fetched>>;
};
template <class O>
concept CanPutObject = requires(O& o, Context const& c, std::string_view name, BodyParts body, Precondition const& when) {
    { o.put(c, name, body, when) } -> std::same_as<Result<WriteOutcome>>;
};
template <class O>
concept CanRemoveObject = requires(O& o, Context const& c, std::string_view name, Precondition const& when) {
    { o.remove(c, name, when) } -> std::same_as<Result<WriteOutcome>>;
};
template <class O>
concept CanListObjects = requires(O& o, Context const& c, ObjectQuery const& query) {
    { o.list(c, query) } -> std::same_as<Result<ObjectPage>>;
};
template <class O>
concept SaysWhatItHonours = requires {
    typename std::bool_constant<bool(O::conditional_put)>;
    typename std::bool_constant<bool(O::conditional_remove)>;
    typename std::bool_constant<bool(O::late_writes)>;
};

}  // namespace detail

/// Named bytes with preconditions: what a bucket is, and a directory. It knows nothing of records; `ObjectStorage` keeps
/// them in any, and exact layouts of other programs stand on it.
///
/// *Minimal complete definition*
/// - `Result<Fetched> get(Context const&, ObjectRead const&)`
/// - `Result<WriteOutcome> put(Context const&, std::string_view name, BodyParts, Precondition const&)`: the revision of
///   what is `applied` is that under which it is read
/// - `Result<WriteOutcome> remove(Context const&, std::string_view name, Precondition const&)`: what is absent is removed
///   under `none` and `absent`, and is a conflict under `matches`; under `absent` nothing is ever removed
/// - `Result<ObjectPage> list(Context const&, ObjectQuery const&)`
/// - `static constexpr bool conditional_put`: puts honour `absent` and `matches`, atomically
/// - `static constexpr bool conditional_remove`: removals honour `matches`, atomically. Without it they refuse it
///   (`not_supported`): a removal that does not look is never made in its place
/// - `static constexpr bool late_writes`: what was sent, and whose reply was lost, may still take effect after later calls
///
/// *Optional*: `bool removes_conditionally() const`: whether this object honours `matches` in removals, where the type
/// does and a service may not. Asked before anything is removed.
///
/// Names are bytes, compared one by one, up to 1,024 of them: parts that are neither empty nor `.` nor `..`, with a `/`
/// between each two. What a store cannot hold it refuses (`invalid_argument`) before it touches anything.
///
/// *Laws*, each by the name under which `testing::check_objects` reports it
/// - `puts_are_read`: a get that begins after a put was applied finds its body, byte for byte, or that of one that
///   replaced it, under the revision that the put returned; what is not there is absent.
/// - `bodies_are_bounded`: of `first` bytes no more are given, with the size of all; a body beyond `most` is `too_large`;
///   what is `known` is not transferred again, and nothing else is called unchanged.
/// - `removed_objects_are_absent`: what was removed is absent and can be put again; a removal may be repeated.
/// - `names_are_bytes`: different names are different objects, however much they look alike, or one is refused.
/// - `readers_see_whole_bodies`: a reader beside writers sees the body of one of them, and nothing older than he has seen.
/// - `failed_puts_change_nothing`: an `Error` means: known not applied. What may have arrived is `unknown`.
/// - `puts_heed_conditions`: a put takes effect if and only if its precondition holds, and else is a conflict. (Where
///   they are honoured.)
/// - `removals_heed_revisions`: the same of removals; where they cannot, `matches` is refused and nothing is removed.
/// - `equal_bodies_may_be_one`: two different bodies never have one revision under a name; equal ones may.
/// - `one_put_wins`: of several puts on one base exactly one is applied, and is what is left; removals are their rivals.
/// - `ages_are_lower_bounds`: an age is never more than the time since the last put of that name.
/// - `every_name_is_listed_once`: a listing has every name that begins with the prefix once, with its size, by pages of
///   any size, and ends; one level has what goes on below it once. What exists all the time is listed beside writers.
///
/// *Models*: `MemoryObjects`, `DirectoryObjects`, `testing::LateObjects`.
///
/// Thread safety: every member may be called from any thread at any time.
template <class O>
concept ObjectStore = std::move_constructible<O> && detail::CanGetObject<O> && detail::CanPutObject<O> &&
                      detail::CanRemoveObject<O> && detail::CanListObjects<O> && detail::SaysWhatItHonours<O> &&
                      detail::CanBeAskedOfRemovals<O>;

namespace detail {

/// Whether a removal of one revision is honoured, by the type and by the object.
template <ObjectStore O>
bool removes_conditionally(O const& objects) {
    if constexpr (AnswersOfRemovals<O>)
        return O::conditional_remove && objects.removes_conditionally();
    else
        return O::conditional_remove;
}

inline Error blind_removal() {
    return Error(Errc::not_supported,
                 "the object store cannot remove what is of one revision, and would remove what others have put there "
                 "meanwhile: nothing was removed; leave it, or use a store with conditional removals");
}

inline Error body_too_large(ObjectRead const& read, std::uint64_t size) {
    return Error(Errc::too_large, "the object has " + std::to_string(size) + " bytes, and at most " +
                                      std::to_string(read.most) + " are to be read: it was not read")
        .on(std::string(read.name));
}

/// What no store has for a name.
inline Result<void> check_object_name(std::string_view name) {
    bool fine = !name.empty() && name.size() <= 1024 && name.find('\0') == name.npos;
    for (std::size_t at = 0; fine && at <= name.size();) {
        std::size_t const slash = name.find('/', at), end = slash == name.npos ? name.size() : slash;
        std::string_view const part = name.substr(at, end - at);
        fine = !part.empty() && part != "." && part != "..";
        at = end + 1;
    }
    if (fine) return {};
    return Error(Errc::invalid_argument, "the name of an object has 1 to 1024 bytes, and between its slashes no part that "
                                         "is empty, '.' or '..': choose another")
        .on(std::string(name.substr(0, 200)));
}

}  // namespace detail

}  // namespace holdfast

#endif
