#ifndef HOLDFAST_POSIX_TREE_OPTIONS_HPP
#define HOLDFAST_POSIX_TREE_OPTIONS_HPP

namespace holdfast {

/// How a directory is opened whose files several programs write.
struct DirectoryOptions {
    bool create = true;  ///< makes the directory if it is not there
    /// Nothing is made, changed or locked, so that also read-only media and the directories of others will do; writes
    /// are refused.
    bool read_only = false;
    /// The directory is shared with its group: what is made in it is 2770 and 0660 instead of 0700 and 0600. Decided
    /// when it is first opened, and found again by who opens it later. A directory that was prepared so
    /// (`install -d -m 2770 -g group directory`) is shared without being asked.
    bool group = false;
    bool trust_network = false;  ///< also on a network file system: all writers are on one host
};

}  // namespace holdfast

#endif
