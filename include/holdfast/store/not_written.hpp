#ifndef HOLDFAST_STORE_NOT_WRITTEN_HPP
#define HOLDFAST_STORE_NOT_WRITTEN_HPP

#include <holdfast/concepts/verbs.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// What is said of a commit that was not applied: a conflict, or a handle to ask by.
template <class T>
Outcome<T> not_written(Commit& done, std::string_view operation, KeyView key) {
    if (done.kind == WriteOutcome::Kind::conflict)
        return place(Error(Errc::conflict, "somebody else wrote first; read again"), operation, key);
    Error why = Error::because(Errc::unknown_outcome, "the write may or may not have been made", done.why,
                               "; ask later with resolve(), or seal() it");
    return Outcome<T>(std::move(done.write), place(std::move(why), operation, key));
}

/// The end of attempts that all met others.
inline Error gave_way(Error const& why, unsigned attempts, std::string_view operation, KeyView key) {
    bool const stopped = why.code() == Errc::cancelled;
    return place(Error(stopped ? Errc::cancelled : Errc::conflict,
                       "others kept writing until " + std::string(stopped ? "the request to stop" : "the time limit") +
                           "; " + std::to_string(attempts) + " attempts were made"),
                 operation, key);
}

}  // namespace holdfast::detail

#endif
