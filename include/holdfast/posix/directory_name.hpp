#ifndef HOLDFAST_POSIX_DIRECTORY_NAME_HPP
#define HOLDFAST_POSIX_DIRECTORY_NAME_HPP

#include <cstdint>
#include <string_view>

#include <dirent.h>

namespace holdfast::detail {

/// What a reader of a directory finds.
struct DirectoryName {
    std::string_view text;  ///< valid until the reader's next call
    std::uint64_t after;    ///< position of what follows
    unsigned char type;     ///< `DT_DIR`, `DT_REG`, `DT_LNK`, …; `DT_UNKNOWN` where the file system does not say
};

}  // namespace holdfast::detail

#endif
