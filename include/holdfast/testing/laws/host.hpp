#ifndef HOLDFAST_TESTING_LAWS_HOST_HPP
#define HOLDFAST_TESTING_LAWS_HOST_HPP

#include <holdfast/process/fd.hpp>
#include <holdfast/testing/laws/calls.hpp>

#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// The law of `HostStorage`.
namespace holdfast::testing::law {

template <HostStorage S>
void lock_directories_are_one(S& storage, Findings& found) {
    if (!found.begins("lock_directories_are_one", {"reads_see_writes", "removals_remove"})) return;
    auto const one = storage.lock_directory(), other = storage.lock_directory();
    if (!found.succeeds(one, "asking for the lock directory") || !found.succeeds(other, "asking for it again")) return;
    struct stat a {}, b {};
    bool const open = ::fstat(one->fd(), &a) == 0 && ::fstat(other->fd(), &b) == 0 && S_ISDIR(a.st_mode);
    if (!found.expect(open, "asking for the lock directory", "a directory that is open", "another thing")) return;
    found.expect(a.st_dev == b.st_dev && a.st_ino == b.st_ino && one->identity() == other->identity(),
                 "asking for the lock directory twice", "the same one", one->path() + " and " + other->path());
    // Records come and go: what is kept there stays.
    Key const key = fresh_key();
    std::string const name = std::string("law-").append(key.view().substr(4));
    bool const made{holdfast::detail::open_at(one->fd(), name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600)};
    if (!found.expect(made, "making a file in the lock directory", "success", "errno " + std::to_string(errno))) return;
    Caller<S> calls(storage, found);
    auto const none = calls.fetch(RecordId(key));
    calls.expect(none && !*none, "what is kept in the lock directory is no record");
    if constexpr (ListableStorage<S>) {
        auto const page = calls.noted(storage.list(patient(), {.prefix = name}), "listing of the name of a file in the lock directory", RecordId(key));
        calls.expect(page && page->records.empty(), "what is kept in the lock directory is no record, and is not listed");
    }
    (void)calls.applies(RecordId(key), make_record(key, "x"));
    bool const beside = ::fstatat(other->fd(), name.c_str(), &a, 0) == 0;
    (void)calls.removes(RecordId(key));
    bool const after = ::fstatat(other->fd(), name.c_str(), &a, 0) == 0;
    found.expect(beside && after, "making a file in the lock directory, then writing and removing a record",
                 "the file is still there", "it is gone");
    (void)::unlinkat(one->fd(), name.c_str(), 0);
}

}  // namespace holdfast::testing::law

#endif
