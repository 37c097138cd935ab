#ifndef HOLDFAST_OBJECT_LARGE_OBJECTS_HPP
#define HOLDFAST_OBJECT_LARGE_OBJECTS_HPP

#include <holdfast/object/object_store.hpp>

namespace holdfast {

/// An object store whose bodies may be larger than memory: they come from and go to a file that is open, in pieces.
///
/// - `Result<Fetched> get_to(Context const&, ObjectRead const&, int fd)`: writes the body at the position of `fd`, from
///   where it is on, all of one revision: if it is replaced meanwhile that is a `conflict`, and what was written is not
///   the body. `Fetched::body` stays empty. `most` bounds it as it bounds `get`; `first` is not looked at.
/// - `Result<WriteOutcome> put_from(Context const&, std::string_view name, int fd, std::uint64_t size, Precondition
///   const&)`: puts the `size` bytes that follow in `fd`. The condition is looked at when all of them are there; until
///   then nothing can be seen. A file that ends earlier is `malformed`, and nothing is put.
///
/// *Laws*
/// - `large_bodies_are_bodies`: what comes from a file is read like what comes from memory, and goes to one, whole.
/// - `large_puts_heed_conditions`: conditions of such a put hold at its end.
///
/// *Models*: `DirectoryObjects`, `testing::LateObjects` over one.
template <class O>
concept LargeObjectStore =
    ObjectStore<O> && requires(O& o, Context const& c, ObjectRead const& read, std::string_view name, int fd,
                               std::uint64_t size, Precondition const& when) {
        { o.get_to(c, read, fd) } -> std::same_as<Result<Fetched>>;
        { o.put_from(c, name, fd, size, when) } -> std::same_as<Result<WriteOutcome>>;
    };

}  // namespace holdfast

#endif
